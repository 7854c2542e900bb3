import type { PageEndReason } from './monitor-api.ts'
import type { MonitorOptions } from './monitor-options.ts'

type Place = Pick<Location, 'pathname' | 'search' | 'hash'>

/** The page itself. It never begins with "//", which a browser would take for another site (CWE-601). */
export function pathOf ({ pathname, search }: Place): string {
  return pathname.replace(/^[/\\]+/, '/') + search
}

/** Where the page goes at its end. Another user is signed in already: the page itself is asked for in their name. */
export function addressAtEnd ({ loginUrl, redirectToLogout }: MonitorOptions, place: Place, reason: PageEndReason): string {
  const path = pathOf(place)
  if (reason === 'otherUser') return path
  return redirectToLogout ?? (loginUrl === undefined ? path : loginAddress(loginUrl, path + place.hash, reason))
}

/**
 * Where to sign in again, as `requireSession` says it: with the page to come back to in `next`, and why in `reason`.
 */
function loginAddress (loginUrl: string, next: string, reason: PageEndReason): string {
  const query = new URLSearchParams({ next, ...(reason === 'none' ? {} : { reason }) })
  return `${loginUrl}${loginUrl.includes('?') ? '&' : '?'}${String(query)}`
}
