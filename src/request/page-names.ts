import { boundSession } from './binding.ts'
import type { UserKeys } from './page-keys.ts'
import { identityOf } from './request-policy.ts'
import type { RequestState } from './request-state.ts'

/** The names by which a page, and the answer to a ping, know their session. */
export interface PageNames {
  /** Names the session. Absent for a session that is not stored yet, since its beginning is not known. */
  readonly tag?: string
  /** Absent if the application does not name users. */
  readonly keys?: UserKeys
}

const NO_NAMES: PageNames = {}

/** Returns the page names of the request's session: none for an anonymous one. */
export function pageNamesOf (context: RequestState): PageNames {
  const { link, request, binding, restored, begun, shared: { policy, pageKeys } } = context
  const session = boundSession(request.session)
  if (session === null || pageKeys === null) return NO_NAMES
  const { isAuthenticated, user } = identityOf(policy, session)
  if (!isAuthenticated) return NO_NAMES
  const isStored = link !== null && link.isAuthenticated && (link === restored?.link || link === begun)
  const isTheirs = isStored && (link.user === user || binding?.identity.user === user)
  return {
    ...(isTheirs ? { tag: pageKeys.tagOf(user, link.signedInAtMs) } : {}),
    ...(user === undefined ? {} : { keys: pageKeys.keysOf(user) })
  }
}
