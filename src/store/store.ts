import type { EndReason, Terms, Timeouts } from '../core/policy.ts'
import type { SessionRecord } from '../core/record.ts'
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
}

/** What the store knows of a session at the moment it was asked. */
export type Fate =
  | { readonly state: 'live', readonly record: SessionRecord, readonly user: string | undefined, readonly device?: Device, readonly nowMs: number }
  | { readonly state: 'ended', readonly ended: EndedSession }
  /** The session was renewed and goes on as one of these; none: an anonymous session was signed in to, or destroyed. */
  | { readonly state: 'replaced', readonly by: readonly SessionKey[] }
  /** The store never had it, has forgotten it, or it was anonymous and is over. */
  | { readonly state: 'unknown' }

export type LiveFate = Extract<Fate, { state: 'live' }>

/** A live session as it was read, with the activity that was known before this load recorded its own; or what became of it. */
export type Loaded =
  | LiveFate & { readonly contents: Contents, readonly activityBeforeMs: number }
  | Exclude<Fate, LiveFate>

/** How a load records an activity: that of the request which loads. */
export interface LoadActivity {
  /** A last activity that is younger stays as it is, and nothing is written. */
  readonly throttleMs: number
  /** The timeouts in force; absent where they depend on the request: those of the record count, and stay. */
  readonly timeouts?: Timeouts
}

/** What became of an activity: what it was merged into, and the result; any other fate means that there is no live, authenticated session. */
export type Recorded = Fate | { readonly state: 'recorded', readonly beforeMs: number, readonly lastActivityMs: number, readonly nowMs: number }

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
   * `renewed`: it goes on under the new key; refused when it is over, or goes on as {@link MOST_SUCCESSORS} already. `ended`: it ends as by `end(key, 'logout')`, with
   * its twins.
   * `dropped`: it was anonymous, and only that it is gone stays known.
   */
  readonly becomes: 'renewed' | 'ended' | 'dropped'
}

/** A session that begins: all of it, in one write. */
export interface Beginning {
  readonly contents: Contents
  readonly terms: Terms
  readonly user?: string
  readonly device?: Device
  /** When the person proved who they are, by the store's clock. Absent: now. */
  readonly startedAtMs?: number
  /** The last activity: a renewal by a passive request keeps its predecessor's. Absent: now. */
  readonly lastActivityMs?: number
  readonly predecessor?: Predecessor
  /** Needs `user`. */
  readonly limit?: SessionLimit
}

export type Begun =
  /** `ended`: the ends that this beginning caused, claimed for the caller. */
  | { readonly state: 'begun', readonly fate: LiveFate, readonly ended: readonly EndedSession[] }
  /** The limit is reached, and the sign-in gives way. Nothing was written. */
  | { readonly state: 'full' }
  /** The predecessor of a renewal is over, or the key itself is. Nothing was written. */
  | { readonly state: 'over', readonly fate: Fate }

export type { ListedState, Page, PageQuery, Row, Stats } from './page.ts'

export interface ClaimedBatch {
  readonly sessions: readonly EndedSession[]
  /** Whether more are due at once. */
  readonly more: boolean
}

/**
 * How long a claim holds. A claim that is not acknowledged within it is taken over, so it must exceed the time
 * that a batch of handlers may take (HANDLER_TIMEOUT_SECONDS in end-delivery.ts).
 */
export const CLAIM_LEASE_MS = 60_000

/** How long the knowledge that a session ended is kept: far longer than any request that may still hold it. */
export const RETENTION_SECONDS = 86_400

/** How long an anonymous session that is gone stays known, so that a slow request does not bring it back, in seconds. */
export const ANONYMOUS_RETENTION_SECONDS = 600

/**
 * The most successors of one session: so many requests may renew it at once. What is more is refused, so that all of them are known to
 * whoever ends the session, and nobody makes many sessions of one sign-in.
 */
export const MOST_SUCCESSORS = 4

/** The most characters that are kept of an address, and of a user agent. */
export const LONGEST_DEVICE = 200

/** @fastify/session restores, hashes and compares the whole session on every request: about 7 ms at this size. */
export const MAX_SESSION_BYTES = 65_536

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

  /** The id for a session of that user that is about to begin, made of a random one; `user` is absent for an anonymous session. */
  idFor (random: string, user?: string): string

  /** The public name of a session. */
  handleOf (sessionId: string): Handle

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
   * The contents' size is the caller's to check.
   */
  begin (key: SessionKey, beginning: Beginning): Promise<Begun>

  /**
   * Applies changes, key by key, to a live session (G8: both edits survive) and to no other (G2: an end is final). Extends nothing (G3), except that an
   * anonymous session's life counts from its last write.
   * @throws {SessionTooLargeError} when the edits of several requests together make the session larger than
   * `maxSessionBytes`. Nothing is written then.
   */
  update (key: SessionKey, changes: Changes): Promise<Fate>

  /**
   * Merges an activity by {@link mergeActivity} (G1: the most recent one counts) into a live, authenticated session, and says `recorded`;
   * of any other, what it is. `timeouts`: those from now on, if others. They may put its deadline into the past: then it has ended when it
   * is asked for next.
   */
  recordActivity (key: SessionKey, activityMs: number, timeouts?: Timeouts): Promise<Recorded>

  /**
   * Ends a live session, or all that a renewed one goes on as, and drops the contents. For the reason `logout`, the verb
   * ends the twins as well: sessions of the same user that several requests made of one by renewing it at once, and what
   * these go on as. The cookie of a twin may still be on its way to the browser that signs out, and would sign the person
   * in again. Any other reason leaves the twins alone. Each walk along renewals has a bound (G13: bounded work): the verb
   * always ends the session itself, and the twins of the latest fork before older ones. A store on several servers looks
   * for twins of a user with a name only, and an adapter for a store that knows no renewals looks for none.
   * @returns the ends, claimed for the caller, who notifies and acknowledges; after CLAIM_LEASE_MS a sweep takes over. None of
   * a session that was over before, never was, or was anonymous: that just goes.
   */
  end (key: SessionKey, reason: EndReason): Promise<readonly EndedSession[]>

  /** Takes at most `limit` ended sessions whose end nobody has told, each for one caller alone (G6). Bounded work. */
  claimDue (limit: number): Promise<ClaimedBatch>

  /** These ends have been told; do not claim them again. They stay known for the retention. */
  acknowledge (handles: readonly Handle[]): Promise<void>

  /** What became of a session. Writes nothing. */
  find (key: SessionKey): Promise<Fate>

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

/** Written out, as all that each request makes: to spread one object over another takes V8 a microsecond or two. */
export function liveFate (record: SessionRecord, user: string | undefined, device: Device | undefined, nowMs: number): LiveFate {
  return device === undefined ? { state: 'live', record, user, nowMs } : { state: 'live', record, user, device, nowMs }
}

/** Likewise. */
export function loadedFrom (contents: Contents, activityBeforeMs: number, { record, user, device, nowMs }: LiveFate): Loaded {
  return device === undefined
    ? { state: 'live', contents, activityBeforeMs, record, user, nowMs }
    : { state: 'live', contents, activityBeforeMs, record, user, device, nowMs }
}

/** The user of a session, alive or ended. */
export function userOf (fate: Fate): string | undefined {
  if (fate.state === 'live') return fate.user
  return fate.state === 'ended' ? fate.ended.user : undefined
}
