import type { EndReason } from './policy.ts'
import type { SessionRecord } from './record.ts'

/**
 * The public name of a session: base64url SHA-256 of its id. It leads one way: a reader of a log line, a key or an
 * admin page cannot take a session over.
 */
export type Handle = string

/** The device of a sign-in, as `deviceOf` describes it. Each text has at most 200 characters. */
export interface Device {
  readonly address?: string
  readonly userAgent?: string
}

/** A session that is over, as `onSessionEnd` receives it and administration shows it. It has no id and no contents. */
export interface EndedSession {
  readonly handle: Handle
  /** The answer of `userOf`. Absent if `userOf` named nobody. */
  readonly user?: string
  /** The answer of `deviceOf` at sign-in. Absent if `deviceOf` gave nothing. */
  readonly device?: Device
  readonly reason: EndReason
  readonly startedAtMs: number
  readonly lastActivityMs: number
  /** The deadline that passed, or the moment of the call. A node may notice a deadline later. */
  readonly endedAtMs: number
  /**
   * The name that the ending call gave. Absent for a deadline, a sign-out, a new sign-in, and a call without a name.
   */
  readonly by?: string
}

/** The state of a session that has not ended, without its contents. All forms of a live session have these fields. */
export interface SessionData {
  readonly record: SessionRecord
  readonly user: string | undefined
  readonly device?: Device
}

/** A live session at the moment at which the store was asked. */
export interface LiveSession extends SessionData {
  readonly state: 'live'
  /** The store's clock at that moment. */
  readonly nowMs: number
}
