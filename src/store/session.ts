import type { EndedSession, LiveSession } from '../core/session.ts'
import type { Timeouts } from '../core/terms.ts'
import type { Contents } from './contents.ts'
import type { Handle } from './handle.ts'

/**
 * The key by which the verbs of a store name a session. It is the handle, or the id itself if a store knows only ids
 * (see `fromSessionStore`). Logs, events and answers carry the handle, never a key (G9: secret ids stay secret).
 */
export type SessionKey = string

/** The two names of a session: the public one, and the one for verbs. */
export interface SessionNames {
  readonly handle: Handle
  readonly key: SessionKey
}

/** A renewed session, or an anonymous one that was signed in to or destroyed. */
interface RenewedSession {
  readonly state: 'renewed'
  /**
   * The latest members of the session's family, which no request has renewed. They are alive or ended. There are none
   * if an anonymous session was signed in to or destroyed, or if the successor was removed from the family.
   */
  readonly successors: readonly SessionKey[]
}

/** The state of a session at the moment at which the store was asked. */
export type FoundSession =
  | LiveSession
  | { readonly state: 'ended', readonly ended: EndedSession }
  | RenewedSession
  /** The store never had the session, has forgotten it, or it was anonymous. */
  | { readonly state: 'unknown' }
  /**
   * A later version of this package wrote the record. That happens while nodes are being exchanged. The session may go
   * on: a node of that version knows. No verb of this version changes it.
   */
  | { readonly state: 'later' }

/** The answer to a load: a live session with its contents, or another state. */
export type Loaded =
  /** `activityBeforeMs`: the last activity before this load recorded its own. */
  | LiveSession & { readonly contents: Contents, readonly activityBeforeMs: number }
  /** `renewedForMs`: how long ago the session was renewed. */
  | RenewedSession & { readonly renewedForMs: number }
  | Exclude<FoundSession, LiveSession | RenewedSession>

/** The activity that a load records: the one of the request that loads. */
export interface LoadActivity {
  /** The store writes nothing if the last activity is younger than this. */
  readonly throttleMs: number
  /** The timeouts in force. Absent if they depend on the request: the session then keeps the ones in its record. */
  readonly timeouts?: Timeouts
}

/**
 * The answer to a recorded activity: the last activity before and after the merge. Any other state means that there is
 * no live authenticated session.
 */
export type Recorded = FoundSession | {
  readonly state: 'recorded',
  readonly beforeMs: number,
  readonly lastActivityMs: number,
  readonly nowMs: number
}
