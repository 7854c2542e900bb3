import { toMs } from '../core/clock.ts'
import type { Timeouts } from '../core/terms.ts'
import { areSameTimeouts } from '../core/policy.ts'
import { viewOf } from '../core/view.ts'
import type { Via } from '../diagnostics/audit-event.ts'
import { hasSubscribers, publish } from '../diagnostics/channels.ts'
import type { ActivityStore } from '../store/activity-store.ts'
import { isStale, recordFor, refresh } from './knowledge.ts'
import type { RequestState } from './request-state.ts'
import type { SessionLink } from './session-link.ts'

/**
 * Records an activity of the caller's session, or of its successor.
 *
 * @param timeouts the timeouts from now on, if they change
 * @returns whether the session is alive and authenticated
 */
export async function recordActivity (
  context: RequestState, via: Via, atMs: number, timeouts?: Timeouts
): Promise<boolean> {
  const { link, shared: { store, policy } } = context
  if (link === null || context.record === null || !link.isAuthenticated) return false
  const sinceMs = atMs - link.lastActivityMs
  const isUnchanged = timeouts === undefined || areSameTimeouts(timeouts, link.record)
  // A last activity ahead of the clock comes from a clock that was set back. The store must correct it.
  const isAhead = link.lastActivityMs > context.nowMs()
  if (isUnchanged && !isAhead && sinceMs < toMs(policy.throttle)) return await isAlive(link, store)
  const changed = isUnchanged ? undefined : timeouts
  const recorded = await recordFor(link, store, via, atMs, changed)
  if (recorded === null) return false
  if (via !== 'request' && recorded.lastActivityMs > recorded.beforeMs) context.hasReported = true
  publishActivity(link, via, recorded.beforeMs)
  return true
}

/**
 * Tells whether the session is alive. It asks the store if this request's knowledge is too old (G4: no guard sees it
 * alive).
 */
async function isAlive (link: SessionLink, store: ActivityStore): Promise<boolean> {
  if (isStale(link, store)) await refresh(link, store)
  return link.isLive
}

/** Publishes a recorded activity, and that it ended the session's warning. */
export function publishActivity (link: SessionLink, via: Via, beforeMs: number): void {
  if (link.lastActivityMs === beforeMs) return
  if (!hasSubscribers('activity') && !hasSubscribers('warning-extended')) return
  const { handle, user } = link
  const activity = { handle, ...(user === undefined ? {} : { user }), via }
  const idleFor = Math.max(0, link.lastActivityMs - beforeMs) / 1000 // below 0 the clock was set back
  if (hasSubscribers('activity')) publish('activity', { ...activity, idleFor })
  const before = viewOf({ ...link.record, lastActivityMs: beforeMs }, link.nowMs)
  if (before.state !== 'warning' || viewOf(link.record, link.nowMs).state !== 'active') return
  if (hasSubscribers('warning-extended')) publish('warning-extended', { ...activity, left: before.expiresIn })
}
