import { check, isBoolean, isFunction, isObject, refuseUnknownIn } from '../option-checks.ts'

/** The attributes of a cookie that @fastify/session knows, by its types. It ignores `encode` and `priority`. */
const KEYS = [
  'path', 'domain', 'secure', 'httpOnly', 'sameSite', 'maxAge', 'expires', 'partitioned', 'priority', 'encode'
] as const

/** Matches names that @fastify/cookie can write. It would refuse each sign-in with another name. */
const NAME = /^[!-:<>-~]+$/
const DOMAIN = /^\.?[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?)*$/i
const PATH = /^\/[ -:=-~]*$/

/** The last moment that the `Expires` of a cookie can name. */
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59)

/**
 * Returns the attributes of the cookie with `SameSite=Lax`, unless they say something about that.
 *
 * Not every browser takes a cookie without the attribute for one with `Lax`. Such a browser sends it with forms of
 * other sites.
 */
export function withSameSite<Cookie extends { sameSite?: unknown }> (cookie: Cookie | undefined): Cookie {
  return { ...cookie, sameSite: isAbsent(cookie?.sameSite) ? 'lax' : cookie?.sameSite } as Cookie
}

/** @throws {BadOptionError} */
export function checkCookieName (cookieName: unknown): void {
  check('session.cookieName', cookieName, 'a name that a cookie may have, without spaces, ";" and "="',
    value => value === undefined || isText(value, NAME))
}

/**
 * Checks `session.cookie` at registration.
 *
 * A wrong value would fail each sign-in, or make a cookie that browsers drop. A value that @fastify/session takes for
 * "not given" passes: no age, path, domain or `sameSite` by `null`, 0 or ''. `secure: null` would mean no `Secure`.
 *
 * @throws {BadOptionError | UnknownOptionError}
 */
export function checkCookie (cookie: unknown): void {
  if (cookie === undefined) return
  check('session.cookie', cookie, 'an object with attributes of the cookie', isObject)
  refuseUnknownIn('session.cookie', Object.keys(Object(cookie)), KEYS)
  const {
    path, domain, secure, httpOnly, sameSite, maxAge, expires, partitioned, priority, encode
  } = cookie as Record<string, unknown>
  check('session.cookie.path', path, 'a path that starts with "/"', value => isAbsent(value) || isText(value, PATH))
  check('session.cookie.domain', domain, 'a domain', value => isAbsent(value) || isText(value, DOMAIN))
  check('session.cookie.secure', secure, 'true, false or "auto"',
    value => value === undefined || value === 'auto' || isBoolean(value))
  check('session.cookie.httpOnly', httpOnly, 'true or false', value => value === undefined || isBoolean(value))
  check('session.cookie.sameSite', sameSite, '"strict", "lax", "none", true or false',
    value => isAbsent(value) || isBoolean(value) || isText(value, /^(?:strict|lax|none)$/i))
  check('session.cookie.maxAge', maxAge, 'a number of milliseconds, 0 or more', value => value == null || isAge(value))
  check('session.cookie.expires', expires, 'a date', value => isAbsent(value) || isDate(value))
  check('session.cookie.partitioned', partitioned, 'true or false', value => value === undefined || isBoolean(value))
  check(
    'session.cookie.priority', priority, '"low", "medium" or "high"',
    value => value === undefined || isText(value, /^(?:low|medium|high)$/i)
  )
  check('session.cookie.encode', encode, 'a function', value => value === undefined || isFunction(value))
}

/**
 * Refuses a cookie that browsers silently drop, so that nobody could stay signed in.
 *
 * Each part is checked before. The rules for prefixes are those of https://www.rfc-editor.org/rfc/rfc6265#section-5.3
 * and its revision.
 *
 * @throws {BadOptionError}
 */
export function checkThatBrowsersKeep (cookieName: unknown, cookie: unknown): void {
  const { path, domain, secure, sameSite, partitioned } = Object(cookie) as Record<string, unknown>
  const isNone = typeof sameSite === 'string' && sameSite.toLowerCase() === 'none'
  const [prefix = ''] = /^__(?:host|secure)-/i.exec(String(cookieName ?? '')) ?? []
  const dropped = 'browsers drop such a cookie'
  check('session.cookie.sameSite', sameSite, `"strict" or "lax" while session.cookie.secure is false: ${dropped}`,
    () => !isNone || secure !== false)
  check('session.cookie.partitioned', partitioned, `false while session.cookie.secure is: ${dropped}`,
    () => partitioned !== true || secure !== false)
  check('session.cookieName', cookieName, `one without "${prefix}" while session.cookie.secure is false: ${dropped}`,
    () => prefix === '' || secure !== false)
  const beside = 'beside session.cookie.domain, or another session.cookie.path than /'
  check('session.cookieName', cookieName, `one without "${prefix}" ${beside}: ${dropped}`,
    () => prefix.toLowerCase() !== '__host-' || (isAbsent(domain) && (isAbsent(path) || path === '/')))
}

function isText (value: unknown, expression: RegExp): boolean {
  return typeof value === 'string' && expression.test(value)
}

function isAbsent (value: unknown): boolean {
  return value == null || value === ''
}

function isAge (value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && Date.now() + value <= LAST_MS
}

function isDate (value: unknown): boolean {
  if (!(value instanceof Date) && typeof value !== 'string' && typeof value !== 'number') return false
  return new Date(value).getTime() <= LAST_MS
}
