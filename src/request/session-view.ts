import type { EndReason } from '../core/policy.ts'
import type { Timeouts } from '../core/terms.ts'
import { deadlineMs, startRecord, tighten } from '../core/policy.ts'
import type { SessionRecord } from '../core/record.ts'
import type { View } from '../core/view.ts'
import { endedView, viewOf } from '../core/view.ts'
import { boundSession } from './session-methods.ts'
import { identityOf, timeoutsInForce, termsFor, timeoutsFor } from './request-policy.ts'
import type { RequestState } from './request-state.ts'

/** What is known of the life of the request's session; null if nobody is signed in to it. */
export function recordOf (context: RequestState): SessionRecord | null {
  const { link, binding, request, shared: { policy } } = context
  const session = boundSession(request.session)
  if (session === null || (link !== null && !link.isLive)) return null
  const { isAuthenticated, user } = identityOf(policy, session)
  if (!isAuthenticated) return null
  const known = binding?.identity
  if (link?.isAuthenticated === true && (link.user === user || known?.user === user)) {
    return tighten(link.record, limitsOf(context, link.record))
  }
  // Signed in by this very request: the clock has started, though nothing is written yet. What came with the session proves nothing.
  const cameWithIt = link !== null && known?.isAuthenticated === true && known.user === user
  if (cameWithIt || (link === null && (context.hasAnswered ||
    context.areHeadersGone))) return null // it cannot be kept any more
  return startRecord(termsFor(policy, request), context.nowMs())
}

/** The view of the request's session, carried on to this moment. */
export function viewFor (context: RequestState): View {
  const record = recordOf(context)
  return record === null ? endedView(knownReason(context)) : viewOf(record, context.nowMs())
}

/**
 * What this request knows of its session, carried on to this moment. An idle deadline that has passed since the store was asked is
 * no end: another request may have put it off. The view then says that no time is left.
 */
export function knownView (context: RequestState): View {
  const { link } = context
  const view = viewFor(context)
  const record = recordOf(context)
  if (view.state !== 'ended' || view.reason !== 'idle' || record === null || link?.isLive !== true) return view
  return viewOf(record, deadlineMs(record) - 1)
}

/** Why the session ended, as far as this request knows. */
export function knownReason ({ link, presented, endedFor }: RequestState): EndReason | 'none' {
  const session = link?.found ?? presented
  return session.state === 'ended' ? session.ended.reason : endedFor ?? 'none'
}

/**
 * The view of what the presented session goes on as; null if it does not. The browser's other tab renewed it, and its new cookie
 * is on the way: a page that asks meanwhile is not to be told that nobody is signed in.
 */
export function viewElsewhere ({ elsewhere, isOvertaken, shared: { policy } }: RequestState): View | null {
  if (elsewhere?.record.isAuthenticated !== true ||
    !isOvertaken) return null // a cookie of long ago tells nothing of whom it was
  const { record, nowMs } = elsewhere
  return viewOf(tighten(record, timeoutsInForce(policy, record)), nowMs)
}

/** What binds the session in this request. */
export function limitsOf ({ passive, request, shared: { policy } }: RequestState, record: SessionRecord): Timeouts {
  return passive ? timeoutsInForce(policy, record) : timeoutsFor(policy, request)
}
