import type { Authentication } from './authentication.ts'
import { areMethods, withAuthentication } from './authentication.ts'
import { isSeconds } from './clock.ts'
import type { Terms } from './terms.ts'

/**
 * The times of one session, from which its deadlines follow. A name that ends with `Ms` is in milliseconds since the
 * epoch by the store's clock; the timeouts are in seconds.
 */
export interface SessionRecord extends Terms {
  /** The time of the sign-in; for an anonymous session, of the last write. */
  readonly startedAtMs: number
  /** The time of the last activity. */
  readonly lastActivityMs: number
  /** Absent if the sign-in named no methods, and no `reauthenticated()` followed. */
  readonly authentication?: Authentication
}

/** Returns the time at which the person last proved who they are. */
export function authenticatedAtMs (record: SessionRecord): number {
  return authenticationOf(record).atMs
}

/** Returns the last authentication. Without another one it was the sign-in. */
export function authenticationOf ({ authentication, startedAtMs }: SessionRecord): Authentication {
  return authentication ?? { atMs: startedAtMs, methods: [] }
}

/** `request.session._session_security`: the times of the session, for templates. The plugin writes it; read it only. */
export type SessionStamp = {
  readonly [Key in keyof Omit<SessionRecord, 'isAuthenticated'>]?: SessionRecord[Key] | undefined
}

/** The version of the stored form. A reader treats a later version as foreign. */
const VERSION = 1

/** The form in which a store that keeps plain data holds a record under `_session_security`. */
export interface EncodedRecord {
  readonly v: number
  readonly startedAtMs: number
  readonly lastActivityMs: number
  readonly warnAfter: number
  readonly expireAfter: number
  readonly absoluteTimeout: number | false
  readonly authentication?: Authentication
}

export function encodeRecord (record: SessionRecord): EncodedRecord {
  const { startedAtMs, lastActivityMs, warnAfter, expireAfter, absoluteTimeout, authentication } = record
  const encoded = { v: VERSION, startedAtMs, lastActivityMs, warnAfter, expireAfter, absoluteTimeout }
  return authentication === undefined ? encoded : { ...encoded, authentication }
}

/**
 * Reads what {@link encodeRecord} wrote. It trusts no stored value: another version, another program or a broken write
 * may have left anything there.
 *
 * @returns the record of an authenticated session, or `null` if the value is none
 */
export function decodeRecord (value: unknown): SessionRecord | null {
  if (typeof value !== 'object' || value === null) return null
  const {
    v, startedAtMs, lastActivityMs, warnAfter, expireAfter, absoluteTimeout, authentication
  } = value as Record<string, unknown>
  if (v !== VERSION || !isTime(startedAtMs) || !isTime(lastActivityMs)) return null
  if (!isSeconds(warnAfter) || !isSeconds(expireAfter) || warnAfter > expireAfter) return null
  if (absoluteTimeout !== false && !isSeconds(absoluteTimeout)) return null
  if (authentication !== undefined && !isAuthentication(authentication)) return null
  const record: SessionRecord = {
    isAuthenticated: true, startedAtMs, lastActivityMs, warnAfter, expireAfter, absoluteTimeout
  }
  return withAuthentication(record, authentication)
}

function isAuthentication (value: unknown): value is Authentication {
  const { atMs, methods } = Object(value) as Record<string, unknown>
  return isTime(atMs) && areMethods(methods)
}

function isTime (value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
