import { toMs } from './clock.ts'
import { withAuthentication } from './authentication.ts'
import type { SessionRecord } from './record.ts'
import type { Terms, Timeouts } from './terms.ts'

/**
 * The reasons for which a session ends.
 *
 * - `idle`, `absolute`: a deadline passed.
 * - `logout`: the person signed out.
 * - `revoked`: a call ended it.
 * - `displaced`: a new sign-in took its slot.
 */
export const END_REASONS = ['idle', 'absolute', 'logout', 'revoked', 'displaced'] as const

/** A reason for which a session ended. */
export type EndReason = typeof END_REASONS[number]

/** The deadline that comes first: the idle deadline or the absolute deadline. */
export type EndsBy = 'idle' | 'absolute'

/** The state of a session at one moment. */
export type SessionState =
  | {
    readonly state: 'active' | 'warning',
    readonly endsBy: EndsBy,
    readonly idleMs: number,
    readonly warnsInMs: number,
    readonly expiresInMs: number
  }
  | { readonly state: 'ended', readonly reason: EndsBy, readonly deadlineMs: number }

/** The longest life of an anonymous session. A sign-in form may be a day old. */
export const ANONYMOUS_MAX_SECONDS = 86_400

export function startRecord (terms: Terms, nowMs: number): SessionRecord {
  return { ...terms, startedAtMs: nowMs, lastActivityMs: nowMs }
}

/** Returns the terms of an anonymous session. It lives as long as its cookie, and at most a day from the last write. */
export function anonymousTerms (cookieMaxAgeMs?: number | null): Terms {
  const life = cookieMaxAgeMs == null
    ? ANONYMOUS_MAX_SECONDS
    : Math.min(ANONYMOUS_MAX_SECONDS, Math.max(1, Math.ceil(cookieMaxAgeMs / 1000)))
  return { isAuthenticated: false, warnAfter: life, expireAfter: life, absoluteTimeout: false }
}

/**
 * Returns the most recent of two activities, never in the future. A recorded time ahead of the clock counts as now:
 * after a clock was set back, it neither logs a person out nor keeps a session for ever.
 */
export function mergeActivity (recordedMs: number, claimedMs: number, nowMs: number): number {
  return Math.min(nowMs, Math.max(recordedMs, claimedMs))
}

/**
 * Replaces times that are ahead of the clock by now (G12: the absolute deadline holds after clock changes).
 *
 * @returns the very record if no time is ahead
 */
export function setRight (record: SessionRecord, nowMs: number): SessionRecord {
  const { startedAtMs, lastActivityMs } = record
  if (startedAtMs <= nowMs && lastActivityMs <= nowMs) return record
  return { ...record, startedAtMs: Math.min(startedAtMs, nowMs), lastActivityMs: Math.min(lastActivityMs, nowMs) }
}

/** Returns the record after an activity. The record keeps its terms unless the caller gives others. */
export function recordAfterActivity (
  record: SessionRecord, activityMs: number, nowMs: number, terms: Terms = record
): SessionRecord {
  const { isAuthenticated, warnAfter, expireAfter, absoluteTimeout } = terms
  const startedAtMs = Math.min(record.startedAtMs, nowMs)
  const lastActivityMs = mergeActivity(record.lastActivityMs, activityMs, nowMs)
  const after = { isAuthenticated, startedAtMs, lastActivityMs, warnAfter, expireAfter, absoluteTimeout }
  return withAuthentication(after, record.authentication)
}

export function areSameTimeouts (a: Timeouts, b: Timeouts): boolean {
  return a.expireAfter === b.expireAfter && a.warnAfter === b.warnAfter && a.absoluteTimeout === b.absoluteTimeout
}

/** Returns the milliseconds since the last activity, never negative. */
export function idleMsOf (record: SessionRecord, nowMs: number): number {
  return Math.max(0, nowMs - record.lastActivityMs)
}

export function idleDeadlineMs (record: SessionRecord): number {
  return record.lastActivityMs + toMs(record.expireAfter)
}

/** Returns the absolute deadline, or `Infinity` if the session has none. */
export function absoluteDeadlineMs (record: SessionRecord): number {
  return record.absoluteTimeout === false ? Infinity : record.startedAtMs + toMs(record.absoluteTimeout)
}

/** Returns the deadline that comes first. */
export function deadlineMs (record: SessionRecord): number {
  return Math.min(idleDeadlineMs(record), absoluteDeadlineMs(record))
}

/**
 * Returns the stricter of the session's own terms and those in force now. A configuration that became stricter binds
 * live sessions too.
 */
export function tighten (record: SessionRecord, limits: Timeouts): SessionRecord {
  const tightened = {
    isAuthenticated: record.isAuthenticated,
    startedAtMs: record.startedAtMs,
    lastActivityMs: record.lastActivityMs,
    warnAfter: Math.min(record.warnAfter, limits.warnAfter),
    expireAfter: Math.min(record.expireAfter, limits.expireAfter),
    absoluteTimeout: shorter(record.absoluteTimeout, limits.absoluteTimeout)
  }
  return withAuthentication(tightened, record.authentication)
}

/**
 * Decides whether a session is active, in its warning time, or ended. A deadline that is reached is passed. A beginning
 * ahead of the clock counts as now, as a last activity does.
 */
export function stateOf (record: SessionRecord, nowMs: number): SessionState {
  const idleMs = idleMsOf(record, nowMs)
  const idleLeftMs = toMs(record.expireAfter) - idleMs
  const absoluteLeftMs = absoluteDeadlineMs(record) - Math.max(nowMs, record.startedAtMs)
  const endsBy = idleLeftMs <= absoluteLeftMs ? 'idle' : 'absolute'
  const expiresInMs = Math.min(idleLeftMs, absoluteLeftMs)
  // Not «<= 0»: a value that is no number must not keep a session alive.
  if (!(expiresInMs > 0)) return { state: 'ended', reason: endsBy, deadlineMs: nowMs + expiresInMs }
  const noticeMs = toMs(record.expireAfter) - toMs(record.warnAfter)
  const warnsInMs = Math.max(0, expiresInMs - noticeMs)
  return { state: warnsInMs === 0 ? 'warning' : 'active', endsBy, idleMs, warnsInMs, expiresInMs }
}

function shorter (a: number | false, b: number | false): number | false {
  if (a === false) return b
  return b === false ? a : Math.min(a, b)
}
