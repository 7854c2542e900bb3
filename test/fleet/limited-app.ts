import type { FastifyInstance, FastifyRequest } from 'fastify'
import Fastify from 'fastify'
import { setTimeout } from 'node:timers/promises'
import type { EndedSession } from '../../src/index.ts'
import { requireSession, sessionSecurity } from '../../src/index.ts'
import type { RedisStoreOptions } from '../../src/redis.ts'
import { RedisStore } from '../../src/redis.ts'
import { latch } from '../helpers/latch.ts'
import type { Account } from './events.ts'
import { ACCOUNT_HEADER } from './events.ts'
import { sharedMs } from './limit-events.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** By `sharedMs()`. */
    arrivedAtMs: number
    /** The moment at which the handler saved the session or answered; `null` for other requests. */
    savingAtMs: number | null
  }
}

/** The pause of a handler before and after a sign-in or renewal, as for bcrypt. */
export interface Handling {
  readonly user: string
  /** Whether it waits for `/release`, and not for some time. */
  readonly isHeld: boolean
  readonly beforeMs: number
  /** With it, the handler saves the session itself, and answers so much later. */
  readonly afterMs: number
}

/** A server whose users may have so many sessions. Its answers carry an {@link Account}. */
export async function buildLimitedNode (
  options: RedisStoreOptions, limit: number, onSessionEnd: (ended: EndedSession) => Promise<void>
): Promise<FastifyInstance> {
  const app = Fastify()
  app.decorateRequest('arrivedAtMs', 0)
  app.decorateRequest('savingAtMs', null)
  await app.register(sessionSecurity, {
    session: { secret: 'a secret that is long enough for a fleet', cookie: { secure: false } },
    store: new RedisStore(options),
    maxSessionsPerUser: limit,
    sweep: { every: 1 },
    userOf: session => session.user,
    onSessionEnd
  })
  // Behind the plugin's own hook, between which and this one a process may stand still: a request came no later than
  // this says.
  app.addHook('onRequest', async request => { request.arrivedAtMs = sharedMs() })
  app.addHook('onSend', async (request, reply) => { reply.header(ACCOUNT_HEADER, JSON.stringify(accountOf(request))) })
  addRoutes(app)
  addAdministration(app)
  return app
}

/** Asked when the session has been saved. */
function accountOf ({ arrivedAtMs, savingAtMs, session, sessionSecurity }: FastifyRequest): Account {
  const { handle = null, record = null } = sessionSecurity ?? {}
  return {
    handle,
    letIn: session?.user !== undefined,
    arrivedAtMs,
    ...(savingAtMs === null ? {} : { savingAtMs }),
    ...(record === null ? {} : { startedAtMs: record.startedAtMs })
  }
}

function addRoutes (app: FastifyInstance): void {
  const door = new Door()
  const guard = { preHandler: requireSession() }
  async function wait ({ isHeld, beforeMs }: Handling): Promise<void> {
    if (isHeld) await door.pass()
    else if (beforeMs > 0) await setTimeout(beforeMs)
  }
  async function save (request: FastifyRequest<{ Body: Handling }>): Promise<void> {
    const { afterMs } = request.body
    request.savingAtMs = sharedMs()
    if (afterMs === 0) return
    await request.session.save()
    await setTimeout(afterMs)
  }
  app.post('/visit', async request => {
    request.session.a = 1
    return {}
  })
  app.post<{ Body: Handling }>('/sign-in', async request => {
    await wait(request.body)
    request.session.user = request.body.user
    await save(request)
    return {}
  })
  app.post<{ Body: Handling }>('/renew', guard, async request => {
    await wait(request.body)
    await request.session.regenerate(['user'])
    await save(request)
    return {}
  })
  app.post('/sign-out', guard, async request => {
    await request.session.destroy()
    return {}
  })
  app.get('/member', guard, async () => ({}))
  app.get<{ Querystring: { count: string } }>('/held', async ({ query }) => {
    await door.holds(Number(query.count))
    return {}
  })
  app.post('/release', async () => {
    door.open()
    return {}
  })
}

function addAdministration (app: FastifyInstance): void {
  app.post<{ Body: { user: string, except: string[] } }>('/end-user', async ({ body: { user, except } }) => {
    const calledAtMs = sharedMs()
    const { ended } = await app.sessionSecurity.endUser(user, { except })
    return { calledAtMs, ended: ended.map(({ handle }) => handle) }
  })
  app.get<{ Querystring: { user: string } }>('/sessions', async ({ query: { user } }) => {
    const { sessions } = await app.sessionSecurity.list({ user, limit: 1000 })
    return { live: sessions.map(({ handle }) => handle) }
  })
}

/** The gate at which handlers wait until they are released together. */
class Door {
  #inside = 0
  #entered = latch()
  #leave = latch()

  async pass (): Promise<void> {
    this.#inside++
    this.#entered.open()
    this.#entered = latch()
    await this.#leave.opened
  }

  /** Resolves when so many wait. */
  async holds (count: number): Promise<void> {
    while (this.#inside < count) await this.#entered.opened
  }

  open (): void {
    this.#inside = 0
    this.#leave.open()
    this.#leave = latch()
  }
}
