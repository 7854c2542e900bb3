import { withAuthentication } from '../../core/authentication.ts'
import type { EndReason } from '../../core/policy.ts'
import type { Terms, Timeouts } from '../../core/terms.ts'
import { deadlineMs, setRight, stateOf } from '../../core/policy.ts'
import type { SessionRecord } from '../../core/record.ts'
import type { Contents } from '../contents.ts'
import type { Handle } from '../handle.ts'
import type { EndedSession, SessionData } from '../../core/session.ts'
import type { FoundSession, SessionKey } from '../session.ts'
import { liveSession } from '../live-session.ts'

export interface LiveEntry extends SessionData {
  readonly state: 'live'
  /** The position in lists: how many sessions began before. */
  readonly seq: number
  readonly contents: Contents
  /** The root of its family, if that is another session. */
  readonly root?: SessionKey
  /** The number of the arrival with which it began. A revocation ends the sessions below its mark. */
  readonly began: number
}

export interface EndedEntry {
  readonly state: 'ended'
  readonly seq: number
  readonly ended: EndedSession
  /**
   * The moment until which no sweep claims the end; `Infinity` once it is acknowledged. An expired session that no
   * sweep has claimed has the moment of its end.
   */
  readonly claimedUntilMs: number
  readonly forgetAtMs: number
}

/** The latest session of one line of a family. */
export interface FamilyMember {
  readonly key: SessionKey
  readonly line: number
}

/**
 * The tombstone of a session that was renewed, or was anonymous and is gone. Nothing can write it again under this key.
 */
export interface RenewedEntry {
  readonly state: 'renewed'
  readonly seq: number
  /**
   * The latest members of the family, if this session is its root. A renewal continues the line of its predecessor;
   * each further renewal of the same session begins a line. The line of the root has the number 1.
   */
  readonly members: readonly FamilyMember[]
  /** The root and the line of a renewed session that is not the root. */
  readonly from?: { readonly root: SessionKey, readonly line: number }
  readonly atMs: number
  readonly forgetAtMs: number
}

export type OverEntry = EndedEntry | RenewedEntry

/** One session in memory. Entries are values: a change makes a new entry. */
export type MemoryEntry = LiveEntry | OverEntry

/** The moment and the author of an end, its claim, and its tombstone's end. */
export type EndTimes = Omit<EndedEntry, 'state' | 'seq' | 'ended'> & Pick<EndedSession, 'endedAtMs' | 'by'>

export function endedEntry (
  handle: Handle, { seq, record, user, device }: LiveEntry, reason: EndReason, { endedAtMs, by, ...times }: EndTimes
): EndedEntry {
  const { startedAtMs, lastActivityMs } = record
  const ended = {
    handle,
    ...(user === undefined ? {} : { user }),
    ...(device === undefined ? {} : { device }),
    reason,
    startedAtMs,
    lastActivityMs,
    endedAtMs,
    ...(by === undefined ? {} : { by })
  }
  return { state: 'ended', seq, ended, ...times }
}

/** Makes the tombstone of an anonymous session. */
export function goneEntry ({ seq }: LiveEntry, atMs: number, forgetAtMs: number): RenewedEntry {
  return { state: 'renewed', seq, members: [], atMs, forgetAtMs }
}

/** Returns the entry without times ahead of the clock. */
export function entrySetRight (entry: LiveEntry, nowMs: number): LiveEntry {
  return withRecord(entry, setRight(entry.record, nowMs))
}

/** Returns the entry with another record. Every request makes one: it is written out for speed, as in liveSession(). */
export function withRecord (entry: LiveEntry, record: SessionRecord): LiveEntry {
  const { state, seq, contents, user, device, root, began } = entry
  if (root !== undefined) return { ...entry, record } // few entries have a root
  return device === undefined
    ? { state, seq, contents, record, user, began }
    : { state, seq, contents, record, user, device, began }
}

/** Makes the record after an activity, with the session's own timeouts or with others. */
export function recordAt (
  terms: Terms & Pick<SessionRecord, 'authentication'>, startedAtMs: number, lastActivityMs: number,
  timeouts: Timeouts = terms
): SessionRecord {
  const { warnAfter, expireAfter, absoluteTimeout } = timeouts
  const { isAuthenticated, authentication } = terms
  const record = { isAuthenticated, startedAtMs, lastActivityMs, warnAfter, expireAfter, absoluteTimeout }
  return withAuthentication(record, authentication)
}

/** Whether a session was found expired, and no sweep has claimed its end. */
export function isUnswept ({ claimedUntilMs, ended: { endedAtMs } }: EndedEntry): boolean {
  return claimedUntilMs === endedAtMs
}

/** Returns the deadline of an expired session that no sweep has claimed; else `null`. */
export function expiredSinceMs (entry: MemoryEntry | undefined, nowMs: number): number | null {
  if (entry === undefined) return null
  if (entry.state === 'ended') return isUnswept(entry) ? entry.claimedUntilMs : null
  if (entry.state !== 'live' || !entry.record.isAuthenticated) return null
  const current = stateOf(entry.record, nowMs)
  return current.state === 'ended' ? current.deadlineMs : null
}

/** Returns the moment at which an entry next changes by itself. */
export function nextMomentMs (entry: MemoryEntry): number {
  if (entry.state === 'live') return deadlineMs(entry.record)
  return entry.state === 'ended' ? Math.min(entry.claimedUntilMs, entry.forgetAtMs) : entry.forgetAtMs
}

/** Returns the user of a live or ended session. A renewed session has none: its successors have. */
export function userIn (entry: MemoryEntry | undefined): string | undefined {
  if (entry?.state === 'live') return entry.user
  return entry?.state === 'ended' ? entry.ended.user : undefined
}

export function sessionOf (entry: MemoryEntry | undefined, nowMs: number): FoundSession {
  switch (entry?.state) {
    case undefined: return { state: 'unknown' }
    case 'live': return liveSession(entry.record, entry.user, entry.device, nowMs)
    case 'ended': return { state: 'ended', ended: entry.ended }
    case 'renewed': return { state: 'renewed', successors: entry.members.map(({ key }) => key) }
  }
}
