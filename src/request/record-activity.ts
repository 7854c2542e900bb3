import { toMs } from '../core/clock.ts'
import type { Timeouts } from '../core/policy.ts'
import { areSameTimeouts } from '../core/policy.ts'
import { viewOf } from '../core/view.ts'
import type { SessionSecurityChannels } from '../diagnostics.ts'
import { isHeard, publish, whose } from '../diagnostics.ts'
import type { ActivityStore } from '../store/activity-store.ts'
import { isStale, recordFor, refresh } from './knowledge.ts'
import type { RequestState } from './request-state.ts'
import type { SessionLink } from './session-link.ts'

export type By = SessionSecurityChannels['fastify-session-security:activity']['by']

/**
 * Has the store record an activity of the caller's session, or of what it goes on as.
 *
 * @param timeouts those from now on, if others
 * @returns whether the session is alive and authenticated
 */
export async function recordActivity (context: RequestState, by: By, atMs: number, timeouts?: Timeouts): Promise<boolean> {
  const { link, shared: { store, policy } } = context
  if (link === null || context.record === null || !link.isAuthenticated) return false
  const sinceMs = atMs - link.lastActivityMs
  const isUnchanged = timeouts === undefined || areSameTimeouts(timeouts, link.record)
  // A last activity ahead of the clock comes from a clock that was set back: it must be set right.
  if (isUnchanged && link.lastActivityMs <= context.nowMs() && sinceMs < toMs(policy.throttle)) return await isAlive(link, store)
  const changed = isUnchanged ? undefined : timeouts
  const recorded = await recordFor(link, store, atMs, changed)
  if (recorded === null) return false
  if (by !== 'request' && recorded.lastActivityMs > recorded.beforeMs) context.hasReported = true
  publishActivity(link, by, recorded.beforeMs)
  return true
}

/** Asks the store where what this request knows is too old to be repeated (G4). */
async function isAlive (link: SessionLink, store: ActivityStore): Promise<boolean> {
  if (isStale(link, store)) await refresh(link, store)
  return link.isLive
}

/** Publishes an activity that was recorded, and that it took the session out of its warning. */
export function publishActivity (link: SessionLink, by: By, beforeMs: number): void {
  if (link.lastActivityMs === beforeMs) return
  if (!isHeard('activity') && !isHeard('warning-extended')) return
  const activity = { ...whose(link), by }
  const idleFor = Math.max(0, link.lastActivityMs - beforeMs) / 1000 // below 0 the clock was set back
  publish('activity', () => ({ ...activity, idleFor }))
  const before = viewOf({ ...link.record, lastActivityMs: beforeMs }, link.nowMs)
  const after = viewOf(link.record, link.nowMs)
  if (before.state === 'warning' && after.state === 'active') publish('warning-extended', () => ({ ...activity, left: before.expiresIn }))
}
