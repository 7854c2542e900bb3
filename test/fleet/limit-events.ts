import type { Notification } from './events.ts'

/** The kinds of requests under a limit. `visit` begins an anonymous session, `member` is a page behind the guard. */
export type LimitKind = 'visit' | 'sign-in' | 'renew' | 'sign-out' | 'member' | 'end-user'

/** A request and its answer. All times of this log are `sharedMs()`. */
export interface LimitExchange {
  readonly kind: LimitKind
  readonly user: string
  /** Of the session whose cookie was sent; absent when none was. */
  readonly handle?: string
  readonly node: number
  readonly sentAtMs: number
  readonly receivedAtMs: number
  /** `member`, `renew` and `sign-out` are guarded: 200 is for those only who are let in. */
  readonly status: number
  readonly code?: string
  /** When the request came to the node, before any hook of the plugin. */
  readonly arrivedAtMs?: number
  /** When its save began at the earliest, behind what the handler waits for. */
  readonly savingAtMs?: number
  /** The session whose cookie the answer set. */
  readonly given?: string
  /** Of the session that the request had when it was answered, by Redis' clock. */
  readonly startedAtMs?: number
  /** The data of `end-user`: its moment, the session that stays, and the ended sessions. */
  readonly calledAtMs?: number
  readonly except?: string
  readonly ended?: readonly string[]
}

/** A look at a user between two times. The live sessions, and those that the user's index names. */
export interface Look {
  readonly user: string
  readonly beforeMs: number
  readonly afterMs: number
  readonly live: readonly string[]
  readonly listed: readonly string[]
}

/** The state of a session at the end, by its record. */
export type LimitState = 'live' | 'ended' | 'renewed'

export interface LimitLog {
  readonly exchanges: readonly LimitExchange[]
  readonly looks: readonly Look[]
  readonly notified: readonly Notification[]
  /** Of all authenticated sessions, at the end. */
  readonly states: ReadonlyMap<string, LimitState>
}

/** Returns the time in ms that all processes of this machine share. It only goes forward, and nobody sets it. */
export function sharedMs (): number {
  return Number(process.hrtime.bigint()) / 1e6
}
