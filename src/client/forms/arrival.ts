import { native } from '../elements.ts'
import { all } from './dom.ts'
import type { Signs } from './outcome.ts'

/** Returns the browser's knowledge of the answer that brought this page. */
export function arrival (): Pick<Signs, 'status' | 'isRedirected' | 'isRevisit' | 'isReload'> {
  const [entry] = performance.getEntriesByType?.('navigation') ?? []
  const { type = 'navigate', redirectCount = 0, responseStatus = 0 }: Partial<PerformanceNavigationTiming> = entry ?? {}
  const isReload = type === 'reload'
  const isRevisit = isReload || type === 'back_forward'
  return { status: responseStatus, isRedirected: redirectCount > 0, isRevisit, isReload }
}

/** The reason in the address of a page that asks for a proof of identity. `requireSession({ reauthUrl })` sets it. */
const REAUTHENTICATE = 'reauthenticate'

/**
 * Checks whether the server put a form off to ask for a proof of identity. The page that asks for the proof shows that.
 * So does the page after it, by its referrer, if the asking page does not carry the client. A form on the asking page
 * itself was not put off.
 *
 * @param places the places of the draft
 */
export function isPutOff (places: readonly string[]): boolean {
  const isAsked = (address: string): boolean => {
    if (address === '') return false
    const { origin, pathname, search, searchParams } = new URL(address)
    if (origin !== location.origin || searchParams.get('reason') !== REAUTHENTICATE) return false
    return !places.includes(pathname + search)
  }
  return isAsked(location.href) || isAsked(native(document).referrer)
}

export function isInvalid (form: Element): boolean {
  return all(form, '[aria-invalid=true]').length > 0
}

/** Milliseconds after a script took a form within which it sends the form. */
const SOON_MS = 2000

/**
 * Checks whether the server answered all requests of scripts with success.
 *
 * @param sinceMs the beginning of the requests that count, in `performance.now()`
 */
export function wasAnswered (sinceMs: number): boolean {
  const entries: Array<Partial<PerformanceResourceTiming>> = performance.getEntriesByType?.('resource') ?? []
  const asked = entries.filter(({ initiatorType = '', startTime = 0 }) => {
    return ['fetch', 'xmlhttprequest'].includes(initiatorType) && startTime >= sinceMs && startTime < sinceMs + SOON_MS
  })
  return asked.length > 0 && asked.every(({ responseStatus = 0 }) => responseStatus >= 200 && responseStatus < 300)
}
