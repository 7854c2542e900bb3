import type { FastifyInstance, FastifyRequest } from 'fastify'
import { CouplingError } from '../errors.ts'

/** A session object of @fastify/session: `request.session`. */
export type SessionObject = FastifyRequest['session']

/** The descriptions of the symbols under which the class of @fastify/session keeps its fields. */
const CONSTRUCTOR_FIELDS = ['sessionStore', 'request', 'generateId', 'cookieOpts', 'cookieSignerKey'] as const
const FIELDS = [...CONSTRUCTOR_FIELDS, 'sessionId', 'encryptedSessionId'] as const

type Field = typeof FIELDS[number]

type SessionClass = new (...fields: unknown[]) => SessionObject

/**
 * Holds every coupling to the internals of @fastify/session.
 *
 * Each coupling has a test that fails when a later version changes it: test/request/fastify-session-internals.test.ts.
 */
export class SessionInternals {
  readonly #symbols: Readonly<Record<Field, symbol>>

  /** @throws {CouplingError} if the installed version keeps these fields otherwise */
  constructor (sample: SessionObject) {
    const symbols = Object.getOwnPropertySymbols(sample)
    const found = FIELDS.map(field => [field, symbols.find(symbol => symbol.description === field)] as const)
    const missing = found.filter(([, symbol]) => symbol === undefined).map(([field]) => field)
    if (missing.length > 0) throw new CouplingError(`its session has no field ${missing.join(', ')}`)
    this.#symbols = Object.fromEntries(found) as Record<Field, symbol>
    this.rename(sample, 'renamed', 'renamed.signed')
    const isRenamed = sample.sessionId === 'renamed' && sample.encryptedSessionId === 'renamed.signed'
    if (!isRenamed) throw new CouplingError('its session id cannot be changed')
  }

  /** Gives a session object another id, in place. A new object would lose references that the application holds. */
  rename (session: SessionObject, id: string, signedId: string): void {
    Reflect.set(session, this.#symbols.sessionId, id)
    Reflect.set(session, this.#symbols.encryptedSessionId, signedId)
  }

  /**
   * Creates an empty session object under a new id, as `regenerate()` does.
   *
   * It has the same request and cookie options.
   */
  successorOf (session: SessionObject): SessionObject {
    const { constructor } = session
    const fields = CONSTRUCTOR_FIELDS.map(field => this.#get(session, field))
    return Reflect.construct(constructor, fields) as InstanceType<SessionClass>
  }

  /** Returns the request, or the object that `decryptSession()` was given as one. */
  requestOf (session: SessionObject): { session?: SessionObject | null } {
    return this.#get(session, 'request') as { session?: SessionObject | null }
  }

  /** Calls the class's own `reload()`, which asks the store and creates a new session object. */
  async reload (session: SessionObject): Promise<void> {
    let original: unknown = Reflect.get(session.constructor.prototype, 'reload')
    while (typeof original === 'function' && kOriginal in original) original = original[kOriginal]
    if (typeof original === 'function') await Reflect.apply(original, session, [])
  }

  #get (session: SessionObject, field: Field): unknown {
    return Reflect.get(session, this.#symbols[field])
  }
}

/** All copies of this package in a process share this symbol. */
const kOriginal = Symbol.for('fastify-session-security: the method of the class')

/** Gives a class another method, which keeps a reference to the original. */
export function overrideMethod (
  prototype: object, name: string, make: (original: unknown) => (this: SessionObject, ...args: unknown[]) => unknown
): void {
  const original: unknown = Reflect.get(prototype, name)
  const value = Object.assign(make(original), { [kOriginal]: original })
  Object.defineProperty(prototype, name, { value, writable: true, configurable: true })
}

const PROBE_LIFE_MS = 60_000

/**
 * Checks that @fastify/session restores a session while the store answers, in the same tick.
 *
 * The session must have the right id, and its values by reference. With a later restore, a request could get another
 * request's session. The check runs at registration.
 *
 * @param hand runs a function while the store answers with these values for that id
 * @throws {CouplingError}
 */
export function checkHandOver (
  fastify: Pick<FastifyInstance, 'decryptSession'>, signedId: string, id: string,
  hand: (values: Record<string, unknown>, run: () => void) => void
): void {
  const request: { session?: SessionObject } = {}
  const probe = {}
  const cookie = { expires: new Date(Date.now() + PROBE_LIFE_MS) } // whatever expiry the options name
  hand({ probe, cookie }, () => fastify.decryptSession(signedId, request, () => {}))
  const { session } = request
  if (session?.sessionId !== id) {
    throw new CouplingError('it does not restore a session in the tick in which the store answers')
  }
  if (Reflect.get(session, 'probe') !== probe) {
    throw new CouplingError('it does not restore the values of a session by reference')
  }
}

/**
 * Creates an unsaved session object on that request.
 *
 * An empty cookie makes @fastify/session create one at once, without asking the store.
 */
export function createSession (
  fastify: Pick<FastifyInstance, 'decryptSession'>, request: { session?: SessionObject }
): SessionObject {
  Object.assign(request, { session: {} }) // the application's idGenerator may look at it
  fastify.decryptSession('', request, () => {})
  const { session } = request
  if (session === undefined || typeof session.sessionId !== 'string') {
    throw new CouplingError('decryptSession() creates no session for an empty cookie')
  }
  return session
}
