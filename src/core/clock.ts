/** Milliseconds since the epoch. Time enters every module as one of these, so that tests can hold it still. */
export type Clock = () => number

export const systemClock: Clock = Date.now

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
