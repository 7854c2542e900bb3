import { deadlineMs } from '../../core/policy.ts'
import type { SessionRecord } from '../../core/record.ts'
import type { Contents } from '../contents.ts'
import { COOKIE_KEY, RECORD_KEY, sinceIn } from '../contents.ts'
import type { ForeignMetadata } from './metadata.ts'
import { decodeMetadata, encodeMetadata } from './metadata.ts'

/** The latest moment that a Date can name. */
const LAST_DATE_MS = 8.64e15

/** A session as a store of another package holds it. */
export interface StoredSession {
  /** Without COOKIE_KEY where the session has no age of its own. */
  readonly contents: Contents
  /** Null: no record of this package, or one that cannot be read. */
  readonly metadata: ForeignMetadata | null
  readonly cookie: Readonly<StoredCookie>
}

/** A session in the form that stores of express-session and @fastify/session take. */
export interface WrittenSession {
  readonly cookie: StoredCookie
  readonly [key: string]: unknown
}

/** The cookie as those stores read it. Each takes the life of the session from `expires` or `maxAge`. */
class StoredCookie {
  readonly originalMaxAge: number | null
  readonly expires: Date | null

  constructor (originalMaxAge: number | null, expires: Date | null) {
    this.originalMaxAge = originalMaxAge
    this.expires = expires
  }

  /** Milliseconds until `expires`. Stands on the prototype, as with both packages, and so is never stored. */
  get maxAge (): number | null {
    return this.expires === null ? null : this.expires.getTime() - Date.now()
  }
}

/** The ms for which a session past its deadline stays in the store. */
const GRACE_MS = 3_600_000

/** Makes a new object of new values. A store that keeps the object then shares nothing with a request. */
export function encodeSession (
  contents: Contents, session: Omit<ForeignMetadata, 'hasOwnAge' | 'since'>
): WrittenSession {
  const age = ownAgeIn(contents)
  const since = sinceIn(contents)
  const values = Object.entries(contents).map(([key, text]): [string, unknown] => [key, JSON.parse(text)])
  return {
    ...Object.fromEntries(values),
    cookie: new StoredCookie(age ?? null, new Date(Math.min(LAST_DATE_MS, overAtMs(session.record)))),
    [RECORD_KEY]: encodeMetadata({
      ...session, hasOwnAge: age !== undefined, ...(since === undefined ? {} : { since })
    })
  }
}

/**
 * When the store may forget the session. Until then a request that comes late learns why it ended, and the end is
 * notified.
 */
function overAtMs (record: SessionRecord): number {
  return deadlineMs(record) + (record.isAuthenticated ? GRACE_MS : 0)
}

/**
 * Copies an object of the store. It may be the very object that the store, or another request, holds.
 *
 * @returns null for a value that is no session, or holds no JSON
 */
export function decodeSession (value: unknown): StoredSession | null {
  if (typeof value !== 'object' || value === null) return null
  try {
    if (Array.isArray(value)) return null
    const stamp = decodeMetadata(Reflect.get(value, RECORD_KEY))
    const cookie = decodeCookie(Reflect.get(value, COOKIE_KEY))
    const texts = Object.entries(value)
      .filter(([key]) => key !== COOKIE_KEY && key !== RECORD_KEY)
      .map(([key, item]): [string, string | undefined] => [key, JSON.stringify(item)])
      .filter((entry): entry is [string, string] => entry[1] !== undefined)
    const hasOwnAge = stamp === null
      ? cookie.originalMaxAge !== null
      : stamp.hasOwnAge // before the plugin, @fastify/session kept it
    const since = stamp?.since === undefined ? {} : { since: stamp.since }
    if (hasOwnAge || stamp?.since !== undefined) {
      texts.push([COOKIE_KEY, JSON.stringify({ ...(hasOwnAge ? { maxAge: cookie.originalMaxAge } : {}), ...since })])
    }
    return { contents: Object.fromEntries(texts), metadata: stamp, cookie }
  } catch {
    return null // a getter that throws, a BigInt, a circle, a revoked proxy
  }
}

/** @returns milliseconds, null for a cookie that ends with the browser, undefined where the session has no own age */
function ownAgeIn (contents: Contents): number | null | undefined {
  const text = contents[COOKIE_KEY]
  if (text === undefined) return undefined
  const cookie: unknown = JSON.parse(text)
  const age: unknown = typeof cookie === 'object' && cookie !== null ? Reflect.get(cookie, 'maxAge') : undefined
  return age === null || isAge(age) ? age : undefined
}

function decodeCookie (value: unknown): StoredCookie {
  if (typeof value !== 'object' || value === null) return new StoredCookie(null, null)
  const originalMaxAge: unknown = Reflect.get(value, 'originalMaxAge')
  return new StoredCookie(isAge(originalMaxAge) ? originalMaxAge : null, decodeDate(Reflect.get(value, 'expires')))
}

function isAge (value: unknown): value is number {
  return Number.isFinite(value) && Number(value) > 0
}

/** Stores that keep JSON hand out a text, others the Date itself. */
function decodeDate (value: unknown): Date | null {
  if (!(value instanceof Date) && typeof value !== 'string' && typeof value !== 'number') return null
  const date = new Date(value)
  return Number.isNaN(date.getTime()) ? null : date
}
