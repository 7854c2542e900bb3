import type { FastifyInstance, FastifyRequest } from 'fastify'
import { standingOf } from '../core/policy.ts'
import { StoreMismatchError } from '../errors.ts'
import { isActivityStore } from '../store/activity-store.ts'
import { CallerSession } from './caller-session.ts'
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
  // A hook between @fastify/session and this one may have taken its time.
  if (caller.isStale(caller.entered)) await shared.keeper.refresh(request)
  const { held } = caller
  caller.entered = held
  if (held === null) {
    const fate = shared.keeper.fate(request)
    caller.endedFor = fate.state === 'ended' ? fate.ended.reason : undefined
    becomeVisitor(fastify, request)
    return
  }
  caller.cookie = cookieOf(request)
  const record = held.record.protected ? caller.record : null
  const standing = record === null ? undefined : standingOf(record, caller.nowMs())
  if (standing?.state !== 'ended') return
  shared.delivery.deliverSoon(await shared.keeper.end(request, standing.reason))
  caller.entered = null
  caller.endedFor = standing.reason
  becomeVisitor(fastify, request)
}
