/** A difference between the clocks that is more than their usual drift, in milliseconds. */
const LEAP_MS = 1000

export interface SteadyClock {
  /** Returns milliseconds that never go back. */
  now (): number
  /**
   * The last moment at which the clocks parted. The machine slept, or its clock was set. Questions before it are out of
   * date.
   */
  readonly leaptMs: number
}

/**
 * Creates a clock that counts milliseconds as a person feels them. No single clock of a browser does:
 * `performance.now()` may stop while the machine sleeps (https://www.w3.org/TR/hr-time-3/#dfn-monotonic-clock), and
 * `Date.now()` jumps when its time is set. If the two differ, the larger step counts.
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
