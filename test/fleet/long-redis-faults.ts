import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startCluster } from '../helpers/redis-cluster.ts'
import { startSentinels } from '../helpers/redis-sentinel.ts'
import type { UnixRedisServer } from '../helpers/redis-server.ts'
import { runChaos } from './chaos.ts'
import { discardPrepared, prepareFleet } from './fleet.ts'
import { moveSlots } from './migration.ts'
import { UNCOPIED_MS, assertNone, assertRecovery, assertRefused, assertServed, forgiveBetween } from './outcome.ts'
import { onSocket, withProxy, withSocket } from './servers.ts'

// Not part of `npm test`: it takes minutes. `npm run test:long` runs it.

describe('four nodes, whose Redis fails', () => {
  before(() => { prepareFleet() })
  after(() => { discardPrepared() })

  for (const [what, args, trouble] of [
    [
      'keep what Redis has acknowledged when it is killed and comes back',
      ['--appendonly', 'yes', '--appendfsync', 'always'], killForAMoment
    ],
    ['refuse in time, and go on, when Redis stands still', [], pauseForAMoment]
  ] as const) {
    it(what, async t => {
      await withSocket(args, async server => {
        const { run, violations } = await runChaos(t, {
          ...onSocket(server),
          losesClaims: true,
          allowsRefusals: true,
          async disturb (run) {
            await sleep(run.seconds * 400)
            await trouble(server)
            await assertRecovery(run)
          }
        })
        assertNone(violations)
        assertRefused(run)
      })
    })
  }

  it('go on when the connections of one of them deliver nothing any more, and the others do not notice', async t => {
    await withProxy(async (server, proxy) => {
      const redis = server.connect()
      const { run, violations } = await runChaos(t, {
        connection: index => ({ kind: 'port', port: index === 0 ? proxy.port : server.port }),
        redis,
        masters: [redis],
        losesClaims: true,
        allowsRefusals: true,
        async disturb (run) {
          await sleep(run.seconds * 400)
          await proxy.fallSilent()
          await assertRecovery(run)
        }
      })
      assertNone(violations)
      assertRefused(run)
      assertServed(run, node => node !== 0)
    })
  })

  it('do not notice that Redis forgets their scripts', async t => {
    await withSocket([], async server => {
      const redis = server.connect()
      const { violations } = await runChaos(t, {
        ...onSocket(server),
        async disturb ({ isTimeUp }) {
          while (!isTimeUp.aborted) {
            await redis.script('FLUSH')
            await sleep(100)
          }
        }
      })
      assertNone(violations)
    })
  })

  it('keep every promise in a Cluster whose slots migrate', async t => {
    const cluster = await startCluster()
    t.after(async () => { await cluster.stop() })
    const { nodes } = cluster
    const redis = cluster.connect()
    const { violations } = await runChaos(t, {
      connection: { kind: 'cluster', ports: nodes.map(({ server }) => server.port) },
      redis,
      masters: nodes.map(({ client }) => client),
      losesClaims: true,
      allowsRefusals: true,
      async disturb (run) {
        const turns = await moveSlots(cluster, redis, run.isTimeUp)
        assert.ok(turns > 3, `only ${turns} slots migrated`)
        await assertRecovery(run)
      }
    })
    assertNone(violations)
  })

  it('go on with the replica when the master is lost', async t => {
    const sentinels = await startSentinels()
    t.after(async () => { await sentinels.stop() })
    const { replica } = sentinels
    const redis = sentinels.connect()
    const { run, violations } = await runChaos(t, {
      connection: { kind: 'sentinels', name: 'mymaster', ports: sentinels.sentinels.map(({ server }) => server.port) },
      redis,
      masters: [replica.client],
      losesClaims: true,
      allowsRefusals: true,
      async disturb (run) {
        await sleep(run.seconds * 300)
        const lostFromMs = run.recorder.now() - UNCOPIED_MS
        await sentinels.failOver()
        forgiveBetween(run, lostFromMs, run.recorder.now())
        await assertRecovery(run)
        await sleep(run.seconds * 300)
      }
    })
    assertNone(violations)
    assertRefused(run)
  })
})

async function killForAMoment (server: UnixRedisServer): Promise<void> {
  await server.kill()
  await sleep(300)
  await server.restart()
}

async function pauseForAMoment (server: UnixRedisServer): Promise<void> {
  await server.connect().client('PAUSE', 1500, 'ALL')
  await sleep(1500)
}
