import { after, before, describe, it } from 'node:test'
import type { RedisCluster } from '../helpers/redis-cluster.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { discardPrepared, prepareFleet } from './fleet.ts'
import { runUnderLimit } from './limit-run.ts'

describe('four nodes, three sessions of a user', () => {
  let starting: Promise<RedisCluster>

  before(() => {
    prepareFleet()
    starting = startCluster()
    starting.catch(() => { /* thrown where it is needed */ })
  })
  after(async () => {
    discardPrepared()
    await (await starting).stop()
  })

  it('never let a fourth one live, nor one that endUser ended, on one Redis', async t => {
    const server = await startRedis()
    try {
      await runUnderLimit(t, { kind: 'socket', path: server.path }, server.connect())
    } finally {
      await server.stop()
    }
  })

  it('never let a fourth one live, nor one that endUser ended, on a Cluster', async t => {
    const cluster = await starting
    await runUnderLimit(
      t, { kind: 'cluster', ports: cluster.nodes.map(({ server }) => server.port) }, cluster.connect()
    )
  })
})
