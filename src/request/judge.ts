import { auditRefusal } from '../diagnostics/audit.ts'
import type { SessionSide, Transition } from '../core/transition.ts'
import { transition } from '../core/transition.ts'
import { InsecureCookieError, LateSignInError, LaterVersionError } from '../errors.ts'
import { wantsPage } from '../http/fetch-metadata.ts'
import { COOKIE_KEY, difference, isEmpty, refuseTooLarge, serialize } from '../store/contents.ts'
import type { Binding } from './binding.ts'
import type { SessionObject } from './fastify-session-internals.ts'
import type { Plan } from './planned-beginning.ts'
import { planBeginning } from './planned-beginning.ts'
import type { RequestFacts } from './request-facts.ts'
import type { Identity } from './request-policy.ts'
import { areSame, identityOf, needsKey } from './request-policy.ts'
import type { SessionLink } from './session-link.ts'

/** The cause of a save: the application's call, or the end of the request. */
export type SavedBy = 'call' | 'answer'

/**
 * The key of CSRF secrets in a session.
 *
 * A secret that was planted with an anonymous session would stay valid after the sign-in
 * (https://owasp.org/www-community/attacks/Session_fixation).
 */
const CSRF_KEY = '_csrf'

/**
 * Judges a save: is it an edit, a sign-in, a renewal or a sign-out?
 *
 * Every save passes here, in the tick in which the session is serialised. A session that became authenticated gets its
 * new id before anything is written (G15: a sign-in has a new id).
 *
 * @returns `null` if there is nothing to write
 * @throws the coded error that refuses the save; nothing was written then
 */
export function judge (session: SessionObject, binding: Binding, by: SavedBy): Plan | null {
  const { shared: { policy, store, cookie }, context } = binding
  const before = binding.link ?? binding.predecessor
  if (before !== null && !before.isLive) return dropSave(before, binding)
  const isReauthenticated = (context?.proof ?? null) !== null
  const identity = identityOf(policy, session)
  const contents: Record<string, string> = { ...serialize(session) }
  const isRenewed = binding.isRenewed || isUnderAnotherName(binding)
  // Only this request's changes can change the user, never a changed `userOf`: nodes with different ones may share a
  // session.
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
  const isWithoutRest = context === null || isEmpty(contents)
  if (change === 'signedOut' && before !== null && isWithoutRest) return signOut(session, binding, before)
  // No response will bring the new id to the browser.
  if (context === null) throw new LateSignInError('decryptSession()')
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
 * Drops a save, because the session ended while the request was under way (G2: an end is final).
 *
 * @throws {LaterVersionError} if the session goes on, and a later version keeps it
 */
export function dropSave (
  lost: Pick<SessionLink, 'handle' | 'found' | 'user' | 'device'>, binding: Binding, what: 'renewal' | 'save' = 'save'
): null {
  const { handle, found: session } = lost
  const { shared: { log, store }, context } = binding
  if (session.state === 'later') throw new LaterVersionError()
  const reason = session.state === 'ended' ? session.ended.reason : 'none'
  log.info(
    { handle, reason, route: context?.route }, 'a session was not saved: it ended while the request was under way'
  )
  if (!binding.hasDroppedSave) auditRefusal(what, store.timeOfDay(), lost, undefined, reason)
  binding.hasDroppedSave = true
  return null
}

function sideBefore (before: SessionLink | null, { identity: { user } }: Binding): SessionSide {
  if (before === null) return { state: 'none', user: undefined }
  return before.isAuthenticated
    ? { state: 'authenticated', user: user ?? before.user }
    : { state: 'anonymous', user: undefined }
}

/**
 * Tells whether the record names another user than `userOf` did at the load. Then the configuration changed, and the
 * session goes on under the right name.
 */
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
  const { link, predecessor, isRenewed, hasSignedOut } = binding
  const known = { link, predecessor, isRenewed, hasSignedOut }
  binding.set({ link: null, predecessor: null, isRenewed: false, hasSignedOut: true })
  return { kind: 'end', before, undo: () => binding.set(known) }
}

/**
 * Tells whether an anonymous session may begin.
 *
 * It may not if the browser has the cookie of another session that goes on. At the end of a request, it also needs a
 * cookie that can come back. A call of `save()` does not, as in @fastify/session.
 */
function mayBegin (session: SessionObject, context: RequestFacts, binding: Binding, by: SavedBy): boolean {
  const { shared: { log } } = binding
  if (context.isLater) {
    log.debug(
      { route: context.route },
      'an anonymous session was not begun: a later version keeps the session that the browser has'
    )
    return false
  }
  const mayReplace = !context.isUnidentified || wantsPage(context.request.headers)
  if (context.isOvertaken || context.isWithoutItsCookie || !mayReplace) {
    log.debug('an anonymous session was not begun: the browser may have the cookie of another session that lives')
    return false
  }
  return by === 'call' || !isInsecure(session, context.request)
}

/** @throws {LateSignInError | InsecureCookieError} */
function refuseBeginning (session: SessionObject, context: RequestFacts, change: Transition): void {
  const { request } = context
  if (context.hasAnswered || context.areHeadersGone) throw context.warnOfLateSignIn()
  if (change !== 'begun' && change !== 'signedOut' && isInsecure(session, request)) {
    throw new InsecureCookieError(request.protocol)
  }
}

function isInsecure ({ cookie }: SessionObject, request: { readonly protocol?: string }): boolean {
  const isSecure = Reflect.get(Object(cookie), 'secure') === true // a session without a cookie is refused later
  return isSecure && request.protocol !== undefined && request.protocol !== 'https'
}

/**
 * Removes what an anonymous session or another user's session held. Only contents that this very request wrote stay.
 */
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

/** Resets the cookie's age. The age that one person's cookie was given does not hold for the next person. */
function forgetAge ({ cookie }: SessionObject, { inheritedExpiry, shared }: Binding): void {
  if (inheritedExpiry !== null && cookie.expires === inheritedExpiry) shared.cookie.resetAge(cookie)
}

function withAge (
  { cookie }: SessionObject, { shared }: Binding, contents: Record<string, string>, since: number | undefined
): void {
  const age = shared.cookie.encodedAge(cookie, since)
  if (age !== undefined) contents[COOKIE_KEY] = age
}

/**
 * Returns the time of the sign-in, if the record will not name it.
 *
 * `reauthenticated()` restarts the record's clock, and pages must not take that for a sign-in.
 */
function sinceAfter (change: Transition, before: SessionLink | null): number | undefined {
  return change === 'reauthenticated' ? before?.signedInAtMs : change === 'renewed' ? before?.since : undefined
}

/**
 * Tells whether this request made the id, and no session has had it.
 *
 * An id from `regenerate()` was in no cookie, and a handler may have answered with it. On a Cluster it must also lie in
 * the shard of the user, who had no name yet when the id was made.
 */
function hasNewId (
  { sessionId }: SessionObject, { link, hasSignedOut, shared: { store } }: Binding, { presentedIds }: RequestFacts,
  { user }: Identity
): boolean {
  if (link !== null || hasSignedOut || presentedIds.includes(sessionId)) return false
  return user === undefined || sessionId.startsWith(store.idFor('', user))
}

function rename (
  session: SessionObject, { shared: { internals, newId, cookie } }: Binding, { request }: RequestFacts,
  { user }: Identity, before: SessionLink | null
): void {
  const id = newId(request, user, before?.key)
  internals().rename(session, id, cookie.sign(id))
}
