import type { FastifyInstance, FastifyRequest } from 'fastify'
import { CouplingError } from '../errors.ts'

/** A session object of @fastify/session: `request.session`. */
export type SessionObject = FastifyRequest['session']

/** What the class of @fastify/session keeps under symbols, by their descriptions. */
const FIELDS = [
  'sessionStore', 'request', 'generateId', 'cookieOpts', 'cookieSignerKey', 'sessionId', 'encryptedSessionId'
] as const

type Field = typeof FIELDS[number]

type SessionClass = new (...fields: unknown[]) => SessionObject

/**
 * Every coupling to what @fastify/session keeps to itself. Each has a test that fails when a later version changes it:
 * test/request/fastify-session-internals.test.ts.
 */
export class SessionInternals {
  readonly #symbols: Readonly<Record<Field, symbol>>

  /** @throws {CouplingError} if the installed version keeps these fields otherwise. */
  constructor (sample: SessionObject) {
    const symbols = Object.getOwnPropertySymbols(sample)
    const found = FIELDS.map(field => [field, symbols.find(symbol => symbol.description === field)] as const)
    const missing = found.filter(([, symbol]) => symbol === undefined).map(([field]) => field)
    if (missing.length > 0) throw new CouplingError(`its session has no field ${missing.join(', ')}`)
    this.#symbols = Object.fromEntries(found) as Record<Field, symbol>
    this.rename(sample, 'renamed', 'renamed.signed')
    if (sample.sessionId !== 'renamed' ||
      sample.encryptedSessionId !== 'renamed.signed') throw new CouplingError('its session id cannot be changed')
  }

  /** Gives a session object another id, in place: a renewed object would lose what the application holds of the old one. */
  rename (session: SessionObject, id: string, signedId: string): void {
    Reflect.set(session, this.#symbols.sessionId, id)
    Reflect.set(session, this.#symbols.encryptedSessionId, signedId)
  }

  /** A new, empty session object under a new id, of the same request and with the same cookie options: as `regenerate()` makes it. */
  successorOf (session: SessionObject): SessionObject {
    const { constructor } = session
    const fields = ([
      'sessionStore', 'request', 'generateId', 'cookieOpts', 'cookieSignerKey'
    ] as const).map(field => this.#get(session, field))
    return Reflect.construct(constructor, fields) as InstanceType<SessionClass>
  }

  /** The request, or whatever `decryptSession()` was given for one. */
  requestOf (session: SessionObject): { session?: SessionObject | null } {
    return this.#get(session, 'request') as { session?: SessionObject | null }
  }

  /** The class's own `reload()`, which asks the store and creates a new session object. */
  async reload (session: SessionObject): Promise<void> {
    let original: unknown = Reflect.get(session.constructor.prototype, 'reload')
    while (typeof original === 'function' && kOriginal in original) original = original[kOriginal]
    if (typeof original === 'function') await Reflect.apply(original, session, [])
  }

  #get (session: SessionObject, field: Field): unknown {
    return Reflect.get(session, this.#symbols[field])
  }
}

/** The same for all copies of this package that a process may have loaded. */
const kOriginal = Symbol.for('fastify-session-security: the method of the class')

/** Gives a class other methods, each of which knows the one in whose place it stands. */
export function overrideMethod (
  prototype: object, name: string, make: (original: unknown) => (this: SessionObject, ...args: unknown[]) => unknown
): void {
  const original: unknown = Reflect.get(prototype, name)
  const value = Object.assign(make(original), { [kOriginal]: original })
  Object.defineProperty(prototype, name, { value, writable: true, configurable: true })
}

const PROBE_LIFE_MS = 60_000

/**
 * Checks at registration that a session which the store hands over is there in the same tick, under its id, with its values by
 * reference: a load that is handed over later would be another request's.
 *
 * @param hand runs a function while the store answers with these values for that id
 * @throws {CouplingError}
 */
export function checkHandOver (
  fastify: Pick<FastifyInstance, 'decryptSession'>, signedId: string, id: string, hand: (values: Record<string, unknown>, run: () => void) => void
): void {
  const request: { session?: SessionObject } = {}
  const probe = {}
  const cookie = { expires: new Date(Date.now() + PROBE_LIFE_MS) } // whatever the options say of the expiry
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
 * A fresh, unsaved session object on that request. An empty cookie is what makes @fastify/session create one at once,
 * without asking the store.
 */
export function createSession (
  fastify: Pick<FastifyInstance, 'decryptSession'>, request: { session?: SessionObject }
): SessionObject {
  Object.assign(request, { session: {} }) // an idGenerator of the application may look at it
  fastify.decryptSession('', request, () => {})
  const { session } = request
  if (session === undefined || typeof session.sessionId !== 'string') {
    throw new CouplingError('decryptSession() creates no session for an empty cookie')
  }
  return session
}
