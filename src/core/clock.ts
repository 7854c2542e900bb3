/** Returns milliseconds since the epoch. Time enters every module as a clock, so that tests can hold it still. */
export type Clock = () => number

/** Returns the time of day, which an administrator may set. Each call looks up `Date`, so that a test can mock it. */
export const systemClock: Clock = () => Date.now()

/** Returns a time that goes on evenly when the time of day is set. It measures durations, and nothing else. */
export const steadyClock: Clock = () => Math.floor(performance.timeOrigin + performance.now())

/** The longest time, in seconds, that an option may name. It is 68 years, so that a deadline is always a valid date. */
export const MAX_SECONDS = 2 ** 31 - 1

/** Checks whether an option or a record may name a time, in seconds. */
export function isSeconds (value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value <= MAX_SECONDS
}

/** Converts seconds, which may have a fraction, to whole milliseconds. */
export function toMs (seconds: number): number {
  return Math.round(seconds * 1000)
}
