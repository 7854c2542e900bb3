import cookie from '@fastify/cookie'
import session from '@fastify/session'
import { RedisStore as ConnectRedis } from 'connect-redis'
import type { FastifyInstance } from 'fastify'
import Fastify from 'fastify'
import type { ActivityStore, SessionSecurityOptions } from '../../src/index.ts'
import type { Conditions } from './answer.ts'
import { addAnswer, answer, listen } from './answer.ts'
import { expressApp } from './express-app.ts'
import { MemoryStore, RedisStore, sessionSecurity } from './package.ts'
import { secureSessionApp } from './secure-session-app.ts'

declare module 'fastify' {
  interface Session {
    user?: string
    content?: string
    visits?: number
    lastActivity?: number
  }
}

/** Starts an application. @returns its address */
export type SetUp = (conditions: Conditions) => Promise<string>

const SECRET = 'a secret of thirty-two characters'
const TIMEOUT = 3600

/** Applications with the same routes that keep sessions in different ways. */
export const SET_UPS: Readonly<Record<string, SetUp>> = {
  'bare Fastify': async () => await listen(addAnswer(Fastify())),
  'one GET': async ({ redis }) => {
    await redis.set('key', 'x'.repeat(200))
    return await listen(addAnswer(Fastify(), async () => await redis.get('key')))
  },

  '@fastify/session, its memory store': async conditions => await withSession({ conditions, rolling: true }),
  '@fastify/session, its memory store, not rolling': async conditions => await withSession({
    conditions, rolling: false
  }),
  'connect-redis, rolling': async conditions => await withSession({
    conditions, rolling: true, store: connectRedis(conditions)
  }),
  'connect-redis, not rolling': async conditions => await withSession({
    conditions, rolling: false, store: connectRedis(conditions)
  }),
  'connect-redis, stamped by hand': async conditions => await withSession({
    conditions, rolling: true, store: connectRedis(conditions), stamped: true
  }),
  'express-session, connect-redis': async conditions => await expressApp(conditions, SECRET, connectRedis(conditions)),
  '@fastify/secure-session': async conditions => await secureSessionApp(conditions, SECRET),

  'ours, memory': async conditions => await ours(conditions, new MemoryStore(), { throttle: 0 }),
  'ours, memory, throttled': async conditions => await ours(conditions, new MemoryStore()),
  'ours, Redis': async conditions => await ours(
    conditions, new RedisStore({ client: conditions.redis }), { throttle: 0 }
  ),
  'ours, Redis, throttled': async conditions => await ours(conditions, new RedisStore({ client: conditions.redis }))
}

function connectRedis ({ redis }: Conditions): ConnectRedis {
  return new ConnectRedis({ client: redis, ttl: TIMEOUT })
}

interface WithSession {
  readonly conditions: Conditions
  readonly rolling: boolean
  readonly store?: ConnectRedis
  /** Whether a hook enforces an idle deadline, as people write it by hand. */
  readonly stamped?: boolean
}

async function withSession ({ conditions, rolling, store, stamped = false }: WithSession): Promise<string> {
  const app = Fastify()
  await app.register(cookie)
  await app.register(
    session,
    {
      secret: SECRET,
      saveUninitialized: false,
      rolling,
      cookie: { secure: false, maxAge: TIMEOUT * 1000 },
      ...(store === undefined ? {} : { store })
    }
  )
  if (stamped) {
    app.addHook('preHandler', async request => {
      const { lastActivity } = request.session
      if (lastActivity !== undefined && Date.now() - lastActivity > TIMEOUT * 1000) await request.session.destroy()
      else request.session.lastActivity = Date.now()
    })
  }
  return await listen(signedIn(app, conditions))
}

async function ours (
  conditions: Conditions, store: ActivityStore, options: Pick<SessionSecurityOptions, 'throttle'> = {}
): Promise<string> {
  const app = Fastify()
  await app.register(sessionSecurity, {
    session: { secret: SECRET, cookie: { secure: false } },
    store,
    userOf: session => session.user,
    expireAfter: TIMEOUT,
    passiveUrls: ['/passive'],
    ...options
  })
  return await listen(signedIn(app, conditions))
}

function signedIn (app: FastifyInstance, { bytes, firstUser }: Conditions): FastifyInstance {
  let users = firstUser
  app.post('/sign-in', async request => {
    request.session.user = `user-${++users}`
    request.session.content = 'x'.repeat(bytes)
    return 'welcome'
  })
  app.get('/', async request => answer(request.session.content))
  app.get('/passive', async request => answer(request.session.content))
  app.get('/changed', async request => {
    request.session.visits = (request.session.visits ?? 0) + 1
    return answer(request.session.content)
  })
  return app
}
