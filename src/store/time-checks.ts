import type { Clock } from '../core/clock.ts'
import { isSeconds } from '../core/clock.ts'
import type { Timeouts } from '../core/terms.ts'
import { check, checkAnswer } from '../option-checks.ts'
import { asking } from '../thrown.ts'

/**
 * Refuses a time that is no finite number (G10: bad input costs nothing). A deadline of NaN would spoil the order of
 * all deadlines, and stop the sweep.
 *
 * @throws {BadOptionError}
 */
export function checkTime (name: string, timeMs: number | undefined): void {
  if (timeMs === undefined || Number.isFinite(timeMs)) return
  check(name, timeMs, 'a finite number of milliseconds', () => false)
}

/**
 * Refuses timeouts that give no deadline.
 * @throws {BadOptionError}
 */
export function checkTimeouts ({ warnAfter, expireAfter, absoluteTimeout }: Timeouts): void {
  check('warnAfter', warnAfter, 'a number of seconds above 0', isSeconds)
  check('expireAfter', expireAfter, 'a number of seconds above 0', isSeconds)
  const isAbsolute = (value: unknown): boolean => value === false || isSeconds(value)
  check('absoluteTimeout', absoluteTimeout, 'a number of seconds above 0, or false', isAbsolute)
}

/** Wraps the application's clock, and checks each answer. A store would keep whatever the clock says. */
export function checkedClock (clock: Clock): Clock {
  return () => {
    const nowMs: unknown = asking(clock)
    checkAnswer('clock', nowMs, 'a finite number of milliseconds', value => Number.isFinite(value))
    return Number(nowMs)
  }
}
