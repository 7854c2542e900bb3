import type { Surroundings } from './surroundings.ts'

/**
 * Returns the time of the page's request, in milliseconds of its own clock. If the browser does not know it, the start
 * of the navigation counts: it promises less than the server did.
 *
 * @returns null if the page may come out of a cache; its view of the session may then be of any age
 */
export function requestTime (window: Surroundings): number | null {
  const { type, requestStart = 0, transferSize, encodedBodySize } = navigationOf(window)
  if (type === 'back_forward' || transferSize === 0 || Number(transferSize) < Number(encodedBodySize)) return null
  return requestStart
}

/** Checks whether a navigation showed a cached copy, without a word to the server. */
export function isCopy (window: Surroundings): boolean {
  const { type, transferSize, workerStart = 0 } = navigationOf(window)
  return type === 'navigate' && transferSize === 0 && workerStart === 0 // a worker may have sent a form
}

/** Checks whether «Back» showed a cached copy. Its person may have signed out since. */
export function isRevisit (window: Surroundings): boolean {
  const { type, transferSize } = navigationOf(window)
  return type === 'back_forward' && transferSize === 0
}

function navigationOf ({ performance }: Surroundings): Partial<PerformanceNavigationTiming> {
  const [entry] = performance.getEntriesByType?.('navigation') ?? []
  return Object(entry)
}
