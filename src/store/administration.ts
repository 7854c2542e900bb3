import type { EndReason } from '../core/policy.ts'
import { BadOptionError } from '../errors.ts'
import { check, checkUser } from '../option-checks.ts'
import type { Handle } from './handle.ts'
import type { EndedSession, PageQuery, Row, SessionVerbs } from './store.ts'
import { userOf } from './store.ts'
import type { SessionSummary } from './summary.ts'
import { summaryOf } from './summary.ts'

/** What may be done with the sessions of a store from outside a request; the same for a server and for the command line. */

export interface ListOptions {
  /** Only this user's. */
  readonly user?: string | number
  /** Default `live`. `all`: the live ones first, then those that have ended. */
  readonly state?: 'live' | 'ended' | 'all'
  /** By deadline, or by when they ended: the earliest first (`oldest`) or the latest (`newest`). Default: in any order. */
  readonly order?: 'oldest' | 'newest'
  /** The most sessions of a page, 1 to 1000. Default 50. */
  readonly limit?: number
  /** That of the page before. Default: from the beginning. */
  readonly cursor?: string
}

/** Part of a list. It may be shorter than asked for, even empty, though there are more. */
export interface SessionList {
  readonly sessions: readonly SessionSummary[]
  /** For the next page; `null` when there is none. */
  readonly cursor: string | null
}

/** Sessions that are ended at once. */
const AT_ONCE = 100

/** @throws {BadOptionError} */
export async function listSessions (store: SessionVerbs, options: ListOptions = {}): Promise<SessionList> {
  const { user, state = 'live', order, limit = 50, cursor } = options
  if (user !== undefined) checkUser(user)
  check('state', state, '"live", "ended" or "all"', value => ['live', 'ended', 'all'].includes(value as string))
  check('order', order, '"oldest" or "newest"', value => [undefined, 'oldest', 'newest'].includes(value as string))
  check('limit', limit, 'a whole number from 1 to 1000', value => Number.isInteger(value) && limit >= 1 && limit <= 1000)
  check('cursor', cursor, 'the cursor of the page before', value => value === undefined || typeof value === 'string')
  const query = { limit, ...(user === undefined ? {} : { user: String(user) }), ...(order === undefined ? {} : { order }) }
  if (state !== 'all') return await pageOf(store, { ...query, state, ...(cursor === undefined ? {} : { cursor }) })
  const [, part = 'live', rest] = /^(live|ended)(?:,(.*))?$/.exec(cursor ?? 'live') ?? refuse(cursor)
  const page = await pageOf(store, { ...query, state: part === 'live' ? 'live' : 'ended', ...(rest === undefined ? {} : { cursor: rest }) })
  if (page.cursor !== null) return { ...page, cursor: `${part},${page.cursor}` }
  return { ...page, cursor: part === 'live' ? 'ended' : null }
}

/** One session; of one that was renewed, what it goes on as. */
export async function findSession (store: SessionVerbs, handle: Handle): Promise<SessionSummary | null> {
  const fate = await store.find(handle)
  if (fate.state === 'replaced') return fate.by === undefined ? null : await findSession(store, fate.by)
  return summaryOf(handle, fate)
}

/** Ends all sessions of a user but some. @returns those that it ended: their ends are the caller's to claim. */
export async function endUser (store: SessionVerbs, user: string, reason: EndReason, except: readonly Handle[] = []): Promise<EndedSession[]> {
  const rows: Row[] = []
  for await (const page of pages(store, { state: 'endable', user, limit: 1000 })) rows.push(...page)
  const spared = new Set((await Promise.all(except.map(handle => wayOf(store, handle)))).flat().map(row => row.handle)) // who was renewed is spared under the new id
  const handles = await Promise.all(rows.map(async row => await isToEnd(store, row, user, spared) ? [row.handle] : []))
  return await endEach(store, handles.flat(), reason)
}

/** Whoever ends what was renewed ends what it goes on as: not when that is spared, or is another user's by now. */
async function isToEnd (store: SessionVerbs, { handle, fate }: Row, user: string, spared: ReadonlySet<Handle>): Promise<boolean> {
  if (spared.has(handle)) return false
  if (fate.state !== 'replaced' || fate.by === undefined) return true
  const way = await wayOf(store, fate.by)
  return way.every(heir => !spared.has(heir.handle) && (userOf(heir.fate) ?? user) === user)
}

/** A session, and whatever it goes on as, one after the other. */
async function wayOf (store: SessionVerbs, handle: Handle): Promise<Row[]> {
  const fate = await store.find(handle)
  return [{ handle, fate }, ...fate.state === 'replaced' && fate.by !== undefined ? await wayOf(store, fate.by) : []]
}

/** Ends all sessions of everybody, a page at a time: their ends are the caller's to claim. */
export async function * endAll (store: SessionVerbs, reason: EndReason): AsyncGenerator<EndedSession[]> {
  for await (const rows of pages(store, { state: 'endable', limit: 200 })) yield await endEach(store, rows.map(row => row.handle), reason)
}

async function pageOf (store: SessionVerbs, query: PageQuery): Promise<SessionList> {
  const { rows, cursor } = await store.list(query)
  return { sessions: rows.map(({ handle, fate }) => summaryOf(handle, fate)).filter(summary => summary !== null), cursor }
}

/** Page by page to the end. */
async function * pages (store: SessionVerbs, query: PageQuery): AsyncGenerator<readonly Row[]> {
  let cursor: string | null | undefined
  while (cursor !== null) {
    const page = await store.list({ ...query, ...(cursor === undefined ? {} : { cursor }) })
    yield page.rows
    cursor = page.cursor
  }
}

async function endEach (store: SessionVerbs, handles: readonly Handle[], reason: EndReason): Promise<EndedSession[]> {
  const ended: EndedSession[] = []
  for (let i = 0; i < handles.length; i += AT_ONCE) {
    const batch = await Promise.all(handles.slice(i, i + AT_ONCE).map(handle => store.end(handle, reason)))
    ended.push(...batch.filter(session => session !== null))
  }
  return ended
}

function refuse (cursor: string | undefined): never {
  throw new BadOptionError('cursor', 'the cursor of the page before', JSON.stringify(cursor?.slice(0, 80)))
}
