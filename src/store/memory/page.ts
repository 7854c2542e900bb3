import { deadlineMs, stateOf } from '../../core/policy.ts'
import { BadOptionError } from '../../errors.ts'
import type { MemoryEntry } from './entry.ts'
import { endedEntry, entrySetRight, expiredSinceMs, sessionOf } from './entry.ts'
import type { ListedState, Page, PageQuery, Row, SessionKey, Stats } from '../store.ts'
import { beginsWith } from '../user-prefix.ts'

/** The position of a session in a list. */
interface Position {
  readonly key: SessionKey
  readonly at: number
}

interface Listed extends Position {
  readonly entry: MemoryEntry
}

type Entries = Iterable<readonly [SessionKey, MemoryEntry]>

/**
 * Reads a page of sessions. They come in the order of their beginnings unless the query has another. The cursor names
 * the last row.
 *
 * @param entries the sessions. For a list without ended ones, in the order of their beginnings: the page stops when it
 * is full
 */
export function pageOf (entries: Entries, { state, order, limit, cursor, userPrefix }: PageQuery, nowMs: number): Page {
  const direction = order === 'ends-last' ? -1 : 1
  const byKey = (a: Position, b: Position): number => a.key < b.key ? -1 : Number(a.key > b.key)
  const compare = (a: Position, b: Position): number => direction * (a.at - b.at || byKey(a, b))
  const last = readCursor(cursor)
  const listed: Listed[] = []
  for (const [key, entry] of entries) {
    const found = { key, entry, at: order === undefined ? entry.seq : momentOf(entry) }
    if (!isListed(entry, state, nowMs) || (last !== null && compare(found, last) <= 0)) continue
    if (userPrefix !== undefined && !beginsWith(userIn(entry), userPrefix)) continue
    listed.push(found)
    if (order === undefined && state !== 'ended' && listed.length > limit) break
  }
  const rows = listed.sort(compare).slice(0, limit)
  const end = rows.at(-1)
  const next = end === undefined || listed.length <= limit ? null : `${end.at}:${end.key}`
  return { rows: rows.map(row => rowOf(row, nowMs)), cursor: next, nowMs }
}

/**
 * Counts sessions by state.
 * @param entries the live and the expired sessions; others among them do no harm
 * @param over the counts of sessions that have ended
 */
export function statsOf (entries: Entries, over: Pick<Stats, 'ended' | 'pending'>, nowMs: number): Stats {
  const counts = { live: 0, expired: 0, ended: over.ended, pending: over.pending }
  let firstMs = nowMs
  for (const [, entry] of entries) {
    for (const state of ['live', 'expired'] as const) if (isListed(entry, state, nowMs)) counts[state]++
    if (entry.state === 'live' && isListed(entry, 'expired', nowMs)) {
      counts.ended++
      counts.pending++
    }
    firstMs = Math.min(firstMs, expiredSinceMs(entry, nowMs) ?? nowMs)
  }
  return { ...counts, lag: (nowMs - firstMs) / 1000 }
}

/** Whether a list shows a session. It shows no anonymous session, and an expired one as ended. */
function isListed (entry: MemoryEntry, state: ListedState, nowMs: number): boolean {
  const isExpired = expiredSinceMs(entry, nowMs) !== null
  if (state === 'expired') return isExpired
  if (state === 'ended') return isExpired || entry.state === 'ended'
  return entry.state === 'live' && entry.record.isAuthenticated && !isExpired
}

function userIn (entry: MemoryEntry): string | undefined {
  if (entry.state === 'live') return entry.user
  return entry.state === 'ended' ? entry.ended.user : undefined
}

function momentOf (entry: MemoryEntry): number {
  if (entry.state === 'live') return deadlineMs(entry.record)
  return entry.state === 'ended' ? entry.ended.endedAtMs : entry.forgetAtMs
}

/** Makes a row. It shows an expired session as a sweep will find it. */
function rowOf ({ key, entry }: Listed, nowMs: number): Row {
  const current = entry.state === 'live' ? stateOf(entry.record, nowMs) : undefined
  if (entry.state !== 'live' || current?.state !== 'ended') return { handle: key, session: sessionOf(entry, nowMs) }
  const { reason, deadlineMs: endedAtMs } = current
  const times = { endedAtMs, claimedUntilMs: 0, forgetAtMs: 0 }
  const { ended } = endedEntry(key, entrySetRight(entry, nowMs), reason, times)
  return { handle: key, session: { state: 'ended', ended } }
}

function readCursor (cursor: string | undefined): Position | null {
  if (cursor === undefined) return null
  const [, at, key] = /^(\d{1,16}(?:\.\d+)?):([\w-]{1,100})$/.exec(cursor) ?? []
  if (at !== undefined && key !== undefined) return { at: Number(at), key }
  throw new BadOptionError('cursor', 'the cursor of the page before', JSON.stringify(cursor.slice(0, 80)))
}
