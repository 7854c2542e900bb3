import type { EndReason } from '../core/policy.ts'
import { deadlineMs } from '../core/policy.ts'
import type { SessionRecord } from '../core/record.ts'
import type { Contents } from './contents.ts'
import type { Handle } from './handle.ts'
import type { EndedSession, Fate, Origin } from './store.ts'
import { liveFate } from './store.ts'

export interface LiveEntry {
  readonly state: 'live'
  /** Its place in lists: the number of sessions created before. */
  readonly seq: number
  readonly contents: Contents
  readonly record: SessionRecord
  readonly user: string | undefined
  readonly origin?: Origin
}

export interface EndedEntry {
  readonly state: 'ended'
  readonly seq: number
  readonly ended: EndedSession
  /** Whether somebody has claimed its end. */
  readonly taken: boolean
  /** Until when no sweep claims it; `Infinity` once it has been told. */
  readonly claimedUntilMs: number
  /** Whether it was ended again after it had ended: then it is not just being renewed. */
  readonly contested: boolean
  readonly forgetAtMs: number
}

/** Goes on under another id, or was a visitor's that was signed in from: not to be brought back under this one. */
export interface ReplacedEntry {
  readonly state: 'replaced'
  readonly seq: number
  readonly by: Handle | undefined
  readonly user: string | undefined
  readonly sinceMs: number
  readonly forgetAtMs: number
}

/** One session in memory. Entries are values: a change makes a new one. */
export type MemoryEntry = LiveEntry | EndedEntry | ReplacedEntry

/** What may differ between one end and another: when it was, and whose it is to tell. */
export interface Claim {
  readonly endedAtMs?: number
  readonly claimedUntilMs: number
  readonly taken?: boolean
}

export function endedEntry (
  handle: Handle, { seq, record, user, origin }: LiveEntry, reason: EndReason,
  { endedAtMs, taken = false, ...times }: { endedAtMs: number, claimedUntilMs: number, forgetAtMs: number, taken?: boolean }
): EndedEntry {
  const { startedAtMs, lastActivityMs } = record
  const ended = { handle, ...(user === undefined ? {} : { user }), ...(origin === undefined ? {} : { origin }), reason, startedAtMs, lastActivityMs, endedAtMs }
  return { state: 'ended', seq, ended, taken, contested: false, ...times }
}

export function replacedEntry (old: LiveEntry | EndedEntry, by: Handle | undefined, nowMs: number, retentionMs: number): ReplacedEntry {
  return { state: 'replaced', seq: old.seq, by, user: userIn(old), sinceMs: nowMs, forgetAtMs: nowMs + retentionMs }
}

/** Written out, as all that each request makes (see liveFate()). */
export function withRecord ({ state, seq, contents, user, origin }: LiveEntry, record: SessionRecord): LiveEntry {
  return origin === undefined ? { state, seq, contents, record, user } : { state, seq, contents, record, user, origin }
}

/** When something next happens to an entry by itself. */
export function nextMomentMs (entry: MemoryEntry): number {
  if (entry.state === 'live') return deadlineMs(entry.record)
  return entry.state === 'ended' ? Math.min(entry.claimedUntilMs, entry.forgetAtMs) : entry.forgetAtMs
}

/** Whose it is, alive or not. */
export function userIn (entry: MemoryEntry): string | undefined {
  return entry.state === 'ended' ? entry.ended.user : entry.user
}

export function fateOf (entry: MemoryEntry | undefined, nowMs: number): Fate {
  switch (entry?.state) {
    case undefined: return { state: 'unknown' }
    case 'live': return liveFate(entry.record, entry.user, entry.origin, nowMs)
    case 'ended': return { state: 'ended', ended: entry.ended }
    case 'replaced': return { state: 'replaced', by: entry.by }
  }
}
