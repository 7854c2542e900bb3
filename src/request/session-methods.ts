import { BadOptionError, LaterVersionError } from '../errors.ts'
import { check } from '../option-checks.ts'
import { asError, callBack } from '../thrown.ts'
import { RECORD_KEY } from '../store/contents.ts'
import { Binding, bind, boundTo } from './binding.ts'
import type { SessionObject } from './fastify-session-internals.ts'
import { overrideMethod } from './fastify-session-internals.ts'
import { refresh } from './knowledge.ts'
import type { RequestFacts } from './request-facts.ts'
import { isModified as isChanged, saveSession } from './save-session.ts'
import type { SessionLink } from './session-link.ts'
import { linkIn } from './session-link.ts'
import type { Shared } from './shared.ts'
import { signOut } from './sign-out.ts'

type Callback = (error?: unknown) => unknown

/** The number of keys that a renewal may be asked to keep. */
const MOST_KEPT = 1000

const adopted = new WeakSet<object>()

/**
 * Gives a session object the plugin's own `save`, `regenerate`, `destroy`, `reload`, `isModified` and `isSaved`.
 *
 * So every save passes one gate. The class gets these methods, and uses them for the plugin's objects only: another
 * plugin may use the class. An own prototype for each object would cost each request a tenth of its time.
 */
function adopt (session: SessionObject, binding: Binding): void {
  const prototype = Reflect.getPrototypeOf(session)
  if (prototype !== null && !adopted.has(prototype)) addOwnMethods(prototype)
  binding.inheritedExpiry = session.cookie.expires ?? null
  bind(session, binding)
}

/** Adopts a session object, and puts the contents of a stored session into it. */
function adoptStored (session: SessionObject, binding: Binding, link: SessionLink | null): Binding {
  if (link !== null) {
    binding.link = link
    binding.inherited = link.contents
    link.putInto(session)
  }
  adopt(session, binding)
  binding.learnIdentity(session)
  return binding
}

/** Adopts a session object for a request. */
export function adoptFor (context: RequestFacts, session: SessionObject, link: SessionLink | null): Binding {
  return adoptStored(session, new Binding(context.shared, context), link)
}

/** Adopts a session object that belongs to no request of Fastify. */
export function adoptForeign (session: SessionObject, shared: Shared): Binding {
  return adoptStored(session, new Binding(shared, null), linkIn(session) ?? null)
}

/**
 * Tells whether `userOf` and the record of a stored session agree.
 *
 * A session on which they differ would refuse each request, the sign-out too, or sign in by itself.
 *
 * @param adoptIt adopts the session object
 */
export function isAsSaved (
  link: SessionLink, { log, store: { logged } }: Shared, adoptIt: () => Binding
): boolean {
  const { handle } = link
  try {
    const { identity } = adoptIt()
    if (identity.isAuthenticated === link.isAuthenticated) return true
    // Nobody has signed in or out: `userOf` was changed, or another node has another one. The session stays as it is.
    const message = 'userOf disagrees with the record of a stored session: the session counts as none'
    if (logged.isFirst(handle, message)) log.warn({ handle }, message)
  } catch (error) {
    const why = error instanceof BadOptionError ? error.message : asError(error).name
    const message = 'userOf cannot read a stored session: the session counts as none'
    if (logged.isFirst(handle, message)) log.warn({ handle, why }, message)
  }
  return false
}

/** Makes a class use the plugin's methods for the plugin's sessions only. */
function addOwnMethods (prototype: object): void {
  adopted.add(prototype)
  for (const own of [save, regenerate, destroy, reload, isModified, isSaved]) {
    overrideMethod(prototype, own.name, original => function (...args) {
      const method = boundTo(this) === undefined ? original : own
      return typeof method === 'function' ? Reflect.apply(method, this, args) : undefined
    })
  }
}

function save (this: SessionObject, callback?: Callback): Promise<void> | undefined {
  const binding = bindingOf(this)
  return settle(binding, saveSession(this, binding, 'call'), callback)
}

/**
 * Renews the session under a new id.
 *
 * The new object replaces the old one at once. The save decides what to write, since only then it is known whether this
 * was a renewal, a sign-in or a sign-out.
 */
function regenerate (
  this: SessionObject, keys?: readonly string[] | Callback, callback?: Callback
): Promise<void> | undefined {
  const binding = bindingOf(this)
  const { shared: { internals }, context } = binding
  const session = internals().successorOf(this)
  const next = new Binding(binding.shared, context)
  next.predecessor = binding.link ?? binding.predecessor
  next.identity = binding.identity
  next.isRenewed = next.predecessor !== null
  if (Array.isArray(keys)) {
    checkKept(keys)
    next.kept = keys
    const kept = new Set(keys.filter(key => key !== RECORD_KEY))
    for (const key of kept) Reflect.set(session, key, Reflect.get(this, key))
    next.inherited = Object.fromEntries(Object.entries(binding.inherited).filter(([key]) => kept.has(key)))
  }
  adopt(session, next)
  Reflect.set(internals().requestOf(session), 'session', session)
  return settle(binding, Promise.resolve(), typeof keys === 'function' ? keys : callback)
}

/** Checks the keys to keep. @throws {BadOptionError} for anything but texts */
function checkKept (keys: readonly unknown[]): void {
  check(
    'keys', keys, `at most ${MOST_KEPT} texts`,
    () => keys.length <= MOST_KEPT && [...keys].every(key => typeof key === 'string'), () => 'others'
  )
}

function destroy (this: SessionObject, callback?: Callback): Promise<void> | undefined {
  const binding = bindingOf(this)
  return settle(binding, end(this, binding), callback)
}

function reload (this: SessionObject, callback?: Callback): Promise<void> | undefined {
  const binding = bindingOf(this)
  // @fastify/session passes on the store's own error, which is null for none.
  return settle(binding, readAgain(this, binding), callback && (error => callback(error ?? null)))
}

/** Ends the stored session or its successor. Then `request.session` is null, as in @fastify/session. */
async function end (session: SessionObject, binding: Binding): Promise<void> {
  const { shared: { store, notifier, internals }, context } = binding
  try {
    await binding.settled()
    const { link, predecessor } = binding
    const key = (link ?? predecessor)?.key ?? context?.presentedKey
    if (key !== undefined) await signOut(store, key, ended => notifier.notifySoon(ended))
    link?.learn({ state: 'unknown' }, store.clock())
    context?.signedOut(session)
    if (context !== null && link?.isAuthenticated === true) context.endedFor ??= 'logout'
  } finally {
    Reflect.set(internals().requestOf(session), 'session', null)
  }
}

/**
 * Reads the stored session into a new session object. The cookie of a session that this request began still goes out.
 */
async function readAgain (session: SessionObject, { shared, context, link }: Binding): Promise<void> {
  const { internals } = shared
  await internals().reload(session)
  const { session: reloaded } = internals().requestOf(session)
  if (reloaded == null) return
  if (context === null) adoptForeign(reloaded, shared)
  else {
    const again = linkIn(reloaded) ?? await linkToSuccessor(link, shared)
    adoptFor(context, reloaded, again)
    if (link !== null && context.begun === link) context.begun = again
    // The browser may have another cookie by now.
    if (link !== null && again?.key !== link.loadedKey) context.isOvertaken = true
  }
}

/** Loads the successor that another request's renewal made. @returns null if none lives */
export async function linkToSuccessor (
  link: SessionLink | null, { store, gateway }: Shared
): Promise<SessionLink | null> {
  if (link === null) return null
  await refresh(link, store)
  const { handle, key } = link
  if (link.found.state === 'later') throw new LaterVersionError()
  const successor = link.isLive ? gateway.restore({ handle, key }, await store.load(key, null))?.link ?? null : null
  successor?.keepAuthenticationOf(link)
  return successor
}

function isModified (this: SessionObject): boolean {
  try {
    return isChanged(this, bindingOf(this))
  } catch {
    return true // so that save() says why it cannot be written
  }
}

function isSaved (this: SessionObject): boolean {
  return bindingOf(this).isSaved
}

function bindingOf (session: SessionObject): Binding {
  const binding = boundTo(session)
  if (binding === undefined) throw new TypeError('this method belongs to a session object')
  return binding
}

/**
 * Answers with a promise, or by a callback on a clean stack. A rejection does not end the process if nobody awaits it.
 */
function settle ({ context, shared }: Binding, work: Promise<void>, callback?: Callback): Promise<void> | undefined {
  context?.track(work)
  work.catch(() => {})
  if (callback === undefined) return work
  const call = (...error: [unknown?]): void => callBack(() => callback(...error), thrown => {
    if (context === null) shared.log.error({ err: thrown }, 'a callback of a session from decryptSession() threw')
    else context.fail(thrown)
  })
  work.then(() => process.nextTick(call), (error: unknown) => process.nextTick(call, error))
  return undefined
}
