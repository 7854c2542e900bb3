import type { FastifyReply, FastifyRequest } from 'fastify'
import { visitorTerms } from '../core/policy.ts'
import { publish, whose } from '../diagnostics.ts'
import { StoreUnavailableError, TooManySessionsError } from '../errors.ts'
import type { Fate, Settlement } from '../store/store.ts'
import { CallerSession, callerOf } from './caller-session.ts'
import type { Held } from './keeper.ts'
import type { SessionCookie } from './session-cookie.ts'
import { cookieOf, withholdCookie } from './session-cookie.ts'
import { clearCookie, keepCookies, settleCookie } from './settle-cookie.ts'
import type { Shared } from './shared.ts'
import { sameTerms } from './stamp.ts'
import { takePlace } from './take-place.ts'

/** onSend: the stamp is in, what the request did to its session is settled, and the cookie tells the truth about it. */
export async function settle (request: FastifyRequest, reply: FastifyReply, shared: Shared): Promise<void> {
  const caller = callerOf(request) ?? lateCaller(request, shared)
  const refusal = await finishStamp(caller, shared)
  const { held } = caller
  try {
    if (refusal !== null) throw refusal
    if (!caller.isReconciled) await reconcile(request, shared, caller, held)
    caller.isReconciled = true
  } catch (error) {
    if (held !== null && held.handle !== caller.entered?.handle) withholdCookie(reply, request.session.sessionId)
    if (error instanceof TooManySessionsError) {
      if (caller.cookie !== undefined) clearCookie(reply, caller.cookie)
      caller.detach() // onSend runs again, for the error: there is nothing left to save
    }
    throw error
  }
  if (held === null && caller.entered === null && reply.hasHeader('set-cookie')) await keepRenewed(request, reply, shared, caller)
  const { session } = request
  const cookie = caller.cookie ?? (held === null ? undefined : cookieOf(request))
  if (cookie === undefined) return
  if (session === null) await clearWhenOver(reply, cookie, shared, caller)
  else settleCookie(reply, session, cookie, { fate: await latestFate(request, shared, caller), extends: caller.extends })
}

/** A log-out that failed takes no cookie away: who tries again must not be told that it is done, while the session lives. */
async function clearWhenOver (reply: FastifyReply, cookie: SessionCookie, { keeper, log }: Shared, { entered }: CallerSession): Promise<void> {
  try {
    if (entered === null || (await keeper.look(entered)).state !== 'live') clearCookie(reply, cookie)
  } catch (error) {
    complain(log, error, 'a session could not be looked up after its log-out')
  }
}

async function keepRenewed (request: FastifyRequest, reply: FastifyReply, { keeper, log }: Shared, { passive }: CallerSession): Promise<void> {
  try {
    keepCookies(reply, await keeper.presented(request), passive)
  } catch (error) {
    complain(log, error, 'the sessions of a request could not be looked up')
  }
}

/** An earlier hook has answered before `onRequest` could look: the cookie must tell the truth all the same. */
function lateCaller (request: FastifyRequest, shared: Shared): CallerSession {
  const caller = new CallerSession(request, shared)
  caller.entered = caller.held
  return caller
}

/** A stamp that could not be written costs an activity, not the answer to a request that has done its work. @returns why its session was refused. */
async function finishStamp ({ stamping }: CallerSession, { log }: Shared): Promise<Error | null> {
  try {
    await stamping
  } catch (error) {
    if (error instanceof TooManySessionsError) return error
    complain(log, error, 'an activity could not be stamped')
  }
  return null
}

/** An outage is the store's to tell, once: not once for each request. */
function complain (log: Shared['log'], error: unknown, message: string): void {
  if (!(error instanceof StoreUnavailableError)) log.warn({ err: error }, message)
}

/** Compares the session at the end of the request with the one at its start: signed in, renewed, signed out? */
async function reconcile (request: FastifyRequest, shared: Shared, caller: CallerSession, held: Held | null): Promise<void> {
  const { keeper, delivery, log } = shared
  const { entered } = caller
  const isSame = held !== null && held.handle === entered?.handle
  const settlement = held === null ? null : settlementFor(request, caller, held, isSame)
  if (settlement !== null && held !== null && changes(settlement, held)) {
    await takePlace(request, shared, settlement, entered)
    await keeper.settle(request, settlement, true)
  }

  const wasProtected = entered?.record.protected === true
  const isProtected = settlement?.terms.protected === true || (isSame && wasProtected)
  if (settlement?.replaces !== undefined) log.debug({ handle: held?.handle, replaces: settlement.replaces }, 'session renewed')
  else if (held !== null && isProtected && !(isSame && wasProtected)) {
    log.info({ handle: held.handle }, 'session started')
    publish('start', () => whose({ handle: held.handle, user: settlement?.user }))
  }
  const isGone = request.session === null || (held !== null && !isSame)
  if (wasProtected && isGone && settlement?.replaces === undefined) delivery.deliverSoon(keeper.claim(entered))
}

/** `null`: nothing happened to the session that the stamp did not say. */
function settlementFor (request: FastifyRequest, caller: CallerSession, held: Held, isSame: boolean): Settlement | null {
  const { entered, isReauthenticated } = caller
  const wasProtected = entered?.record.protected === true
  if (isSame && wasProtected && !isReauthenticated) return null
  const isProtected = (isSame && wasProtected) || caller.isAuthenticated()
  if (!isProtected) return held.record.protected ? { terms: visitorTerms(request.session.cookie.originalMaxAge) } : null
  const continued = !isSame && wasProtected ? entered : undefined
  const startedAtMs = isReauthenticated ? 'now' : continued?.record.startedAtMs
  const user = caller.user()
  const origin = caller.origin()
  return {
    terms: caller.terms(),
    ...(user === undefined ? {} : { user }),
    ...(origin === undefined ? {} : { origin }),
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    // Signed in over another person's session: that one has ended, though its absolute deadline still binds.
    ...(continued === undefined || isAnother(user, continued.user) ? {} : { replaces: continued.handle })
  }
}

function isAnother (user: string | undefined, before: string | undefined): boolean {
  return user !== undefined && before !== undefined && user !== before
}

function changes ({ terms, user, origin, startedAtMs, replaces }: Settlement, held: Held): boolean {
  return !sameTerms(terms, held.record) || (user !== undefined && user !== held.user) || [origin, startedAtMs, replaces].some(news => news !== undefined)
}

/** What the store last said, asked again when that was too long ago to go into the response (G2). */
async function latestFate (request: FastifyRequest, { keeper, log }: Shared, caller: CallerSession): Promise<Fate> {
  const fate = keeper.fate(request)
  if (caller.held === null || !caller.isStale(caller.held)) return fate
  try {
    return await keeper.refresh(request)
  } catch (error) {
    complain(log, error, 'a session could not be looked up again')
    return fate
  }
}
