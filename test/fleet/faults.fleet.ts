import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../helpers/redis-process.ts'
import { runChaos } from './chaos.ts'
import { discardPrepared, prepareFleet } from './fleet.ts'
import { assertNone } from './outcome.ts'
import { claimedUntil } from './remains.ts'
import { onSocket, withSocket } from './servers.ts'
import { standStill } from './standstill.ts'

/** Longer than anybody's knowledge is fresh, and than the idle timeout. `long-standstill.ts` has minutes. */
const STANDSTILL_SECONDS = 2.5

// `long-redis-faults.ts` has them with a Redis that fails, and with a Cluster whose slots migrate.
describe('four nodes, one of which fails', () => {
  before(() => { prepareFleet() })
  after(() => { discardPrepared() })

  it('notify of every end, also of those under way when a node is killed', async t => {
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

  it('end no session at work after one of them stood still, and let no ended session in', async t => {
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
})
