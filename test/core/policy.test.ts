import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { MAX_SECONDS } from '../../src/core/clock.ts'
import {
  ANONYMOUS_MAX_SECONDS, absoluteDeadlineMs, deadlineMs, idleDeadlineMs, idleMsOf, mergeActivity, setRight, stateOf,
  startRecord, areSameTimeouts, tighten, recordAfterActivity, anonymousTerms
} from '../../src/core/policy.ts'
import type { Terms } from '../../src/core/terms.ts'
import type { SessionRecord } from '../../src/core/record.ts'
import { anyMoment, moments, records, recordsInTime, terms, timeouts } from './generators.ts'

const NOW = Date.UTC(2026, 0, 15, 12)
const SECOND = 1000
const HOUR = 3600 * SECOND
const DAY = 24 * HOUR

const TERMS: Terms = { isAuthenticated: true, warnAfter: 540, expireAfter: 600, absoluteTimeout: 43_200 }

function recordOf (changes: Partial<SessionRecord> = {}): SessionRecord {
  return { ...startRecord(TERMS, NOW), ...changes }
}

describe('areSameTimeouts', () => {
  test('timeouts are the same if all three of them are', () => {
    assert.equal(areSameTimeouts(TERMS, { ...TERMS }), true)
    for (const change of [
      { warnAfter: 500 }, { expireAfter: 700 }, { absoluteTimeout: 80_000 }, { absoluteTimeout: false }
    ] as const) {
      assert.equal(areSameTimeouts(TERMS, { ...TERMS, ...change }), false, JSON.stringify(change))
    }
  })
})

describe('mergeActivity', () => {
  test('a later claim moves the activity forward', () => {
    assert.equal(mergeActivity(NOW - 50, NOW - 10, NOW), NOW - 10)
  })

  test('an earlier claim changes nothing', () => {
    assert.equal(mergeActivity(NOW - 10, NOW - 50, NOW), NOW - 10)
  })

  test('a claim from the future counts as now', () => {
    assert.equal(mergeActivity(NOW - 10, NOW + 50, NOW), NOW)
  })

  test('a recorded activity ahead of the clock counts as now', () => {
    assert.equal(mergeActivity(NOW + DAY, NOW - 50, NOW), NOW)
  })

  test('activity never moves back: it stays at or after what was recorded, or now if that is earlier', () => {
    fc.assert(fc.property(anyMoment, anyMoment, anyMoment, (recordedMs, claimedMs, nowMs) => {
      assert.ok(mergeActivity(recordedMs, claimedMs, nowMs) >= Math.min(recordedMs, nowMs))
    }))
  })

  test('activity never lies in the future', () => {
    fc.assert(fc.property(anyMoment, anyMoment, anyMoment, (recordedMs, claimedMs, nowMs) => {
      assert.ok(mergeActivity(recordedMs, claimedMs, nowMs) <= nowMs)
    }))
  })

  test('activity is one of the three moments it was made of, and no fourth', () => {
    fc.assert(fc.property(anyMoment, anyMoment, anyMoment, (recordedMs, claimedMs, nowMs) => {
      assert.ok([recordedMs, claimedMs, nowMs].includes(mergeActivity(recordedMs, claimedMs, nowMs)))
    }))
  })

  test('the order in which claims arrive makes no difference', () => {
    const claims = fc.array(moments, { minLength: 1, maxLength: 8 })
    const reordered = claims.chain(some => fc.tuple(
      fc.constant(some), fc.shuffledSubarray(some, { minLength: some.length, maxLength: some.length })
    ))
    fc.assert(fc.property(moments, moments, reordered, (recordedMs, nowMs, [some, others]) => {
      const all = (claimed: number[]) =>
        claimed.reduce((lastMs, claimedMs) => mergeActivity(lastMs, claimedMs, nowMs), recordedMs)
      assert.equal(all(some), all(others))
    }))
  })

  test('the same claim twice is the same as once', () => {
    fc.assert(fc.property(anyMoment, anyMoment, anyMoment, (recordedMs, claimedMs, nowMs) => {
      const once = mergeActivity(recordedMs, claimedMs, nowMs)
      assert.equal(mergeActivity(once, claimedMs, nowMs), once)
    }))
  })

  test('while the clock goes on, no series of claims ever moves activity back', () => {
    const series = fc.array(fc.record({ passedMs: fc.nat(2 ** 31 - 1), claimedMs: anyMoment }), { maxLength: 20 })
    fc.assert(fc.property(moments, series, (startMs, claims) => {
      let nowMs = startMs
      let lastMs = startMs
      for (const { passedMs, claimedMs } of claims) {
        nowMs += passedMs
        const nextMs = mergeActivity(lastMs, claimedMs, nowMs)
        assert.ok(nextMs >= lastMs && nextMs <= nowMs)
        lastMs = nextMs
      }
    }))
  })
})

describe('idleMsOf', () => {
  test('idle time of more than a day counts in full', () => {
    // The Django original read timedelta.seconds, which begins again at 0 after 24 hours.
    assert.equal(idleMsOf(recordOf(), NOW + DAY), DAY)
    assert.equal(idleMsOf(recordOf(), NOW + DAY + 5 * SECOND), DAY + 5 * SECOND)
    assert.equal(idleMsOf(recordOf(), NOW + 3653 * DAY), 3653 * DAY)
  })

  test('idle time past each 32-bit limit counts in full', () => {
    for (const limit of [2 ** 31, 2 ** 32, 2 ** 31 * SECOND, 2 ** 32 * SECOND]) {
      for (const idleMs of [limit - 1, limit, limit + 1]) assert.equal(idleMsOf(recordOf(), NOW + idleMs), idleMs)
    }
  })

  test('an activity in the future is no idle time at all', () => {
    assert.equal(idleMsOf(recordOf({ lastActivityMs: NOW + 1 }), NOW), 0)
    assert.equal(idleMsOf(recordOf({ lastActivityMs: NOW + 365 * DAY }), NOW), 0)
  })

  test('idle time is never negative, and never longer than since the recorded activity', () => {
    fc.assert(fc.property(records, anyMoment, (record, nowMs) => {
      const idleMs = idleMsOf(record, nowMs)
      assert.equal(idleMs, nowMs <= record.lastActivityMs ? 0 : nowMs - record.lastActivityMs)
    }))
  })
})

describe('the deadlines', () => {
  test('a session starts with no idle time and its full terms', () => {
    const record = startRecord(TERMS, NOW)
    assert.deepEqual(record, { ...TERMS, startedAtMs: NOW, lastActivityMs: NOW })
    assert.equal(idleDeadlineMs(record), NOW + 600 * SECOND)
    assert.equal(absoluteDeadlineMs(record), NOW + 12 * HOUR)
  })

  test('the nearer deadline is the deadline', () => {
    assert.equal(deadlineMs(recordOf()), NOW + 600 * SECOND)
    assert.equal(deadlineMs(recordOf({ lastActivityMs: NOW + 12 * HOUR - SECOND })), NOW + 12 * HOUR)
  })

  test('without an absolute timeout only the idle deadline counts', () => {
    const record = recordOf({ absoluteTimeout: false, lastActivityMs: NOW + 900 * DAY })
    assert.equal(absoluteDeadlineMs(record), Infinity)
    assert.equal(deadlineMs(record), NOW + 900 * DAY + 600 * SECOND)
  })

  test('the longest timeout that an option may name is not cut short', () => {
    const record = recordOf({ warnAfter: MAX_SECONDS - 20, expireAfter: MAX_SECONDS, absoluteTimeout: MAX_SECONDS })
    const endMs = NOW + MAX_SECONDS * SECOND
    assert.equal(deadlineMs(record), endMs)
    assert.equal(stateOf(record, endMs - 1).state, 'warning')
    assert.equal(stateOf(record, endMs).state, 'ended')
  })

  test('the longest timeout still ends at a moment that is a date', () => {
    assert.equal(new Date(Date.UTC(2500, 0, 1) + MAX_SECONDS * SECOND).getUTCFullYear(), 2568)
  })

  test('the deadline moves by exactly as much as the activity, past the 32-bit limits too', () => {
    fc.assert(fc.property(records, fc.integer({ min: 0, max: 2 ** 43 }), (record, laterMs) => {
      const moved = { ...record, lastActivityMs: record.lastActivityMs + laterMs }
      assert.equal(idleDeadlineMs(moved) - idleDeadlineMs(record), laterMs)
    }))
  })

  test('activity never moves the absolute deadline', () => {
    fc.assert(fc.property(records, anyMoment, anyMoment, (record, claimedMs, nowMs) => {
      const touched = { ...record, lastActivityMs: mergeActivity(record.lastActivityMs, claimedMs, nowMs) }
      assert.equal(absoluteDeadlineMs(touched), absoluteDeadlineMs(record))
    }))
  })

  test('a session that is touched without a pause still ends at its absolute deadline', () => {
    fc.assert(fc.property(terms.filter(({ absoluteTimeout }) =>
      absoluteTimeout !== false
    ), moments, fc.nat(1_000_000), (some, startMs, lateMs) => {
      const nowMs = absoluteDeadlineMs(startRecord(some, startMs)) + lateMs
      const standing = stateOf({ ...startRecord(some, startMs), lastActivityMs: nowMs }, nowMs)
      assert.deepEqual(standing, { state: 'ended', reason: 'absolute', deadlineMs: nowMs - lateMs })
    }))
  })
})

describe('standingOf', () => {
  test('a time that is no number keeps no session alive', () => {
    for (const change of [{ lastActivityMs: NaN }, { startedAtMs: NaN }, { expireAfter: NaN }]) {
      assert.equal(stateOf(recordOf(change), NOW).state, 'ended', JSON.stringify(Object.keys(change)))
    }
  })

  test('a session in use is active, and knows what comes next', () => {
    assert.deepEqual(stateOf(recordOf(), NOW + 12_345), {
      state: 'active', endsBy: 'idle', idleMs: 12_345, warnsInMs: 527_655, expiresInMs: 587_655
    })
  })

  test('the warning stands from warnAfter on, to the millisecond', () => {
    assert.equal(stateOf(recordOf(), NOW + 540 * SECOND - 1).state, 'active')
    assert.deepEqual(stateOf(recordOf(), NOW + 540 * SECOND), {
      state: 'warning', endsBy: 'idle', idleMs: 540_000, warnsInMs: 0, expiresInMs: 60_000
    })
  })

  test('a deadline that is reached is passed', () => {
    assert.equal(stateOf(recordOf(), NOW + 600 * SECOND - 1).state, 'warning')
    assert.deepEqual(
      stateOf(recordOf(), NOW + 600 * SECOND), { state: 'ended', reason: 'idle', deadlineMs: NOW + 600 * SECOND }
    )
  })

  test('an end that is noticed late is dated when it was due', () => {
    assert.deepEqual(
      stateOf(recordOf(), NOW + 3 * DAY), { state: 'ended', reason: 'idle', deadlineMs: NOW + 600 * SECOND }
    )
  })

  test('a session left alone for exactly one day has ended, not begun anew', () => {
    assert.equal(stateOf(recordOf({ absoluteTimeout: false }), NOW + DAY).state, 'ended')
    assert.equal(stateOf(recordOf({ absoluteTimeout: false }), NOW + DAY + SECOND).state, 'ended')
  })

  test('an absolute deadline that comes near is warned of, however busy the session is', () => {
    const nowMs = NOW + 12 * HOUR - 60 * SECOND
    assert.equal(stateOf(recordOf({ lastActivityMs: nowMs - 1 }), nowMs - 1).state, 'active')
    assert.deepEqual(stateOf(recordOf({ lastActivityMs: nowMs }), nowMs), {
      state: 'warning', endsBy: 'absolute', idleMs: 0, warnsInMs: 0, expiresInMs: 60_000
    })
  })

  test('two deadlines at the same moment count as the idle one, which activity could have put off', () => {
    const record = recordOf({ absoluteTimeout: 600 })
    assert.deepEqual(
      stateOf(record, NOW + 600 * SECOND), { state: 'ended', reason: 'idle', deadlineMs: NOW + 600 * SECOND }
    )
  })

  test('of two deadlines that have both passed, the earlier is the reason', () => {
    assert.deepEqual(
      stateOf(recordOf(), NOW + 2 * DAY), { state: 'ended', reason: 'idle', deadlineMs: NOW + 600 * SECOND }
    )
    const busy = recordOf({ lastActivityMs: NOW + 12 * HOUR - SECOND })
    assert.deepEqual(
      stateOf(busy, NOW + 2 * DAY), { state: 'ended', reason: 'absolute', deadlineMs: NOW + 12 * HOUR }
    )
  })

  test('a session is alive up to the millisecond before its deadline, and not from then on', () => {
    fc.assert(fc.property(records.filter(record => deadlineMs(record) > record.lastActivityMs), record => {
      const endMs = deadlineMs(record)
      assert.notEqual(stateOf(record, endMs - 1).state, 'ended')
      assert.equal(stateOf(record, endMs).state, 'ended')
    }))
  })

  test('what it says of the end agrees with the deadline', () => {
    fc.assert(fc.property(recordsInTime, ({ record, nowMs }) => {
      const standing = stateOf(record, nowMs)
      const endMs = deadlineMs(record)
      assert.equal(standing.state === 'ended', nowMs >= endMs)
      assert.equal(standing.state === 'ended' ? standing.deadlineMs : nowMs + standing.expiresInMs, endMs)
      const endsBy = standing.state === 'ended' ? standing.reason : standing.endsBy
      assert.equal(endsBy === 'idle' ? idleDeadlineMs(record) : absoluteDeadlineMs(record), endMs)
    }), { numRuns: 1000 })
  })

  test('a session that is alive is warned before it ends, and stands in warning exactly when no wait is left', () => {
    fc.assert(fc.property(recordsInTime, ({ record, nowMs }) => {
      const standing = stateOf(record, nowMs)
      if (standing.state === 'ended') return
      assert.ok(standing.warnsInMs >= 0 && standing.warnsInMs < standing.expiresInMs)
      assert.equal(standing.state === 'warning', standing.warnsInMs === 0)
    }), { numRuns: 1000 })
  })

  test('the time between warning and end is the same for either deadline', () => {
    fc.assert(fc.property(recordsInTime, ({ record, nowMs }) => {
      const standing = stateOf(record, nowMs)
      if (standing.state !== 'active') return
      assert.equal(
        standing.expiresInMs - standing.warnsInMs,
        Math.round(record.expireAfter * 1000) - Math.round(record.warnAfter * 1000)
      )
    }), { numRuns: 1000 })
  })

  test('a beginning in the future stands as one that is now: the absolute deadline is no later', () => {
    fc.assert(fc.property(terms, moments, fc.integer({ min: 1, max: 2 ** 42 }), (some, nowMs, aheadMs) => {
      const record = startRecord(some, nowMs)
      for (const lastActivityMs of [nowMs, nowMs + aheadMs]) {
        const ahead = { ...record, startedAtMs: nowMs + aheadMs, lastActivityMs }
        assert.deepEqual(stateOf(ahead, nowMs), stateOf(record, nowMs))
        assert.deepEqual(setRight(ahead, nowMs), record)
        assert.deepEqual(recordAfterActivity(ahead, nowMs, nowMs), record)
      }
      assert.equal(setRight(record, nowMs), record)
    }))
  })

  test('an activity in the future stands as one that is now: it logs nobody out', () => {
    fc.assert(fc.property(terms, moments, fc.integer({ min: 1, max: 2 ** 42 }), (some, nowMs, aheadMs) => {
      const record = startRecord(some, nowMs)
      assert.deepEqual(stateOf({ ...record, lastActivityMs: nowMs + aheadMs }, nowMs), stateOf(record, nowMs))
    }))
  })

  test('more activity never brings the end nearer', () => {
    fc.assert(fc.property(recordsInTime, anyMoment, ({ record, nowMs }, claimedMs) => {
      const touched = { ...record, lastActivityMs: mergeActivity(record.lastActivityMs, claimedMs, nowMs) }
      assert.ok(deadlineMs(touched) >= deadlineMs(record))
    }))
  })
})

describe('tighten', () => {
  test('stricter limits bind a session that was given more', () => {
    assert.deepEqual(
      tighten(recordOf(), { warnAfter: 100, expireAfter: 200, absoluteTimeout: 300 }),
      recordOf({ warnAfter: 100, expireAfter: 200, absoluteTimeout: 300 })
    )
  })

  test('looser limits give a session no more than it had', () => {
    assert.deepEqual(tighten(recordOf(), { warnAfter: 5400, expireAfter: 6000, absoluteTimeout: 86_400 }), recordOf())
    assert.deepEqual(tighten(recordOf(), { warnAfter: 5400, expireAfter: 6000, absoluteTimeout: false }), recordOf())
  })

  test('an absolute timeout binds a session that had none', () => {
    const record = recordOf({ absoluteTimeout: false })
    assert.equal(tighten(record, TERMS).absoluteTimeout, 43_200)
    assert.equal(tighten(record, { ...TERMS, absoluteTimeout: false }).absoluteTimeout, false)
  })

  test('neither deadline is ever later than it was, nor than the limits allow', () => {
    fc.assert(fc.property(records, timeouts, (record, limits) => {
      const tightened = tighten(record, limits)
      for (const other of [record, { ...record, ...limits }]) {
        assert.ok(idleDeadlineMs(tightened) <= idleDeadlineMs(other))
        assert.ok(absoluteDeadlineMs(tightened) <= absoluteDeadlineMs(other))
        assert.ok(deadlineMs(tightened) <= deadlineMs(other))
        assert.ok(tightened.warnAfter <= other.warnAfter)
      }
    }))
  })

  test('a warning of twenty seconds is left', () => {
    fc.assert(fc.property(records, timeouts, (record, limits) => {
      const { warnAfter, expireAfter } = tighten(record, limits)
      assert.ok(Math.round(expireAfter * 1000) - Math.round(warnAfter * 1000) >= 20_000)
    }))
  })

  test('the history of the session stays as it was, and the record given is not changed', () => {
    fc.assert(fc.property(records, timeouts, (record, limits) => {
      const before = structuredClone(record)
      const { startedAtMs, lastActivityMs, isAuthenticated: isProtected } = tighten(record, limits)
      assert.deepEqual({ startedAtMs, lastActivityMs, isAuthenticated: isProtected }, {
        startedAtMs: before.startedAtMs, lastActivityMs: before.lastActivityMs, isAuthenticated: before.isAuthenticated
      })
      assert.deepEqual(record, before)
    }))
  })

  test('twice is the same as once, and the order of two limits makes no difference', () => {
    fc.assert(fc.property(records, timeouts, timeouts, (record, some, others) => {
      const once = tighten(record, some)
      assert.deepEqual(tighten(once, some), once)
      assert.deepEqual(tighten(once, others), tighten(tighten(record, others), some))
    }))
  })
})

describe('anonymousTerms', () => {
  test('an anonymous session lives as long as its cookie', () => {
    assert.deepEqual(
      anonymousTerms(90_000), { isAuthenticated: false, warnAfter: 90, expireAfter: 90, absoluteTimeout: false }
    )
  })

  test('an anonymous session lives a day when its cookie names no age', () => {
    assert.equal(anonymousTerms().expireAfter, ANONYMOUS_MAX_SECONDS)
    assert.equal(anonymousTerms(null).expireAfter, ANONYMOUS_MAX_SECONDS)
  })

  test('an anonymous session lives a day at most, and a second at least', () => {
    fc.assert(fc.property(fc.integer({ min: -(2 ** 43), max: 2 ** 43 }), maxAgeMs => {
      const { expireAfter } = anonymousTerms(maxAgeMs)
      assert.ok(Number.isInteger(expireAfter) && expireAfter >= 1 && expireAfter <= 86_400)
    }))
  })

  test('an anonymous session never ends before a cookie of less than a day', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 86_400_000 }), maxAgeMs => {
      assert.ok(anonymousTerms(maxAgeMs).expireAfter * 1000 >= maxAgeMs)
    }))
  })

  test('an anonymous user is never warned: the session is active until it is gone', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 2 ** 31 }), fc.nat(86_399_999), (maxAgeMs, laterMs) => {
      assert.notEqual(stateOf(startRecord(anonymousTerms(maxAgeMs), NOW), NOW + laterMs).state, 'warning')
    }))
  })
})
