import { boundSession } from './session-methods.ts'
import type { UserKeys } from './page-keys.ts'
import { identityOf } from './request-policy.ts'
import type { RequestState } from './request-state.ts'

/** What a page, and the answer to a ping, say of whose session it is. */
export interface PageNames {
  /** The session; absent for one that is not stored yet: nobody can tell as when it will have begun. */
  readonly tag?: string
  /** Absent where the application does not name users. */
  readonly keys?: UserKeys
}

const NOBODY: PageNames = {}

/** @returns nothing of a session that nobody is signed in to */
export function pageNamesOf (context: RequestState): PageNames {
  const { link, request, binding, restored, begun, shared: { policy, pageKeys } } = context
  const session = boundSession(request.session)
  if (session === null || pageKeys === null) return NOBODY
  const { isAuthenticated, user } = identityOf(policy, session)
  if (!isAuthenticated) return NOBODY
  const isStored = link !== null && link.isAuthenticated && (link === restored?.link || link === begun)
  const isTheirs = isStored && (link.user === user || binding?.identity.user === user)
  return {
    ...(isTheirs ? { tag: pageKeys.tagOf(user, link.signedInAtMs) } : {}),
    ...(user === undefined ? {} : { keys: pageKeys.keysOf(user) })
  }
}
