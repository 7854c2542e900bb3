import type { CookieSerializeOptions, SerializeOptions } from '@fastify/cookie'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { BadCookieError } from '../errors.ts'
import { isObject } from '../option-checks.ts'
import type { SessionOptions } from '../options/options.ts'
import type { SessionObject } from './fastify-session-internals.ts'
import type { CookieSigner } from '../options/remembering-signer.ts'

/** A cookie of the session's name with a valid signature. */
export interface PresentedCookie {
  /** The value as `request.cookies` shows it. */
  readonly value: string
  readonly sessionId: string
}

/** The cookie attribute of a session, with the property that its class adds. */
type Cookie = SessionObject['cookie'] & { readonly partitioned?: boolean }

/** The name that @fastify/session uses by default. */
const DEFAULT_NAME = 'sessionId'

/** The number of signed cookies whose sessions are loaded. Browsers send several for several paths or domains. */
const MOST_CANDIDATES = 4

/** The number of cookies whose signatures are checked. Each check costs time, and any client may send thousands. */
const MOST_CHECKED = 16

const NO_COOKIES = { cookies: [], isCut: false } as const

/** Reads the session's cookie from requests, and makes the lines that set or clear it. */
export class SessionCookie {
  readonly name: string
  readonly signer: CookieSigner
  readonly #prefix: string
  readonly #path: string
  readonly #ageMs: number | null
  readonly #expires: Date | null
  readonly #fastify: FastifyInstance

  constructor (
    fastify: FastifyInstance, { cookieName = DEFAULT_NAME, cookiePrefix = '', cookie = {} }: SessionOptions,
    signer: CookieSigner
  ) {
    this.#fastify = fastify
    this.name = cookieName
    this.#prefix = cookiePrefix
    this.#path = cookie.path || '/' // the default path and age of @fastify/session
    this.#ageMs = cookie.maxAge || null
    this.#expires = cookie.expires ? new Date(cookie.expires) : null
    this.signer = signer
  }

  /** Tells whether the path of a request lies within the cookie's. Only then @fastify/session gives it a session. */
  covers (request: FastifyRequest): boolean {
    if (this.#path === '/') return true // nearly every cookie has this path: nothing has to be cut
    const [path = ''] = String(request.raw.url).split('?', 1)
    return this.coversPath(path)
  }

  /** Tells whether a path without a query lies within the cookie's path. */
  coversPath (path: string): boolean {
    return path === this.#path || path.startsWith(this.#path.endsWith('/') ? this.#path : `${this.#path}/`)
  }

  /** Tells whether the request carries a cookie of this name, with any value. */
  isPresented ({ cookies }: FastifyRequest): boolean {
    return cookies?.[this.name] !== undefined
  }

  /**
   * Returns the cookies of this name with a valid signature, in their order.
   *
   * `isCut`: the request has more cookies than the plugin checks.
   */
  presentedBy (request: FastifyRequest): { readonly cookies: readonly PresentedCookie[], readonly isCut: boolean } {
    const header = request.headers.cookie
    // @fastify/cookie parses later, or not at all, and @fastify/session relies on parsed cookies.
    if (request.cookies == null) request.cookies = header === undefined ? {} : this.#fastify.parseCookie(header)
    if (header === undefined) return NO_COOKIES
    const values = this.#valuesIn(header, request.cookies[this.name])
    const cookies: PresentedCookie[] = []
    let checked = 0
    for (const value of values) {
      if (checked === MOST_CHECKED || cookies.length === MOST_CANDIDATES) break
      checked++
      const sessionId = this.#idIn(value)
      if (sessionId !== null) cookies.push({ value, sessionId })
    }
    return { cookies, isCut: checked < values.length }
  }

  sign (sessionId: string): string {
    return this.signer.sign(sessionId)
  }

  /**
   * Puts the line that sets the session's cookie on the response.
   *
   * `reply.setCookie()` would lose the line if @fastify/cookie has not parsed the request yet: a guard answered early,
   * or its option `hook` is `false`.
   *
   * @throws {BadCookieError}
   */
  set (reply: FastifyReply, session: SessionObject): void {
    reply.header('set-cookie', this.lineFor(session))
  }

  /** Puts the line that clears the cookie on the response. It repeats the attributes: a `__Host-` cookie needs them. */
  clear (reply: FastifyReply, cookie: SessionObject['cookie']): void {
    reply.header('set-cookie', this.#line('', { ...attributesOf(cookie), expires: new Date(0), maxAge: 0 }))
  }

  /** Returns the line itself, for a hijacked reply. @throws {BadCookieError} */
  lineFor (session: SessionObject): string {
    return this.#line(this.#prefix + session.encryptedSessionId, attributesOf(session.cookie))
  }

  #line (value: string, attributes: CookieSerializeOptions): string {
    try {
      return this.#fastify.serializeCookie(this.name, value, attributes as SerializeOptions)
    } catch (error) {
      throw new BadCookieError(error instanceof Error ? error.message : String(error))
    }
  }

  /**
   * Encodes the cookie age of a session for the store, with `since` beside it.
   *
   * @returns `undefined` if the configured age holds and there is no `since`
   * @throws {BadCookieError}
   */
  encodedAge (cookie: SessionObject['cookie'], since?: number): string | undefined {
    if (!isObject(cookie)) throw new BadCookieError('it is no object')
    const { originalMaxAge, expires } = cookie
    if (expires != null && !isMoment(expires)) throw new BadCookieError('its age or its date is invalid')
    if (originalMaxAge != null && !Number.isFinite(originalMaxAge)) throw new BadCookieError('its age is not a number')
    const ageMs = expires == null ? null : originalMaxAge
    const isOwn = ageMs !== this.#ageMs && (ageMs != null || expires == null)
    if (!isOwn && since === undefined) return undefined
    return JSON.stringify({ ...(isOwn ? { maxAge: ageMs } : {}), ...(since === undefined ? {} : { since }) })
  }

  /** Gives the cookie of a session the configured age. */
  resetAge (cookie: SessionObject['cookie']): void {
    if (this.#ageMs === null) Object.assign(cookie, { expires: this.#expires, originalMaxAge: null })
    else cookie.maxAge = this.#ageMs
  }

  #valuesIn (header: string, first: string | undefined): string[] {
    if (first === undefined) return []
    const start = `${this.name}=`
    if (header.indexOf(start) === header.lastIndexOf(start)) return [first]
    const pairs = header.split(';').map(pair => pair.trim()).filter(pair => pair.startsWith(start))
    return pairs.slice(0, MOST_CHECKED + 1).map(pair => this.#fastify.parseCookie(pair)[this.name] ?? '')
  }

  #idIn (value: string): string | null {
    if (!value.startsWith(this.#prefix)) return null
    const { valid, value: sessionId } = this.signer.unsign(value.slice(this.#prefix.length))
    return valid ? sessionId : null
  }
}

function isMoment (value: unknown): boolean {
  return value instanceof Date && !Number.isNaN(value.getTime())
}

/** Returns the attributes that @fastify/session writes. */
function attributesOf (cookie: Cookie): CookieSerializeOptions {
  const { path, domain, httpOnly, secure, sameSite, expires, partitioned } = cookie
  return { path, domain, httpOnly, secure, sameSite, expires, partitioned } as CookieSerializeOptions
}

/**
 * Returns a stored age for the constructor of a session; `undefined` for none.
 *
 * Attributes are never stored: a copy would outlive a hardening.
 */
export function decodeAge (value: unknown): Partial<SessionObject['cookie']> | undefined {
  const maxAge: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'maxAge') : undefined
  if (maxAge === null) {
    return { maxAge, originalMaxAge: null, expires: null } as unknown as Partial<SessionObject['cookie']>
  }
  return typeof maxAge === 'number' && maxAge > 0 && hasDate(maxAge) ? { maxAge, originalMaxAge: maxAge } : undefined
}

/** Tells whether an age leads to a valid date. Some numbers are larger than any date. */
function hasDate (ageMs: number): boolean {
  return !Number.isNaN(new Date(Date.now() + ageMs).getTime())
}
