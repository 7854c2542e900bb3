import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Fastify from 'fastify'
import { setTimeout } from 'node:timers/promises'
import type { EndedSession } from '../../src/index.ts'
import { sessionSecurity } from '../../src/index.ts'
import type { RedisStoreOptions } from '../../src/redis.ts'
import { RedisStore } from '../../src/redis.ts'
import type { Account, Field, Fields, Listing } from './events.ts'
import { ACCOUNT_HEADER, FIELDS } from './events.ts'
import type { NodeSettings } from './messages.ts'
import { TIMEOUTS } from './messages.ts'
import { addAdministration } from './node-administration.ts'

declare module 'fastify' {
  interface Session {
    user?: string
    a?: number
    b?: number
    c?: number
    d?: number
  }
  interface FastifyRequest {
    /** The session as the last hook or the handler saw it, and the moment. */
    entered: Pick<Account, 'letIn' | 'ranAtMs'> | undefined
    /** The session that an explicit save began: its cookie may never go out. */
    began: string | null
  }
}

interface EditRequest {
  Params: { field: Field }
  Body: { value: number, waitMs: number }
}

/** All nodes have the same. */
export const SECRET = 'a secret that is long enough for a fleet'

/** Absent and undefined are the same. */
type Terms = { readonly [Name in 'timeouts' | 'anonymousSeconds']: NodeSettings[Name] | undefined }

/** A server as an application would build one. Its answers carry an {@link Account}. */
export async function buildNode (
  options: RedisStoreOptions,
  onSessionEnd: (ended: EndedSession) => Promise<void>,
  { timeouts = TIMEOUTS, anonymousSeconds }: Terms
): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(sessionSecurity, {
    ...timeouts,
    session: {
      secret: SECRET,
      cookie: { secure: false, ...(anonymousSeconds === undefined ? {} : { maxAge: anonymousSeconds * 1000 }) }
    },
    store: new RedisStore(options),
    allowShortWarning: true,
    sweep: { every: 0.5 },
    userOf: session => session.user,
    onSessionEnd
  })
  app.decorateRequest('entered')
  app.decorateRequest('began', null)
  app.addHook('onRequest', async request => { request.entered = { letIn: false } })
  app.addHook('preHandler', async request => enter(request))
  app.addHook(
    'onSend', async (request, reply) => { reply.header(ACCOUNT_HEADER, JSON.stringify(accountOf(request, reply))) }
  )
  addSignIns(app)
  addMembersRoutes(app)
  addAdministration(app)
  app.get<{ Querystring: { user: string } }>(
    '/sessions', async ({ query }) => ({ listing: await listingOf(app, query.user) })
  )
  return app
}

/** Handlers ask by themselves who is signed in, whatever the hooks were notified. */
function enter (request: FastifyRequest): boolean {
  const letIn = request.session?.user !== undefined
  request.entered = { letIn, ranAtMs: Date.now() }
  return letIn
}

function addSignIns (app: FastifyInstance): void {
  app.post<{ Body: { value: number } }>('/visit', async request => {
    if (!enter(request)) request.session.a = request.body.value
    return {}
  })
  app.post<{ Body: { user: string } }>('/sign-in', async request => {
    enter(request)
    const fields = fieldsOf(request)
    request.session.user = request.body.user
    return { fields }
  })
  app.post<{ Querystring: { waitMs: number, saves: 'first' | 'last' } }>('/renew', async request => {
    if (!enter(request)) return {}
    const fields = fieldsOf(request)
    await request.session.regenerate(['user', ...FIELDS])
    const { waitMs, saves } = request.query
    if (saves === 'first') {
      await request.session.save()
      request.began = request.sessionSecurity.handle
    }
    await setTimeout(Number(waitMs))
    return { fields }
  })
  app.post('/sign-out', async request => {
    enter(request)
    await request.session.destroy()
    return {}
  })
  app.post('/forget', async request => {
    if (!enter(request)) return {}
    const fields = fieldsOf(request)
    delete request.session.user
    return { fields }
  })
}

function addMembersRoutes (app: FastifyInstance): void {
  const passive = { config: { sessionSecurity: { passive: true } } }
  app.get('/', async request => show(request))
  app.get('/poll', passive, async request => show(request))
  app.post('/upload', async request => show(request))
  app.get<{ Querystring: { waitMs: number } }>('/slow', async request => {
    enter(request)
    await setTimeout(Number(request.query.waitMs))
    return { fields: fieldsOf(request) }
  })
  app.put<EditRequest>('/fields/:field', async request => {
    const letIn = enter(request)
    const { body: { value, waitMs }, params: { field } } = request
    if (waitMs > 0) await setTimeout(waitMs)
    // Data of its own would make an anonymous session that nobody signed in to.
    if (letIn) request.session[field] = value
    return {}
  })
}

function show (request: FastifyRequest): { status: object, record: object | null, fields: Fields } {
  enter(request)
  const { sessionSecurity } = request
  return { status: sessionSecurity.status(), record: sessionSecurity.record, fields: fieldsOf(request) }
}

function fieldsOf ({ session }: FastifyRequest): Fields {
  return Object.fromEntries(FIELDS.filter(field => session[field] !== undefined).map(field => [field, session[field]]))
}

async function listingOf ({ sessionSecurity }: FastifyInstance, user: string): Promise<Listing> {
  const rows: Array<Listing['rows'][number]> = []
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await sessionSecurity.list({ user, limit: 1000, ...(cursor === undefined ? {} : { cursor }) })
    rows.push(...page.sessions.map(({ handle, user }) => ({ handle, ...(user === undefined ? {} : { user }) })))
    cursor = page.cursor
  }
  return { user, rows }
}

function accountOf ({ session, sessionSecurity, entered, began }: FastifyRequest, reply: FastifyReply): Account {
  // Absent when the store could not be asked: nobody was let in.
  const { handle = null, record = null } = sessionSecurity ?? {}
  const line = String(reply.getHeader('set-cookie') ?? '')
  const begun = began ?? (/^sessionId=[^;]/.test(line) ? handle : null)
  const user = session?.user
  return {
    handle,
    ...(entered ?? { letIn: false }),
    leftAtMs: Date.now(),
    ...(record === null ? {} : { startedAtMs: record.startedAtMs, lastActivityMs: record.lastActivityMs }),
    ...(begun === null ? {} : { began: begun }),
    ...(user === undefined ? {} : { user })
  }
}
