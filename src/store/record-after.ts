import { areSameTimeouts, stateOf } from '../core/policy.ts'
import type { SessionRecord } from '../core/record.ts'
import { recordAt } from './memory/entry.ts'
import type { LoadActivity } from './store.ts'
import { checkTimeouts } from './time-checks.ts'

/**
 * Returns the record after the activity of a load.
 * @returns the same object if nothing changes
 */
export function recordAfter (record: SessionRecord, activity: LoadActivity | null, nowMs: number): SessionRecord {
  if (activity === null || !record.isAuthenticated) return record
  const { throttleMs, timeouts = record } = activity
  const { startedAtMs, lastActivityMs } = record
  const areSame = areSameTimeouts(record, timeouts)
  if (!areSame) {
    checkTimeouts(timeouts)
    if (stateOf(recordAt(record, startedAtMs, lastActivityMs, timeouts), nowMs).state === 'ended') return record
  }
  // A time in the future is corrected, however large the throttle is.
  const isAhead = lastActivityMs > nowMs || startedAtMs > nowMs
  const isYounger = !isAhead && nowMs - lastActivityMs < throttleMs
  if (isYounger && areSame) return record
  return recordAt(record, Math.min(startedAtMs, nowMs), isYounger ? lastActivityMs : nowMs, timeouts)
}
