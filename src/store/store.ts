import type { EndReason, Terms } from '../core/policy.ts'
import type { SessionRecord } from '../core/record.ts'
import type { Changes, Contents } from './contents.ts'
import type { Handle } from './handle.ts'

/** Where a person signed in from, as far as the application wants that kept. What is longer than {@link LONGEST_ORIGIN} was cut. */
export interface Origin {
  readonly address?: string
  readonly userAgent?: string
}

/** A session that is over: what `onSessionEnd` is told, and what administration shows. No id, no contents. */
export interface EndedSession {
  readonly handle: Handle
  /** What `userOf` said; absent when it said nothing. */
  readonly user?: string
  /** What `originOf` said at sign-in; absent when it said nothing. */
  readonly origin?: Origin
  readonly reason: EndReason
  readonly startedAtMs: number
  readonly lastActivityMs: number
  /** The deadline that passed, or the moment of the log-out: not the moment at which it was noticed. */
  readonly endedAtMs: number
}

/** What the store knows of a session at the moment it was asked. */
export type Fate =
  | { readonly state: 'live', readonly record: SessionRecord, readonly user: string | undefined, readonly origin?: Origin, readonly nowMs: number }
  | { readonly state: 'ended', readonly ended: EndedSession }
  /** Goes on under another id: `regenerate()` was called. A visitor's that was destroyed is not known to go on. */
  | { readonly state: 'replaced', readonly by: Handle | undefined }
  /** Never was, was a visitor's, or is forgotten. */
  | { readonly state: 'unknown' }

export type LiveFate = Extract<Fate, { state: 'live' }>

/** What became of an activity: what it was merged into, and what came out of it; or there is no live, protected session. */
export type Touched = Fate | { readonly state: 'touched', readonly beforeMs: number, readonly lastActivityMs: number, readonly nowMs: number }

/** A live session as it was read. */
export interface Loaded {
  readonly contents: Contents
  readonly record: SessionRecord
  readonly user: string | undefined
  readonly origin?: Origin
  /** The store's clock when it read. */
  readonly nowMs: number
}

/** What the end of a request decides about a session that it created, renewed or signed in to. */
export interface Settlement {
  /** The terms from now on. A change from a visitor's to a protected session starts the clock. */
  readonly terms: Terms
  readonly user?: string
  /** Absent: as it stands. */
  readonly origin?: Origin
  /** When the person proved who they are: a time by the store's clock, or `now`. Absent: as it stands. */
  readonly startedAtMs?: number | 'now'
  /** The session that this one continues. Its end is then not told, since it is none. */
  readonly replaces?: Handle
}

/**
 * Which sessions: those that are alive; those that have ended and are still known; those past their deadline that no sweep
 * has come across; or those that whoever ends all must end: the live ones, and those that may go on under another id,
 * since they were renewed or signed out within {@link RENEWAL_MS}.
 */
export type ListedState = 'live' | 'ended' | 'due' | 'endable'

/** Which sessions to list. */
export interface PageQuery {
  readonly state: ListedState
  /** Only this user's. */
  readonly user?: string
  /**
   * By deadline, or by when they ended: the earliest first (`oldest`) or the latest (`newest`). To about ten seconds, and of what
   * is moving while the pages are read some may be missed. Absent: in any order, the cheapest, and nothing is missed.
   */
  readonly order?: 'oldest' | 'newest'
  /** The most rows of a page. */
  readonly limit: number
  /** That of the page before. Absent: from the beginning. */
  readonly cursor?: string
}

export interface Row {
  readonly handle: Handle
  readonly fate: Fate
}

/** Part of a list. It may be shorter than asked for, even empty, though there are more. */
export interface Page {
  readonly rows: readonly Row[]
  /** For the next page; `null` when there is none. */
  readonly cursor: string | null
}

/** How many sessions of one user may be alive, and which gives way. */
export interface Cap {
  readonly max: number
  /** `displace`: the oldest is ended. `refuse`: the new one does not begin. */
  readonly whenFull: 'displace' | 'refuse'
}

export interface Admission {
  readonly isAdmitted: boolean
  /** What has been ended to make room. Their ends are the caller's to {@link SessionVerbs.claim}. */
  readonly displaced: readonly EndedSession[]
}

/** How many sessions there are. Of those close to their deadline, live and due may be confused for about ten seconds. */
export interface Stats {
  /** Protected sessions that are alive. */
  readonly live: number
  /** Past their deadline, and not yet come across. */
  readonly due: number
  /** Ended, and still known. */
  readonly ended: number
  /** Of the ended ones, those that nobody has been told of. */
  readonly untold: number
}

export interface ClaimedBatch {
  readonly sessions: readonly EndedSession[]
  /** Whether more are due at once. */
  readonly more: boolean
}

/**
 * How long a claim holds. A claim that is not acknowledged within it is taken over, so it must exceed the time
 * that a batch of handlers may take (HANDLER_TIMEOUT_SECONDS in plugins/end-delivery.ts).
 */
export const CLAIM_LEASE_MS = 60_000

/** How long the knowledge that a session ended is kept: far longer than any request that may still hold it. */
export const RETENTION_SECONDS = 86_400

/** How long a visitor's session that was destroyed stays known, so that a slow request does not bring it back, in seconds. */
export const VISITOR_RETENTION_SECONDS = 600

/** The most time that passes between a log-out that is part of a renewal, and the renewal. */
export const RENEWAL_MS = 600_000

/** The most characters that are kept of an address, and of a user agent. */
export const LONGEST_ORIGIN = 200

/** @fastify/session restores, hashes and compares the whole session on every request: about 7 ms at this size. */
export const MAX_SESSION_BYTES = 65_536

/**
 * What a store does for this package, session by session. Every method is atomic for the sessions it names, goes
 * by the store's own clock, decides expiry before anything else, and may be called by any node at any time.
 * Rejection means that the store could not be asked; nothing is then known of what was done.
 */
export interface SessionVerbs {
  /**
   * How old, in milliseconds, what `onRequest` read may be when the response leaves before the plugin asks again
   * whether the session is still alive. 0 where asking is free.
   */
  readonly freshForMs: number

  /** Reads a live session. `null`: there is none to be had, whatever the cause. Extends nothing (G3). */
  load (handle: Handle): Promise<Loaded | null>

  /**
   * Writes a session whole. Refused when that handle ended or was replaced (G2): the answer then is its fate.
   * A handle that is alive keeps its record and gets these contents.
   * @throws {SessionTooLargeError} see {@link update}
   */
  create (handle: Handle, contents: Contents, terms: Terms): Promise<Fate>

  /**
   * Applies changes, key by key, to a live session (G8) and to no other (G2). Extends nothing (G3), except that
   * `terms`, when given, start the clock of a session that was a visitor's; a visitor's life counts from its last write.
   * @throws {SessionTooLargeError} when the edits of several requests together make the session larger than
   * `maxSessionBytes`. Nothing is written then.
   */
  update (handle: Handle, changes: Changes, terms?: Terms): Promise<Fate>

  /**
   * Merges an activity by {@link mergeActivity} (G1) into a live, protected session, and says `touched`; of any other, what it is.
   * `terms`: those from now on, if others. They may put its deadline into the past: then it has ended when it is asked for next.
   */
  touch (handle: Handle, activityMs: number, terms?: Terms): Promise<Touched>

  /**
   * See {@link Settlement}. When `replaces` names a session that somebody else ended before or while this request
   * renewed it, the new one ends with it, for the same reason (G2).
   */
  settle (handle: Handle, settlement: Settlement): Promise<Fate>

  /**
   * Ends a live session, or the one that it goes on as, and drops its contents. Its end is left for {@link claim} by whoever called; after
   * CLAIM_LEASE_MS a sweep finds it. `null`: it was over before, never was, or was a visitor's, which just goes.
   */
  end (handle: Handle, reason: EndReason): Promise<EndedSession | null>

  /** Takes the end of one session, unless somebody has taken it: the caller tells it, then acknowledges (G6). */
  claim (handle: Handle): Promise<EndedSession | null>

  /** Takes at most `limit` ended sessions whose end nobody has told, each for one caller alone (G6). Bounded work. */
  claimDue (limit: number): Promise<ClaimedBatch>

  /** These ends have been told; do not claim them again. They stay known for the retention. */
  acknowledge (handles: readonly Handle[]): Promise<void>

  /** What became of a session. For administration, and for the holder of a signed cookie. */
  find (handle: Handle): Promise<Fate>

  /**
   * Protected sessions, page by page. Whatever stays in the list while the pages are read is in one of them, unless an order is
   * asked for; what moves meanwhile may be in two. Bounded work, except that a MemoryStore looks at all it has.
   * @throws {BadOptionError} for a cursor that is none
   */
  list (query: PageQuery): Promise<Page>

  /** How many there are. Bounded work. */
  stats (): Promise<Stats>

  /**
   * Takes one of the user's places for a session that has been created and is about to be settled, so that no more than `cap.max`
   * are ever alive, whatever other nodes do meanwhile. One that has a place keeps it; one that renews another takes its place.
   */
  admit (handle: Handle, user: string, cap: Cap, replaces?: Handle): Promise<Admission>

  /** Resolves when the store can be asked, all of it. @throws {StoreUnavailableError} */
  check (): Promise<void>
}

/** Written out, as all that each request makes: to spread one object over another takes V8 a microsecond or two. */
export function liveFate (record: SessionRecord, user: string | undefined, origin: Origin | undefined, nowMs: number): LiveFate {
  return origin === undefined ? { state: 'live', record, user, nowMs } : { state: 'live', record, user, origin, nowMs }
}

/** Likewise. */
export function loadedFrom (contents: Contents, record: SessionRecord, user: string | undefined, origin: Origin | undefined, nowMs: number): Loaded {
  return origin === undefined ? { contents, record, user, nowMs } : { contents, record, user, origin, nowMs }
}

/** The user of a session, alive or ended. */
export function userOf (fate: Fate): string | undefined {
  if (fate.state === 'live') return fate.user
  return fate.state === 'ended' ? fate.ended.user : undefined
}
