import type { ListedState, Page, PageQuery, Row } from '../store.ts'
import { userOf } from '../store.ts'
import type { Mark, Place } from './cursor.ts'
import { nextPlace, readCursor, readMark, toCursor, toMarkCursor } from './cursor.ts'
import type { Index, Shard } from './keys.ts'
import { SHARDS } from './keys.ts'
import { decodeFate } from './record-text.ts'
import { groups } from './replies.ts'
import type { Shards } from './shards.ts'
import { toWord } from './words.ts'

/** How many entries one page looks at, at most: a filter that finds nothing must not walk through everything. */
const MOST_SEEN = 2000

/** Entries that one script reads at most. Redis does nothing else meanwhile: less than 1 ms. */
const AT_ONCE = 50

/** Part of an index; list.lua knows the bounds. */
interface Part {
  readonly index: Index
  readonly bounds: 'all' | 'live' | 'due' | 'ended' | 'recent'
  /** Scores grow as the moment lies further back. */
  readonly isInverse?: boolean
}

interface Entry extends Mark {
  readonly record: string
  readonly nowMs: number
}

/** Reads pages of sessions from the indexes of all shards. */
export class Listing {
  readonly #shards: Shards
  readonly #retention: string

  constructor (shards: Shards, retentionMs: number) {
    this.#shards = shards
    this.#retention = String(retentionMs)
  }

  async page (query: PageQuery): Promise<Page> {
    const parts = partsOf(query.state, query.user)
    const [first] = parts
    return query.order === undefined || first === undefined || parts.length > 1 ? await this.#walk(parts, query) : await this.#merge(first, query)
  }

  /** Shard by shard. */
  async #walk (parts: readonly Part[], { state, user, limit, cursor }: PageQuery): Promise<Page> {
    const rows: Row[] = []
    let place: Place | null = readCursor(cursor, parts.length)
    for (let seen = 0; place !== null && rows.length < limit && seen < MOST_SEEN;) {
      const part: Part | undefined = parts[place.part]
      if (part === undefined) break
      const asked = Math.min(limit - rows.length, AT_ONCE)
      const entries = await this.#read(part, place.shard, asked, place, '')
      rows.push(...entries.flatMap(entry => rowOf(entry, state, user)))
      seen += asked
      place = nextPlace(place, parts.length, entries.map(({ handle, score }) => [handle, score]), asked)
    }
    return { rows, cursor: place === null ? null : toCursor(place) }
  }

  /** From all shards at once. What lies behind the last entry of a shard that has more is left for the next page. */
  async #merge (part: Part, { state, user, order, limit, cursor }: PageQuery): Promise<Page> {
    const last = readMark(cursor)
    const isBackward = (order === 'newest') !== (part.isInverse === true)
    const compare = (a: Mark, b: Mark): number => (isBackward ? -1 : 1) * (Number(a.score) - Number(b.score) || (a.handle < b.handle ? -1 : Number(a.handle > b.handle)))
    const asked = Math.min(AT_ONCE, 4 + 2 * Math.ceil(limit / SHARDS.length))
    const found = await Promise.all(SHARDS.map(shard => this.#read(part, shard, asked, last ?? { handle: '', score: '' }, isBackward ? 'back' : '')))
    const horizon = found.flatMap(entries => entries.length < asked ? [] : entries.slice(-1)).sort(compare)[0]
    const entries = found.flat().filter(entry => horizon === undefined || compare(entry, horizon) <= 0).sort(compare)
    const page = entries.slice(0, limit)
    const end = page.at(-1)
    const isMore = end !== undefined && (horizon !== undefined || entries.length > limit)
    return { rows: page.flatMap(entry => rowOf(entry, state, user)), cursor: isMore ? toMarkCursor(end) : null }
  }

  async #read ({ index, bounds }: Part, shard: Shard, count: number, { handle, score }: Mark, direction: 'back' | ''): Promise<Entry[]> {
    const key = this.#shards.keys.index(shard, index)
    const { nowMs, rest: [found] } = await this.#shards.ask('list', shard, key, String(count), handle, score, bounds, direction, this.#retention)
    return groups(found, 3).map(([handle = '', score = '', record = '']) => ({ handle, score, record, nowMs }))
  }
}

function partsOf (state: ListedState, user: string | undefined): readonly Part[] {
  const index: Index = user === undefined ? 'due' : `u:${toWord(user)}`
  switch (state) {
    case 'live': return [{ index, bounds: 'live' }]
    case 'due': return [{ index, bounds: 'due' }]
    case 'ended': return [user === undefined ? { index: 'past', bounds: 'all' } : { index, bounds: 'ended', isInverse: true }]
    // In this order: what moves from the first to the second meanwhile is then found there.
    case 'endable': return [{ index, bounds: 'live' }, user === undefined ? { index: 'left', bounds: 'all' } : { index, bounds: 'recent' }]
  }
}

/** What an index says may be late, by a little: the record decides. */
function rowOf ({ handle, record, nowMs }: Entry, state: ListedState, user: string | undefined): Row[] {
  const fate = decodeFate(handle, record, nowMs)
  if (fate === null || fate.state === 'unknown') return []
  const isStoredLive = record.startsWith('1 live ')
  const isWanted = {
    live: fate.state === 'live',
    due: fate.state === 'ended' && isStoredLive,
    ended: fate.state === 'ended' && !isStoredLive,
    endable: fate.state !== 'ended' || (!isStoredLive && fate.ended.reason === 'logout')
  }
  const isTheirs = user === undefined || fate.state === 'replaced' || userOf(fate) === user
  return isWanted[state] && isTheirs ? [{ handle, fate }] : []
}
