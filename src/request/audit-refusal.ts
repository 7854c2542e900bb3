import type { FastifyRequest } from 'fastify'
import type { RefusalEvent } from '../diagnostics/audit-event.ts'
import { auditRefusal, isAudited } from '../diagnostics/audit.ts'
import type { EndReason } from '../core/policy.ts'
import { contextOf } from './request-session.ts'
import type { RequestState } from './request-state.ts'
import type { Shared } from './shared.ts'

/** Publishes that a request was refused, with its session, if that is known. */
export function auditRefusalOf (
  request: FastifyRequest, { store }: Pick<Shared, 'store'>, what: RefusalEvent['what'], code: string,
  reason?: EndReason | 'none'
): void {
  if (!isAudited()) return // the handle takes a hash
  const context = contextOf(request)
  const atMs = context === undefined || context.link === null ? store.timeOfDay() : context.nowMs()
  auditRefusal(what, atMs, context === undefined ? {} : presentedBy(context), code, reason)
}

/**
 * Returns the session that the request presented. A cookie with a valid signature counts: its holder had that session.
 */
function presentedBy (
  { link, presented, presentedIds: [id], shared: { store } }: RequestState
): Parameters<typeof auditRefusal>[2] {
  if (link !== null) return link
  if (presented.state === 'ended') return presented.ended
  return id === undefined ? {} : { handle: store.handleOf(id) }
}
