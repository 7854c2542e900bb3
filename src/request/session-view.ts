import type { EndReason, Timeouts } from '../core/policy.ts'
import { startRecord, tighten } from '../core/policy.ts'
import type { SessionRecord } from '../core/record.ts'
import type { View } from '../core/view.ts'
import { endedView, viewOf } from '../core/view.ts'
import { boundSession } from './session-methods.ts'
import { outcomeOf } from './knowledge.ts'
import { identityOf, standingTimeouts, termsFor, timeoutsFor } from './request-policy.ts'
import type { RequestSession } from './request-session.ts'

/** What is known of the life of the request's session; null if nobody is signed in to it. */
export function recordOf (context: RequestSession): SessionRecord | null {
  const { link, binding, request, shared: { policy } } = context
  const session = boundSession(request.session)
  if (session === null || (link !== null && !link.isLive)) return null
  const { isAuthenticated, user } = identityOf(policy, session)
  if (!isAuthenticated) return null
  const known = binding?.identity
  if (link?.isAuthenticated === true && (link.user === user || known?.user === user)) return tighten(link.record, limitsOf(context, link.record))
  // Signed in by this very request: the clock has started, though nothing is written yet. What came with the session proves nothing.
  const cameWithIt = link !== null && known?.isAuthenticated === true && known.user === user
  return cameWithIt ? null : startRecord(termsFor(policy, request), context.nowMs())
}

/** The view of the request's session, carried on to this moment. */
export function viewFor (context: RequestSession): View {
  const record = recordOf(context)
  return record === null ? endedView(knownReason(context)) : viewOf(record, context.nowMs())
}

/** Why the session ended, as far as this request knows. */
export function knownReason ({ link, presented, endedFor }: RequestSession): EndReason | 'none' {
  const fate = link?.fate ?? presented
  return fate.state === 'ended' ? fate.ended.reason : endedFor ?? 'none'
}

/** Why the session ended that the request presented, or what that went on as. */
export async function endReasonOf (context: RequestSession): Promise<EndReason | 'none'> {
  const { presented, link, shared: { store } } = context
  const known = knownReason(context)
  if (known !== 'none' || presented.state !== 'replaced' || link !== null) return known
  const { fate } = await outcomeOf(store, presented.by)
  return fate.state === 'ended' ? fate.ended.reason : 'none'
}

/**
 * The view of what the presented session goes on as; null if it does not. The browser's other tab renewed it, and its new cookie
 * is on the way: a page that asks meanwhile is not to be told that nobody is signed in.
 */
export async function viewElsewhere ({ presented, shared: { store, policy } }: RequestSession): Promise<View | null> {
  if (presented.state !== 'replaced') return null
  const { fate } = await outcomeOf(store, presented.by)
  if (fate.state !== 'live' || !fate.record.protected) return null
  return viewOf(tighten(fate.record, standingTimeouts(policy, fate.record)), fate.nowMs)
}

/** What binds the session in this request. */
function limitsOf ({ passive, request, shared: { policy } }: RequestSession, record: SessionRecord): Timeouts {
  return passive ? standingTimeouts(policy, record) : timeoutsFor(policy, request)
}
