import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RedisCluster } from '../helpers/redis-cluster.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { until } from '../helpers/redis-process.ts'
import { runChaos } from './chaos.ts'
import { discardPrepared, prepareFleet } from './fleet.ts'
import { moveSlots } from './migration.ts'
import { assertNone, assertRecovery } from './outcome.ts'
import { claimedUntil } from './remains.ts'
import { onSocket, withSocket } from './servers.ts'
import { standStill } from './standstill.ts'

/** Longer than anybody's knowledge is fresh, and than the idle timeout. `long-standstill.ts` has minutes. */
const STANDSTILL_SECONDS = 2.5

describe('four nodes', () => {
  let starting: Promise<RedisCluster>

  before(async () => {
    prepareFleet()
    // Its nodes take their time to find each other, and are needed last.
    starting = startCluster()
    starting.catch(() => { /* thrown where it is needed */ })
  })
  after(async () => {
    discardPrepared()
    await (await starting).stop()
  })

  it('keep every promise with clocks ten minutes apart, and leave nothing behind', async t => {
    await withSocket([], async server => {
      const { run, violations } = await runChaos(t, { ...onSocket(server), advance: seconds => server.advance(seconds) })
      assertNone(violations)
      const asked = new Set(run.recorder.exchanges.map(({ kind }) => kind))
      const rare = ['visit', 'renew', 'forget', 'sign-out', 'upload', 'list'] as const
      assert.deepEqual(rare.filter(kind => !asked.has(kind)), [], 'nobody did that')
    }, 'running')
  })

  it('tell every end, also those of which a node was telling when it was killed', async t => {
    await withSocket([], async server => {
      const { violations } = await runChaos(t, {
        ...onSocket(server),
        losesClaims: true,
        async disturb ({ fleet: { nodes }, recorder, seconds, deadNodes }) {
          await sleep(seconds * 300)
          const victim = nodes.at(-1)
          if (victim === undefined) throw new RangeError('the fleet has no node')
          victim.block()
          await until('a sweep is blocked', () => victim.blocked.some(({ reason }) => reason === 'idle'))
          deadNodes.push(victim.index)
          await victim.kill()
          for (const { handle } of victim.blocked) {
            const leaseMs = Number(await claimedUntil(server.connect(), handle)) - recorder.now()
            assert.ok(leaseMs > 0 && leaseMs <= 60_000, `${handle} is claimed for ${leaseMs} ms`)
          }
        }
      })
      assertNone(violations)
    })
  })

  it('end nobody who is at work when one of them stood still, and let nobody in who was ended meanwhile', async t => {
    await withSocket([], async server => {
      const { violations } = await runChaos(t, {
        ...onSocket(server),
        losesClaims: true,
        allowsRefusals: true,
        async disturb (run) { await standStill(run, STANDSTILL_SECONDS) }
      })
      assertNone(violations)
    })
  })

  it('keep every promise in a Cluster whose slots migrate', async t => {
    const cluster = await starting
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
})
