import { BadOptionError } from '../../errors.ts'
import type { Shard } from './keys.ts'
import { SHARDS } from './keys.ts'

/** Where a list goes on: behind an entry of an index of one shard, or at the beginning of it. */
export interface Place {
  /** Which of the indexes that are walked through, one after the other. */
  readonly part: number
  readonly shard: Shard
  readonly score: string
  readonly handle: string
}

/** An entry of some shard, behind which a list that is in order goes on in all of them. */
export type Mark = Pick<Place, 'score' | 'handle'>

const ENTRY = /^(-?\d+(?:\.\d+)?(?:e\+?\d+)?):([\w-]+)$/

/** @throws {BadOptionError} for what is no cursor of ours. */
export function readCursor (cursor = '0.0:', parts = 1): Place {
  const [, part = '', shard = '', entry = ''] = /^(\d)\.(\d{1,2}):(.*)$/.exec(cursor) ?? []
  const place = { part: Number(part), shard: shard === '' ? NaN : Number(shard), ...(entry === '' ? { score: '', handle: '' } : readEntry(entry, cursor)) }
  if (place.part >= parts || !SHARDS.includes(place.shard)) refuse(cursor)
  return place
}

export function toCursor ({ part, shard, score, handle }: Place): string {
  return `${part}.${shard}:${score === '' ? '' : `${score}:${handle}`}`
}

/** @returns `null` behind the last entry of the last shard of the last part. */
export function nextPlace ({ part, shard }: Place, parts: number, entries: ReadonlyArray<readonly string[]>, asked: number): Place | null {
  const [handle = '', score = ''] = entries.at(-1) ?? []
  if (entries.length >= asked) return { part, shard, score, handle }
  if (shard + 1 < SHARDS.length) return { part, shard: shard + 1, score: '', handle: '' }
  return part + 1 < parts ? { part: part + 1, shard: 0, score: '', handle: '' } : null
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
