import type { Basis } from './deadline.ts'
import { NO_ANSWER } from './deadline.ts'
import type { MonitorEvent, MonitorSnapshot, PageEndReason } from './monitor-api.ts'
import type { MonitorOptions } from './monitor-options.ts'

/** What a page knows of its session. Times are in milliseconds of the page's own clock. */
export interface Known {
  /** What the server said last. */
  basis: Basis
  /** Why the session is over; null while it is not. */
  over: PageEndReason | null
  /** Which session this is. */
  tag: string | null
  /** Whose page it is, as the page said. */
  user: string | null
  /** An answer that was asked for before this does not know what happened since. */
  doubtMs: number
  /** Until an answer that was asked for after this, the page is hidden whatever the last one said. */
  veilMs: number
}

export function nothingKnown (options: Pick<MonitorOptions, 'tag' | 'user'>, nowMs: number): Known {
  const { tag = null, user = null } = options
  return { basis: NO_ANSWER, over: null, tag, user, doubtMs: nowMs, veilMs: -Infinity }
}

/** Whether the page is somebody's: what a visitor sees has no end. */
export function isSomebodys ({ tag, basis }: Known): boolean {
  return tag !== null || basis !== NO_ANSWER
}

/** Whether the session of the page is over: for good, whatever else is heard. */
export function isFinal (known: Known): known is Known & { over: PageEndReason } {
  return known.over !== null && isSomebodys(known)
}

export function isDoubtful ({ basis, doubtMs }: Known): boolean {
  return basis.askedMs < doubtMs
}

/**
 * Whether what somebody does now is activity. What is done to a page after its deadline may be anybody's doing, and so
 * may the first touch after a sleep.
 */
export function counts (known: Known, nowMs: number, extendBy: MonitorOptions['extendBy']): boolean {
  const { over, basis } = known
  return over === null && !isDoubtful(known) && nowMs < (extendBy === 'button' ? basis.warnsMs : basis.endsMs)
}

/** How the page stands. @param isCutOff whether the server did not answer when it was asked last */
export function snapshotOf (known: Known, nowMs: number, isCutOff: boolean): MonitorSnapshot {
  const { over, user, veilMs, basis: { view, askedMs, warnsMs, endsMs } } = known
  const isVeiled = askedMs < veilMs
  return {
    state: over !== null ? 'ended' : nowMs < warnsMs && !(isVeiled && isCutOff) ? 'active' : isCutOff ? 'offline' : 'warning',
    concealed: isVeiled || nowMs >= endsMs || isFinal(known),
    extendable: view.extendable,
    endsBy: view.endsBy,
    reason: over,
    refused: false,
    user,
    warnAfter: view.warnAfter,
    expireAfter: view.expireAfter
  }
}

/** What there is to tell of a change. A visitor's page has nothing to tell of its end. */
export function eventsBetween (before: MonitorSnapshot, { state, reason, concealed }: MonitorSnapshot): MonitorEvent[] {
  if (state === before.state || (state === 'ended' && !concealed)) return []
  const events: MonitorEvent[] = [state === 'active' ? 'extended' : state]
  if (reason === 'logout') events.unshift('signOut')
  if (before.state === 'offline') events.unshift('online')
  return events
}
