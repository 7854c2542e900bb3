import type { ListedState, Page, PageQuery, Row } from '../store.ts'
import { userOf } from '../fates.ts'
import type { Mark, Place } from './cursor.ts'
import { nextPlace, readCursor, readMark, toCursor, toMarkCursor } from './cursor.ts'
import type { Index, Shard } from './keys.ts'
import { decodeFate } from './record-text.ts'
import { groups } from './replies.ts'
import type { Shards } from './shards.ts'
import { toWord } from './words.ts'

/** How many entries one page looks at, at most: a filter that finds nothing must not walk through everything. */
const MOST_SEEN = 2000

/** Entries that one script reads at most. Redis does nothing else meanwhile: less than 1 ms. */
const AT_ONCE = 50

/** An index, in some shards; list.lua knows which entries a state has. */
interface Part {
  readonly shards: readonly Shard[]
  readonly index: Index
  /** Which entries of it. */
  readonly bounds: 'live' | 'due' | 'all'
}

interface Entry extends Mark {
  readonly record: string
  readonly nowMs: number
}

/** Reads pages of sessions from the indexes of all shards; of one user's, from that of the user's shard. */
export class Listing {
  readonly #shards: Shards

  constructor (shards: Shards) {
    this.#shards = shards
  }

  async page (query: PageQuery): Promise<Page> {
    const part = this.#partOf(query.state, query.user)
    return query.order === undefined ? await this.#walk(part, query) : await this.#merge(part, query)
  }

  /** Shard by shard. */
  async #walk (part: Part, { state, user, limit, cursor }: PageQuery): Promise<Page> {
    const rows: Row[] = []
    let place: Place | null = readCursor(cursor, part.shards)
    for (let seen = 0; place !== null && rows.length < limit && seen < MOST_SEEN;) {
      const asked = Math.min(limit - rows.length, AT_ONCE)
      const entries = await this.#read(part, place.shard, asked, place, '')
      rows.push(...entries.flatMap(entry => rowOf(entry, state, user)))
      seen += asked
      place = nextPlace(place, part.shards, entries.map(({ handle, score }) => [handle, score]), asked)
    }
    return { rows, cursor: place === null ? null : toCursor(place) }
  }

  /** From all shards at once. What lies behind the last entry of a shard that has more is left for the next page. */
  async #merge (part: Part, { state, user, order, limit, cursor }: PageQuery): Promise<Page> {
    const last = readMark(cursor) ?? { handle: '', score: '' }
    const isBackward = order === 'newest'
    const compare = (a: Mark, b: Mark): number => (isBackward ? -1 : 1) * compareMarks(a, b)
    const asked = Math.min(AT_ONCE, 4 + 2 * Math.ceil(limit / part.shards.length))
    const direction = isBackward ? 'back' : ''
    const read = (shard: Shard): Promise<Entry[]> => this.#read(part, shard, asked, last, direction)
    const found = await Promise.all(part.shards.map(read))
    const horizon = found.flatMap(entries => entries.length < asked ? [] : entries.slice(-1)).sort(compare)[0]
    const entries = found.flat().filter(entry => horizon === undefined || compare(entry, horizon) <= 0).sort(compare)
    const page = entries.slice(0, limit)
    const end = page.at(-1)
    const isMore = end !== undefined && (horizon !== undefined || entries.length > limit)
    return { rows: page.flatMap(entry => rowOf(entry, state, user)), cursor: isMore ? toMarkCursor(end) : null }
  }

  async #read (
    { index, bounds }: Part, shard: Shard, count: number, { handle, score }: Mark, direction: 'back' | ''
  ): Promise<Entry[]> {
    const key = this.#shards.keys.index(shard, index)
    const words = [String(count), handle, score, bounds, direction]
    const { nowMs, rest: [found] } = await this.#shards.ask('list', shard, key, ...words)
    return groups(found, 3).map(([handle = '', score = '', record = '']) => ({ handle, score, record, nowMs }))
  }

  #partOf (state: ListedState, user: string | undefined): Part {
    const { keys } = this.#shards
    const bounds = user === undefined && state !== 'ended' ? state : 'all'
    if (user === undefined) return { shards: keys.shards, index: state === 'ended' ? 'past' : 'due', bounds }
    return { shards: [keys.shardOfUser(user)], index: `${state === 'ended' ? 'e' : 'u'}:${toWord(user)}`, bounds }
  }
}

function compareMarks (a: Mark, b: Mark): number {
  return Number(a.score) - Number(b.score) || (a.handle < b.handle ? -1 : Number(a.handle > b.handle))
}

/** What an index says may be late, by a little: the record decides. */
function rowOf ({ handle, record, nowMs }: Entry, state: ListedState, user: string | undefined): Row[] {
  const fate = decodeFate(handle, record, nowMs)
  if (fate === null || fate.state === 'unknown' || fate.state === 'replaced') return []
  const isStoredLive = record.startsWith('1 live ')
  const isWanted = {
    live: fate.state === 'live',
    due: fate.state === 'ended' && isStoredLive,
    ended: fate.state === 'ended' && !isStoredLive
  }
  return isWanted[state] && (user === undefined || userOf(fate) === user) ? [{ handle, fate }] : []
}
