/** A session as far as a transition depends on it. */
export interface SessionSide {
  /** `none`: there is no session, or it holds nothing. */
  readonly state: 'none' | 'anonymous' | 'authenticated'
  /** The user's id; absent for an anonymous session, and when only `isAuthenticated` is configured. */
  readonly user: string | undefined
}

/** The session as it is about to be saved. */
export interface SavedSide extends SessionSide {
  /** True after `regenerate()`. */
  readonly isRenewed: boolean
  /** True after `reauthenticated()`. */
  readonly isReauthenticated: boolean
}

/** The effect of a save on a session. Every transition but `none` and `begun` gives the session a new id. */
export type Transition = 'none' | 'begun' | 'signedIn' | 'userChanged' | 'renewed' | 'reauthenticated' | 'signedOut'

/**
 * Compares the presented session with what is being saved, and decides what the save does. Without this, a sign-in
 * would keep an id that another person may know (G15: a sign-in has a new id).
 */
export function transition (before: SessionSide, after: SavedSide): Transition {
  if (before.state === 'authenticated') return fromAuthenticated(before, after)
  if (after.state === 'authenticated') return 'signedIn'
  if (before.state === 'none') return after.state === 'none' ? 'none' : 'begun'
  if (!after.isRenewed) return 'none'
  return after.state === 'none' ? 'signedOut' : 'renewed'
}

function fromAuthenticated (before: SessionSide, after: SavedSide): Transition {
  if (after.state !== 'authenticated') return 'signedOut'
  // With `isAuthenticated` alone, nothing tells one user from another.
  const isNamed = after.user !== undefined && after.user !== before.user
  if (isNamed && before.user !== undefined) return 'userChanged'
  if (after.isReauthenticated) return 'reauthenticated'
  return after.isRenewed || isNamed ? 'renewed' : 'none'
}
