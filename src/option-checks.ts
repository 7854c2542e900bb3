import { isSeconds } from './core/clock.ts'
import { sameOriginPath } from './core/same-origin-path.ts'
import { BadOptionError, UnknownOptionError } from './errors.ts'

/** The longest id that `userOf` may give. */
export const LONGEST_USER_ID = 256

/** The longest time between two sweeps: a day, in seconds. A cron expression can name a longer one. */
const SLOWEST_SWEEP = 86_400

/** The shortest time between two sweeps, or two checks of connections: a millisecond, in seconds. */
export const SHORTEST_PERIOD = 0.001

/** The largest number of rows in one list. */
export const MOST_LISTED = 1000

/** The most characters of a received value in a message. */
export const LONGEST_QUOTE = 80

/** The names that Fastify itself reads of a plugin's options. */
const FASTIFY_KEYS = ['prefix', 'logLevel', 'logSerializers'] as const

/** Checks an option. @throws {BadOptionError} with the option, the expected and the received value */
export function check (
  option: string, value: unknown, expected: string, holds: (value: unknown) => boolean,
  quote: (value: unknown) => string = show
): void {
  if (!tries(() => holds(value))) throw new BadOptionError(option, expected, quote(value))
}

/** Tells whether a condition holds. A value whose getters throw is wrong. */
function tries (holds: () => boolean): boolean {
  try {
    return holds()
  } catch {
    return false
  }
}

/** Refuses what is no object, and unknown names. @throws {BadOptionError | UnknownOptionError} with what exists */
export function refuseUnknown (options: object, known: readonly string[], what = 'options'): void {
  check(what, options, `an object with some of ${known.join(', ')}`, isObject)
  for (const name of Object.keys(options)) {
    if (!known.includes(name) && !(FASTIFY_KEYS as readonly string[]).includes(name)) {
      throw new UnknownOptionError(name, known.join(', '))
    }
  }
}

/**
 * Refuses unknown names of another package's options.
 * @throws {UnknownOptionError} with the option's place: `session.cookiename`
 */
export function refuseUnknownIn (place: string, names: readonly string[], known: readonly string[]): void {
  const unknown = names.find(name => !known.includes(name))
  if (unknown !== undefined) throw new UnknownOptionError(`${place}.${unknown}`, known.join(', '))
}

/** Returns a received value, short enough for a message. */
function show (value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'string') return JSON.stringify(value.slice(0, LONGEST_QUOTE))
  if (value instanceof Promise) return 'a promise'
  return typeof value === 'object' && value !== null ? describe(value) : String(value)
}

function describe (value: object): string {
  try {
    return JSON.stringify(value).slice(0, LONGEST_QUOTE)
  } catch {
    return 'an object'
  }
}

/** Returns those options among `keys` that are given. */
export function pick<Options extends object, Key extends keyof Options> (
  options: Options, keys: readonly Key[]
): Pick<Options, Key> {
  return Object.fromEntries(keys.filter(key => options[key] !== undefined)
    .map(key => [key, options[key]])) as Pick<Options, Key>
}

export function isBoolean (value: unknown): value is boolean {
  return typeof value === 'boolean'
}

export function isObject (value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

export function isFunction (value: unknown): boolean {
  return typeof value === 'function'
}

/**
 * Tells whether a value can be the id of a user.
 *
 * Lone surrogates cannot: stores would write them as another character, and two ids would become one.
 */
export function isUserId (value: unknown): boolean {
  if (typeof value === 'string') {
    return value.length > 0 && value.length <= LONGEST_USER_ID && !/\p{Surrogate}/u.test(value)
  }
  return Number.isFinite(value) || (typeof value === 'bigint' && String(value).length <= LONGEST_USER_ID)
}

export const USER_ID = `a string of at most ${LONGEST_USER_ID} characters without lone surrogates, a number or a bigint`

/**
 * Refuses an impossible user. @throws {BadOptionError}
 *
 * An empty list for a mistyped user would look as if that user had no sessions.
 */
export function checkUser (user: unknown): void {
  check('user', user, USER_ID, isUserId)
}

/**
 * Checks a name. @throws {BadOptionError}
 *
 * Lone surrogates are refused: Redis would keep them as another character, and two names would become one.
 */
export function checkText (name: string, value: unknown): void {
  check(name, value, `a text of 1 to ${LONGEST_USER_ID} characters without lone surrogates`, () => {
    return typeof value === 'string' && isUserId(value)
  })
}

/** Checks the limit and the cursor of a list. @throws {BadOptionError} */
export function checkPaging (limit: unknown, cursor: unknown): void {
  check(
    'limit', limit, `a whole number from 1 to ${MOST_LISTED}`,
    () => Number.isInteger(limit) && Number(limit) >= 1 && Number(limit) <= MOST_LISTED
  )
  check('cursor', cursor, 'the cursor of the page before', () => cursor === undefined || typeof cursor === 'string')
}

/**
 * Checks the answer of an application's function. @throws {BadOptionError}
 *
 * A promise is refused, and its rejection is caught. Otherwise it would count as true, and its rejection would end the
 * process.
 */
export function checkAnswer (
  option: string, answer: unknown, expected: string, holds: (value: unknown) => boolean,
  describe: (answer: unknown) => string = show
): void {
  if (!tries(() => catchRejections(answer))) {
    throw new BadOptionError(option, `a function that gives ${expected}`, 'a value that cannot be read')
  }
  if (isThenable(answer)) throw new BadOptionError(option, `a function that gives ${expected} at once`, 'a promise')
  if (!tries(() => holds(answer))) {
    throw new BadOptionError(option, `a function that gives ${expected}`, describe(answer))
  }
}

/** Catches rejections of a promise, and of promises in an object. They would end the process. */
function catchRejections (value: unknown, depth = 0): boolean {
  if (isThenable(value)) value.then(undefined, () => {})
  else if (isObject(value) && depth < 3) {
    for (const held of Object.values(Object(value)).slice(0, 100)) catchRejections(held, depth + 1)
  }
  return true
}

/**
 * Describes an answer for an error, without its value.
 *
 * The value comes from the contents of a session, and the error goes to the browser and into the log.
 */
export function kindOf (answer: unknown): string {
  if (typeof answer === 'string') return `a string of ${answer.length} characters`
  if (typeof answer === 'object' && answer !== null) return 'an object'
  return Number.isFinite(answer) || typeof answer === 'bigint' || typeof answer === 'symbol'
    ? `a ${typeof answer}`
    : show(answer)
}

export function isThenable (value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'then') === 'function'
}

/**
 * Gives a prefix the form of addresses in a page: "/" before it, none behind.
 *
 * A page would take another spelling for an address below its own, or for another host.
 *
 * @throws {BadOptionError}
 */
export function prefixOf (prefix: string): string {
  check('prefix', prefix, 'a path without parameters, such as /api',
    value => typeof value === 'string' && /^\/?(?:[\w.~-]+(?:\/[\w.~-]+)*\/?)?$/.test(value))
  const inner = prefix.replace(/^\/|\/$/g, '')
  return inner === '' ? '' : `/${inner}`
}

export function isPassiveUrls (value: unknown): boolean {
  return Array.isArray(value) && [...value].every(url =>
    url instanceof RegExp || (typeof url === 'string' && url.startsWith('/'))
  )
}

export function isDestination (value: unknown): boolean {
  return sameOriginPath(value) !== null ||
    (typeof value === 'string' && /^https?:\/\/[!-~]+$/i.test(value) && URL.canParse(value))
}

export function isSweep (value: unknown): boolean {
  if (value === undefined || value === false) return true
  if (typeof value !== 'object' || value === null) return false
  const { every, cron, timezone, ...others } = value as Record<string, unknown>
  if (Object.keys(others).length > 0) return false
  if (cron === undefined) {
    return timezone === undefined && isSeconds(every) && every >= SHORTEST_PERIOD && every <= SLOWEST_SWEEP
  }
  return every === undefined && typeof cron === 'string' && (timezone === undefined || typeof timezone === 'string')
}
