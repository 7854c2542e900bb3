import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { EndsBy } from '../core/policy.ts'
import { standingOf } from '../core/policy.ts'
import { StoreMismatchError } from '../errors.ts'
import { isActivityStore } from '../store/activity-store.ts'
import { CallerSession } from './caller-session.ts'
import { compareByLink } from './session-comparison.ts'
import { becomeVisitor, cookieOf } from './session-cookie.ts'
import type { Shared } from './shared.ts'

/** onRequest: a session past its deadline ends here, and the request goes on as a visitor's (G4). */
export async function enforce (request: FastifyRequest, fastify: FastifyInstance, shared: Shared): Promise<void> {
  const { sessionStore } = request
  if (sessionStore !== shared.policy.store && (isActivityStore(sessionStore) || shared.policy.store !== undefined)) {
    throw new StoreMismatchError(shared.policy.store === undefined ? 'none' : 'another one')
  }
  const caller = new CallerSession(request, shared)
  request.sessionSecurity = caller
  caller.entered = caller.held
  if (caller.entered === null) return
  // A hook between @fastify/session and this one may have taken its time. And what was read may be old: nobody is
  // signed out before the store has said that nothing has been done meanwhile.
  if (caller.isStale(caller.entered) || hasEnded(caller, caller.nowMs()) !== null) await shared.keeper.refresh(request)
  const { held } = caller
  caller.entered = held
  if (held === null) {
    const fate = shared.keeper.fate(request)
    caller.endedFor = fate.state === 'ended' ? fate.ended.reason : undefined
    becomeVisitor(fastify, request)
    return
  }
  compareByLink(request.session)
  caller.cookie = cookieOf(request)
  const reason = hasEnded(caller, held.nowMs) // at the moment at which the store knew of no later activity
  if (reason === null) return
  shared.delivery.deliverSoon(await shared.keeper.end(request, reason))
  caller.entered = null
  caller.endedFor = reason
  becomeVisitor(fastify, request)
}

/** Why the session is over, by what is known of it: past its deadline, or past that which the configuration sets now. */
function hasEnded (caller: CallerSession, nowMs: number): EndsBy | null {
  const record = caller.held?.record.protected === true ? caller.record : null
  const standing = record === null ? undefined : standingOf(record, nowMs)
  return standing?.state === 'ended' ? standing.reason : null
}
