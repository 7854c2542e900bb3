import { BadOptionError } from '../../errors.ts'

/** An entry of an index, behind which a list continues. A list in order continues behind it in all indexes. */
export interface Mark {
  readonly score: string
  readonly handle: string
}

/** The position of a list that is read index by index. */
export interface Position extends Mark {
  /** The number of the index. */
  readonly at: number
}

/** The position of a list in order. */
export interface OrderedPosition extends Mark {
  /** Whether the score is the exact moment of the end. The score of an index may be a little early. */
  readonly isExact: boolean
}

const ENTRY = /^(-?\d+(?:\.\d+)?(?:e\+?\d+)?):([\w-]+)$/

/** The beginning of an index. */
export const NO_MARK: Mark = { score: '', handle: '' }

/**
 * Reads a cursor of a list over so many indexes.
 * @throws {BadOptionError} for another text
 */
export function readCursor (cursor: string | undefined, indexes: number): Position {
  if (cursor === undefined) return { at: 0, ...NO_MARK }
  const [, at = '', entry = ''] = /^s(\d{1,3}):(.*)$/.exec(cursor) ?? []
  const mark = entry === '' ? NO_MARK : readEntry(entry, cursor)
  if (at === '' || Number(at) >= indexes) refuse(cursor)
  return { at: Number(at), ...mark }
}

export function toCursor ({ at, score, handle }: Position): string {
  return `s${at}:${score === '' ? '' : `${score}:${handle}`}`
}

/**
 * Returns the next position of a list.
 * @param next the entry behind which the same index continues
 * @returns `null` behind the last entry of the last index
 */
export function nextPosition ({ at }: Position, indexes: number, next: Mark | null): Position | null {
  if (next !== null) return { at, score: next.score, handle: next.handle }
  return at + 1 < indexes ? { at: at + 1, ...NO_MARK } : null
}

/**
 * Reads a cursor of a list in order.
 * @throws {BadOptionError} for another text
 */
export function readOrderCursor (cursor: string | undefined): OrderedPosition | null {
  if (cursor === undefined) return null
  const kind = cursor.slice(0, 1)
  return kind === '~' || kind === '='
    ? { ...readEntry(cursor.slice(1), cursor), isExact: kind === '=' }
    : refuse(cursor)
}

export function toOrderCursor ({ score, handle, isExact }: OrderedPosition): string {
  return `${isExact ? '=' : '~'}${score}:${handle}`
}

function readEntry (entry: string, cursor: string): Mark {
  const [, score, handle] = ENTRY.exec(entry) ?? []
  return score === undefined || handle === undefined ? refuse(cursor) : { score, handle }
}

function refuse (cursor: string): never {
  throw new BadOptionError('cursor', 'the cursor of the page before', JSON.stringify(cursor.slice(0, 80)))
}
