import type { EndedSession } from '../../src/index.ts'

/**
 * The kinds of requests. `visit` begins an anonymous session, `renew` calls `regenerate()`, `sign-out` calls
 * `destroy()`, `forget` signs out by deleting the user, `upload` is a body that takes its time, and `list` is a list
 * for administration, without a cookie.
 */
export type Kind =

    | 'visit' | 'sign-in' | 'renew' | 'sign-out' | 'forget' | 'page' | 'slow' | 'upload' | 'poll' | 'ping' | 'edit'
    | 'list'

/** The fields of a session that requests edit, each on its own. */
export const FIELDS = ['a', 'b', 'c', 'd'] as const

export type Field = typeof FIELDS[number]

export type Fields = { readonly [Name in Field]?: number }

/** The header in which a node's answer carries its {@link Account}. */
export const ACCOUNT_HEADER = 'x-account'

/** The caller's session as the node saw it when it had settled the request. */
export interface Account {
  /** `null` when there was none any more, or never. Of a request whose session was renewed meanwhile: the successor. */
  readonly handle: string | null
  /** Whether the handler was given an authenticated session. */
  readonly letIn: boolean
  /** When the request arrived, by `sharedMs()`. */
  readonly arrivedAtMs?: number
  /** The earliest moment by `sharedMs()` at which the save for the cookie began. */
  readonly savingAtMs?: number
  /** When the handler began, by the machine's clock; absent when none did. */
  readonly ranAtMs?: number
  /** When the headers of the answer were decided. */
  readonly leftAtMs?: number
  /** The session as the store last had it when the response left. Absent if it was over or anonymous. */
  readonly startedAtMs?: number
  readonly lastActivityMs?: number
  /** The session that this request began, by whatever transition. */
  readonly began?: string
  /** The answer of `userOf` when the response left. */
  readonly user?: string
}

/** The effect of a `Set-Cookie` line on the session's cookie. */
export type CookieLine = 'set' | 'clear'

/** The answer of `list({ user })`. */
export interface Listing {
  readonly user: string
  readonly rows: ReadonlyArray<{ readonly handle: string, readonly user?: string }>
}

/** A request and its answer. Times are the Redis' clock in ms, read where the request was made. */
export interface Exchange {
  readonly kind: Kind
  /** Of the session whose cookie was sent; empty when none was. */
  readonly handle: string
  readonly node: number
  readonly sentAtMs: number
  readonly receivedAtMs: number
  /** 0 when the connection broke, or no answer came. */
  readonly status: number
  /** The code of the error, or the reason why there was no answer. */
  readonly code?: string
  /** The claim of a ping. */
  readonly idleForMs?: number
  /** The answer to a ping. */
  readonly state?: string
  readonly edit?: { readonly field: Field, readonly value: number }
  /** For how long the handler waits before it writes. */
  readonly waitMs?: number
  readonly account?: Account
  /** The fields as the handler found them. */
  readonly fields?: Fields
  readonly lines: readonly CookieLine[]
  readonly listing?: Listing
}

/** A call of `onSessionEnd`. */
export interface Notification {
  readonly node: number
  readonly receivedAtMs: number
  readonly ended: EndedSession
}

export interface EventLog {
  readonly exchanges: readonly Exchange[]
  readonly notified: readonly Notification[]
}
