/** A difference between the clocks that is more than their usual drift, in milliseconds. */
const LEAP_MS = 1000

export interface SteadyClock {
  /** Milliseconds; never goes back. */
  now (): number
  /** What was asked before this moment was asked before the clocks parted: the machine slept, or its clock was set. */
  readonly leaptMs: number
}

/**
 * Counts milliseconds as a person feels them, which no single clock of a browser does: `performance.now()` may stop
 * while the machine sleeps (https://www.w3.org/TR/hr-time-3/#dfn-monotonic-clock), and `Date.now()` goes where
 * somebody sets it. Where they part, time went by as much as the one says that tells of more.
 */
export function createSteadyClock (
  { performance, Date }: { readonly performance: { now (): number }, readonly Date: { now (): number } }
): SteadyClock {
  let distance = Date.now() - performance.now()
  let skippedMs = 0
  const clock = {
    leaptMs: -Infinity,
    now () {
      const monotonicMs = performance.now()
      const leap = Date.now() - monotonicMs - distance
      if (Math.abs(leap) > LEAP_MS) {
        distance += leap
        skippedMs += Math.max(0, leap)
        // Other pages that woke up with this one may have asked meanwhile: between what was skipped and now.
        clock.leaptMs = monotonicMs + skippedMs - Math.max(0, leap - LEAP_MS / 2)
      }
      return monotonicMs + skippedMs
    }
  }
  return clock
}
