import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { toMs } from '../core/clock.ts'
import type { SecurityPolicy } from '../options.ts'
import type { FoundSession, LiveSession, Loaded, LoadActivity, SessionKey } from '../store/store.ts'
import { outcomeOf } from './knowledge.ts'
import { watchAnswer } from './one-answer.ts'
import { isOwnRoute } from './own-routes.ts'
import { RequestSession } from './request-session.ts'
import { fixedTimeouts } from './request-policy.ts'
import type { PresentedCookie } from './session-cookie.ts'
import type { Restored } from './session-gateway.ts'
import type { Shared } from './shared.ts'

/**
 * How long after a renewal or a sign-in its answer, and with it the new cookie, may be on its way to the browser. Whoever presents the
 * former cookie later has never been given the new one: that answer was lost.
 */
export const LONGEST_ANSWER_MS = 60_000

/** A cookie, and what the store said of its session. */
interface Candidate {
  readonly cookie: PresentedCookie
  readonly key: SessionKey
  readonly loaded: Loaded | Exclude<FoundSession, LiveSession>
  readonly restored: Restored | null
  /** Another request renewed it just now: the browser has another cookie, or is about to. */
  readonly isBeingReplaced?: boolean
  /** The session that it goes on as, if any lives. */
  readonly elsewhere?: LiveSession
}

/**
 * onRequest, directly before @fastify/session's: loads the session that the request presents, and records the request's
 * activity in the same round trip. The activity counts from the arrival of the request, whatever its body takes.
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
    const { cookie: { value, sessionId }, loaded, restored, isBeingReplaced, elsewhere } = found
    if (request.cookies[shared.cookie.name] !== value) {
      request.cookies = { ...request.cookies, [shared.cookie.name]: value }
    }
    context.presented = loaded
    context.isOvertaken = isCut || isBeingReplaced === true
    context.elsewhere = elsewhere ?? null
    context.presentedKey = found.key
    context.restored = restored === null || loaded.state !== 'live'
      ? null
      : { link: restored.link, activityBeforeMs: loaded.activityBeforeMs }
    shared.gateway.hand(sessionId, restored?.values ?? null, done)
  }, (error: Error) => {
    const [first] = cookies
    if (first !== undefined && bringsActivity(context)) {
      shared.store.reportUnrecorded(
        { handle: shared.store.handleOf(first.sessionId) }, context.passive ? 'ping' : 'request'
      )
    }
    done(error)
  })
}

/** An active request does, and so does a ping that is no mere question. */
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

/** What became of a session that does not live. One that was renewed is over if all that it went on as is over. */
async function outcome (
  loaded: Loaded, store: Shared['store']
): Promise<Pick<Candidate, 'loaded' | 'isBeingReplaced' | 'elsewhere'>> {
  if (loaded.state === 'live') return { loaded: { state: 'unknown' } } // it cannot be read
  if (loaded.state !== 'renewed') return { loaded }
  const isBeingReplaced = loaded.renewedForMs < LONGEST_ANSWER_MS
  if (loaded.successors.length === 0) return { loaded, isBeingReplaced }
  const { key, session } = await outcomeOf(store, loaded.successors)
  return key === undefined ? { loaded: session, isBeingReplaced } : { loaded, isBeingReplaced, elsewhere: session }
}

/** The first session that lives; else one that a later version keeps; else what tells most: one that was renewed, then one that ended. */
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
  const found = ['later', 'renewed', 'ended', 'unknown'].flatMap(state =>
    over.filter(({ loaded }) => loaded.state === state)
  )
  return found[0] as Candidate
}
