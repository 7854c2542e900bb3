import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { RedisCluster } from '../helpers/redis-cluster.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { until } from '../helpers/redis-process.ts'
import type { RedisSentinels } from '../helpers/redis-sentinel.ts'
import { startSentinels } from '../helpers/redis-sentinel.ts'
import type { Where } from './at-work.ts'
import { LONG, runThrough } from './at-work.ts'
import { isReplica, swapRoles } from './demotion.ts'
import { discardPrepared } from './fleet.ts'
import { moveSlots } from './migration.ts'
import { UNCOPIED_MS, assertRefused, forgiveBetween } from './outcome.ts'

// Not part of `npm test`: it takes minutes. `npm run test:long` runs it.

const MOVING_MS = 8000

describe('several servers: people at work are not ended, no end is lost, and all nodes serve again in time', () => {
  after(() => discardPrepared())

  it('when the master is demoted, keeps its connections, and Sentinels name the other one', async t => {
    const sentinels = await startSentinels()
    try {
      const { master, replica } = sentinels
      const run = await runThrough(t, behind(sentinels), LONG, async () => {
        await swapRoles(master, replica)
        await sentinels.recogniseReplica()
      })
      assertRefused(run)
    } finally {
      await sentinels.stop()
    }
  })

  it('when the master stands still, Sentinels promote its replica, and it comes back as a replica of that', async t => {
    const sentinels = await startSentinels()
    try {
      const { master } = sentinels
      const run = await runThrough(t, behind(sentinels), LONG, async run => {
        const stoodFromMs = run.recorder.now()
        await sentinels.failOver('pause')
        forgiveBetween(run, stoodFromMs - UNCOPIED_MS, stoodFromMs)
      }, async () => {
        master.server.resume()
        await until('the old master is a replica', async () => await isReplica(master), 40_000)
      })
      assertRefused(run)
    } finally {
      await sentinels.stop()
    }
  })

  it('when a replica takes over from a master of a Cluster that stands still and comes back as a replica', async t => {
    const cluster = await startCluster(3, { hasReplica: true })
    const { nodes: [first, ...others], replica } = cluster
    try {
      assert.ok(first !== undefined && replica !== null)
      const where = { ...across(cluster), masters: [replica, ...others].map(({ client }) => client) }
      const run = await runThrough(t, where, LONG, async run => {
        const stoodFromMs = run.recorder.now()
        first.server.pause()
        await until('the replica takes over', async () => !(await isReplica(replica)), 40_000)
        forgiveBetween(run, stoodFromMs - UNCOPIED_MS, stoodFromMs)
      }, async () => {
        first.server.resume()
        await until('the old master is a replica', async () => await isReplica(first), 40_000)
      })
      assertRefused(run)
    } finally {
      await cluster.stop()
    }
  })

  it('while slots of a Cluster move', async t => {
    const cluster = await startCluster()
    try {
      await runThrough(t, across(cluster), LONG, async () => {
        const turns = await moveSlots(cluster, cluster.connect(), AbortSignal.timeout(MOVING_MS))
        assert.ok(turns > 3, `only ${turns} slots moved`)
      })
    } finally {
      await cluster.stop()
    }
  })
})

function behind (sentinels: RedisSentinels): Where {
  const ports = sentinels.sentinels.map(({ server }) => server.port)
  return {
    connection: { kind: 'sentinels', name: 'mymaster', ports },
    redis: sentinels.connect(),
    masters: [sentinels.replica.client]
  }
}

function across (cluster: RedisCluster): Where {
  const { nodes } = cluster
  const ports = nodes.map(({ server }) => server.port)
  return {
    connection: { kind: 'cluster', ports }, redis: cluster.connect(), masters: nodes.map(({ client }) => client)
  }
}
