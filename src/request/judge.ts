import { auditRefusal } from '../audit.ts'
import type { SessionSide, Transition } from '../core/transition.ts'
import { transition } from '../core/transition.ts'
import { InsecureCookieError, LateSignInError, LaterVersionError } from '../errors.ts'
import { wantsPage } from '../http/fetch-metadata.ts'
import { COOKIE_KEY, difference, isEmpty, refuseTooLarge, serialize } from '../store/contents.ts'
import type { Binding } from './binding.ts'
import type { SessionObject } from './fastify-session-internals.ts'
import type { Plan } from './planned-beginning.ts'
import { planBeginning } from './planned-beginning.ts'
import type { RequestState } from './request-state.ts'
import type { Identity } from './request-policy.ts'
import { areSame, identityOf, needsKey } from './request-policy.ts'
import type { SessionLink } from './session-link.ts'

/** What has a session saved: a call of the application's, or the end of the request. */
export type SavedBy = 'call' | 'answer'

/** A secret that was planted with an anonymous session would stay valid after the sign-in (https://owasp.org/www-community/attacks/Session_fixation). */
const CSRF_KEY = '_csrf'

/**
 * The one judgement of every save, in the tick in which the session is serialised: is this an edit, a sign-in, a renewal,
 * a sign-out? A session that became authenticated has its new id before anything is written (G15: a sign-in has a new id).
 *
 * @returns `null` if there is nothing to write
 * @throws the coded error that refuses the save; nothing was written then
 */
export function judge (session: SessionObject, binding: Binding, by: SavedBy): Plan | null {
  const { shared: { policy, store, cookie }, context } = binding
  const before = binding.link ?? binding.predecessor
  if (before !== null && !before.isLive) return lose(before, binding)
  const isReauthenticated = (context?.proof ?? null) !== null
  const identity = identityOf(policy, session)
  const contents: Record<string, string> = { ...serialize(session) }
  const isRenewed = binding.isRenewed || isUnderAnotherName(binding)
  // Who is signed in changes by what this request did, never by a changed `userOf`: nodes with different ones may share a session.
  const isUnchanged = before !== null && !isRenewed && !isReauthenticated && areSame(identity, binding.identity)
  const change = isUnchanged
    ? 'none'
    : transition(sideBefore(before, binding), {
      state: identity.isAuthenticated ? 'authenticated' : isEmpty(contents) ? 'none' : 'anonymous',
      user: identity.user,
      isRenewed,
      isReauthenticated
    })
  if (change === 'none') return edit(session, binding, contents)
  if (change === 'signedOut' && before !== null &&
    (context === null || isEmpty(contents))) return signOut(session, binding, before)
  if (context === null) {
    throw new LateSignInError('decryptSession()')
  } // no response will bring the new id to the browser
  if (change === 'begun' && !mayBegin(session, context, binding, by)) return null
  refuseBeginning(session, context, change)

  dropInherited(session, binding, contents, change)
  withAge(session, binding, contents, sinceAfter(change, before))
  refuseTooLarge(contents, store)
  if (!hasNewId(session, binding, context, identity)) rename(session, binding, context, identity, before)
  cookie.lineFor(session)
  return planBeginning(session, binding, context, { change, before, identity, contents })
}

/**
 * G2: an end is final. The session ended while the request was under way, and what it did to the session is not kept.
 * @throws {LaterVersionError} if it goes on, and a later version keeps it
 */
export function lose (
  lost: Pick<SessionLink, 'handle' | 'found' | 'user' | 'device'>, binding: Binding, what: 'renewal' | 'save' = 'save'
): null {
  const { handle, found: session } = lost
  const { shared: { log, store }, context } = binding
  if (session.state === 'later') throw new LaterVersionError()
  const reason = session.state === 'ended' ? session.ended.reason : 'none'
  log.info(
    { handle, reason, route: context?.route }, 'a session was not saved: it ended while the request was under way'
  )
  if (!binding.hasLost) auditRefusal(what, store.timeOfDay(), lost, undefined, reason)
  binding.hasLost = true
  return null
}

function sideBefore (before: SessionLink | null, { identity: { user } }: Binding): SessionSide {
  if (before === null) return { state: 'none', user: undefined }
  return before.isAuthenticated
    ? { state: 'authenticated', user: user ?? before.user }
    : { state: 'anonymous', user: undefined }
}

/** The record names another user than `userOf` did at the load: the configuration changed, and the session goes on under the right name. */
export function isUnderAnotherName ({ link, identity, context }: Binding): boolean {
  return context?.passive === false && link?.isAuthenticated === true &&
    identity.user !== undefined && link.user !== identity.user
}

function edit (session: SessionObject, binding: Binding, contents: Record<string, string>): Plan | null {
  const { link, shared: { store } } = binding
  if (link === null) return null
  withAge(session, binding, contents, link.since)
  const known = link.contents
  const changes = difference(known, contents)
  if (changes === null) return null
  refuseTooLarge(contents, store)
  link.saved(contents)
  return { kind: 'update', link, changes, contents, undo: () => link.saved(known) }
}

function signOut (session: SessionObject, binding: Binding, before: SessionLink): Plan {
  forgetAge(session, binding)
  const { link, predecessor, isRenewed, isSpent } = binding
  Object.assign(binding, { link: null, predecessor: null, isRenewed: false, isSpent: true })
  return { kind: 'end', before, undo: () => { Object.assign(binding, { link, predecessor, isRenewed, isSpent }) } }
}

/**
 * An anonymous session begins only where the browser has no other that goes on; by itself, only where its cookie can come
 * back. What the application saves itself is saved, as @fastify/session has it.
 */
function mayBegin (session: SessionObject, context: RequestState, binding: Binding, by: SavedBy): boolean {
  const { shared: { log } } = binding
  if (context.isLater) {
    log.debug(
      { route: context.route },
      'an anonymous session was not begun: a later version keeps the session that the browser has'
    )
    return false
  }
  if (context.isOvertaken || context.isWithoutItsCookie ||
    (context.isAbandoned && !wantsPage(context.request.headers))) {
    log.debug('an anonymous session was not begun: the browser may have the cookie of another session that lives')
    return false
  }
  return by === 'call' || !isInsecure(session, context.request)
}

/** @throws {LateSignInError | InsecureCookieError} */
function refuseBeginning (session: SessionObject, context: RequestState, change: Transition): void {
  const { request } = context
  if (context.hasAnswered || context.areHeadersGone) throw context.warnOfLateSignIn()
  if (change !== 'begun' && change !== 'signedOut' && isInsecure(session, request)) {
    throw new InsecureCookieError(request.protocol)
  }
}

function isInsecure ({ cookie }: SessionObject, request: { readonly protocol?: string }): boolean {
  return cookie.secure === true && request.protocol !== undefined && request.protocol !== 'https'
}

/** Leaves behind what another person, or nobody, put into the session before: only what this very request wrote goes along. */
function dropInherited (
  session: SessionObject, binding: Binding, contents: Record<string, string>, change: Transition
): void {
  const { inherited, shared: { policy } } = binding
  const dropped = change === 'userChanged'
    ? Object.keys(inherited).filter(key => !needsKey(policy, session, key))
    : change === 'signedIn'
      ? [CSRF_KEY, ...policy.dropAtSignIn]
      : change === 'signedOut' ? [CSRF_KEY] : []
  if (change === 'userChanged' || change === 'signedOut') forgetAge(session, binding)
  for (const key of dropped) {
    if (contents[key] === undefined || contents[key] !== inherited[key]) continue
    Reflect.deleteProperty(contents, key)
    Reflect.deleteProperty(session, key)
  }
}

/** The age that somebody's cookie was given is not the next person's. */
function forgetAge ({ cookie }: SessionObject, { inheritedExpiry, shared }: Binding): void {
  if (inheritedExpiry !== null && cookie.expires === inheritedExpiry) shared.cookie.resetAge(cookie)
}

function withAge (
  { cookie }: SessionObject, { shared }: Binding, contents: Record<string, string>, since: number | undefined
): void {
  const age = shared.cookie.encodedAge(cookie, since)
  if (age !== undefined) contents[COOKIE_KEY] = age
}

/** Since when the person is signed in, where the record will not say so: `reauthenticated()` is no sign-in, and pages are not to take it for one. */
function sinceAfter (change: Transition, before: SessionLink | null): number | undefined {
  return change === 'reauthenticated' ? before?.signedInAtMs : change === 'renewed' ? before?.since : undefined
}

/**
 * Whether this request made the id, as with `regenerate()`, and no session has had it: it was in no cookie, and a handler may
 * have answered with it. On a Cluster it does where it lies in the shard of the user, who was not named yet when it was made.
 */
function hasNewId (
  { sessionId }: SessionObject, {
    link, isSpent, shared: { store }
  }: Binding, { presentedIds }: RequestState, { user }: Identity
): boolean {
  if (link !== null || isSpent || presentedIds.includes(sessionId)) return false
  return user === undefined || sessionId.startsWith(store.idFor('', user))
}

function rename (
  session: SessionObject, { shared: { internals, newId, cookie } }: Binding, { request }: RequestState,
  { user }: Identity, before: SessionLink | null
): void {
  const id = newId(request, user, before?.key)
  internals().rename(session, id, cookie.sign(id))
}
