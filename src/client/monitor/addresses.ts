import { withQuery } from '../../core/with-query.ts'
import type { PageEndReason } from './monitor-api.ts'
import type { MonitorOptions } from './monitor-options.ts'

type PageLocation = Pick<Location, 'pathname' | 'search' | 'hash'>

/**
 * Returns the address of the page itself. It never begins with "//", which a browser would take for another site
 * (CWE-601).
 */
export function pathOf ({ pathname, search }: PageLocation): string {
  return pathname.replace(/^[/\\]+/, '/') + search
}

/**
 * Returns the address to go to at the end. If another user is signed in, it is the page itself, which the server
 * answers in their name.
 */
export function addressAtEnd (
  { loginUrl, redirectToLogout }: MonitorOptions, location: PageLocation, reason: PageEndReason
): string {
  const path = pathOf(location)
  if (reason === 'otherUser') return path
  if (redirectToLogout !== undefined || loginUrl === undefined) return redirectToLogout ?? path
  // As `requireSession` does: `next` is the page to come back to, `reason` says why it was left.
  return withQuery(loginUrl, { next: path + location.hash, reason: reason === 'none' ? null : reason })
}
