import type { PingAnswer } from '../../core/wire.ts'
import type { Basis } from './deadline.ts'
import { basisOf, NO_ANSWER } from './deadline.ts'
import type { MonitorEvent, MonitorSnapshot, PageEndReason, PageOptions } from './monitor-api.ts'
import type { MonitorOptions } from './monitor-options.ts'

/** The page's knowledge of its session. Times are in milliseconds of the page's own clock. */
export interface Known {
  /** The last answer of the server. */
  readonly basis: Basis
  /** The reason of the end; null while the session goes on. */
  readonly over: PageEndReason | null
  /** The tag of the session. */
  readonly tag: string | null
  /** The user key of the page. null: it was made for nobody; undefined: not known. */
  readonly user: string | null | undefined
  /** An answer to an earlier question is out of date. It does not know what happened since. */
  readonly staleMs: number
  /** The page stays hidden until it has an answer to a later question than this. */
  readonly hideMs: number
}

/**
 * Derives the page's knowledge from its own options.
 *
 * @param askedMs time of the page's request; null if its view may be older
 */
export function knownOf (page: PageOptions, nowMs: number, askedMs: number | null): Known {
  const { tag = null, user, view } = page
  return {
    // The view of a cached page limits how long the page is shown without an answer. It does not replace an answer.
    basis: view === undefined ? NO_ANSWER : basisOf(view, askedMs ?? nowMs - 1),
    over: user === null ? 'none' : null,
    tag,
    user,
    staleMs: view === undefined || askedMs === null ? nowMs : -Infinity,
    hideMs: -Infinity
  }
}

/** Checks whether the page belongs to a user. An anonymous page has no end. */
export function belongsToUser ({ tag, user, basis }: Known): boolean {
  return user !== null && (tag !== null || user !== undefined || basis !== NO_ANSWER)
}

/** Checks whether the session of the page is over for good. */
export function isFinal (known: Known): known is Known & { over: PageEndReason } {
  return known.over !== null && belongsToUser(known)
}

export function isStale ({ basis, staleMs }: Known): boolean {
  return basis.askedMs < staleMs
}

/**
 * Checks whether a person's action now counts as activity. After the deadline, or as the first action after a sleep, it
 * may be anybody's.
 */
export function countsAsActivity (
  known: Known & { readonly extendBy: MonitorOptions['extendBy'] }, nowMs: number
): boolean {
  const { over, basis, extendBy } = known
  return over === null && !isStale(known) && nowMs < (extendBy === 'button' ? basis.warnsMs : basis.endsMs)
}

/**
 * Decides whether an answer ends this page, and why.
 *
 * @returns null if the page goes on
 */
export function endOf (known: Known, answer: PingAnswer, isConcealed: boolean): PageEndReason | null {
  if (answer.state === 'ended') return answer.reason
  const { user, tag } = known
  if (typeof user === 'string' && answer.user !== undefined) return answer.user === user ? null : 'otherUser'
  // Without keys, another session may belong to another user, who must not see this page.
  return isConcealed && tag !== null && answer.tag !== tag ? 'none' : null
}

/**
 * Returns the state of the page.
 *
 * @param trouble failed questions since the last answer
 */
export function snapshotOf (
  known: Known, nowMs: number, { failures, refused }: { readonly failures: number, readonly refused: boolean }
): MonitorSnapshot {
  const { over, user = null, hideMs, basis: { view, askedMs, warnsMs, endsMs } } = known
  const { extendable, endsBy, warnAfter, expireAfter } = view
  const mustHide = askedMs < hideMs
  const isCutOff = failures > 0
  return {
    state: over !== null
      ? 'ended'
      : nowMs < warnsMs && !(mustHide && isCutOff) ? 'active' : isCutOff ? 'offline' : 'warning',
    concealed: mustHide || nowMs >= endsMs || isFinal(known),
    extendable,
    endsBy,
    reason: over,
    refused,
    user,
    warnAfter,
    expireAfter
  }
}

/** Returns the events of a change. The end of an anonymous page is none. */
export function eventsBetween (before: MonitorSnapshot, { state, reason, concealed }: MonitorSnapshot): MonitorEvent[] {
  if (state === before.state || (state === 'ended' && !concealed)) return []
  const events: MonitorEvent[] = [state === 'active' ? 'extended' : state]
  if (reason === 'logout') events.unshift('signOut')
  if (before.state === 'offline') events.unshift('online')
  return events
}
