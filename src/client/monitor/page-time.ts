import type { Surroundings } from './surroundings.ts'

/**
 * When the page was asked for, in milliseconds of its own clock. Where the browser does not say it: when it was
 * navigated to, which promises less than the server did.
 *
 * @returns null if the page may come out of a cache: what it says of its session may be of any time
 */
export function requestTime (window: Surroundings): number | null {
  const { type, requestStart = 0, transferSize, encodedBodySize } = navigationOf(window)
  if (type === 'back_forward' || transferSize === 0 || Number(transferSize) < Number(encodedBodySize)) return null
  return requestStart
}

/** Whether a link or an address led to a copy that the browser had, without a word to the server. */
export function isCopy (window: Surroundings): boolean {
  const { type, transferSize, workerStart = 0 } = navigationOf(window)
  return type === 'navigate' && transferSize === 0 && workerStart === 0 // a worker may have sent a form
}

/** Whether «Back» brought a copy that the browser had, which may be of a person who has signed out since. */
export function isRevisit (window: Surroundings): boolean {
  const { type, transferSize } = navigationOf(window)
  return type === 'back_forward' && transferSize === 0
}

function navigationOf ({ performance }: Surroundings): Partial<PerformanceNavigationTiming> {
  const [entry] = performance.getEntriesByType?.('navigation') ?? []
  return Object(entry)
}
