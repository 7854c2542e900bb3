import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { toMs } from '../core/clock.ts'
import type { SecurityPolicy } from '../options/options.ts'
import type { FoundSession, LiveSession, Loaded, LoadActivity, SessionKey } from '../store/store.ts'
import { outcomeOf } from './knowledge.ts'
import { watchAnswer } from './one-answer.ts'
import { isOwnRoute } from './own-routes.ts'
import { RequestSession } from './request-session.ts'
import { fixedTimeouts } from './request-policy.ts'
import type { PresentedCookie } from './session-cookie.ts'
import type { Restored, Shared } from './shared.ts'

/**
 * The longest time that an answer with a new cookie may need.
 *
 * A browser that presents the former cookie later never got the new one: the answer was lost.
 */
export const LONGEST_ANSWER_MS = 60_000

/** A presented cookie, with the store's answer about its session. */
interface Candidate {
  readonly cookie: PresentedCookie
  readonly key: SessionKey
  readonly loaded: Loaded | Exclude<FoundSession, LiveSession>
  readonly restored: Restored | null
  /** Another request renewed the session just now. The browser has another cookie, or is about to get it. */
  readonly isBeingReplaced?: boolean
  /** The live session that this one goes on as, if any. */
  readonly successor?: LiveSession
}

/**
 * Loads the presented session, and records the request's activity in the same round trip.
 *
 * An onRequest hook, directly before that of @fastify/session. The activity counts from the arrival of the request,
 * however long its body takes.
 */
export function loadSession (
  this: FastifyInstance, request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void
): void {
  const { shared } = this.sessionSecurity
  watchAnswer(reply)
  const context = new RequestSession(request, reply, shared)
  request.sessionSecurity = context
  const { cookies, isCut } = shared.cookie.presentedBy(request)
  context.presentedIds = cookies.map(({ sessionId }) => sessionId)
  if (cookies.length === 0 || !shared.cookie.covers(request)) {
    context.isOvertaken = isCut
    return done()
  }
  load(cookies, shared, activityOf(context)).then(found => {
    const { cookie: { value, sessionId }, loaded, restored, isBeingReplaced, successor } = found
    if (request.cookies[shared.cookie.name] !== value) {
      request.cookies = { ...request.cookies, [shared.cookie.name]: value }
    }
    context.presented = loaded
    context.isOvertaken = isCut || isBeingReplaced === true
    context.successor = successor ?? null
    context.presentedKey = found.key
    context.restored = restored === null || loaded.state !== 'live'
      ? null
      : { link: restored.link, activityBeforeMs: loaded.activityBeforeMs }
    shared.gateway.hand(sessionId, restored?.values ?? null, done)
  }, (error: Error) => {
    context.isUnanswered = true
    const [first] = cookies
    if (first !== undefined && bringsActivity(context)) {
      shared.store.reportUnrecorded(
        { handle: shared.store.handleOf(first.sessionId) }, context.passive ? 'ping' : 'request'
      )
    }
    done(error)
  })
}

/** Tells whether a request brings activity. An active request does, and so does a ping that reports some. */
function bringsActivity ({ passive, request: { method, query, routeOptions: { config } } }: RequestSession): boolean {
  if (!passive) return true
  const isClaim = method === 'POST' || (typeof query === 'object' && query !== null && 'idleFor' in query)
  return isOwnRoute(config) && isClaim
}

const activities = new WeakMap<SecurityPolicy, LoadActivity>()

function activityOf ({ passive, shared: { policy } }: RequestSession): LoadActivity | null {
  if (passive) return null
  const known = activities.get(policy)
  if (known !== undefined) return known
  const timeouts = fixedTimeouts(policy)
  const activity = { throttleMs: toMs(policy.throttle), ...(timeouts === undefined ? {} : { timeouts }) }
  activities.set(policy, activity)
  return activity
}

/** Returns the state of a session that is not live. A renewed session is over if all its successors are over. */
async function outcome (
  loaded: Loaded, store: Shared['store']
): Promise<Pick<Candidate, 'loaded' | 'isBeingReplaced' | 'successor'>> {
  if (loaded.state === 'live') return { loaded: { state: 'unknown' } } // its contents cannot be read
  if (loaded.state !== 'renewed') return { loaded }
  const isBeingReplaced = loaded.renewedForMs < LONGEST_ANSWER_MS
  if (loaded.successors.length === 0) return { loaded, isBeingReplaced }
  const { key, session } = await outcomeOf(store, loaded.successors)
  return key === undefined ? { loaded: session, isBeingReplaced } : { loaded, isBeingReplaced, successor: session }
}

/**
 * Loads the sessions of several cookies, and returns the best.
 *
 * The first live session wins. After it come one that a later version keeps, a renewed one, an ended one, an unknown
 * one.
 */
async function load (
  cookies: readonly PresentedCookie[], { store, gateway }: Shared, activity: LoadActivity | null
): Promise<Candidate> {
  const over: Candidate[] = []
  for (const cookie of cookies) {
    const askedAtMs = store.clock()
    const names = store.namesOf(cookie.sessionId)
    const { key } = names
    const loaded = await store.load(key, activity)
    const restored = gateway.restore(names, loaded)
    if (restored !== null) {
      restored.link.askedAtMs = askedAtMs
      return { cookie, key, loaded, restored }
    }
    over.push({ cookie, key, restored, ...await outcome(loaded, store) })
  }
  const ranked = ['later', 'renewed', 'ended', 'unknown']
    .flatMap(state => over.filter(({ loaded }) => loaded.state === state))
  return ranked[0] as Candidate
}
