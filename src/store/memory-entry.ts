import { withAuthentication } from '../core/authentication.ts'
import type { EndReason } from '../core/policy.ts'
import type { Terms, Timeouts } from '../core/terms.ts'
import { deadlineMs, setRight, stateOf } from '../core/policy.ts'
import type { SessionRecord } from '../core/record.ts'
import type { Contents } from './contents.ts'
import type { Handle } from './handle.ts'
import type { EndedSession, FoundSession, SessionData, SessionKey } from './session.ts'
import { liveSession } from './live-session.ts'

export interface LiveEntry extends SessionData {
  readonly state: 'live'
  /** Its place in lists: the number of sessions that began before. */
  readonly seq: number
  readonly contents: Contents
  /** The first session of its family, if that is another. */
  readonly root?: SessionKey
  /** When it began: for those that are ended together. */
  readonly began: number
}

export interface EndedEntry {
  readonly state: 'ended'
  readonly seq: number
  readonly ended: EndedSession
  /**
   * Until when no sweep claims its end; `Infinity` once it is acknowledged. Of one that was found expired, and that no sweep
   * has come across: the moment of its end.
   */
  readonly claimedUntilMs: number
  readonly forgetAtMs: number
}

/** The latest session of one line of a family. */
export interface FamilyMember {
  readonly key: SessionKey
  readonly line: number
}

/** Was renewed, or was anonymous and is gone: nothing brings it back under this key. */
export interface RenewedEntry {
  readonly state: 'renewed'
  readonly seq: number
  /**
   * Of the first session of a family, the latest members. A renewal goes on in the line of its predecessor; one more
   * renewal of the same session begins a line. The line of the first session itself has the number 1.
   */
  readonly members: readonly FamilyMember[]
  /** Of any other that was renewed: that first session, and its line. */
  readonly from?: { readonly root: SessionKey, readonly line: number }
  readonly atMs: number
  readonly forgetAtMs: number
}

export type OverEntry = EndedEntry | RenewedEntry

/** One session in memory. Entries are values: a change makes a new one. */
export type MemoryEntry = LiveEntry | OverEntry

/** When a session ended, and by whom; until when its end is claimed, and when the store forgets it. */
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

/** The entry of an anonymous session that is gone. */
export function goneEntry ({ seq }: LiveEntry, atMs: number, forgetAtMs: number): RenewedEntry {
  return { state: 'renewed', seq, members: [], atMs, forgetAtMs }
}

/** The same with no time ahead of the clock. */
export function entrySetRight (entry: LiveEntry, nowMs: number): LiveEntry {
  return withRecord(entry, setRight(entry.record, nowMs))
}

/** Written out, as every request makes one (see liveFate()). */
export function withRecord (entry: LiveEntry, record: SessionRecord): LiveEntry {
  const { state, seq, contents, user, device, root, began } = entry
  if (root !== undefined) return { ...entry, record } // few have one
  return device === undefined
    ? { state, seq, contents, record, user, began }
    : { state, seq, contents, record, user, device, began }
}

/** Likewise: the record of a session after an activity, with its own timeouts or with others. */
export function recordAt (
  terms: Terms & Pick<SessionRecord, 'authentication'>, startedAtMs: number, lastActivityMs: number, timeouts: Timeouts = terms
): SessionRecord {
  const { warnAfter, expireAfter, absoluteTimeout } = timeouts
  const record = { isAuthenticated: terms.isAuthenticated, startedAtMs, lastActivityMs, warnAfter, expireAfter, absoluteTimeout }
  return withAuthentication(record, terms.authentication)
}

/** Whether it was found expired, and no sweep has come across it. */
export function isUnswept ({ claimedUntilMs, ended: { endedAtMs } }: EndedEntry): boolean {
  return claimedUntilMs === endedAtMs
}

/** The deadline of an authenticated session that is past it and that no sweep has come across; `null` for any other. */
export function expiredSinceMs (entry: MemoryEntry | undefined, nowMs: number): number | null {
  if (entry === undefined) return null
  if (entry.state === 'ended') return isUnswept(entry) ? entry.claimedUntilMs : null
  if (entry.state !== 'live' || !entry.record.isAuthenticated) return null
  const current = stateOf(entry.record, nowMs)
  return current.state === 'ended' ? current.deadlineMs : null
}

/** When something next happens to an entry by itself. */
export function nextMomentMs (entry: MemoryEntry): number {
  if (entry.state === 'live') return deadlineMs(entry.record)
  return entry.state === 'ended' ? Math.min(entry.claimedUntilMs, entry.forgetAtMs) : entry.forgetAtMs
}

/** The user of a session, alive or ended. One that was renewed is no user's any more: its successors are. */
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
