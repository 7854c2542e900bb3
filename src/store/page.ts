import type { Handle } from './handle.ts'
import type { FoundSession } from './store.ts'

/** What a store says of many sessions: pages of a list, and how many there are. */

/**
 * Which sessions: those that are alive; those that have ended and are still known, whether a sweep has come across them or
 * not; of these, the expired ones that no sweep has come across.
 */
export type ListedState = 'live' | 'ended' | 'expired'

/** By the end of each session: its deadline while it is alive, the moment at which it ended after that. */
export type ListOrder = 'ends-first' | 'ends-last'

/** Which sessions to list. */
export interface PageQuery {
  readonly state: ListedState
  /** Only this user's. */
  readonly user?: string
  /**
   * Only those of users whose id begins so, in upper or lower case. There is no index of these: a page looks at a
   * bounded number of sessions, passes over the others, and may be empty though there are more.
   */
  readonly userPrefix?: string
  /**
   * Which end comes first: the earliest or the latest. Of what moves while the pages are read some may be missed. A RedisStore
   * keeps the order exactly for one user, and for up to a thousand sessions; of more, to about ten seconds.
   * Absent: in any order, the cheapest, and nothing is missed.
   */
  readonly order?: ListOrder
  /** The most rows of a page. */
  readonly limit: number
  /** That of the page before. Absent: from the beginning. */
  readonly cursor?: string
}

export interface Row {
  readonly handle: Handle
  readonly session: FoundSession
}

/** Part of a list. It may be shorter than asked for, even empty, though there are more. */
export interface Page {
  readonly rows: readonly Row[]
  /** For the next page; `null` when there is none. */
  readonly cursor: string | null
  /** The store's clock when the page was read. */
  readonly nowMs: number
  /** How many sessions the page left out because a later version keeps them. Absent: none, or the list is in an order. */
  readonly later?: number
}

/**
 * How many authenticated sessions there are. Where more than two hundred of a shard are within ten seconds of their
 * deadline, a RedisStore looks at so many of them, and estimates the rest.
 */
export interface Stats {
  readonly live: number
  /** Ended, and still known. */
  readonly ended: number
  /** Of the ended ones, those past their deadline that no sweep has come across. */
  readonly expired: number
  /** Of the ended ones, those whose end nobody has acknowledged. */
  readonly pending: number
  /**
   * Seconds since the deadline of the expired session whose deadline passed first; 0 when no session is expired. A sweep
   * that keeps up leaves it below the time between two sweeps. Where more than two hundred sessions of a shard passed their
   * deadlines within ten seconds, a RedisStore looks at so many of them, and may name a later one of these.
   */
  readonly lag: number
}
