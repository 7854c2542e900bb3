import type { Surroundings } from './surroundings.ts'

/**
 * When the page was asked for, in milliseconds of its own clock. Where the browser does not say it: when it was
 * navigated to, which promises less than the server did.
 *
 * @returns null if the page may come out of a cache: what it says of its session may be of any time
 */
export function requestTime ({ performance }: Surroundings): number | null {
  const [entry] = performance.getEntriesByType?.('navigation') ?? []
  const { type, requestStart = 0, transferSize, encodedBodySize } = Object(entry) as Partial<PerformanceNavigationTiming>
  if (type === 'back_forward' || transferSize === 0 || Number(transferSize) < Number(encodedBodySize)) return null
  return requestStart
}
