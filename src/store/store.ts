import type { EndReason } from '../core/policy.ts'
import type { Timeouts } from '../core/terms.ts'
import type { SessionRecord } from '../core/record.ts'
import type { Arrival, Beginning, Begun } from './beginning.ts'
import type { Changes, Contents } from './contents.ts'
import type { Handle } from './handle.ts'
import type { Page, PageQuery, Stats } from './page.ts'

/**
 * What a store calls a session: its handle, or the id itself where a store knows only ids (see `fromSessionStore`).
 * A key is for verbs only: logs, events and answers carry the handle (G9: secret ids stay secret).
 */
export type SessionKey = string

/** What a session is called: by people and by verbs. */
export interface SessionNames {
  readonly handle: Handle
  readonly key: SessionKey
}

/** Where a person signed in from, as far as the application wants that kept. Each text has at most {@link LONGEST_DEVICE} characters. */
export interface Device {
  readonly address?: string
  readonly userAgent?: string
}

/** A session that is over: what `onSessionEnd` receives, and what administration shows. It holds no id and no contents. */
export interface EndedSession {
  readonly handle: Handle
  /** What `userOf` said; absent when it said nothing. */
  readonly user?: string
  /** What `deviceOf` said at sign-in; absent when it said nothing. */
  readonly device?: Device
  readonly reason: EndReason
  readonly startedAtMs: number
  readonly lastActivityMs: number
  /** The deadline that passed, or the moment of the log-out: not the moment at which somebody noticed. */
  readonly endedAtMs: number
  /** The call that ended it gave this name. Absent: a deadline, the person's own log-out or next sign-in, or no name was given. */
  readonly by?: string
}

/** What the store knows of a session at the moment it was asked. */
export type FoundSession =
  | {
    readonly state: 'live',
    readonly record: SessionRecord,
    readonly user: string | undefined,
    readonly device?: Device,
    readonly nowMs: number
  }
  | { readonly state: 'ended', readonly ended: EndedSession }
  /**
   * The session was renewed. These are the members of its family that nobody has renewed: all that requests have made of one sign-in by
   * renewing it, alive or ended since. None: an anonymous session was signed in to, or destroyed.
   */
  | { readonly state: 'renewed', readonly successors: readonly SessionKey[] }
  /** The store never had it, has forgotten it, or it was anonymous and is over. */
  | { readonly state: 'unknown' }
  /**
   * A later version of this package wrote its record, as while nodes are being exchanged. The session may go on: a node of
   * that version can tell. No verb of this one changes anything of it.
   */
  | { readonly state: 'later' }

export type LiveSession = Extract<FoundSession, { state: 'live' }>
type RenewedSession = Extract<FoundSession, { state: 'renewed' }>

/** A live session as it was read, with the activity that was known before this load recorded its own; or what became of it. */
export type Loaded =
  | LiveSession & { readonly contents: Contents, readonly activityBeforeMs: number }
  /** `forMs`: how long ago it was renewed. */
  | RenewedSession & { readonly renewedForMs: number }
  | Exclude<FoundSession, LiveSession | RenewedSession>

/** How a load records an activity: that of the request which loads. */
export interface LoadActivity {
  /** A last activity that is younger stays as it is, and nothing is written. */
  readonly throttleMs: number
  /** The timeouts in force; absent where they depend on the request: those of the record count, and stay. */
  readonly timeouts?: Timeouts
}

/** What became of an activity: what it was merged into, and the result; any other fate means that there is no live, authenticated session. */
export type Recorded = FoundSession | {
  readonly state: 'recorded',
  readonly beforeMs: number,
  readonly lastActivityMs: number,
  readonly nowMs: number
}

/** How all sessions of a user are ended. */
export interface EndUserQuery {
  /** Sessions that stay, or what these go on as; not their twins. */
  readonly except?: readonly SessionKey[]
  /** The name of the person who ends them. */
  readonly by?: string | undefined
  /** The verb tells how many sessions of the user it left, because a later version keeps them: if there are any. */
  readonly onLeft?: (count: number) => void
}

export type { Arrival, Beginning, Begun, Predecessor, SessionLimit, Takes } from './beginning.ts'
export type { ListOrder, ListedState, Page, PageQuery, Row, Stats } from './page.ts'

export interface ClaimedBatch {
  readonly sessions: readonly EndedSession[]
  /** Whether more are due at once. */
  readonly more: boolean
  /**
   * For how long, in ms, the first of the expired sessions that were claimed had been past its deadline. 0 when there are
   * none: what another caller had claimed before, or somebody ended, does not count.
   */
  readonly lagMs: number
}

/**
 * What a store does for this package, session by session. Every verb is atomic for the sessions it names, goes
 * by the store's own clock, decides expiry before anything else, and may be called by any node at any time.
 * A store may carry out a verb twice when its answer was lost: each verb allows for that.
 * Rejection means that the store could not be asked; nothing is then known of what was done.
 */
export interface SessionVerbs {
  /**
   * How old, in milliseconds, knowledge of a session may be when a hook, a guard or a cookie line depends on it (G4, G14).
   * 0 where asking is free.
   */
  readonly freshForMs: number

  /** Whether the store can list, limit and sweep sessions. `false`: an adapter for a store that only knows ids. */
  readonly canList: boolean

  /**
   * The id for a session of that user that is about to begin, made of a random one; `user` is absent where it has no name. A session that
   * takes the place of `predecessor` by a renewal has to lie beside it.
   */
  idFor (random: string, user?: string, predecessor?: SessionKey): string

  /** The public name of a session. */
  handleOf (sessionId: string): Handle

  /** Marks this moment, at which a request arrives: the beginning of a sign-in that it may bring. */
  arrival (): Arrival

  /** What the verbs call that session. */
  keyOf (sessionId: string): SessionKey

  /** Both, by one hash. */
  namesOf (sessionId: string): SessionNames

  /**
   * Reads a session. With `activity`, the same step records the activity of the request that loads, if the session is
   * authenticated and alive under its own timeouts and under those of `activity`. Within the throttle nothing is written,
   * unless the timeouts in force differ from the record's: these are then the record's from now on. A session that is over only
   * by the timeouts of `activity` is answered as alive and left as it is: the caller ends it. Without `activity`, a load
   * writes nothing (G3).
   */
  load (key: SessionKey, activity: LoadActivity | null): Promise<Loaded>

  /**
   * Begins a session, and in the same step ends, renews or drops the one in whose place it begins, and evicts what is beyond the limit.
   * How much the contents hold is the caller's to check, except for a renewal that takes over what another request has written meanwhile.
   * @throws {SessionTooLargeError} when that is more than `maxSessionBytes` or `maxSessionFields` allows. Nothing is written then.
   */
  begin (key: SessionKey, beginning: Beginning): Promise<Begun>

  /**
   * Applies changes, key by key, to a live session (G8: both edits survive) and to no other (G2: an end is final). Extends nothing (G3), except that an
   * anonymous session's life counts from its last write.
   * @throws {SessionTooLargeError} when the edits of several requests together make the session larger than `maxSessionBytes` or
   * `maxSessionFields` allows. Nothing is written then.
   */
  update (key: SessionKey, changes: Changes): Promise<FoundSession>

  /**
   * Merges an activity by {@link mergeActivity} (G1: the most recent one counts) into a live, authenticated session, and says `recorded`;
   * of any other, what it is. `timeouts`: those from now on, if others. They may put its deadline into the past: then it has ended when it
   * is asked for next.
   */
  recordActivity (key: SessionKey, activityMs: number, timeouts?: Timeouts): Promise<Recorded>

  /**
   * Ends a live session, or the living members of the family of one that was renewed, and drops the contents. For the reason `logout`, the
   * verb ends the twins of a live session as well: the other living members of its family, of the same user. The cookie of a twin may
   * still be on its way to the browser that signs out, and would sign the person in again. Any other reason leaves twins alone. An
   * adapter for a store that knows no renewals looks for none. `by`: who ends it.
   * @returns the ends, claimed for the caller, who notifies and acknowledges; after CLAIM_LEASE_MS a sweep takes over. None of
   * a session that was over before, never was, or was anonymous: that just goes.
   * @throws {LaterVersionError} when a later version keeps one that had to end. The others have ended then, and a sweep
   * notifies of them.
   */
  end (key: SessionKey, reason: EndReason, by?: string): Promise<readonly EndedSession[]>

  /**
   * Ends all sessions of a user that have begun, but some. A session begins with the
   * arrival of the request that signed in, and a renewal keeps that beginning: what had begun cannot be renewed any more, and for a
   * day a sign-in or a renewal whose request had arrived is refused. Linear in the living sessions of the user, in bounded steps.
   * @returns as {@link end} does
   */
  endUser (user: string, reason: EndReason, query?: EndUserQuery): Promise<readonly EndedSession[]>

  /**
   * Ends all sessions of a user but that one, as {@link endUser} does, and parts it from its family: the handles from before
   * its renewals lead to it no more. Whoever holds one of them may be another person.
   * @returns null, and nothing is done, where that very session is not alive, or not of that user: a session that has ended
   * must not end those of its owner (G2: an end is final), and one that another request renewed may be another person's
   */
  endOthers (key: SessionKey, user: string, reason: EndReason, by?: string): Promise<readonly EndedSession[] | null>

  /** Takes at most `limit` ended sessions whose end nobody has told, each for one caller alone (G6). Bounded work. */
  claimEnds (limit: number): Promise<ClaimedBatch>

  /**
   * These ends have been told; do not claim them again. They stay known for the retention, but for those that are too many
   * of one user: which these are, and for how long they stay, is the store's to say.
   */
  acknowledge (handles: readonly Handle[]): Promise<void>

  /** What became of a session. Writes nothing. */
  find (key: SessionKey): Promise<FoundSession>

  /**
   * Authenticated sessions, page by page. Whatever stays in the list while the pages are read is in one of them, unless an order is
   * asked for; what moves meanwhile may be in two. Bounded work, except that a MemoryStore looks at all it has.
   * @throws {BadOptionError} for a cursor that is none
   */
  list (query: PageQuery): Promise<Page>

  /** How many there are. Bounded work. */
  stats (): Promise<Stats>

  /** Resolves when the store can be asked, all of it. @throws {StoreUnavailableError} */
  check (): Promise<void>
}
