import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { EndsBy } from '../core/policy.ts'
import type { Timeouts } from '../core/terms.ts'
import { areSameTimeouts, stateOf, tighten } from '../core/policy.ts'
import type { SessionObject } from './fastify-session-internals.ts'
import { recordWhileBodyArrives } from './body-activity.ts'
import { publishActivity, recordActivity } from './record-activity.ts'
import type { RequestState } from './request-state.ts'
import { contextOf } from './request-session.ts'
import { fixedTimeouts } from './request-policy.ts'
import type { SessionLink } from './session-link.ts'
import { isAsSaved } from './session-methods.ts'
import { limitsOf } from './session-view.ts'

/**
 * Adopts the presented session, and ends it if its deadline has passed (G4: no guard sees it alive).
 *
 * An onRequest hook, directly after that of @fastify/session.
 */
export function enforceSession (
  this: FastifyInstance, request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void
): void {
  const { gateway } = this.sessionSecurity.shared
  gateway.clear()
  const context = contextOf(request)
  const session = request.session as SessionObject | null
  if (context === undefined || typeof session?.sessionId !== 'string') return done() // outside the cookie's path
  const { restored } = context
  if (restored === null) context.adopt(session, null)
  else if (!adoptPresented(context, session, restored.link)) return done()
  if (restored === null || !restored.link.isAuthenticated) return done()
  const { link, activityBeforeMs } = restored
  const limits = limitsOf(context, link.record)
  // The store records an activity only if the session is alive under these very timeouts.
  const isJudged = link.lastActivityMs !== activityBeforeMs && limits === fixedTimeouts(context.shared.policy)
  const reason = isJudged ? null : endedUnder(limits, link, activityBeforeMs)
  if (reason !== null) {
    end(context, link, reason).then(() => done(), done)
    return
  }
  publishActivity(link, 'request', activityBeforeMs)
  if (!context.passive) recordWhileBodyArrives(context, link)
  if (context.passive || areSameTimeouts(limits, link.record)) return done()
  // A function of the request gave other timeouts than the record has.
  recordActivity(context, 'request', context.nowMs(), limits).then(() => done(), done)
}

/**
 * Adopts the presented session.
 * @returns false if this node cannot read it; the request then goes on as anonymous
 */
function adoptPresented (context: RequestState, session: SessionObject, link: SessionLink): boolean {
  if (isAsSaved(link, context.shared, () => context.adopt(session, link))) return true
  context.presented = { state: 'unknown' }
  context.isUnidentified = true
  context.becomeAnonymous(undefined)
  return false
}

/**
 * Returns why the session was over when the request came, or null.
 *
 * It judges by the last activity before this request, under the deadlines that the configuration sets now.
 */
function endedUnder (limits: Timeouts, { record, nowMs }: SessionLink, activityBeforeMs: number): EndsBy | null {
  const current = stateOf(tighten({ ...record, lastActivityMs: activityBeforeMs }, limits), nowMs)
  return current.state === 'ended' ? current.reason : null
}

async function end (context: RequestState, link: SessionLink, reason: EndsBy): Promise<void> {
  const { store, notifier } = context.shared
  notifier.notifySoon(await store.end(link.key, reason))
  link.learn({ state: 'unknown' }, store.clock())
  context.presented = { state: 'unknown' }
  context.becomeAnonymous(reason)
}
