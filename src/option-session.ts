import { BadSecretError } from './errors.ts'
import { check, isBoolean, isFunction, isObject } from './option-checks.ts'

/** @throws {BadOptionError | BadSecretError} for options of @fastify/session that cannot be, or that follow from others. */
export function checkSession (session: unknown): void {
  check('session', session, 'an object with options of @fastify/session, at least a secret', isObject)
  const { secret, store, saveUninitialized, rolling, idGenerator } = session as Record<string, unknown>
  checkSecret(secret)
  const elsewhere = 'left out: the option "store" of this plugin says where sessions are kept'
  check('session.store', withoutContents(store), elsewhere, () => store === undefined)
  check('session.saveUninitialized', saveUninitialized, 'left out: a session is begun when it holds something', value => value === undefined || value === false)
  check('session.rolling', rolling, 'true or false', value => value === undefined || isBoolean(value))
  check('session.idGenerator', idGenerator, 'a function', value => value === undefined || isFunction(value))
}

/** The rule of @fastify/session, and its texts: applications may know them. None shows the value, which may be a secret. */
function checkSecret (secret: unknown): void {
  const isShort = typeof secret === 'string' && secret.length < 32
  if (isShort) throw new BadSecretError('the secret must have length 32 or greater')
  if (Array.isArray(secret) && secret.length === 0) throw new BadSecretError('at least one secret is required')
  if (typeof secret === 'string' || isSecrets(secret) || isSigner(secret)) return
  throw new BadSecretError('the secret option is required, and must be a String, Array of Strings, ' +
    'or a signer object with .sign and .unsign methods')
}

function isSecrets (value: unknown): boolean {
  return Array.isArray(value) && value.every(secret => typeof secret === 'string' || Buffer.isBuffer(secret))
}

function isSigner (value: unknown): boolean {
  return isObject(value) && isFunction(Reflect.get(Object(value), 'sign')) && isFunction(Reflect.get(Object(value), 'unsign'))
}

/** A store as an error may show it: what it holds may be a client with its password. */
export function withoutContents (store: unknown): unknown {
  return typeof store === 'object' && store !== null ? { constructor: store.constructor?.name } : store
}
