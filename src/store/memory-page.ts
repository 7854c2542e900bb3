import { standingOf } from '../core/policy.ts'
import { BadOptionError } from '../errors.ts'
import type { Handle } from './handle.ts'
import type { MemoryEntry } from './memory-entry.ts'
import { fateOf } from './memory-entry.ts'
import type { Page, PageQuery, Row } from './store.ts'
import { userOf } from './store.ts'

/** A page of the sessions in memory, in the order in which they were created. Its cursor is the number of the last one. */
export function pageOf (entries: ReadonlyMap<Handle, MemoryEntry>, { state, user, limit, cursor = '0' }: PageQuery, nowMs: number): Page {
  if (!/^\d{1,15}$/.test(cursor)) throw new BadOptionError('cursor', 'the cursor of the page before', JSON.stringify(cursor.slice(0, 80)))
  const rows: Row[] = []
  let last = Number(cursor)
  for (const [handle, entry] of entries) {
    if (entry.state !== state || entry.seq <= last || !isListed(entry, nowMs)) continue
    const fate = fateOf(entry, nowMs)
    if (user !== undefined && userOf(fate) !== user) continue
    if (rows.length >= limit) return { rows, cursor: String(last) }
    rows.push({ handle, fate })
    last = entry.seq
  }
  return { rows, cursor: null }
}

/** Not a visitor's, and not one past its deadline that nobody has come across yet. */
function isListed (entry: MemoryEntry, nowMs: number): boolean {
  return entry.state !== 'live' || (entry.record.protected && standingOf(entry.record, nowMs).state !== 'ended')
}
