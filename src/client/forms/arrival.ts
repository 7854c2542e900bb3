import { all } from './dom.ts'
import type { Evidence } from './verdict.ts'

/** What the browser tells of the answer that brought this page. */
export function arrival (): Pick<Evidence, 'status' | 'isRedirected' | 'isRevisit'> {
  const [entry] = performance.getEntriesByType?.('navigation') ?? []
  const { type = 'navigate', redirectCount = 0, responseStatus = 0 }: Partial<PerformanceNavigationTiming> = entry ?? {}
  const isRevisit = type === 'reload' || type === 'back_forward'
  return { status: responseStatus, isRedirected: redirectCount > 0, isRevisit }
}

/** What `requireSession({ reauthUrl })` gives the page as the reason, at which a person proves again who they are. */
const REAUTHENTICATE = 'reauthenticate'

/**
 * Whether the person was asked to prove who they are in place of what they had sent. That page tells it, and so does the
 * one after it, by its referrer, where that page does not carry the client. What was sent from there was not put off.
 *
 * @param places those of the draft
 */
export function isPutOff (places: readonly string[]): boolean {
  const isAsked = (address: string): boolean => {
    if (address === '') return false
    const { origin, pathname, search, searchParams } = new URL(address)
    if (origin !== location.origin || searchParams.get('reason') !== REAUTHENTICATE) return false
    return !places.includes(pathname + search)
  }
  return isAsked(location.href) || isAsked(document.referrer)
}

export function isInvalid (form: Element): boolean {
  return all(form, '[aria-invalid=true]').length > 0
}

/** How long after it took a form a script sends it at the latest. */
const SOON_MS = 2000

/** Whether what scripts asked the server since a moment was answered, all of it, and with success. */
export function wasAnswered (sinceMs: number): boolean {
  const entries: Array<Partial<PerformanceResourceTiming>> = performance.getEntriesByType?.('resource') ?? []
  const asked = entries.filter(({ initiatorType = '', startTime = 0 }) => {
    return ['fetch', 'xmlhttprequest'].includes(initiatorType) && startTime >= sinceMs && startTime < sinceMs + SOON_MS
  })
  return asked.length > 0 && asked.every(({ responseStatus = 0 }) => responseStatus >= 200 && responseStatus < 300)
}
