import { withQuery } from '../../core/with-query.ts'
import type { PageEndReason } from './monitor-api.ts'
import type { MonitorOptions } from './monitor-options.ts'

type Place = Pick<Location, 'pathname' | 'search' | 'hash'>

/** The page itself. It never begins with "//", which a browser would take for another site (CWE-601). */
export function pathOf ({ pathname, search }: Place): string {
  return pathname.replace(/^[/\\]+/, '/') + search
}

/** Where the page goes at its end. Another user is signed in already: the page itself is asked for in their name. */
export function addressAtEnd (
  { loginUrl, redirectToLogout }: MonitorOptions, place: Place, reason: PageEndReason
): string {
  const path = pathOf(place)
  if (reason === 'otherUser') return path
  if (redirectToLogout !== undefined || loginUrl === undefined) return redirectToLogout ?? path
  // As `requireSession` says it: the page to come back to, and why it was left.
  return withQuery(loginUrl, { next: path + place.hash, reason: reason === 'none' ? null : reason })
}
