import type { EndReason } from '../core/policy.ts'
import type { SessionRecord } from '../core/record.ts'
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

/** The device of a sign-in, as `deviceOf` describes it. Each text has at most {@link LONGEST_DEVICE} characters. */
export interface Device {
  readonly address?: string
  readonly userAgent?: string
}

/** A session that is over, as `onSessionEnd` receives it and administration shows it. It has no id and no contents. */
export interface EndedSession {
  readonly handle: Handle
  /** The answer of `userOf`. Absent if `userOf` named nobody. */
  readonly user?: string
  /** The answer of `deviceOf` at sign-in. Absent if `deviceOf` gave nothing. */
  readonly device?: Device
  readonly reason: EndReason
  readonly startedAtMs: number
  readonly lastActivityMs: number
  /** The deadline that passed, or the moment of the call. A node may notice a deadline later. */
  readonly endedAtMs: number
  /**
   * The name that the ending call gave. Absent for a deadline, a sign-out, a new sign-in, and a call without a name.
   */
  readonly by?: string
}

/** The state of a session that has not ended, without its contents. All forms of a live session have these fields. */
export interface SessionData {
  readonly record: SessionRecord
  readonly user: string | undefined
  readonly device?: Device
}

/** A live session at the moment at which the store was asked. */
export interface LiveSession extends SessionData {
  readonly state: 'live'
  /** The store's clock at that moment. */
  readonly nowMs: number
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
