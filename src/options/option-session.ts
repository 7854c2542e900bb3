import { createHmac } from 'node:crypto'
import { BadOptionError, BadSecretError } from '../errors.ts'
import { check, isBoolean, isFunction, isObject, refuseUnknownIn } from '../option-checks.ts'
import { checkCookie, checkCookieName, checkThatBrowsersKeep } from './option-cookie.ts'
import type { CookieSigner } from './remembering-signer.ts'
import { rememberingSigner } from './remembering-signer.ts'

/** The options of @fastify/session that are allowed here. */
const KEYS = ['secret', 'algorithm', 'cookieName', 'cookiePrefix', 'cookie', 'rolling', 'idGenerator'] as const

/**
 * Checks the options of @fastify/session.
 * @throws {BadOptionError | UnknownOptionError} if one cannot be given, or follows from others
 */
export function checkSession (session: unknown): void {
  check('session', session, 'an object with options of @fastify/session, at least a secret', isObject)
  const {
    secret, algorithm, cookieName, cookiePrefix, cookie, store, saveUninitialized, rolling, idGenerator
  } = session as Record<string, unknown>
  checkSecret(secret)
  const elsewhere = 'left out: the option "store" of this plugin says where sessions are kept'
  check('session.store', withoutContents(store), elsewhere, () => store === undefined)
  check(
    'session.saveUninitialized', saveUninitialized, 'left out: a session is begun when it holds something',
    value => value === undefined || value === false
  )
  const names = Object.keys(Object(session)).filter(name => name !== 'store' && name !== 'saveUninitialized')
  refuseUnknownIn('session', names, KEYS)
  check('session.algorithm', algorithm, 'an algorithm that node:crypto makes an HMAC with',
    value => value === undefined || isAlgorithm(value))
  checkCookieName(cookieName)
  check('session.cookiePrefix', cookiePrefix, 'a text', value => value === undefined || typeof value === 'string')
  checkCookie(cookie)
  checkThatBrowsersKeep(cookieName, cookie)
  check('session.rolling', rolling, 'true or false', value => value === undefined || isBoolean(value))
  check('session.idGenerator', idGenerator, 'a function', value => value === undefined || isFunction(value))
}

/**
 * Checks the secret by the rules of @fastify/session, with its texts. No text shows the value.
 *
 * Of several secrets, the first one signs, and is as long as a single one has to be. Later ones may be short: another
 * package may have signed with them.
 */
function checkSecret (secret: unknown): void {
  const isShort = typeof secret === 'string' && secret.length < 32
  if (isShort) throw new BadSecretError('the secret must have length 32 or greater')
  if (Array.isArray(secret) && secret.length === 0) throw new BadSecretError('at least one secret is required')
  if (typeof secret === 'string') return
  if (isSecrets(secret)) {
    if (secret.some(({ length }) => length === 0)) throw new BadSecretError('the secrets must not be empty')
    if (Number(secret[0]?.length) < 32) throw new BadSecretError('the first secret must have length 32 or greater')
    return
  }
  if (isSigner(secret)) return trySigner(secret)
  throw new BadSecretError('the secret option is required, and must be a String, Array of Strings, ' +
    'or a signer object with .sign and .unsign methods')
}

function isSecrets (value: unknown): value is ReadonlyArray<string | Buffer> {
  return Array.isArray(value) && value.every(secret => typeof secret === 'string' || Buffer.isBuffer(secret))
}

function isSigner (value: unknown): value is CookieSigner {
  return isObject(value) && isFunction(Reflect.get(Object(value), 'sign')) &&
    isFunction(Reflect.get(Object(value), 'unsign'))
}

/**
 * Tries a signer of the application before any request needs it.
 *
 * It asks for a signature, and for a verdict on a text that nobody signed. An error of the signer might show the
 * secret, so it is hidden.
 */
function trySigner (signer: CookieSigner): void {
  const { sign, unsign } = rememberingSigner(signer)
  for (const [name, ask] of Object.entries({ sign, unsign })) {
    try {
      ask('')
    } catch (error) {
      if (error instanceof BadOptionError) throw error
      const expected = 'a function that answers for every text'
      throw new BadOptionError(`session.secret.${name}`, expected, 'an error that it threw')
    }
  }
}

function isAlgorithm (value: unknown): boolean {
  return typeof value === 'string' && createHmac(value, 'key').digest().length > 0
}

/** Returns a store as an error may show it: without its client and password. */
export function withoutContents (store: unknown): unknown {
  return typeof store === 'object' && store !== null ? { constructor: store.constructor?.name } : store
}
