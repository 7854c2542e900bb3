import type { FastifyInstance, FastifyRequest } from 'fastify'
import { endSessionsPage, endUserPage } from './confirm-pages.ts'
import { readHandles, readRequired, readSessionListing, readText } from './listing.ts'
import type { SessionListing } from './listing.ts'
import { sessionPage } from './session-page.ts'
import { sessionsPage } from './sessions-page.ts'
import { UnknownSessionError } from './errors.ts'
import type { ListOptions, SessionList } from '../store/administration.ts'
import type { Handle } from '../store/handle.ts'
import { isHandle } from '../store/handle.ts'
import type { SessionSummary } from '../store/summary.ts'
import type { AdminContext } from './admin-context.ts'
import { listing, queryOf } from './admin-context.ts'
import { formOf } from './forms.ts'

interface OneSession {
  readonly Params: { readonly handle: string }
}

/** The most sessions that one press of the button ends, because the operator waits. */
const SWEEP_LIMIT = 1000

/**
 * The largest number of reads for one page of a list. Ended sessions follow live ones, and either read may be short.
 */
const MOST_READS = 4

/** Registers the routes that list live and ended sessions, and end them. */
export function sessionRoutes (fastify: FastifyInstance, context: AdminContext): void {
  const { security, pageSize, frame: { addresses } } = context

  fastify.get('/', async function showSessions (request, reply) {
    const asked = readSessionListing(queryOf(request))
    const [list, stats] = await Promise.all([
      listing(asked.cursor, () => fill(listOptions(asked))),
      security.stats()
    ])
    return await context.send(
      request, reply, around => sessionsPage(around, { listing: asked, list, stats, own: ownHandle(request) })
    )
  })

  fastify.get<OneSession>('/sessions/:handle', async function showSession (request, reply) {
    const session = await find(request.params.handle)
    if (session.handle !== request.params.handle) {
      return await reply.redirect(addresses.session(session.handle), 303)
    } // the session was renewed
    return await context.send(request, reply, around => sessionPage(around, session, ownHandle(request)))
  })

  fastify.post<OneSession>('/sessions/:handle/end', async function endSession (request, reply) {
    const form = formOf(request)
    const back = readText(form, 'back') === 'list' ? readSessionListing(form) : undefined
    const by = context.operatorOf(request)
    const { handle } = await find(request.params.handle)
    const ended = await security.end(handle, by)
    if (ended !== null) context.log('ended a session', by, { handle: ended.handle, user: ended.user })
    const outcome = { done: ended === null ? 'ended-before' : 'ended' } as const
    const next = back === undefined ? addresses.session(handle, outcome) : addresses.sessions(back, outcome)
    return await reply.redirect(next, 303)
  })

  fastify.get('/end-sessions', async function askToEndSessions (request, reply) {
    const query = queryOf(request)
    const [back, handles] = [readSessionListing(query), readHandles(query, pageSize)]
    if (handles.length === 0) return await reply.redirect(addresses.sessions(back, { done: 'none-chosen' }), 303)
    const found = await Promise.all(handles.map(async handle => await security.get(handle)))
    const live = found.flatMap(session => session?.state === 'live' ? [session] : [])
    const ended = handles.length - live.length
    const none = { done: 'sessions-ended', sessions: 0, before: ended } as const
    if (live.length === 0) return await reply.redirect(addresses.sessions(back, none), 303)
    const asked = { live, ended, listing: back, own: ownHandle(request) }
    return await context.send(request, reply, around => endSessionsPage(around, asked))
  })

  fastify.post('/end-sessions', async function endSessions (request, reply) {
    const form = formOf(request)
    const [back, handles] = [readSessionListing(form), readHandles(form, pageSize)]
    const own = readText(form, 'keep') === undefined ? null : ownHandle(request)
    const by = context.operatorOf(request)
    const { ended, over, later } = await security.endSessions(handles.filter(handle => handle !== own), by)
    for (const { handle, user } of ended) context.log('ended a session', by, { handle, user })
    const counts = { sessions: ended.length, before: over.length, left: later.length }
    return await reply.redirect(addresses.sessions(back, { done: 'sessions-ended', ...counts }), 303)
  })

  fastify.get('/end-user', async function askToEndUser (request, reply) {
    const user = readRequired(queryOf(request), 'user')
    const list = await security.list({ user, limit: pageSize })
    const isSelf = await isOwnUser(request, user)
    return await context.send(request, reply, around => endUserPage(around, { user, list, isSelf }))
  })

  fastify.post('/end-user', async function endUser (request, reply) {
    const form = formOf(request)
    const user = readRequired(form, 'user')
    const withTokens = readText(form, 'tokens') !== undefined
    const own = ownHandle(request)
    const except = readText(form, 'keep') === undefined || own === null ? [] : [own]
    const by = context.operatorOf(request)
    const { ended, tokens, left } = await security.endUser(user, { except, tokens: withTokens, ...by })
    const sessions = ended.length
    context.log('ended all sessions of a user', by, { user, sessions, tokens, left })
    const done = withTokens ? 'user-ended-with-tokens' : 'user-ended'
    const outcome = { done, sessions, tokens, ...(left === 0 ? {} : { left }) } as const
    return await reply.redirect(addresses.sessions({ user }, outcome), 303)
  })

  fastify.post('/sweep', async function sweep (request, reply) {
    const by = context.operatorOf(request)
    const { ended: sessions, failed, more } = await security.sweep({ limit: SWEEP_LIMIT })
    context.log('ran the sweep', by, { sessions, failed })
    const outcome = { done: 'swept', sessions, failed, more: Number(more) } as const
    return await reply.redirect(addresses.sessions({ state: 'ended' }, outcome), 303)
  })

  /** Fills a page of a list, unless that takes too many reads. */
  async function fill (options: ListOptions): Promise<SessionList> {
    let list = await security.list({ ...options, limit: pageSize })
    for (let reads = 1; list.cursor !== null && list.sessions.length < pageSize && reads < MOST_READS; reads++) {
      const more = await security.list({ ...options, limit: pageSize - list.sessions.length, cursor: list.cursor })
      list = { sessions: [...list.sessions, ...more.sessions], cursor: more.cursor }
    }
    return list
  }

  /** @throws {UnknownSessionError} */
  async function find (handle: string): Promise<SessionSummary> {
    const session = isHandle(handle) ? await security.get(handle) : null
    if (session === null) throw new UnknownSessionError()
    return session
  }

  async function isOwnUser (request: FastifyRequest, user: string): Promise<boolean> {
    const own = ownHandle(request)
    return own !== null && (await security.get(own))?.user === user
  }
}

/** Returns the options of `list()` for an address. */
function listOptions ({ state, order, user, match, cursor }: SessionListing): ListOptions {
  return {
    state,
    ...(order === 'any' ? {} : { order }),
    ...(user === undefined ? {} : match === 'prefix' ? { userPrefix: user } : { user }),
    ...(cursor === undefined ? {} : { cursor })
  }
}

function ownHandle (request: FastifyRequest): Handle | null {
  return request.sessionSecurity.handle
}
