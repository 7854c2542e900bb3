import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { stateOf, startRecord } from '../../src/core/policy.ts'
import { endedView, viewOf } from '../../src/core/view.ts'
import { recordsInTime } from './generators.ts'

const NOW = Date.UTC(2026, 0, 15, 12)
const RECORD = startRecord({ isAuthenticated: true, warnAfter: 540, expireAfter: 600, absoluteTimeout: 43_200 }, NOW)

/** Converts seconds to milliseconds. Seconds are divided milliseconds: tests compare their sums as milliseconds. */
function ms (seconds: number): number {
  return Math.round(seconds * 1000)
}

describe('viewOf', () => {
  test('a session in use reads as the ping protocol has it', () => {
    assert.deepEqual(viewOf(RECORD, NOW + 12_000), {
      state: 'active',
      idleFor: 12,
      warnAfter: 540,
      expireAfter: 600,
      warnsIn: 528,
      expiresIn: 588,
      extendable: true,
      endsBy: 'idle'
    })
  })

  test('seconds keep their milliseconds behind the point', () => {
    assert.deepEqual(viewOf(RECORD, NOW + 12_345), {
      state: 'active',
      idleFor: 12.345,
      warnAfter: 540,
      expireAfter: 600,
      warnsIn: 527.655,
      expiresIn: 587.655,
      extendable: true,
      endsBy: 'idle'
    })
  })

  test('a session that is warned has no wait left until the warning', () => {
    assert.deepEqual(viewOf(RECORD, NOW + 570_000), {
      state: 'warning',
      idleFor: 570,
      warnAfter: 540,
      expireAfter: 600,
      warnsIn: 0,
      expiresIn: 30,
      extendable: true,
      endsBy: 'idle'
    })
  })

  test('near the absolute deadline activity helps no more, and the view says so', () => {
    const nowMs = NOW + 43_170_000
    assert.deepEqual(viewOf({ ...RECORD, lastActivityMs: nowMs }, nowMs), {
      state: 'warning',
      idleFor: 0,
      warnAfter: 540,
      expireAfter: 600,
      warnsIn: 0,
      expiresIn: 30,
      extendable: false,
      endsBy: 'absolute'
    })
  })

  test('a session past its idle deadline ended for being idle', () => {
    assert.deepEqual(viewOf(RECORD, NOW + 600_000), { state: 'ended', reason: 'idle' })
  })

  test('a session past its absolute deadline ended for that, though it was in use', () => {
    const nowMs = NOW + 43_200_000
    assert.deepEqual(viewOf({ ...RECORD, lastActivityMs: nowMs }, nowMs), { state: 'ended', reason: 'absolute' })
  })

  test('an activity ahead of the clock shows as no idle time', () => {
    const view = viewOf({ ...RECORD, lastActivityMs: NOW + 86_400_000 }, NOW)
    assert.deepEqual(view, {
      state: 'active',
      idleFor: 0,
      warnAfter: 540,
      expireAfter: 600,
      warnsIn: 540,
      expiresIn: 600,
      extendable: true,
      endsBy: 'idle'
    })
  })

  test('idle time and what is left of it make up the timeout, while the idle deadline is the nearer', () => {
    fc.assert(fc.property(recordsInTime, ({ record, nowMs }) => {
      const view = viewOf(record, nowMs)
      if (view.state === 'ended' || view.endsBy !== 'idle') return
      assert.equal(ms(view.idleFor + view.expiresIn), ms(record.expireAfter))
    }), { numRuns: 1000 })
  })

  test('idle time and the wait for the warning make up warnAfter, until the warning of the idle deadline', () => {
    fc.assert(fc.property(recordsInTime, ({ record, nowMs }) => {
      const view = viewOf(record, nowMs)
      if (view.state !== 'active' || view.endsBy !== 'idle') return
      assert.equal(ms(view.idleFor + view.warnsIn), ms(record.warnAfter))
    }), { numRuns: 1000 })
  })

  test('the absolute deadline is the nearer only when it leaves less than the idle one', () => {
    fc.assert(fc.property(recordsInTime, ({ record, nowMs }) => {
      const view = viewOf(record, nowMs)
      if (view.state === 'ended' || view.endsBy !== 'absolute') return
      assert.ok(ms(view.idleFor + view.expiresIn) < ms(record.expireAfter))
    }), { numRuns: 1000 })
  })

  test('the warning never comes after the end, and no time is negative', () => {
    fc.assert(fc.property(recordsInTime, ({ record, nowMs }) => {
      const view = viewOf(record, nowMs)
      if (view.state === 'ended') return
      assert.ok(view.warnsIn <= view.expiresIn)
      for (const seconds of [view.idleFor, view.warnsIn, view.expiresIn]) {
        assert.ok(Number.isFinite(seconds) && seconds >= 0)
      }
      assert.ok(view.expiresIn > 0)
    }), { numRuns: 1000 })
  })

  test('a session can be extended exactly while the idle deadline is the nearer', () => {
    fc.assert(fc.property(recordsInTime, ({ record, nowMs }) => {
      const view = viewOf(record, nowMs)
      if (view.state !== 'ended') assert.equal(view.extendable, view.endsBy === 'idle')
    }), { numRuns: 1000 })
  })

  test('it says of the session what the policy says', () => {
    fc.assert(fc.property(recordsInTime, ({ record, nowMs }) => {
      const view = viewOf(record, nowMs)
      const standing = stateOf(record, nowMs)
      assert.equal(view.state, standing.state)
      if (view.state === 'ended') assert.equal(view.reason, standing.state === 'ended' ? standing.reason : undefined)
      else assert.deepEqual([view.warnAfter, view.expireAfter], [record.warnAfter, record.expireAfter])
    }), { numRuns: 1000 })
  })

  test('it survives JSON unchanged', () => {
    fc.assert(fc.property(recordsInTime, ({ record, nowMs }) => {
      const view = viewOf(record, nowMs)
      assert.deepEqual(JSON.parse(JSON.stringify(view)), view)
    }))
  })
})

describe('endedView', () => {
  for (const reason of ['idle', 'absolute', 'logout', 'revoked', 'displaced', 'none'] as const) {
    test(`an end by "${reason}" says its reason and nothing else`, () => {
      assert.deepEqual(endedView(reason), { state: 'ended', reason })
    })
  }
})
