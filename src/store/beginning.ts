import type { Authentication } from '../core/authentication.ts'
import type { Terms } from '../core/terms.ts'
import type { Contents } from './contents.ts'
import type { Device, EndedSession, FoundSession, LiveSession, SessionKey } from './store.ts'

/* How a session begins. */

/** How many sessions of one user may be alive, and which one gives way. */
export interface SessionLimit {
  readonly max: number
  /** `displace`: the oldest is evicted. `refuse`: the new one does not begin. */
  readonly whenFull: 'displace' | 'refuse'
}

/** The session in whose place another one begins. */
export interface Predecessor {
  readonly key: SessionKey
  /**
   * `renewed`: it goes on under the new key, which keeps its beginning. Refused when it is over; and when it was renewed already, if its
   * family has {@link MOST_SUCCESSORS} living members, or the limit is reached. `ended`: it ends as by `end(key, 'logout')`, with its twins.
   * `dropped`: it was anonymous, and only that it is gone stays known.
   */
  readonly becomes: 'renewed' | 'ended' | 'dropped'
  /**
   * Of a renewal: the keys of which it takes over what the predecessor, or a member of its family, holds by now, in place of its own
   * contents. Another request may have edited them since they were loaded (G8: both edits survive).
   */
  readonly takes?: Takes
}

/** Some keys, or all but some. */
export type Takes = { readonly only: readonly string[] } | { readonly except: readonly string[] }

/** When a request arrived. It means something only to the store object that gave it. */
export interface Arrival {
  /** The number of this arrival. */
  readonly order: number
  /** By a clock of this node that only tells how long something took. */
  readonly atMs: number
}

/** A session that begins: all of it, in one write. */
export interface Beginning {
  readonly contents: Contents
  readonly terms: Terms
  readonly user?: string
  readonly device?: Device
  /** How and when the person proved who they are, where the sign-in is not all. */
  readonly authentication?: Authentication
  /** When the person proved who they are, by the store's clock. Absent: now. */
  readonly startedAtMs?: number
  /** The last activity: a renewal by a passive request keeps its predecessor's. Absent: now. */
  readonly lastActivityMs?: number
  /** When the request arrived, as the store said. Absent: now. */
  readonly arrival?: Arrival
  readonly predecessor?: Predecessor
  /** Needs `user`. A renewal displaces nobody. */
  readonly limit?: SessionLimit
}

export type Begun =
  /** `ended`: the ends that this beginning caused, claimed for the caller. */
  | { readonly state: 'begun', readonly session: LiveSession, readonly ended: readonly EndedSession[] }
  /** The limit is reached, and the sign-in gives way. Nothing was written. */
  | { readonly state: 'full' }
  /** All sessions of the user that had begun were ended, and this one had. Nothing was written. */
  | { readonly state: 'revoked' }
  /** The predecessor of a renewal is over, or the key itself is. Nothing was written. */
  | { readonly state: 'over', readonly session: FoundSession }
