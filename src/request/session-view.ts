import type { EndReason } from '../core/policy.ts'
import type { Timeouts } from '../core/terms.ts'
import { deadlineMs, startRecord, tighten } from '../core/policy.ts'
import type { SessionRecord } from '../core/record.ts'
import type { View } from '../core/view.ts'
import { endedView, viewOf } from '../core/view.ts'
import type { Binding } from './binding.ts'
import { boundSession, boundTo } from './binding.ts'
import { identityOf, timeoutsInForce, termsFor, timeoutsFor } from './request-policy.ts'
import type { RequestFacts } from './request-facts.ts'

/** Returns the times of the request's session; null if nobody is signed in to it. */
export function recordOf (context: RequestFacts): SessionRecord | null {
  const { link, request, shared: { policy } } = context
  const session = boundSession(request.session)
  if (session === null || (link !== null && !link.isLive)) return null
  const { isAuthenticated, user } = identityOf(policy, session)
  if (!isAuthenticated) return null
  const binding = boundTo(session)
  const known = binding?.identity
  if (link?.isAuthenticated === true && (link.user === user || known?.user === user)) {
    return tighten(link.record, limitsOf(context, link.record))
  }
  // This very request signed in: the clock has started, though nothing is written yet. Contents that came with the
  // session prove nothing.
  const cameWithIt = link !== null && known?.isAuthenticated === true && known.user === user
  if (cameWithIt || isNotKept(context, binding)) return null
  return startRecord(termsFor(policy, request), context.nowMs())
}

/** Tells whether no save keeps a change of user: one failed, or the answer began. */
function isNotKept (context: RequestFacts, binding: Binding | undefined): boolean {
  return context.hasAnswered || context.areHeadersGone || (binding?.failed ?? null) !== null
}

/** Returns the view of the request's session at this moment. */
export function viewFor (context: RequestFacts): View {
  const record = recordOf(context)
  return record === null ? endedView(knownReason(context)) : viewOf(record, context.nowMs())
}

/**
 * Returns this request's knowledge of its session at this moment.
 *
 * An idle deadline that has passed since the store's answer is no end: another request may have extended the session.
 * The view then says that no time is left.
 */
export function knownView (context: RequestFacts): View {
  const { link } = context
  const view = viewFor(context)
  const record = recordOf(context)
  if (view.state !== 'ended' || view.reason !== 'idle' || record === null || link?.isLive !== true) return view
  return viewOf(record, deadlineMs(record) - 1)
}

/** Returns why the session ended, as far as this request knows. */
export function knownReason ({ link, presented, endedFor }: RequestFacts): EndReason | 'none' {
  const session = link?.found ?? presented
  return session.state === 'ended' ? session.ended.reason : endedFor ?? 'none'
}

/**
 * Returns the view of the presented session's successor; null if there is none.
 *
 * The browser's other tab renewed the session, and the new cookie is on its way. A page that asks meanwhile must not
 * hear that nobody is signed in.
 */
export function successorView ({ successor, isOvertaken, shared: { policy } }: RequestFacts): View | null {
  // A cookie of long ago does not tell whose it was.
  if (successor?.record.isAuthenticated !== true || !isOvertaken) return null
  const { record, nowMs } = successor
  return viewOf(tighten(record, timeoutsInForce(policy, record)), nowMs)
}

/** Returns the timeouts that bind the session in this request. */
export function limitsOf ({ passive, request, shared: { policy } }: RequestFacts, record: SessionRecord): Timeouts {
  return passive ? timeoutsInForce(policy, record) : timeoutsFor(policy, request)
}
