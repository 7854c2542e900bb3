import { BadOptionError } from '../../errors.ts'
import type { Shard } from './keys.ts'

/** Where a list goes on: behind an entry of an index of one shard, or at the beginning of it. */
export interface Place {
  readonly shard: Shard
  readonly score: string
  readonly handle: string
}

/** An entry of some shard, behind which a list that is in order goes on in all of them. */
export type Mark = Pick<Place, 'score' | 'handle'>

const ENTRY = /^(-?\d+(?:\.\d+)?(?:e\+?\d+)?):([\w-]+)$/

/** @throws {BadOptionError} for what is no cursor of ours over those shards. */
export function readCursor (cursor: string | undefined, shards: readonly Shard[]): Place {
  if (cursor === undefined) return { shard: shards[0] ?? 0, score: '', handle: '' }
  const [, shard = '', entry = ''] = /^s(\d{1,3}):(.*)$/.exec(cursor) ?? []
  const { score, handle } = entry === '' ? { score: '', handle: '' } : readEntry(entry, cursor)
  if (shard === '' || !shards.includes(Number(shard))) refuse(cursor)
  return { shard: Number(shard), score, handle }
}

export function toCursor ({ shard, score, handle }: Place): string {
  return `s${shard}:${score === '' ? '' : `${score}:${handle}`}`
}

/** @returns `null` behind the last entry of the last shard. */
export function nextPlace (
  { shard }: Place, shards: readonly Shard[], entries: ReadonlyArray<readonly string[]>, asked: number
): Place | null {
  const [handle = '', score = ''] = entries.at(-1) ?? []
  if (entries.length >= asked) return { shard, score, handle }
  const next = shards[shards.indexOf(shard) + 1]
  return next === undefined ? null : { shard: next, score: '', handle: '' }
}

/** @throws {BadOptionError} for what is no mark of ours. */
export function readMark (cursor: string | undefined): Mark | null {
  if (cursor === undefined) return null
  return cursor.startsWith('~') ? readEntry(cursor.slice(1), cursor) : refuse(cursor)
}

export function toMarkCursor ({ score, handle }: Mark): string {
  return `~${score}:${handle}`
}

function readEntry (entry: string, cursor: string): Mark {
  const [, score, handle] = ENTRY.exec(entry) ?? []
  return score === undefined || handle === undefined ? refuse(cursor) : { score, handle }
}

function refuse (cursor: string): never {
  throw new BadOptionError('cursor', 'the cursor of the page before', JSON.stringify(cursor.slice(0, 80)))
}
