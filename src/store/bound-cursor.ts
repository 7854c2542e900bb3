import { createHash } from 'node:crypto'
import { BadOptionError } from '../errors.ts'

/** The options of a list, without how much and from where. */
type Query = Readonly<Record<string, unknown>>

/**
 * Gives the cursor of a store the mark of the list that it is about. In another list it would be some place or none, and
 * that page might look as if nothing followed.
 */
export function boundCursor (query: Query, cursor: string | null): string | null {
  return cursor === null ? null : `${markOf(query)}.${cursor}`
}

/** @throws {BadOptionError} for a cursor of another list, or none */
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
