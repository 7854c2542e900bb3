import { NotSerializableError, ReservedKeyError, SessionTooLargeError } from '../errors.ts'

/**
 * The contents of a session: one JSON text per top-level key. Texts share no live values, a change is a comparison of
 * strings, and two requests that edit different keys keep both edits (G8).
 */
export type Contents = Readonly<Record<string, string>>

/** The changes of a request: new texts, and keys that it removed. */
export interface Changes {
  readonly set: Contents
  readonly remove: readonly string[]
}

/** Some fields by their names, or all fields but some. */
export type Takes = { readonly only: readonly string[] } | { readonly except: readonly string[] }

/** The most that a session may hold, as its store says. */
export interface ContentsLimits {
  readonly maxSessionBytes: number
  readonly maxSessionFields: number
}

export const RECORD_KEY = '_session_security'

/**
 * The deepest nesting of a value.
 *
 * @fastify/session walks values by recursion, and a full stack ends the process. In JavaScript that has not run often,
 * that happens before JSON.stringify fails by itself.
 */
const MAX_DEPTH = 500

/** The most characters that an error shows of a name, and of a cause. */
const LONGEST_SHOWN = 200

/** The key of the session's cookie age, and of its sign-in if the record differs. */
export const COOKIE_KEY = 'cookie'

const ESCAPE = '\u001B'

/** The keys that @fastify/session and this package write. The contents of the application never have them. */
const OURS = new Set([COOKIE_KEY, RECORD_KEY])

/**
 * The names of properties of @fastify/session's Session. A stored value under such a name would shadow the method in
 * every later request.
 */
const RESERVED = new Set([
  '__proto__', 'constructor', 'sessionId', 'encryptedSessionId', 'options', 'touch', 'regenerate', 'get', 'set',
  'destroy', 'reload', 'save', 'isModified', 'isSaved'
])

/**
 * Returns the contents of a renewal, with the fields that it takes over.
 *
 * @throws {SessionTooLargeError} if these are too large together
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
 * Encodes a key as one line. A line break becomes two characters, as does the escape character itself. Both count
 * against `maxSessionBytes`.
 */
export function toStoredKey (key: string): string {
  if (!key.includes('\n') && !key.includes(ESCAPE)) return key
  return key.replaceAll(ESCAPE, `${ESCAPE}e`).replaceAll('\n', `${ESCAPE}n`)
}

export function fromStoredKey (stored: string): string {
  return stored.includes(ESCAPE) ? stored.replaceAll(`${ESCAPE}n`, '\n').replaceAll(`${ESCAPE}e`, ESCAPE) : stored
}

/** Returns the moment of the sign-in in ms if the record says another; else `undefined`. */
export function sinceIn ({ [COOKIE_KEY]: text }: Contents): number | undefined {
  if (text === undefined) return undefined
  const since: unknown = Object(JSON.parse(text)).since
  return Number.isSafeInteger(since) ? Number(since) : undefined
}

/** Whether a session holds nothing of the application. */
export function isEmpty (contents: Contents): boolean {
  return Object.keys(contents).every(key => OURS.has(key))
}

/**
 * Makes the contents of a session; {@link refuseTooLarge} checks their size.
 * @throws {NotSerializableError | ReservedKeyError} before anything is written
 */
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
 * Refuses contents that exceed a limit. Keys and texts count as UTF-8. The cookie age is no field.
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

/** Makes the error for sizes that a store has measured. */
export function tooLarge (bytes: number, fields: number, { maxSessionBytes, maxSessionFields }: ContentsLimits): Error {
  if (fields > maxSessionFields) return new SessionTooLargeError(fields, maxSessionFields, 'maxSessionFields')
  return new SessionTooLargeError(bytes, maxSessionBytes)
}

/**
 * Parses contents into new values.
 * @returns `null` if {@link serialize} did not write them: no JSON, or a reserved name
 */
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

/**
 * Compares contents.
 * @returns `null` if nothing changed, so that nothing has to be written
 */
export function difference (before: Contents, after: Contents): Changes | null {
  const set = Object.entries(after).filter(([key, text]) => before[key] !== text)
  const remove = Object.keys(before).filter(key => !Object.hasOwn(after, key))
  return set.length + remove.length === 0 ? null : { set: Object.fromEntries(set), remove }
}

/**
 * Whether a session is as it was loaded. The answer is that of {@link difference}, without making texts of values that
 * can only be replaced.
 * @param values the values that {@link deserialize} made of the contents
 * @throws {NotSerializableError}
 */
export function isAsLoaded (session: object, contents: Contents, values: Readonly<Record<string, unknown>>): boolean {
  let found = 0
  for (const key in session) { // without a list of keys: each request does this twice
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

/** Makes an error with shortened texts. Names come from requests too: no log and no response shows a long one. */
function notSerializable (key: string, why: string): Error {
  return new NotSerializableError(cut(key), cut(why))
}

function cut (text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text
}

/**
 * Counts brackets outside of strings. Most texts are too short to nest so deep, or have too few brackets: the first
 * checks find that out a hundred times as fast.
 */
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
