import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Sweeper } from '../../src/sweep/sweeper.ts'
import type { EndedSession } from '../../src/store/store.ts'

const LOG = { info () {}, debug () {} }
const COUNT = 20_000

describe('a sweep of very many sessions', () => {
  it('keeps none of them: of all that it has claimed, only the batches under way can be reached', async () => {
    const claimed: Array<WeakRef<EndedSession>> = []
    const claimEnds = async (limit: number) => {
      const sessions = Array.from({ length: limit }, (_, i) => endOf(`s${claimed.length + i}`))
      claimed.push(...sessions.map(session => new WeakRef(session)))
      return { sessions, more: claimed.length < COUNT, lagMs: 0 }
    }
    const reachable: number[] = []
    const notify = async (sessions: readonly EndedSession[]): Promise<number> => {
      await setImmediate() // the turn holds the objects that it has looked at
      if (claimed.length >= 5000 * (reachable.length + 1)) reachable.push(countReachable(claimed))
      return sessions.length
    }
    const result = await new Sweeper({ claimEnds }, { notify }, LOG).run({ limit: COUNT })
    assert.deepEqual(result, { ended: COUNT, failed: 0, more: false, lag: 0 })
    assert.ok(reachable.length >= 4)
    assert.ok(Math.max(...reachable) <= 150, `${reachable.join(', ')} could be reached`)
  })
})

function endOf (handle: string): EndedSession {
  return { handle, reason: 'idle', startedAtMs: 0, lastActivityMs: 0, endedAtMs: 0 }
}

function countReachable (claimed: ReadonlyArray<WeakRef<EndedSession>>): number {
  assert.ok(globalThis.gc !== undefined, 'run with --expose-gc')
  globalThis.gc()
  return claimed.filter(ref => ref.deref() !== undefined).length
}
