import type { Handle } from './handle.ts'
import type { Fate } from './store.ts'

/** What a store says of many sessions: pages of a list, and how many there are. */

/**
 * Which sessions: those that are alive; those that have ended and are still known; those past their deadline that no sweep
 * has come across.
 */
export type ListedState = 'live' | 'ended' | 'due'

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

/** How many sessions there are. Of those close to their deadline, live and due may be confused for about ten seconds. */
export interface Stats {
  /** Authenticated sessions that are alive. */
  readonly live: number
  /** Past their deadline, and not yet come across. */
  readonly due: number
  /** Ended, and still known. */
  readonly ended: number
  /** Of the ended ones, those that nobody has been told of. */
  readonly untold: number
}
