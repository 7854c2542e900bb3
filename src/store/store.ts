import type { EndReason } from '../core/policy.ts'
import type { EndedSession } from '../core/session.ts'
import type { Timeouts } from '../core/terms.ts'
import type { Arrival, Beginning, Begun } from './beginning.ts'
import type { Changes } from './contents.ts'
import type { Handle } from './handle.ts'
import type { Page, PageQuery, Stats } from './page.ts'
import type { FoundSession, LoadActivity, Loaded, Recorded, SessionKey, SessionNames } from './session.ts'

export type { Device, EndedSession, LiveSession } from '../core/session.ts'
export type { Arrival, Beginning, Begun, Predecessor, SessionLimit } from './beginning.ts'
export type { Takes } from './contents.ts'
export type { ListOrder, ListedState, Page, PageQuery, Row, Stats } from './page.ts'
export type { FoundSession, LoadActivity, Loaded, Recorded, SessionKey, SessionNames } from './session.ts'

/** The options of a call that ends all sessions of a user. */
export interface EndUserQuery {
  /** The sessions that stay, or their successors. Twins of these end. */
  readonly except?: readonly SessionKey[]
  /** The name of the person who ends them. */
  readonly by?: string | undefined
  /** Receives the number of sessions that a later version keeps, unless there are none. */
  readonly onLeft?: (count: number) => void
}

/** Ends that a caller has claimed, and has to notify and acknowledge. */
export interface ClaimedBatch {
  readonly sessions: readonly EndedSession[]
  /** Whether more ends can be claimed at once. */
  readonly more: boolean
  /**
   * The longest time in ms past its deadline of a claimed session. It is 0 if no claimed session ended by a deadline,
   * or another caller had claimed it before.
   */
  readonly lagMs: number
}

/**
 * The verbs of a store, session by session. Every verb is atomic for the sessions that it names, goes by the store's
 * own clock, and decides expiry first. Any node may call it at any time. A store may carry out a verb twice when its
 * answer was lost: each verb allows for that. A rejection means that the store could not be asked, and that the caller
 * does not know what the verb did.
 */
export interface SessionVerbs {
  /**
   * The age in ms up to which knowledge of a session is fresh. A hook, a guard or a cookie line that depends on older
   * knowledge asks again (G4: no guard sees an ended session alive). 0 if asking costs nothing.
   */
  readonly freshForMs: number

  /** Whether the store can list, limit and sweep sessions. An adapter for a store that knows only ids cannot. */
  readonly canList: boolean

  /**
   * Returns the id for a session that begins, made of a random text. `user` is absent for a session without a user. On
   * a Cluster, a renewal without a user lies in the shard of its predecessor.
   */
  idFor (random: string, user?: string, predecessor?: SessionKey): string

  /** Returns the public name of a session. */
  handleOf (sessionId: string): Handle

  /** Marks the moment at which a request arrives. A sign-in by that request begins at this moment. */
  arrival (): Arrival

  /** Returns the key by which the verbs name a session. */
  keyOf (sessionId: string): SessionKey

  /** Returns handle and key of a session, for the price of one hash. */
  namesOf (sessionId: string): SessionNames

  /**
   * Reads a session, and records the activity of the request in the same step.
   *
   * The store records an activity only for a live authenticated session: alive under the timeouts of its record, and
   * under those of `activity`. Within the throttle, the store writes nothing unless the timeouts in force differ from
   * the record's. It then writes these. A session that is over only by the timeouts of `activity` is answered as alive
   * and stays as it is: the caller ends it. Without `activity`, a load writes nothing (G3: passive requests extend
   * nothing).
   */
  load (key: SessionKey, activity: LoadActivity | null): Promise<Loaded>

  /**
   * Begins a session, and settles its predecessor and the limit in the same step. The caller checks the size of the
   * contents, except for a renewal that takes over fields of its predecessor.
   * @throws {SessionTooLargeError} if these exceed `maxSessionBytes` or `maxSessionFields`. The store writes nothing
   * then.
   */
  begin (key: SessionKey, beginning: Beginning): Promise<Begun>

  /**
   * Applies changes to a live session, field by field (G8: both edits survive). A session that is over stays as it is
   * (G2: an end is final). An update extends nothing (G3), except that the life of an anonymous session counts from its
   * last write.
   * @throws {SessionTooLargeError} if the edits of several requests exceed a limit together. The store writes nothing
   * then.
   */
  update (key: SessionKey, changes: Changes): Promise<FoundSession>

  /**
   * Merges an activity into a live authenticated session by {@link mergeActivity} (G1: the last activity never moves
   * back).
   * @param timeouts the timeouts of the session from now on, if they change. They may put its deadline into the past:
   * the next question then finds the session ended.
   * @returns `recorded`, or the state of any other session
   */
  recordActivity (key: SessionKey, activityMs: number, timeouts?: Timeouts): Promise<Recorded>

  /**
   * Ends a live session, or the living members of a renewed one's family. Drops the contents.
   *
   * For the reason `logout`, the verb also ends the twins of a live session: the other living members of its family, of
   * the same user. The cookie of a twin may still be on its way to the browser that signs out, and would sign the
   * person in again. Any other reason leaves twins alone. An adapter for a store that knows no renewals ends no twins.
   * @param by the name of the person who ends it
   * @returns the ends, claimed for the caller, who notifies and acknowledges them. After CLAIM_LEASE_MS a sweep takes
   * over. Empty for a session that was over before, never was, or was anonymous.
   * @throws {LaterVersionError} if a later version keeps a session that had to end. The others have ended then, and a
   * sweep notifies of them.
   */
  end (key: SessionKey, reason: EndReason, by?: string): Promise<readonly EndedSession[]>

  /**
   * Ends all sessions of a user that have begun, but for `query.except`, in bounded steps.
   *
   * A session begins with the arrival of the request that signed in, and a renewal keeps that beginning. For a day, the
   * store refuses a sign-in or a renewal whose request had arrived before. The work is linear in the live sessions of
   * the user.
   * @returns the ends, as {@link end} does
   */
  endUser (user: string, reason: EndReason, query?: EndUserQuery): Promise<readonly EndedSession[]>

  /**
   * Ends all sessions of a user but one, which is removed from its family. The verb ends them as {@link endUser} does.
   * Handles from before the renewals of the one that stays do not lead to it any more: the holder of such a handle may
   * be another person.
   * @returns null, and ends nothing, if that very session is not alive or not of that user. An ended session must not
   * end its owner's others (G2: an end is final), and the successor of a renewed one may belong to another person.
   */
  endOthers (key: SessionKey, user: string, reason: EndReason, by?: string): Promise<readonly EndedSession[] | null>

  /** Claims at most `limit` pending ends, each for one caller alone (G6: claimed once). Bounded work. */
  claimEnds (limit: number): Promise<ClaimedBatch>

  /**
   * Marks ends as notified: no sweep claims them again. Their tombstones stay for the retention. The store may forget
   * some of a user with too many of them earlier.
   */
  acknowledge (handles: readonly Handle[]): Promise<void>

  /** Returns the state of a session, and writes nothing. */
  find (key: SessionKey): Promise<FoundSession>

  /**
   * Lists authenticated sessions, page by page. A session that stays in the list while the pages are read is on one of
   * them, unless the query asks for an order. A session that moves meanwhile may be on two. Bounded work, except that a
   * MemoryStore looks at all its sessions.
   * @throws {BadOptionError} for a cursor that the store did not give
   */
  list (query: PageQuery): Promise<Page>

  /** Counts the authenticated sessions by state. Bounded work. */
  stats (): Promise<Stats>

  /**
   * Resolves if the store answers and takes writes, on all shards.
   * @throws {StoreUnavailableError}
   */
  check (): Promise<void>
}
