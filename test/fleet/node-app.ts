import cookie from '@fastify/cookie'
import session from '@fastify/session'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import Fastify from 'fastify'
import { setTimeout } from 'node:timers/promises'
import type { EndedSession, Handle, Terms, Touched } from '../../src/index.ts'
import { sessionSecurity } from '../../src/index.ts'
import type { RedisStoreOptions } from '../../src/redis.ts'
import { RedisStore } from '../../src/redis.ts'
import type { Account, Field, Fields } from './events.ts'
import { ACCOUNT_HEADER, FIELDS } from './events.ts'
import { TIMEOUTS } from './messages.ts'

declare module 'fastify' {
  interface Session {
    user?: string
    a?: number
    b?: number
    c?: number
    d?: number
  }
  interface FastifyRequest {
    isLetIn: boolean
    /** How many stamps of its session had failed on this node when it came. */
    lostBefore: number
  }
}

interface EditRequest {
  Params: { field: Field }
  Body: { value: number, waitMs: number }
}

/** A server as an application would build one. Its answers carry an {@link Account}. */
export async function buildNode (options: RedisStoreOptions, onSessionEnd: (ended: EndedSession) => Promise<void>): Promise<FastifyInstance> {
  const app = Fastify()
  const store = new ObservedStore(options)
  await app.register(cookie)
  await app.register(session, { secret: 'a secret that is long enough for a fleet', store, saveUninitialized: false, cookie: { secure: false } })
  await app.register(sessionSecurity, { ...TIMEOUTS, store, allowShortWarning: true, sweep: { every: 0.5 }, userOf: request => request.session?.user, onSessionEnd })
  app.decorateRequest('isLetIn', false)
  app.decorateRequest('lostBefore', 0)
  app.addHook('preHandler', async request => {
    request.isLetIn = request.session?.user !== undefined
    request.lostBefore = store.lostStamps(request.sessionSecurity.handle)
  })
  app.addHook('onSend', async (request, reply) => { reply.header(ACCOUNT_HEADER, JSON.stringify(accountOf(request, store))) })
  addRoutes(app)
  return app
}

function addRoutes (app: FastifyInstance): void {
  const passive = { config: { sessionSecurity: { passive: true } } }
  app.post<{ Body: { user: string } }>('/sign-in', async request => {
    request.session.user = request.body.user
    return {}
  })
  app.post('/sign-out', async request => {
    await request.session.destroy()
    return {}
  })
  app.get('/', async request => show(request))
  app.get('/poll', passive, async request => show(request))
  app.get<{ Querystring: { waitMs: number } }>('/slow', async request => {
    await setTimeout(Number(request.query.waitMs))
    return show(request)
  })
  app.put<EditRequest>('/fields/:field', async request => {
    const { body: { value, waitMs }, params: { field } } = request
    if (waitMs > 0) await setTimeout(waitMs)
    // Data of its own would make a session of a visitor's that nobody signed in to.
    if (request.isLetIn) request.session[field] = value
    return {}
  })
}

function show ({ session, sessionSecurity }: FastifyRequest): { view: object, record: object | null, fields: Fields } {
  const fields = Object.fromEntries(FIELDS.filter(field => session[field] !== undefined).map(field => [field, session[field]]))
  return { view: sessionSecurity.view(), record: sessionSecurity.record, fields }
}

function accountOf ({ sessionSecurity, isLetIn, lostBefore }: FastifyRequest, store: ObservedStore): Account {
  // Absent when @fastify/session could not ask the store: nobody was let in.
  const { handle = null, record = null } = sessionSecurity ?? {}
  const view = sessionSecurity?.view()
  return {
    handle,
    letIn: isLetIn,
    ...(record === null ? {} : { startedAtMs: record.startedAtMs, lastActivityMs: record.lastActivityMs }),
    ...(record === null || view === undefined || view.state === 'ended' ? {} : { nowMs: Math.round(record.lastActivityMs + view.idleFor * 1000) }),
    isStampLost: store.lostStamps(handle) > lostBefore
  }
}

/** Counts the stamps that failed. The plugin goes on without them, and the handler has been shown them already. */
class ObservedStore extends RedisStore {
  readonly #lost = new Map<Handle, number>()

  lostStamps (handle: Handle | null): number {
    return this.#lost.get(handle ?? '') ?? 0
  }

  override async touch (handle: Handle, activityMs: number, terms?: Terms): Promise<Touched> {
    try {
      return await super.touch(handle, activityMs, terms)
    } catch (error) {
      this.#lost.set(handle, this.lostStamps(handle) + 1)
      throw error
    }
  }
}
