import type { EndedSession } from '../../src/index.ts'

/** What is asked of a node. All but `poll` count as activity, and `ping` does as far as it claims. */
export type Kind = 'sign-in' | 'sign-out' | 'page' | 'slow' | 'poll' | 'ping' | 'edit'

/** The fields of a session that requests edit, each on its own. */
export const FIELDS = ['a', 'b', 'c', 'd'] as const

export type Field = typeof FIELDS[number]

export type Fields = { readonly [Name in Field]?: number }

/** The header in which a node's answer carries its {@link Account}. */
export const ACCOUNT_HEADER = 'x-account'

/** What a node said of the caller's session when it had settled the request. */
export interface Account {
  /** `null` when there was none any more, or never. */
  readonly handle: string | null
  /** Whether the handler was given a session that is signed in. */
  readonly letIn: boolean
  /** Of the session as the store last had it when the response left; absent when it was over. */
  readonly startedAtMs?: number
  readonly lastActivityMs?: number
  /** The Redis' clock, as the node carries it on. */
  readonly nowMs?: number
  /** The activity of this request could not be written: it is shown, but was never acknowledged. */
  readonly isStampLost: boolean
}

/** A request and its answer. Times are the Redis' clock in ms, read where the request was made. */
export interface Exchange {
  readonly kind: Kind
  /** Of the session whose cookie was sent, or that was signed in to. */
  readonly handle: string
  readonly node: number
  readonly sentAtMs: number
  readonly receivedAtMs: number
  /** 0 when the connection broke, or no answer came. */
  readonly status: number
  /** That of the error, or why there was no answer. */
  readonly code?: string
  /** What a ping claimed. */
  readonly idleForMs?: number
  /** What a ping was told. */
  readonly state?: string
  readonly edit?: { readonly field: Field, readonly value: number }
  readonly account?: Account
  /** The fields as the handler found them. */
  readonly fields?: Fields
}

/** A call of `onSessionEnd`. */
export interface Told {
  readonly node: number
  readonly receivedAtMs: number
  readonly ended: EndedSession
}

export interface EventLog {
  readonly exchanges: readonly Exchange[]
  readonly told: readonly Told[]
}
