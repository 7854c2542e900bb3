import type { EndReason, EndsBy } from './policy.ts'
import { standingOf } from './policy.ts'
import type { SessionRecord } from './record.ts'

/** The state of a live session. All times are in seconds, with three decimals. */
export interface LiveView {
  readonly state: 'active' | 'warning'
  /** Seconds since the last activity in any tab of this session. */
  readonly idleFor: number
  readonly warnAfter: number
  readonly expireAfter: number
  /** Seconds until the warning; 0 during the warning. */
  readonly warnsIn: number
  /** Seconds until the nearer of the two deadlines. */
  readonly expiresIn: number
  /** `false` once activity can no longer put the end off. */
  readonly extendable: boolean
  /** The nearer deadline. */
  readonly endsBy: EndsBy
}

/** The state of an ended session. `none`: there was no session, or the cookie is not validly signed. */
export interface EndedView {
  readonly state: 'ended'
  readonly reason: EndReason | 'none'
}

/** The state of the caller's session at one moment. */
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
