import { deadlineMs, standingOf } from '../core/policy.ts'
import { BadOptionError } from '../errors.ts'
import type { Handle } from './handle.ts'
import type { MemoryEntry } from './memory-entry.ts'
import { endedEntry, fateOf } from './memory-entry.ts'
import type { ListedState, Page, PageQuery, Row, Stats } from './store.ts'
import { RENEWAL_MS } from './store.ts'

interface Listed {
  readonly handle: Handle
  readonly entry: MemoryEntry
  /** Its place in the list. */
  readonly at: number
}

/** A page of sessions, in the order in which they were created unless another is asked for. Its cursor names the last one. */
export function pageOf (entries: Iterable<readonly [Handle, MemoryEntry]>, { state, order, limit, cursor }: PageQuery, nowMs: number): Page {
  const direction = order === 'newest' ? -1 : 1
  const compare = (a: Omit<Listed, 'entry'>, b: Omit<Listed, 'entry'>): number => direction * (a.at - b.at || (a.handle < b.handle ? -1 : Number(a.handle > b.handle)))
  const last = readCursor(cursor)
  const listed: Listed[] = []
  for (const [handle, entry] of entries) {
    if (!isListed(entry, state, nowMs)) continue
    const found = { handle, entry, at: order === undefined ? entry.seq : momentOf(entry) }
    if (last === null || compare(found, last) > 0) listed.push(found)
  }
  const rows = listed.sort(compare).slice(0, limit)
  const end = rows.at(-1)
  return { rows: rows.map(row => rowOf(row, nowMs)), cursor: end === undefined || listed.length <= limit ? null : `${end.at}:${end.handle}` }
}

export function statsOf (entries: Iterable<readonly [Handle, MemoryEntry]>, nowMs: number): Stats {
  const counts = { live: 0, due: 0, ended: 0, untold: 0 }
  for (const [, entry] of entries) {
    for (const state of ['live', 'due', 'ended'] as const) if (isListed(entry, state, nowMs)) counts[state]++
    if (entry.state === 'ended' && entry.claimedUntilMs !== Infinity) counts.untold++
  }
  return counts
}

/** Not a visitor's; and one past its deadline, which nobody has come across yet, is due and not alive. */
function isListed (entry: MemoryEntry, state: ListedState, nowMs: number): boolean {
  if (entry.state === 'live') {
    const isOver = standingOf(entry.record, nowMs).state === 'ended'
    return entry.record.protected && (isOver ? state === 'due' : state === 'live' || state === 'endable')
  }
  if (state === 'endable') {
    if (entry.state === 'replaced') return entry.by !== undefined && nowMs - entry.sinceMs < RENEWAL_MS
    return entry.ended.reason === 'logout' && nowMs - entry.ended.endedAtMs < RENEWAL_MS
  }
  return state === 'ended' && entry.state === 'ended'
}

function momentOf (entry: MemoryEntry): number {
  if (entry.state === 'live') return deadlineMs(entry.record)
  return entry.state === 'ended' ? entry.ended.endedAtMs : entry.sinceMs
}

/** One that is due is shown as it will have ended. */
function rowOf ({ handle, entry }: Listed, nowMs: number): Row {
  const standing = entry.state === 'live' ? standingOf(entry.record, nowMs) : undefined
  if (entry.state !== 'live' || standing?.state !== 'ended') return { handle, fate: fateOf(entry, nowMs) }
  const { ended } = endedEntry(handle, entry, standing.reason, { endedAtMs: standing.deadlineMs, claimedUntilMs: 0, forgetAtMs: 0 })
  return { handle, fate: { state: 'ended', ended } }
}

function readCursor (cursor: string | undefined): Omit<Listed, 'entry'> | null {
  if (cursor === undefined) return null
  const [, at, handle] = /^(\d{1,16}(?:\.\d+)?):([\w-]{1,100})$/.exec(cursor) ?? []
  if (at === undefined || handle === undefined) throw new BadOptionError('cursor', 'the cursor of the page before', JSON.stringify(cursor.slice(0, 80)))
  return { at: Number(at), handle }
}
