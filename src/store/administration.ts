import type { EndReason } from '../core/policy.ts'
import { BadOptionError, LaterVersionError } from '../errors.ts'
import { check, checkPaging, checkUser, isObject, refuseUnknown } from '../option-checks.ts'
import { boundCursor, unboundCursor } from './bound-cursor.ts'
import type { Handle } from './handle.ts'
import type { EndedSession, ListOrder, Page, PageQuery, SessionVerbs } from './store.ts'
import { renewalsOf } from './successors.ts'
import type { SessionSummary } from './summary.ts'
import { summaryOf } from './summary.ts'

/* Lists, finds and ends the sessions of a store from outside a request, for a server and for the command line. */

export interface ListOptions {
  /** Only this user's. */
  readonly user?: string | number | bigint
  /**
   * Default `live`. `ended`: those that are still known, and those past their deadline that no sweep has come across.
   * `all`: the live ones first, then those that have ended; with `ends-first` the other way around.
   */
  readonly state?: 'live' | 'ended' | 'all'
  /**
   * By the end of each session: its deadline while it is alive, the moment at which it ended after that. The earliest
   * end first, or the latest. To about ten seconds where there are more than a thousand. Default: no order.
   */
  readonly order?: ListOrder
  /** The most sessions of a page, 1 to 1000. Default 50. */
  readonly limit?: number
  /** That of the page before. Default: from the beginning. */
  readonly cursor?: string
}

/** Options that were checked. */
type Asked = Required<Pick<ListOptions, 'state' | 'limit'>> & Pick<ListOptions, 'user' | 'order'> & { readonly cursor: string | undefined }

/** Part of a list. It may be shorter than asked for, even empty, though there are more. */
export interface SessionList {
  readonly sessions: readonly SessionSummary[]
  /** For the next page; `null` when there is none. */
  readonly cursor: string | null
}

/** How often a list is read at most for the end of all sessions. */
const MOST_PASSES = 20

/** Sessions that are ended at once. */
const AT_ONCE = 100

/** @throws {BadOptionError} */
export async function listSessions (store: SessionVerbs, options: ListOptions = {}): Promise<SessionList> {
  check('options', options, 'an object with some of user, state, order, limit, cursor', isObject)
  refuseUnknown(options, ['user', 'state', 'order', 'limit', 'cursor'])
  const { user, state = 'live', order, limit = 50 } = options
  if (user !== undefined) checkUser(user)
  check('state', state, '"live", "ended" or "all"', value => ['live', 'ended', 'all'].includes(value as string))
  check('order', order, '"ends-first" or "ends-last"', value => [undefined, 'ends-first', 'ends-last'].includes(value as string))
  checkPaging(limit, options.cursor)
  const asked = { user: user === undefined ? undefined : String(user), state, order }
  const list = await listPart(store, { ...options, state, limit, cursor: unboundCursor(asked, options.cursor) })
  return { ...list, cursor: boundCursor(asked, list.cursor) }
}

async function listPart (store: SessionVerbs, { user, state, order, limit, cursor }: Asked): Promise<SessionList> {
  const ofUser = user === undefined ? {} : { user: String(user) }
  const query = { limit, ...ofUser, ...(order === undefined ? {} : { order }) }
  if (state !== 'all') return await pageOf(store, { ...query, state, ...(cursor === undefined ? {} : { cursor }) })
  const [first, second] = order === 'ends-first' ? ['ended', 'live'] as const : ['live', 'ended'] as const
  const [, part, rest] = /^(live|ended)(?:,(.*))?$/.exec(cursor ?? first) ?? refuse(cursor)
  const inPart = { ...query, state: part === 'live' ? 'live' : 'ended' } as const
  const page = await pageOf(store, { ...inPart, ...(rest === undefined ? {} : { cursor: rest }) })
  if (page.cursor !== null) return { ...page, cursor: `${part},${page.cursor}` }
  return { ...page, cursor: part === first ? second : null }
}

/**
 * One session; of one that was renewed, what it goes on as: the first that is alive, or else one that has ended.
 * @throws {LaterVersionError} when none is alive here, and a later version keeps one
 */
export async function findSession (store: SessionVerbs, handle: Handle): Promise<SessionSummary | null> {
  let ended: SessionSummary | null = null
  let isLater = false
  for await (const row of renewalsOf(store, handle)) {
    const summary = summaryOf(row.handle, row.fate)
    if (summary?.state === 'live') return summary
    ended ??= summary
    isLater ||= row.fate.state === 'later'
  }
  if (isLater) throw new LaterVersionError('operator')
  return ended
}

/**
 * Ends a session for an operator. @returns as the verb does
 * @throws {LaterVersionError} when a later version keeps it, or one that it goes on as: that one has not ended
 */
export async function endSession (
  store: SessionVerbs, handle: Handle, reason: EndReason, by?: string
): Promise<readonly EndedSession[]> {
  try {
    return await store.end(handle, reason, by)
  } catch (error) {
    throw error instanceof LaterVersionError ? new LaterVersionError('operator') : error
  }
}

/** Some ended sessions, and how many were left because a later version keeps them. */
export interface EndedPart {
  readonly ended: readonly EndedSession[]
  readonly left: number
}

/** How slow a clock may be beside that of this node. */
const SLOWEST_CLOCK = 0.999

/**
 * Ends all sessions of everybody that have started, a page at a time. The ends are claimed for the caller. A session whose
 * timeouts become stricter meanwhile may move to a page that was read: so the list is read until there are none.
 */
export async function * endAll (store: SessionVerbs, reason: EndReason, by?: string): AsyncGenerator<EndedPart> {
  const called = store.arrival()
  let calledAtMs: number | undefined
  for (let [passes, found] = [0, true]; found && passes < MOST_PASSES; passes++) {
    found = false
    for await (const { rows, nowMs: readAtMs, later = 0, askedAtMs } of pages(store, { state: 'live', limit: 200 })) {
      const live = rows.flatMap(({ handle, fate }) => fate.state === 'live' ? [{ handle, ...fate }] : [])
      // By the age of each, too: the masters of a Cluster have a clock each. A start ahead of it is from before it was set back.
      const [before, sinceMs] = [calledAtMs ??= readAtMs, (askedAtMs - called.atMs) * SLOWEST_CLOCK - 1]
      const started = live.filter(({ record: { startedAtMs }, nowMs }) => {
        return startedAtMs <= before || nowMs - startedAtMs >= sinceMs || startedAtMs > nowMs
      })
      found ||= started.length > 0
      const left = passes === 0 ? later : 0
      if (started.length + left === 0) continue
      const part = await endEach(store, started.map(({ handle }) => handle), reason, by)
      yield { ended: part.ended, left: part.left + left }
    }
  }
}

async function pageOf (store: SessionVerbs, query: PageQuery): Promise<SessionList> {
  const { rows, cursor } = await store.list(query)
  const sessions = rows.map(({ handle, fate }) => summaryOf(handle, fate)).filter(summary => summary !== null)
  return { sessions, cursor }
}

/** Page by page to the end. */
async function * pages (store: SessionVerbs, query: PageQuery): AsyncGenerator<Page & { readonly askedAtMs: number }> {
  let cursor: string | null | undefined
  while (cursor !== null) {
    const askedAtMs = store.arrival().atMs
    const page = await store.list({ ...query, ...(cursor === undefined ? {} : { cursor }) })
    yield { ...page, askedAtMs }
    cursor = page.cursor
  }
}

async function endEach (
  store: SessionVerbs, handles: readonly Handle[], reason: EndReason, by?: string
): Promise<EndedPart> {
  const ended: EndedSession[] = []
  let left = 0
  for (let i = 0; i < handles.length; i += AT_ONCE) {
    const batch = await Promise.allSettled(handles.slice(i, i + AT_ONCE).map(handle => store.end(handle, reason, by)))
    for (const outcome of batch) {
      if (outcome.status === 'fulfilled') ended.push(...outcome.value)
      else if (outcome.reason instanceof LaterVersionError) left++
      else throw outcome.reason
    }
  }
  return { ended, left }
}

function refuse (cursor: string | undefined): never {
  throw new BadOptionError('cursor', 'the cursor of the page before', JSON.stringify(cursor?.slice(0, 80)))
}
