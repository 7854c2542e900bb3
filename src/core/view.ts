import type { EndReason, EndsBy } from './policy.ts'
import { standingOf } from './policy.ts'
import type { SessionRecord } from './record.ts'

/** A session that is alive, as the server sees it. All times in seconds, with milliseconds behind the point. */
export interface LiveView {
  readonly state: 'active' | 'warning'
  /** Seconds since the last activity of any tab or device of this session. */
  readonly idleFor: number
  readonly warnAfter: number
  readonly expireAfter: number
  /** Seconds until the warning; 0 while it stands. */
  readonly warnsIn: number
  /** Seconds until the nearer of the two deadlines. */
  readonly expiresIn: number
  /** `false` once activity can no longer put the end off. */
  readonly extendable: boolean
  /** Which deadline is the nearer. */
  readonly endsBy: EndsBy
}

/** A session that is over. `none`: there was none, or the caller has not proved that it was theirs. */
export interface EndedView {
  readonly state: 'ended'
  readonly reason: EndReason | 'none'
}

/** What the server knows about the caller's session at this moment; the answer to a ping. */
export type View = LiveView | EndedView

export function viewOf (record: SessionRecord, nowMs: number): View {
  const standing = standingOf(record, nowMs)
  if (standing.state === 'ended') return endedView(standing.reason)
  return {
    state: standing.state,
    idleFor: standing.idleMs / 1000,
    warnAfter: record.warnAfter,
    expireAfter: record.expireAfter,
    warnsIn: standing.warnsInMs / 1000,
    expiresIn: standing.expiresInMs / 1000,
    extendable: standing.endsBy === 'idle',
    endsBy: standing.endsBy
  }
}

export function endedView (reason: EndReason | 'none'): EndedView {
  return { state: 'ended', reason }
}
