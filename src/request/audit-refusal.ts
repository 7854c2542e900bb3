import type { FastifyRequest } from 'fastify'
import type { RefusalEvent } from '../audit-event.ts'
import { auditRefusal, isAudited } from '../audit.ts'
import type { EndReason } from '../core/policy.ts'
import { contextOf } from './request-session.ts'
import type { RequestState } from './request-state.ts'
import type { Shared } from './shared.ts'

/** Publishes that something of a request was refused, and of what session, as far as that is known. */
export function auditRefusalOf (
  request: FastifyRequest, { store }: Pick<Shared, 'store'>, what: RefusalEvent['what'], code: string,
  reason?: EndReason | 'none'
): void {
  if (!isAudited()) return // it takes a hash
  const context = contextOf(request)
  const atMs = context === undefined || context.link === null ? store.timeOfDay() : context.nowMs()
  auditRefusal(what, atMs, context === undefined ? {} : presentedBy(context), code, reason)
}

/** A cookie counts that is validly signed: whoever has it had that session. */
function presentedBy (
  { link, presented, presentedIds: [id], shared: { store } }: RequestState
): Parameters<typeof auditRefusal>[2] {
  if (link !== null) return link
  if (presented.state === 'ended') return presented.ended
  return id === undefined ? {} : { handle: store.handleOf(id) }
}
