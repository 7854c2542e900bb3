import type { PingAnswer } from '../../core/wire.ts'
import type { Basis } from './deadline.ts'
import { basisOf, NO_ANSWER } from './deadline.ts'
import type { MonitorEvent, MonitorSnapshot, PageEndReason, PageOptions } from './monitor-api.ts'
import type { MonitorOptions } from './monitor-options.ts'

/** What a page knows of its session. Times are in milliseconds of the page's own clock. */
export interface Known {
  /** The last answer of the server. */
  readonly basis: Basis
  /** Why the session is over; null while it is not. */
  readonly over: PageEndReason | null
  /** Which session this is. */
  readonly tag: string | null
  /** The user key of the page; null: it was made for nobody; undefined: not known. */
  readonly user: string | null | undefined
  /** An answer that was asked for before this does not know what happened since. */
  readonly doubtMs: number
  /** Until an answer that was asked for after this, the page is hidden whatever the last answer was. */
  readonly veilMs: number
}

/** What a page says of itself. @param askedMs when it was asked for; null if its view may be of an earlier time */
export function knownOf (page: PageOptions, nowMs: number, askedMs: number | null): Known {
  const { tag = null, user, view } = page
  return {
    // The view of a page out of a cache bounds how long it is shown without an answer. It does not stand for one.
    basis: view === undefined ? NO_ANSWER : basisOf(view, askedMs ?? nowMs - 1),
    over: user === null ? 'none' : null,
    tag,
    user,
    doubtMs: view === undefined || askedMs === null ? nowMs : -Infinity,
    veilMs: -Infinity
  }
}

/** Whether the page is somebody's: what a visitor sees has no end. */
export function isSomebodys ({ tag, user, basis }: Known): boolean {
  return user !== null && (tag !== null || user !== undefined || basis !== NO_ANSWER)
}

/** Whether the session of the page is over: for good, whatever comes later. */
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
export function counts (known: Known & { readonly extendBy: MonitorOptions['extendBy'] }, nowMs: number): boolean {
  const { over, basis, extendBy } = known
  return over === null && !isDoubtful(known) && nowMs < (extendBy === 'button' ? basis.warnsMs : basis.endsMs)
}

/**
 * Whether an answer is the end for this page, and why.
 *
 * @returns null for an answer by which the page goes on
 */
export function endOf (known: Known, answer: PingAnswer, isConcealed: boolean): PageEndReason | null {
  if (answer.state === 'ended') return answer.reason
  const { user, tag } = known
  if (typeof user === 'string' && answer.user !== undefined) return answer.user === user ? null : 'otherUser'
  // Without keys, another session may be another user's: what is hidden here is not for them.
  return isConcealed && tag !== null && answer.tag !== tag ? 'none' : null
}

/** How the page stands. @param trouble since the last answer */
export function snapshotOf (
  known: Known, nowMs: number, { failures, refused }: { readonly failures: number, readonly refused: boolean }
): MonitorSnapshot {
  const { over, user = null, veilMs, basis: { view, askedMs, warnsMs, endsMs } } = known
  const { extendable, endsBy, warnAfter, expireAfter } = view
  const isVeiled = askedMs < veilMs
  const isCutOff = failures > 0
  return {
    state: over !== null
      ? 'ended'
      : nowMs < warnsMs && !(isVeiled && isCutOff) ? 'active' : isCutOff ? 'offline' : 'warning',
    concealed: isVeiled || nowMs >= endsMs || isFinal(known),
    extendable,
    endsBy,
    reason: over,
    refused,
    user,
    warnAfter,
    expireAfter
  }
}

/** The events of a change. The end of a visitor's page is none. */
export function eventsBetween (before: MonitorSnapshot, { state, reason, concealed }: MonitorSnapshot): MonitorEvent[] {
  if (state === before.state || (state === 'ended' && !concealed)) return []
  const events: MonitorEvent[] = [state === 'active' ? 'extended' : state]
  if (reason === 'logout') events.unshift('signOut')
  if (before.state === 'offline') events.unshift('online')
  return events
}
