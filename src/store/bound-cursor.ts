import { createHash } from 'node:crypto'
import { BadOptionError } from '../errors.ts'

/** The options of a list, without limit and cursor. */
type Query = Readonly<Record<string, unknown>>

/**
 * Binds a cursor to the list that gave it. In another list the cursor would name no position or a wrong one, and the
 * page might look like the last one.
 */
export function boundCursor (query: Query, cursor: string | null): string | null {
  return cursor === null ? null : `${markOf(query)}.${cursor}`
}

/**
 * Returns the cursor of the store.
 * @throws {BadOptionError} for a cursor of another list, or a text that is none
 */
export function unboundCursor (query: Query, cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined
  const mark = `${markOf(query)}.`
  if (cursor.startsWith(mark)) return cursor.slice(mark.length)
  throw new BadOptionError(
    'cursor', 'the cursor of the page before, of the same list', JSON.stringify(cursor.slice(0, 80))
  )
}

function markOf (query: Query): string {
  const asked = Object.entries(query).filter(([, value]) => value !== undefined).toSorted(([a], [b]) => a < b ? -1 : 1)
  return createHash('sha256').update(JSON.stringify(asked)).digest('base64url').slice(0, 4)
}
