/**
 * Seconds before the end at which a screen reader speaks the time left. With more of them, nothing else could be heard.
 */
const SPOKEN_AT = [60, 30, 20, 10]

/** Checks whether a mark lies between two readings of the countdown. The warning's own text speaks the first. */
export function isSpoken (beforeSeconds: number, nowSeconds: number): boolean {
  return SPOKEN_AT.some(mark => nowSeconds <= mark && mark < beforeSeconds)
}
