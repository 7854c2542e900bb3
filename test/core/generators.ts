import fc from 'fast-check'
import type { Terms, Timeouts } from '../../src/core/terms.ts'
import { MAX_SECONDS } from '../../src/core/clock.ts'
import type { SessionRecord } from '../../src/core/record.ts'

/** The latest moment that a Date can hold. */
const LAST_MOMENT_MS = 8_640_000_000_000_000

/** Moments between 1970 and the year 3970, far beyond both 32-bit limits. */
export const moments: fc.Arbitrary<number> = fc.integer({ min: 0, max: 63_113_904_000_000 })

/** Moments up to the last that a date can name. */
export const anyMoment: fc.Arbitrary<number> = fc.integer({ min: 0, max: LAST_MOMENT_MS })

/** Returns seconds of whole milliseconds, so that sums are exact. */
function secondsBetween (min: number, max: number): fc.Arbitrary<number> {
  return fc.integer({ min: Math.round(min * 1000), max: Math.round(max * 1000) }).map(ms => ms / 1000)
}

/** Timeouts that the options allow. The warning is 20 s, and the idle deadline comes before the absolute one. */
export const timeouts: fc.Arbitrary<Timeouts> = fc
  .oneof(secondsBetween(21, 7200), secondsBetween(21, MAX_SECONDS))
  .chain(expireAfter => fc.record({
    expireAfter: fc.constant(expireAfter),
    warnAfter: secondsBetween(0.001, expireAfter - 20),
    absoluteTimeout: fc.oneof(
      fc.constant<false>(false), secondsBetween(expireAfter, MAX_SECONDS),
      secondsBetween(expireAfter, Math.min(MAX_SECONDS, expireAfter * 3))
    )
  }))

export const terms: fc.Arbitrary<Terms> = timeouts.map(some => ({ isAuthenticated: true, ...some }))

/** Records whose last activity is no earlier than their start. */
export const records: fc.Arbitrary<SessionRecord> = fc
  .record({
    terms,
    startedAtMs: moments,
    lastedMs: fc.oneof(fc.integer({ min: 0, max: 90_000_000 }), fc.integer({ min: 0, max: 2 ** 42 }))
  })
  .map(({ terms, startedAtMs, lastedMs }) => ({ ...terms, startedAtMs, lastActivityMs: startedAtMs + lastedMs }))

/** A record and a moment no earlier than its times. The moment is often near a deadline. */
export const recordsInTime: fc.Arbitrary<{ record: SessionRecord, nowMs: number }> = records.chain(record => {
  const { lastActivityMs, startedAtMs, expireAfter, warnAfter, absoluteTimeout } = record
  const landmarks = [expireAfter, warnAfter].map(seconds => lastActivityMs + Math.round(seconds * 1000))
  if (absoluteTimeout !== false) landmarks.push(startedAtMs + Math.round(absoluteTimeout * 1000))
  return fc.record({
    record: fc.constant(record),
    nowMs: fc
      .oneof(
        fc.integer({ min: 0, max: 2 ** 42 }).map(ms => lastActivityMs + ms),
        fc.tuple(
          fc.constantFrom(...landmarks), fc.integer({ min: -2, max: 2 })
        ).map(([landmark, offset]) => landmark + offset)
      )
      .map(ms => Math.max(ms, lastActivityMs))
  })
})
