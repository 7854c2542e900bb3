import type { ListOrder, Page, PageQuery, Row } from '../store.ts'
import type { Mark, OrderedPosition, Position } from './cursor.ts'
import { nextPosition, readCursor, readOrderCursor, toCursor, toOrderCursor } from './cursor.ts'
import type { Entry, IndexReader, Part, Source } from './index-reader.ts'
import { MOST_AT_ONCE } from './index-reader.ts'

/** The most entries that one page looks at. A filter that finds nothing must not walk through everything. */
const MOST_SEEN = 2000

/** The most entries that one script of a list in any order reads. */
const AT_ONCE = 50

/**
 * The most sessions of one user that a page in order looks at. A script looks only at those with the tag of the user.
 */
const MOST_EXACT_OF_USER = 20_000

/** The most parts that one page reads. */
const MOST_PARTS = 20

/**
 * The most sessions that a page in order looks at all of. An index says only to about ten seconds when one ends. A list
 * stays exact until it has twice as many.
 */
const MOST_EXACT = 1000

/** The ms by which an index may name a session too early, and a second. SLACK in record.lua is the first part. */
const INDEX_SLACK_MS = 11_000

/** Reads pages of sessions, of all shards or of one user. */
export class Listing {
  readonly #reader: IndexReader

  constructor (reader: IndexReader) {
    this.#reader = reader
  }

  async page (query: PageQuery): Promise<Page> {
    const { order } = query
    const byShard = this.#reader.sourcesOf(query)
    return order === undefined ? await this.#walk(byShard.flat(), query) : await this.#inOrder(byShard, query, order)
  }

  /** Reads index by index. */
  async #walk (sources: readonly Source[], query: PageQuery): Promise<Page> {
    const rows: Row[] = []
    let later = 0
    let nowMs: number | undefined
    let place: Position | null = readCursor(query.cursor, sources.length)
    for (let seen = 0; place !== null && rows.length < query.limit && seen < MOST_SEEN;) {
      const asked = Math.min(query.limit - rows.length, AT_ONCE)
      const source = sources[place.at]
      if (source === undefined) break
      const [part] = await this.#reader.read([source], query, asked, { last: place })
      if (part === undefined) break
      nowMs ??= part.nowMs
      rows.push(...part.entries.flatMap(({ row }) => row ?? []))
      later += part.entries.filter(({ isLater }) => isLater).length
      seen += asked
      place = nextPosition(place, sources.length, part.next)
    }
    const page = { rows, cursor: place === null ? null : toCursor(place), nowMs: nowMs ?? NaN }
    return later === 0 ? page : { ...page, later }
  }

  /** Reads all indexes at once. The index of a user does not know when sessions end: all of it is read. */
  async #inOrder (byShard: ReadonlyArray<readonly Source[]>, query: PageQuery, order: ListOrder): Promise<Page> {
    const last = readOrderCursor(query.cursor)
    const most = query.user === undefined ? MOST_EXACT : MOST_EXACT_OF_USER
    if (last?.isExact === false) return await this.#approximately(byShard, query, order, last)
    const asked = askedOf(byShard, query)
    const parts = (await Promise.all(byShard.map(some => this.#reader.read(some, query, asked, { order })))).flat()
    const total = parts.reduce((sum, part) => sum + part.total, 0)
    if (total > (last === null ? most : 2 * most)) {
      if (last === null && query.user === undefined) return approximatePage(parts, query, order)
      return await this.#approximately(byShard, query, order, last === null ? undefined : asApproximate(last, order))
    }
    const whole = await Promise.all(parts.map(part => this.#rest(part, query, order)))
    return { ...exactPage(whole.flat(), query, order, last), nowMs: clockOf(parts) }
  }

  /**
   * Reads in the order of the scores. The index of a user has no moments of ends: all of it is read. A part of
   * everybody's index may hold nobody of that user.
   */
  async #approximately (
    byShard: ReadonlyArray<readonly Source[]>, query: PageQuery, order: ListOrder, from: Mark | undefined
  ): Promise<Page> {
    const asked = askedOf(byShard, query)
    const isWhole = ({ bounds, index }: Source): boolean => bounds === 'all' && index !== 'past'
    const wholes = await Promise.all(byShard.flat().filter(isWhole).map(source => this.#whole(source, query, order)))
    let [last, page]: [Mark | undefined, Page | null] = [from, null]
    const most = query.userPrefix === undefined ? MOST_PARTS : Math.ceil(MOST_SEEN / (asked * byShard.flat().length))
    for (let parts = 0; parts < most && (page === null || (page.rows.length === 0 && last !== undefined)); parts++) {
      const read = byShard.map(some => some.filter(source => !isWhole(source))).filter(some => some.length > 0)
        .map(some => this.#reader.read(some, query, asked, { last, order }))
      page = approximatePage(
        [...(await Promise.all(read)).flat(), ...wholes.map(whole => behind(whole, last, order))], query, order
      )
      last = readOrderCursor(page.cursor ?? undefined) ?? undefined
    }
    return page ?? { rows: [], cursor: null, nowMs: NaN }
  }

  /** Reads all of an index, with the moment of each end as its score. */
  async #whole (source: Source, query: PageQuery, order: ListOrder): Promise<Part> {
    const [first] = await this.#reader.read([source], query, MOST_AT_ONCE, { order })
    if (first === undefined) throw new RangeError('the reader returned no part of the index')
    const entries = await this.#rest(first, query, order)
    return { ...first, next: null, entries: entries.map(entry => ({ ...entry, score: String(entry.endMs) })) }
  }

  /** Reads the other entries of an index after the first. */
  async #rest (first: Part, query: PageQuery, order: ListOrder): Promise<readonly Entry[]> {
    const entries = [...first.entries]
    for (let { next } = first; next !== null;) {
      const [part] = await this.#reader.read([first.source], query, MOST_AT_ONCE, { last: next, order })
      entries.push(...part?.entries ?? [])
      next = part?.next ?? null
    }
    return entries
  }
}

/** Returns how many entries of each index are read first. A prefix needs few of the entries that it reads. */
function askedOf ({ length }: readonly unknown[], { limit, userPrefix }: PageQuery): number {
  const wanted = userPrefix === undefined ? limit : Math.max(limit, MOST_SEEN)
  return Math.min(MOST_AT_ONCE, 4 + 2 * Math.ceil(wanted / length))
}

/** Returns the entries behind the last one of the page before. */
function behind (part: Part, last: Mark | undefined, order: ListOrder): Part {
  const compare = inOrder(order)
  return {
    ...part,
    entries: part.entries.filter(entry => entry.row !== null && (last === undefined || compare(entry, last) > 0))
  }
}

/** Returns the position in an index from which sessions may end behind a moment. Some sessions may be named twice. */
function asApproximate ({ score, handle }: Mark, order: ListOrder): Mark {
  return order === 'ends-last' ? { score, handle } : { score: String(Number(score) - INDEX_SLACK_MS), handle: '-' }
}

/** Makes a page by the exact moments. */
function exactPage (
  found: readonly Entry[], { limit }: PageQuery, order: ListOrder, last: OrderedPosition | null
): Omit<Page, 'nowMs'> {
  const byEnd = found.flatMap(({ row, handle, endMs }) => row === null ? [] : [{ row, handle, score: String(endMs) }])
  const compare = inOrder(order)
  const entries = onceEach(byEnd.filter(entry => last === null || compare(entry, last) > 0).sort(compare))
  const page = entries.slice(0, limit)
  const end = page.at(-1)
  const isMore = end !== undefined && entries.length > limit
  return { rows: page.map(({ row }) => row), cursor: isMore ? toOrderCursor({ ...end, isExact: true }) : null }
}

/** Makes a page by the scores. Entries behind the last one of an index that has more are left for the next page. */
function approximatePage (parts: readonly Part[], { limit }: PageQuery, order: ListOrder): Page {
  const compare = inOrder(order)
  const horizon = parts.flatMap(({ next }) => next ?? []).sort(compare)[0]
  const found = parts.flatMap(({ entries }) => entries)
  const entries = found.filter(entry => horizon === undefined || compare(entry, horizon) <= 0).sort(compare)
  const [lastWanted = entries.length] = entries.flatMap(({ row }, i) => row === null ? [] : i).slice(limit - 1)
  const page = entries.slice(0, lastWanted + 1)
  const next = entries.length > page.length ? page.at(-1) : horizon
  const wanted = page.flatMap(({ row, handle, endMs }) => row === null ? [] : [{ row, handle, score: String(endMs) }])
  const cursor = next === undefined ? null : toOrderCursor({ score: next.score, handle: next.handle, isExact: false })
  return { rows: wanted.sort(compare).map(({ row }) => row), cursor, nowMs: clockOf(parts) }
}

function clockOf (parts: readonly Part[]): number {
  return Math.min(...parts.map(({ nowMs }) => nowMs))
}

/**
 * Removes entries that occur twice. A sweep may have moved a session from one index to another while these were read.
 */
function onceEach<One extends Mark> (entries: readonly One[]): One[] {
  return entries.filter(({ handle }, i) => handle !== entries[i - 1]?.handle)
}

function inOrder (order: ListOrder): (a: Mark, b: Mark) => number {
  const direction = order === 'ends-last' ? -1 : 1
  return (a, b) => {
    const byHandle = a.handle < b.handle ? -1 : Number(a.handle > b.handle)
    return direction * (Number(a.score) - Number(b.score) || byHandle)
  }
}
