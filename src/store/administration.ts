import { BadOptionError, LaterVersionError } from '../errors.ts'
import { check, checkPaging, checkText, checkUser, pick, refuseUnknown } from '../option-checks.ts'
import { boundCursor, unboundCursor } from './bound-cursor.ts'
import type { Handle } from './handle.ts'
import type { ListOrder, PageQuery, SessionVerbs } from './store.ts'
import { renewalsOf } from './successors.ts'
import type { SessionSummary } from './summary.ts'
import { summaryOf } from './summary.ts'

/* Lists and finds sessions from outside of a request, for a server and for the command line. */

export interface ListOptions {
  /** Only this user's. */
  readonly user?: string | number | bigint
  /**
   * Only those of users whose id begins so, in upper or lower case. All sessions are passed through for them: with a
   * RedisStore each page looks at some thousands, and may be empty though there are more. Not beside `user`.
   */
  readonly userPrefix?: string
  /**
   * Default `live`. `ended`: those that are still known, and those past their deadline that no sweep has come across.
   * `all`: the live ones first, then those that have ended; with `ends-first` the other way around.
   */
  readonly state?: 'live' | 'ended' | 'all'
  /**
   * The order by the end of each session: the earliest end first, or the latest. The end is the deadline of a live
   * session, and the moment at which an ended one ended. With more than a thousand sessions the order is exact to about
   * ten seconds. Default: no order.
   */
  readonly order?: ListOrder
  /** The most sessions of a page, 1 to 1000. Default 50. */
  readonly limit?: number
  /** The cursor of the page before. Default: the first page. */
  readonly cursor?: string
}

/** Options that were checked. */
type Asked = Required<Pick<ListOptions, 'state' | 'limit'>> & Pick<ListOptions, 'user' | 'userPrefix' | 'order'> &
  { readonly cursor: string | undefined }

/** Part of a list. It may be shorter than asked for, even empty, though there are more. */
export interface SessionList {
  readonly sessions: readonly SessionSummary[]
  /** For the next page; `null` when there is none. */
  readonly cursor: string | null
}

/** @throws {BadOptionError} */
export async function listSessions (store: SessionVerbs, options: ListOptions = {}): Promise<SessionList> {
  refuseUnknown(options, ['user', 'userPrefix', 'state', 'order', 'limit', 'cursor'])
  const { user, userPrefix, state = 'live', order, limit = 50 } = options
  if (user !== undefined) checkUser(user)
  if (userPrefix !== undefined) checkText('userPrefix', userPrefix)
  check(
    'userPrefix', userPrefix, 'left out if "user" is given', () => user === undefined || userPrefix === undefined
  )
  check('state', state, '"live", "ended" or "all"', value => ['live', 'ended', 'all'].includes(value as string))
  check(
    'order', order, '"ends-first" or "ends-last"',
    value => [undefined, 'ends-first', 'ends-last'].includes(value as string)
  )
  checkPaging(limit, options.cursor)
  const asked = { user: user === undefined ? undefined : String(user), userPrefix, state, order }
  const list = await listPart(store, { ...options, state, limit, cursor: unboundCursor(asked, options.cursor) })
  return { ...list, cursor: boundCursor(asked, list.cursor) }
}

async function listPart (store: SessionVerbs, { user, state, limit, cursor, ...rest }: Asked): Promise<SessionList> {
  const ofUser = user === undefined ? {} : { user: String(user) }
  const query = { limit, ...ofUser, ...pick(rest, ['userPrefix', 'order']) }
  const { order } = rest
  if (state !== 'all') return await pageOf(store, { ...query, state, ...(cursor === undefined ? {} : { cursor }) })
  const [first, second] = order === 'ends-first' ? ['ended', 'live'] as const : ['live', 'ended'] as const
  const [, part, from] = /^(live|ended)(?:,(.*))?$/.exec(cursor ?? first) ?? refuse(cursor)
  const inPart = { ...query, state: part === 'live' ? 'live' : 'ended' } as const
  const page = await pageOf(store, { ...inPart, ...(from === undefined ? {} : { cursor: from }) })
  if (page.cursor !== null) return { ...page, cursor: `${part},${page.cursor}` }
  return { ...page, cursor: part === first ? second : null }
}

/**
 * Finds a session. Of a renewed one, finds the first successor that lives, or else one that has ended.
 * @throws {LaterVersionError} if none is alive here, and a later version keeps one
 */
export async function findSession (store: SessionVerbs, handle: Handle): Promise<SessionSummary | null> {
  let ended: SessionSummary | null = null
  let isLater = false
  for await (const row of renewalsOf(store, handle)) {
    const summary = summaryOf(row.handle, row.session)
    if (summary?.state === 'live') return summary
    ended ??= summary
    isLater ||= row.session.state === 'later'
  }
  if (isLater) throw new LaterVersionError('operator')
  return ended
}

async function pageOf (store: SessionVerbs, query: PageQuery): Promise<SessionList> {
  const { rows, cursor } = await store.list(query)
  const sessions = rows.map(({ handle, session }) => summaryOf(handle, session)).filter(summary => summary !== null)
  return { sessions, cursor }
}

function refuse (cursor: string | undefined): never {
  throw new BadOptionError('cursor', 'the cursor of the page before', JSON.stringify(cursor?.slice(0, 80)))
}
