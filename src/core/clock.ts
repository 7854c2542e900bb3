/** Milliseconds since the epoch. Time enters every module as one of these, so that tests can hold it still. */
export type Clock = () => number

/** The time of day, which may be set. `Date` is looked up at each call, so that a test that mocks it is heard. */
export const systemClock: Clock = () => Date.now()

/** Goes on evenly, whatever is done to the time of day: for how long something took, and for nothing else. */
export const steadyClock: Clock = () => Math.floor(performance.timeOrigin + performance.now())

/** The longest time an option may name: 68 years, so that a deadline is always a valid date. */
export const MAX_SECONDS = 2 ** 31 - 1

/** A time that an option or a record may name. */
export function isSeconds (value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value <= MAX_SECONDS
}

/** @returns whole milliseconds for a number of seconds that may have a fraction. */
export function toMs (seconds: number): number {
  return Math.round(seconds * 1000)
}
