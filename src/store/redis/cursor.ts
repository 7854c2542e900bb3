import { BadOptionError } from '../../errors.ts'
import type { Shard } from './keys.ts'
import { SHARDS } from './keys.ts'

/** Where a list goes on: behind an entry of an index of one shard, or at the beginning of it. */
export interface Place {
  readonly shard: Shard
  readonly score: string
  readonly handle: string
}

/** @throws {BadOptionError} for what is no cursor of ours. */
export function readCursor (cursor = '0::'): Place {
  const [, shard = '', score = '', handle = ''] = /^(\d{1,2}):(?:(\d+(?:\.\d+)?(?:e\+?\d+)?):([\w-]+)|:)$/.exec(cursor) ?? []
  const place = { shard: shard === '' ? NaN : Number(shard), score, handle }
  if (!SHARDS.includes(place.shard)) throw new BadOptionError('cursor', 'the cursor of the page before', JSON.stringify(cursor.slice(0, 80)))
  return place
}

export function toCursor ({ shard, score, handle }: Place): string {
  return `${shard}:${score}:${handle}`
}

/** @returns `null` behind the last entry of the last shard. */
export function nextPlace ({ shard }: Place, entries: ReadonlyArray<readonly string[]>, asked: number): Place | null {
  const [handle = '', score = ''] = entries.at(-1) ?? []
  if (entries.length >= asked) return { shard, score, handle }
  return shard + 1 < SHARDS.length ? { shard: shard + 1, score: '', handle: '' } : null
}
