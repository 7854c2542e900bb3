import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RedisCluster } from '../helpers/redis-cluster.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { until } from '../helpers/redis-process.ts'
import type { RedisSentinels } from '../helpers/redis-sentinel.ts'
import { startSentinels } from '../helpers/redis-sentinel.ts'
import type { UnixRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { runChaos } from './chaos.ts'
import { discardPrepared, prepareFleet } from './fleet.ts'
import { moveSlots } from './migration.ts'
import { UNCOPIED_MS, assertNone, assertRecovery, assertRefused, assertServed, forgiveBetween } from './outcome.ts'
import { claimedUntil } from './remains.ts'
import { withProxy } from './servers.ts'
import { standStill } from './standstill.ts'

/** Longer than anybody's knowledge is fresh, and than the idle timeout. `long-standstill.ts` has minutes. */
const STANDSTILL_SECONDS = 2.5

describe('four nodes', () => {
  let starting: Promise<[RedisCluster, RedisSentinels]>

  before(async () => {
    prepareFleet()
    // They take their time to find each other, and are needed last.
    starting = Promise.all([startCluster(), startSentinels()])
    starting.catch(() => { /* thrown where they are needed */ })
  })
  after(async () => {
    discardPrepared()
    await Promise.all((await starting).map(servers => servers.stop()))
  })

  it('keep every promise with clocks ten minutes apart, and leave nothing behind', async t => {
    await withRedis([], async server => {
      const { run, violations } = await runChaos(t, { ...on(server), advance: seconds => server.advance(seconds) })
      assertNone(violations)
      const asked = new Set(run.recorder.exchanges.map(({ kind }) => kind))
      const rare = ['visit', 'renew', 'forget', 'sign-out', 'upload', 'list'] as const
      assert.deepEqual(rare.filter(kind => !asked.has(kind)), [], 'nobody did that')
    }, 'running')
  })

  it('tell every end, also those of which a node was telling when it was killed', async t => {
    await withRedis([], async server => {
      const { violations } = await runChaos(t, {
        ...on(server),
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

  it('keep what Redis has acknowledged when it is killed and comes back', async t => {
    await withRedis(['--appendonly', 'yes', '--appendfsync', 'always'], async server => {
      const { run, violations } = await runChaos(t, {
        ...on(server),
        losesClaims: true,
        allowsRefusals: true,
        async disturb (run) {
          await sleep(run.seconds * 400)
          await server.kill()
          await sleep(300)
          await server.restart()
          await assertRecovery(run)
        }
      })
      assertNone(violations)
      assertRefused(run)
    })
  })

  it('refuse in time, and go on, when Redis stands still', async t => {
    await withRedis([], async server => {
      const { run, violations } = await runChaos(t, {
        ...on(server),
        losesClaims: true,
        allowsRefusals: true,
        async disturb (run) {
          await sleep(run.seconds * 400)
          await server.connect().client('PAUSE', 1500, 'ALL')
          await sleep(1500)
          await assertRecovery(run)
        }
      })
      assertNone(violations)
      assertRefused(run)
    })
  })

  it('end nobody who is at work when one of them stood still, and let nobody in who was ended meanwhile', async t => {
    await withRedis([], async server => {
      const { violations } = await runChaos(t, {
        ...on(server),
        losesClaims: true,
        allowsRefusals: true,
        async disturb (run) { await standStill(run, STANDSTILL_SECONDS) }
      })
      assertNone(violations)
    })
  })

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
    await withRedis([], async server => {
      const redis = server.connect()
      const { violations } = await runChaos(t, {
        ...on(server),
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
    const [cluster] = await starting
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
    const [, sentinels] = await starting
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

function on (server: UnixRedisServer) {
  const redis = server.connect()
  return { connection: { kind: 'socket', path: server.path }, redis, masters: [redis] } as const
}

async function withRedis (
  args: readonly string[], use: (server: UnixRedisServer) => Promise<void>, clock: false | 'running' = false
): Promise<void> {
  const server = await startRedis({ args, clock })
  try {
    await use(server)
  } finally {
    await server.stop()
  }
}
