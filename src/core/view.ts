import type { EndReason, EndsBy } from './policy.ts'
import { stateOf } from './policy.ts'
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
  const current = stateOf(record, nowMs)
  if (current.state === 'ended') return endedView(current.reason)
  return {
    state: current.state,
    idleFor: current.idleMs / 1000,
    warnAfter: record.warnAfter,
    expireAfter: record.expireAfter,
    warnsIn: current.warnsInMs / 1000,
    expiresIn: current.expiresInMs / 1000,
    extendable: current.endsBy === 'idle',
    endsBy: current.endsBy
  }
}

export function endedView (reason: EndReason | 'none'): EndedView {
  return { state: 'ended', reason }
}
