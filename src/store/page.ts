import type { Handle } from './handle.ts'
import type { FoundSession } from './session.ts'

/* Pages of a list of sessions, and counts. */

/**
 * The sessions that a list has. `live`: those that are alive. `ended`: those that have ended and have a tombstone,
 * swept or not. `expired`: the ended ones that no sweep has claimed yet.
 */
export type ListedState = 'live' | 'ended' | 'expired'

/**
 * The order of a list by the end of each session. The end is the deadline of a live session, and the moment at which an
 * ended one ended.
 */
export type ListOrder = 'ends-first' | 'ends-last'

/** The sessions of a list, and the part of it that a page has. */
export interface PageQuery {
  readonly state: ListedState
  /** Only sessions of this user. */
  readonly user?: string
  /**
   * Only sessions of users whose id begins with this text, in upper or lower case. No index has these: a page looks at
   * a bounded number of sessions, skips the others, and may be empty though more follow.
   */
  readonly userPrefix?: string
  /**
   * The end that comes first: the earliest or the latest. A list in order may miss a session that moves while the pages
   * are read. A RedisStore keeps the order exactly for one user, and for up to a thousand sessions; beyond that to
   * about ten seconds. Absent: the cheapest order, which misses nothing.
   */
  readonly order?: ListOrder
  /** The most rows of a page. */
  readonly limit: number
  /** The cursor of the page before. Absent: the first page. */
  readonly cursor?: string
}

/** One session of a page. */
export interface Row {
  readonly handle: Handle
  readonly session: FoundSession
}

/** A page of a list. It may have fewer rows than the limit, even none, though more follow. */
export interface Page {
  readonly rows: readonly Row[]
  /** The cursor of the next page; `null` if this is the last one. */
  readonly cursor: string | null
  /** The store's clock when the page was read. */
  readonly nowMs: number
  /**
   * The number of sessions that a later version keeps, and the page left out. Absent: none, or the list has an order.
   */
  readonly later?: number
}

/**
 * The number of authenticated sessions by state. If more than two hundred of a shard are within ten seconds of their
 * deadline, a RedisStore looks at two hundred of them, and estimates the rest.
 */
export interface Stats {
  readonly live: number
  /** The sessions that have ended and have a tombstone. */
  readonly ended: number
  /** The ended sessions that are past their deadline and that no sweep has claimed yet. */
  readonly expired: number
  /** The ended sessions whose end nobody has acknowledged. */
  readonly pending: number
  /**
   * The seconds since the earliest deadline of an expired session; 0 if none is expired. A sweep that keeps up keeps it
   * below the time between two sweeps. If more than two hundred sessions of a shard passed their deadlines within ten
   * seconds, a RedisStore looks at two hundred of them, and may name a later deadline.
   */
  readonly lag: number
}
