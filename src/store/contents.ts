import { NotSerializableError, ReservedKeyError, SessionTooLargeError } from '../errors.ts'

/**
 * What an application keeps in a session: one JSON text per top-level key. Texts, not values, so that nothing
 * live is shared, a change is a comparison of strings, and two requests that edit different keys keep both edits.
 */
export type Contents = Readonly<Record<string, string>>

/** What a request changed: new texts, and keys that it removed. */
export interface Changes {
  readonly set: Contents
  readonly remove: readonly string[]
}

/** Some fields by their names, or all fields but some. */
export type Takes = { readonly only: readonly string[] } | { readonly except: readonly string[] }

/** How much a session may hold. A store says it of itself. */
export interface ContentsLimits {
  readonly maxSessionBytes: number
  readonly maxSessionFields: number
}

export const RECORD_KEY = '_session_security'

/**
 * @fastify/session takes values apart by recursion, where a stack that is full ends the process: in JavaScript that has
 * not run often, before JSON.stringify comes to its own end.
 */
const MAX_DEPTH = 500

/** The most characters that an error shows of a name, and of a cause. */
const LONGEST_SHOWN = 200

/** Beside what the application keeps: the session's own cookie age, and since when its person is signed in, where the record does not say so. */
export const COOKIE_KEY = 'cookie'

const ESCAPE = '\u001B'

/** Written by @fastify/session and by this package: never part of what the application keeps. */
const OURS = new Set([COOKIE_KEY, RECORD_KEY])

/**
 * Names that @fastify/session's Session has for itself. A stored value under one of them would shadow the method
 * in every later request.
 */
const RESERVED = new Set([
  '__proto__', 'constructor', 'sessionId', 'encryptedSessionId', 'options', 'touch', 'regenerate', 'get', 'set',
  'destroy', 'reload', 'save', 'isModified', 'isSaved'
])

/**
 * A renewal begins with these contents: its own, but of the keys that it takes over what stands there by now.
 *
 * @throws {SessionTooLargeError} when that is too much together
 */
export function takeOver (contents: Contents, current: Contents, takes: Takes, limits: ContentsLimits): Contents {
  const isOnly = 'only' in takes
  const named = new Set(isOnly ? takes.only : takes.except) // a list would take the square of its length
  const isTaken = (key: string): boolean => named.has(key) === isOnly
  const own = Object.entries(contents).filter(([key]) => !isTaken(key))
  const together = Object.fromEntries([...own, ...Object.entries(current).filter(([key]) => isTaken(key))])
  refuseTooLarge(together, limits)
  return together
}

/**
 * A key as it is stored, in one line: a break is two signs, and so is the sign that they begin with. These count against
 * `maxSessionBytes`.
 */
export function toStoredKey (key: string): string {
  if (!key.includes('\n') && !key.includes(ESCAPE)) return key
  return key.replaceAll(ESCAPE, `${ESCAPE}e`).replaceAll('\n', `${ESCAPE}n`)
}

export function fromStoredKey (stored: string): string {
  return stored.includes(ESCAPE) ? stored.replaceAll(`${ESCAPE}n`, '\n').replaceAll(`${ESCAPE}e`, ESCAPE) : stored
}

/** Since when the person is signed in, in ms, where the record says another time; else `undefined`. */
export function sinceIn ({ [COOKIE_KEY]: text }: Contents): number | undefined {
  if (text === undefined) return undefined
  const since: unknown = Object(JSON.parse(text)).since
  return Number.isSafeInteger(since) ? Number(since) : undefined
}

/** Whether a session holds something of the application's. */
export function isEmpty (contents: Contents): boolean {
  return Object.keys(contents).every(key => OURS.has(key))
}

/** How much of it there may be, {@link refuseTooLarge} says. @throws {NotSerializableError | ReservedKeyError} before anything is written. */
export function serialize (session: object): Contents {
  const contents: Record<string, string> = {}
  for (const [key, value] of Object.entries(session)) {
    if (OURS.has(key)) continue
    const text = toJson(key, value)
    if (text === undefined) continue
    if (RESERVED.has(key)) throw new ReservedKeyError(key)
    if (/\p{Surrogate}/u.test(key)) {
      throw notSerializable(JSON.stringify(key).slice(1, -1), 'its name has a lone surrogate')
    }
    contents[key] = text
  }
  return contents
}

/**
 * Counts keys and texts as UTF-8, and as fields what the application keeps: not the age of its cookie.
 *
 * @throws {SessionTooLargeError}
 */
export function refuseTooLarge (contents: Contents, { maxSessionBytes, maxSessionFields }: ContentsLimits): void {
  const entries = Object.entries(contents)
  const fields = entries.length - Number(Object.hasOwn(contents, COOKIE_KEY))
  if (fields > maxSessionFields) throw new SessionTooLargeError(fields, maxSessionFields, 'maxSessionFields')
  let bytes = 0
  for (const [key, text] of entries) bytes += Buffer.byteLength(toStoredKey(key)) + Buffer.byteLength(text)
  if (bytes > maxSessionBytes) throw new SessionTooLargeError(bytes, maxSessionBytes)
}

/** The error for what a store has measured. */
export function tooLarge (bytes: number, fields: number, { maxSessionBytes, maxSessionFields }: ContentsLimits): Error {
  if (fields > maxSessionFields) return new SessionTooLargeError(fields, maxSessionFields, 'maxSessionFields')
  return new SessionTooLargeError(bytes, maxSessionBytes)
}

/** The values again, freshly made. `null` when they are none that {@link serialize} wrote: no JSON, or a reserved name. */
export function deserialize (contents: Contents): Record<string, unknown> | null {
  const values: Record<string, unknown> = {}
  try {
    for (const [key, text] of Object.entries(contents)) {
      if (RESERVED.has(key) || key === RECORD_KEY) return null
      if (isTooDeep(text)) return null
      values[key] = JSON.parse(text)
    }
  } catch {
    return null
  }
  return values
}

/** @returns `null` when nothing changed, so that nothing need be written. */
export function difference (before: Contents, after: Contents): Changes | null {
  const set = Object.entries(after).filter(([key, text]) => before[key] !== text)
  const remove = Object.keys(before).filter(key => !Object.hasOwn(after, key))
  return set.length + remove.length === 0 ? null : { set: Object.fromEntries(set), remove }
}

/**
 * Whether a session is as it was loaded: what {@link difference} would say, without a text of what can only have been replaced.
 * @param values what {@link deserialize} made of the contents
 * @throws {NotSerializableError}
 */
export function isAsLoaded (session: object, contents: Contents, values: Readonly<Record<string, unknown>>): boolean {
  let found = 0
  for (const key in session) { // without a list of them: each request does this twice
    if (OURS.has(key) || !Object.hasOwn(session, key)) continue
    const value: unknown = Reflect.get(session, key)
    const isSame = Object.hasOwn(values, key) && typeof value !== 'object' && value === values[key]
    const text = isSame ? contents[key] : toJson(key, value)
    if (text === undefined) continue
    if (text !== contents[key]) return false
    found++
  }
  return found === Object.keys(contents).length - Number(Object.hasOwn(contents, COOKIE_KEY))
}

function toJson (key: string, value: unknown): string | undefined {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (error) {
    throw notSerializable(key, error instanceof Error ? error.message : String(error))
  }
  if (text !== undefined && isTooDeep(text)) throw notSerializable(key, `nested deeper than ${MAX_DEPTH}`)
  return text
}

/** Names come from requests, too: a long one is neither logged nor sent back whole. */
function notSerializable (key: string, why: string): Error {
  return new NotSerializableError(cut(key), cut(why))
}

function cut (text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text
}

/** Counts brackets, but not those in strings. Most texts are too short to be nested so deep, or have too few brackets: that is found out a hundred times as fast. */
function isTooDeep (text: string): boolean {
  if (text.length <= 2 * MAX_DEPTH) return false
  if (!hasMore(text, '[', MAX_DEPTH / 2) && !hasMore(text, '{', MAX_DEPTH / 2)) return false
  let depth = 0
  let isInString = false
  for (let i = 0; i < text.length; i++) {
    const sign = text[i]
    if (isInString) {
      if (sign === '\\') i++
      else if (sign === '"') isInString = false
    } else if (sign === '"') isInString = true
    else if (sign === '[' || sign === '{') depth++
    else if (sign === ']' || sign === '}') depth--
    if (depth > MAX_DEPTH) return true
  }
  return false
}

function hasMore (text: string, sign: string, count: number): boolean {
  let found = 0
  for (let at = text.indexOf(sign); at !== -1; at = text.indexOf(sign, at + 1)) {
    if (++found > count) return true
  }
  return false
}
