import { toMs } from '../core/clock.ts'
import type { Timeouts } from '../core/terms.ts'
import { areSameTimeouts } from '../core/policy.ts'
import { viewOf } from '../core/view.ts'
import type { Via } from '../audit-event.ts'
import { isHeard, publish } from '../diagnostics.ts'
import type { ActivityStore } from '../store/activity-store.ts'
import { isStale, recordFor, refresh } from './knowledge.ts'
import type { RequestState } from './request-state.ts'
import type { SessionLink } from './session-link.ts'

/**
 * Has the store record an activity of the caller's session, or of what it goes on as.
 *
 * @param timeouts those from now on, if others
 * @returns whether the session is alive and authenticated
 */
export async function recordActivity (
  context: RequestState, via: Via, atMs: number, timeouts?: Timeouts
): Promise<boolean> {
  const { link, shared: { store, policy } } = context
  if (link === null || context.record === null || !link.isAuthenticated) return false
  const sinceMs = atMs - link.lastActivityMs
  const isUnchanged = timeouts === undefined || areSameTimeouts(timeouts, link.record)
  // A last activity ahead of the clock comes from a clock that was set back: it must be set right.
  if (isUnchanged && link.lastActivityMs <= context.nowMs() &&
    sinceMs < toMs(policy.throttle)) return await isAlive(link, store)
  const changed = isUnchanged ? undefined : timeouts
  const recorded = await recordFor(link, store, via, atMs, changed)
  if (recorded === null) return false
  if (via !== 'request' && recorded.lastActivityMs > recorded.beforeMs) context.hasReported = true
  publishActivity(link, via, recorded.beforeMs)
  return true
}

/** Asks the store where what this request knows is too old to be repeated (G4). */
async function isAlive (link: SessionLink, store: ActivityStore): Promise<boolean> {
  if (isStale(link, store)) await refresh(link, store)
  return link.isLive
}

/** Publishes an activity that was recorded, and that it took the session out of its warning. */
export function publishActivity (link: SessionLink, via: Via, beforeMs: number): void {
  if (link.lastActivityMs === beforeMs) return
  if (!isHeard('activity') && !isHeard('warning-extended')) return
  const { handle, user } = link
  const activity = { handle, ...(user === undefined ? {} : { user }), via }
  const idleFor = Math.max(0, link.lastActivityMs - beforeMs) / 1000 // below 0 the clock was set back
  if (isHeard('activity')) publish('activity', { ...activity, idleFor })
  const before = viewOf({ ...link.record, lastActivityMs: beforeMs }, link.nowMs)
  if (before.state !== 'warning' || viewOf(link.record, link.nowMs).state !== 'active') return
  if (isHeard('warning-extended')) publish('warning-extended', { ...activity, left: before.expiresIn })
}
