import type { BeginningAuthentication } from '../core/authentication.ts'
import type { Terms } from '../core/terms.ts'
import type { Contents, Takes } from './contents.ts'
import type { Device, EndedSession, LiveSession } from '../core/session.ts'
import type { FoundSession, SessionKey } from './session.ts'

/* The beginning of a session: what a caller gives, and what the store answers. */

/** The most live sessions of one user, and what happens to the next sign-in. */
export interface SessionLimit {
  readonly max: number
  /** `displace`: the store evicts the oldest session. `refuse`: the new session does not begin. */
  readonly whenFull: 'displace' | 'refuse'
}

/** The session that a new session succeeds. */
export interface Predecessor {
  readonly key: SessionKey
  /**
   * `renewed`: the session goes on under the new key, which keeps its beginning. The store refuses that if the session
   * is over. If it was renewed before, the store refuses once its family has {@link MOST_SUCCESSORS} living members, or
   * the limit is reached. `ended`: the session ends as by `end(key, 'logout')`, with its twins. `dropped`: the session
   * was anonymous, and only a tombstone of it stays.
   */
  readonly becomes: 'renewed' | 'ended' | 'dropped'
  /**
   * The fields that a renewal takes over from a living session. The session is the predecessor, or a member of its
   * family. Another request may have edited its fields since they were loaded (G8: both edits survive).
   */
  readonly takes?: Takes
}

/** The arrival of a request. It means something only to the store object that gave it. */
export interface Arrival {
  /** The number of this arrival. */
  readonly order: number
  /** The moment by this node's steady clock, which only measures how long something took. */
  readonly atMs: number
}

/** A session that begins: all of it, in one write. */
export interface Beginning {
  readonly contents: Contents
  readonly terms: Terms
  readonly user?: string
  readonly device?: Device
  /** The proof of who the person is. Absent if the sign-in itself was the proof. */
  readonly authentication?: BeginningAuthentication
  /** The moment of the sign-in by the store's clock. Absent: now. */
  readonly startedAtMs?: number
  /** The last activity. A renewal by a passive request keeps that of its predecessor. Absent: now. */
  readonly lastActivityMs?: number
  /** The arrival of the request, as the store gave it. Absent: now. */
  readonly arrival?: Arrival
  readonly predecessor?: Predecessor
  /** The session limit of the user. It needs `user`. A renewal by the same user evicts nobody. */
  readonly limit?: SessionLimit
}

/** The answer to a beginning. The store writes nothing unless the state is `begun`. */
export type Begun =
  /** `ended`: the ends that this beginning caused, claimed for the caller. */
  | { readonly state: 'begun', readonly session: LiveSession, readonly ended: readonly EndedSession[] }
  /** The user has as many sessions as the limit allows, which refuses another one. */
  | { readonly state: 'full' }
  /** All sessions of the user that had begun were ended, and this one had begun. */
  | { readonly state: 'revoked' }
  /** The predecessor of a renewal is over, or the key itself is. */
  | { readonly state: 'over', readonly session: FoundSession }
