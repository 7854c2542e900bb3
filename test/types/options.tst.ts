import session from '@fastify/session'
import { RedisStore as ConnectRedis } from 'connect-redis'
import Fastify from 'fastify'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest, Session } from 'fastify'
import { describe, expect, test } from 'tstyche'
import defaultExport, {
  ActivityStore, MemoryStore, fromSessionStore, requireSession, sameOriginPath, sessionAdmin,
  sessionClient, sessionSecurity
} from '../../src/index.ts'
import { environmentNotes, optionsFromEnv } from '../../src/env.ts'
import type {
  ConnectionsOptions, Device, EndReason, EndedSession, PassiveUrl, Seconds, SecondsOrNone, SessionContents,
  SessionOptions, SessionSecurityOptions, SweepOptions, UserOf
} from '../../src/index.ts'

declare module 'fastify' {
  interface Session {
    user?: string
  }
}

const app = Fastify()
const handler = async () => 'ok'
const required = {
  session: { secret: 'a secret that is long enough for it' },
  userOf: (session: SessionContents) => session.user
}

describe('the plugin', () => {
  test('is the default export too', () => {
    expect(defaultExport).type.toBe<typeof sessionSecurity>()
    expect(sessionSecurity).type.toBe<FastifyPluginAsync<SessionSecurityOptions>>()
  })

  test('needs the options of @fastify/session, with a secret', () => {
    expect(app.register).type.not.toBeCallableWith(sessionSecurity)
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, {})
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { userOf: required.userOf })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, session: {} })
    expect(app.register).type.toBeCallableWith(sessionSecurity, required)
  })

  test('needs userOf or isAuthenticated, and takes both', () => {
    const { session } = required
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { session })
    expect(app.register).type.toBeCallableWith(sessionSecurity, { session, userOf: required.userOf })
    expect(app.register).type.toBeCallableWith(sessionSecurity, { session, isAuthenticated: () => true })
    expect(app.register).type.toBeCallableWith(sessionSecurity, { ...required, isAuthenticated: () => true })
  })

  test('takes how sockets and streams are held to their sessions', () => {
    expect<SessionSecurityOptions['connections']>().type.toBe<ConnectionsOptions | undefined>()
    expect<ConnectionsOptions>().type.toBe<{
      readonly checkEvery?: number | undefined,
      readonly outageGrace?: number | undefined
    }>()
  })

  test('takes a prefix, and a sweep by interval, by cron or none', () => {
    expect<SessionSecurityOptions['sweep']>().type.toBe<SweepOptions | undefined>()
    expect<SweepOptions>().type.toBeAssignableFrom<{ every: number } | { cron: string, timezone: string } | false>()
    expect<SessionSecurityOptions['prefix']>().type.toBe<string | undefined>()
  })
})

describe('the options of @fastify/session', () => {
  test('are its own, but for the store and what is saved', () => {
    expect<SessionOptions>().type.toBeAssignableFrom<{
      secret: string[]
      cookieName: string
      cookiePrefix: string
      rolling: boolean
      cookie: { secure: 'auto', path: string, sameSite: 'strict' }
      idGenerator: (request?: FastifyRequest) => string
    }>()
    expect<SessionOptions>().type.not.toHaveProperty('store')
    expect<SessionOptions>().type.not.toHaveProperty('saveUninitialized')
    const { secret } = required.session
    expect<SessionOptions>().type.not.toBeAssignableFrom<{ secret: number }>()
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, {
      ...required,
      session: { secret, store: new session.MemoryStore() }
    })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, {
      ...required,
      session: { secret, saveUninitialized: false }
    })
  })
})

describe('registration', () => {
  test('takes all options together', () => {
    expect(app.register).type.toBeCallableWith(sessionSecurity, {
      session: { secret: ['new', 'old'], cookie: { secure: 'auto' }, rolling: true },
      cookie: { secret: 'for other cookies', hook: 'preHandler' },
      store: new MemoryStore(),
      warnAfter: 540,
      expireAfter: (request: FastifyRequest) => request.url === '/kiosk' ? 120 : 600,
      absoluteTimeout: (request: FastifyRequest) => request.url === '/kiosk' ? 3600 : false,
      allowShortWarning: false,
      throttle: 1,
      passiveUrls: ['/api/unread', /poll$/],
      isPassive: (request: FastifyRequest) => request.method === 'HEAD',
      allowedOrigins: ['https://app.example'],
      isAuthenticated: () => true,
      userOf: () => 42n,
      deviceOf: (request: FastifyRequest) => ({ address: request.ip, userAgent: request.headers['user-agent'] }),
      maxSessionsPerUser: 3,
      atMaxSessions: 'refuse',
      dropAtSignIn: ['nonce'],
      onSessionEnd: async (ended: EndedSession) => { console.log(ended.handle) },
      redirectToLogout: '/signed-out',
      pingUrl: '/ping',
      pingFormat: 'seconds',
      sweep: { cron: '0 5 * * *' },
      prefix: '/internal'
    })
  })

  test('takes undefined for what is not given, also where exactOptionalPropertyTypes tells the two apart', () => {
    expect(app.register).type.toBeCallableWith(sessionSecurity, {
      ...required,
      cookie: undefined,
      store: undefined,
      warnAfter: undefined,
      expireAfter: undefined,
      absoluteTimeout: undefined,
      allowShortWarning: undefined,
      throttle: undefined,
      passiveUrls: undefined,
      isPassive: undefined,
      allowedOrigins: undefined,
      deviceOf: undefined,
      maxSessionsPerUser: undefined,
      atMaxSessions: undefined,
      dropAtSignIn: undefined,
      onSessionEnd: undefined,
      redirectToLogout: undefined,
      pingUrl: undefined,
      pingFormat: undefined,
      sweep: undefined,
      connections: { checkEvery: undefined, outageGrace: 60 }
    })
    const tags = {
      signOutUrl: undefined,
      loginUrl: undefined,
      extendBy: undefined,
      forms: undefined,
      lang: undefined,
      pingUrl: undefined
    }
    expect(app.register).type.toBeCallableWith(sessionClient, tags)
    expect(app.sessionClient.tags).type.toBeCallableWith(undefined, tags)
    expect(requireSession).type.toBeCallableWith({ loginUrl: undefined })
    const admin = { authorize: () => true, who: undefined, pageSize: undefined }
    expect(app.register).type.toBeCallableWith(sessionAdmin, admin)
  })

  test('refuses an option that there is not', () => {
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, warnafter: 540 })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, originOf: () => null })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, secret: 'x' })
  })

  test('refuses values of a wrong type', () => {
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, store: {} })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, store: new session.MemoryStore() })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, warnAfter: '540' })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, warnAfter: async () => 540 })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, expireAfter: false })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, expireAfter: () => '600' })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, absoluteTimeout: true })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity,
      { ...required, absoluteTimeout: async () => 43_200 })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, allowShortWarning: 'yes' })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, throttle: false })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, passiveUrls: '/poll' })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, passiveUrls: [1] })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, isPassive: true })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, isPassive: async () => true })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, isAuthenticated: async () => true })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, userOf: () => ({ id: 1 }) })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, userOf: async () => 'ann' })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, onSessionEnd: 'log' })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity,
      { ...required, onSessionEnd: (ended: string) => ended })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity,
      { ...required, redirectToLogout: new URL('https://sso.example') })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, pingUrl: /ping/ })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, pingFormat: 'json' })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, sweep: true })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, sweep: 60 })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, sweep: { every: '60' } })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, sweep: {} })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity,
      { ...required, allowedOrigins: 'https://app.example' })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, dropAtSignIn: 'nonce' })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, deviceOf: () => 'curl' })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, deviceOf: async () => null })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, maxSessionsPerUser: '3' })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, atMaxSessions: 'evict' })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { ...required, cookie: 'secret' })
  })
})

describe('options that are functions', () => {
  test('the timeouts are seconds, or are asked for with the request', () => {
    expect<Seconds>().type.toBe<number | ((request: FastifyRequest) => number)>()
    expect<SessionSecurityOptions['warnAfter']>().type.toBe<Seconds | undefined>()
    expect<SessionSecurityOptions['expireAfter']>().type.toBe<Seconds | undefined>()
    expect<SecondsOrNone>().type.toBe<number | false | ((request: FastifyRequest) => number | false)>()
    expect<SessionSecurityOptions['absoluteTimeout']>().type.toBe<SecondsOrNone | undefined>()
    const options: SessionSecurityOptions = {
      ...required,
      warnAfter: request => {
        expect(request).type.toBe<FastifyRequest>()
        return 540
      }
    }
    expect(options).type.toBeAssignableTo<SessionSecurityOptions>()
  })

  test('isPassive is asked with the request, and answers at once', () => {
    expect<NonNullable<SessionSecurityOptions['isPassive']>>().type.toBe<(request: FastifyRequest) => boolean>()
  })

  test('who is signed in is asked of what the session holds, and answered at once', () => {
    expect<SessionContents>().type.toBe<Readonly<Partial<Session>>>()
    expect<NonNullable<SessionSecurityOptions['userOf']>>().type.toBe<UserOf>()
    expect<UserOf>().type.toBe<(session: SessionContents) => string | number | bigint | null | undefined>()
    expect<NonNullable<SessionSecurityOptions['isAuthenticated']>>().type.toBe<(session: SessionContents) => boolean>()
    const options: SessionSecurityOptions = {
      ...required,
      userOf: session => {
        expect(session).type.toBe<SessionContents>()
        return session.user
      },
      isAuthenticated: session => session.user !== undefined
    }
    expect(options).type.toBeAssignableTo<SessionSecurityOptions>()
  })

  test('onSessionEnd is told of the end by handle, and may take its time', () => {
    expect<Parameters<NonNullable<SessionSecurityOptions['onSessionEnd']>>>().type.toBe<[ended: EndedSession]>()
    expect<EndedSession>().type.toBe<{
      readonly handle: string
      readonly user?: string
      readonly device?: Device
      readonly reason: EndReason
      readonly startedAtMs: number
      readonly lastActivityMs: number
      readonly endedAtMs: number
      readonly by?: string
    }>()
    expect<() => Promise<void>>().type.toBeAssignableTo<NonNullable<SessionSecurityOptions['onSessionEnd']>>()
    expect<() => void>().type.toBeAssignableTo<NonNullable<SessionSecurityOptions['onSessionEnd']>>()
  })
})

describe('passiveUrls', () => {
  test('may be a list that nobody can change', () => {
    expect<PassiveUrl>().type.toBe<string | RegExp>()
    expect<SessionSecurityOptions['passiveUrls']>().type.toBeAssignableFrom<readonly ['/a', RegExp]>()
  })
})

describe('the config of a route', () => {
  test('may say whether the route is passive', () => {
    expect(app.get).type.toBeCallableWith('/poll', { config: { sessionSecurity: { passive: true } } }, handler)
    expect(app.get).type.toBeCallableWith('/page', { config: { sessionSecurity: { passive: false } } }, handler)
    expect(app.get).type.toBeCallableWith('/any', { config: { sessionSecurity: {} } }, handler)
    expect(app.route).type.toBeCallableWith({
      method: 'GET', url: '/poll', config: { sessionSecurity: { passive: true } }, handler
    })
  })

  test('refuses a value of a wrong type', () => {
    expect(app.get).type.not.toBeCallableWith('/poll', { config: { sessionSecurity: { passive: 'yes' } } }, handler)
    expect(app.get).type.not.toBeCallableWith('/poll', { config: { sessionSecurity: { passive: null } } }, handler)
    expect(app.route).type.not.toBeCallableWith({
      method: 'GET', url: '/poll', config: { sessionSecurity: { passive: 1 } }, handler
    })
  })
})

describe('the stores', () => {
  test('a MemoryStore is a store of the option "store"', () => {
    expect<SessionSecurityOptions['store']>().type.toBe<ActivityStore | undefined>()
    expect<MemoryStore>().type.toBeAssignableTo<ActivityStore>()
  })

  test('a store of @fastify/session or express-session is one by fromSessionStore()', () => {
    expect(fromSessionStore(new session.MemoryStore())).type.toBe<ActivityStore>()
    expect(fromSessionStore).type.toBeCallableWith(new ConnectRedis({ client: {} }))
    expect(fromSessionStore).type.toBeCallableWith(new session.MemoryStore(),
      { maxSessionBytes: 1024, maxSessionFields: 100, commandTimeout: 2 })
    expect(fromSessionStore).type.not.toBeCallableWith({})
    expect(fromSessionStore).type.not.toBeCallableWith(new session.MemoryStore(), { ttl: 3600 })
  })

  test('a MemoryStore takes options, all of which may be left out', () => {
    expect(MemoryStore).type.toBeConstructableWith()
    expect(MemoryStore).type.toBeConstructableWith({
      clock: () => 0, maxSessionBytes: 1024, maxSessionFields: 100, retention: 3600
    })
    expect(MemoryStore).type.not.toBeConstructableWith({ clock: new Date() })
    expect(MemoryStore).type.not.toBeConstructableWith({ ttl: 3600 })
  })

  test('the store that others are built upon cannot be made by itself', () => {
    expect(ActivityStore).type.not.toBeConstructableWith()
  })
})

describe('requireSession', () => {
  test('makes a preHandler', () => {
    type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>
    expect(requireSession()).type.toBeAssignableTo<Hook>()
    expect(app.get).type.toBeCallableWith('/report', { preHandler: requireSession({ loginUrl: '/login' }) }, handler)
  })

  test('fits every hook of a route and of a context, over HTTP/1, HTTP/2 and TLS, and typed routes', () => {
    const [guard, h2, tls] = [requireSession(), Fastify({ http2: true }), Fastify({ https: {} })]
    const hooks = { onRequest: guard, preParsing: guard, preValidation: [guard], preHandler: guard }
    expect(app.get).type.toBeCallableWith('/', hooks, handler)
    expect(app.get<{ Querystring: { a: string } }>).type.toBeCallableWith('/', { preHandler: guard }, handler)
    expect(h2.get).type.toBeCallableWith('/', hooks, handler)
    expect(tls.get).type.toBeCallableWith('/', { onRequest: guard, preHandler: [guard] }, handler)
    expect(app.addHook).type.toBeCallableWith('preHandler', guard)
    expect(h2.addHook).type.toBeCallableWith('preHandler', guard)
    expect(guard).type.not.toBeCallableWith({}, {})
  })

  test('takes a loginUrl and nothing else', () => {
    expect(requireSession).type.toBeCallableWith({})
    expect(requireSession).type.not.toBeCallableWith({ loginUrl: 5 })
    expect(requireSession).type.not.toBeCallableWith({ login: '/login' })
  })

  test('what comes back as next is a path, or nothing', () => {
    expect(sameOriginPath).type.toBe<(next: unknown) => string | null>()
  })
})

describe('optionsFromEnv', () => {
  test('reads the environment, beside what the application gives', () => {
    expect(optionsFromEnv).type.toBeCallableWith(required)
    expect(optionsFromEnv).type.toBeCallableWith({ ...required, warnAfter: 60 }, process.env)
    expect(optionsFromEnv).type.toBeCallableWith(required, {}, { preset: 'django' })
    expect(optionsFromEnv).type.not.toBeCallableWith(required, {}, { preset: 'rails' })
    expect(optionsFromEnv).type.not.toBeCallableWith()
    expect(optionsFromEnv).type.not.toBeCallableWith({ session: required.session })
    expect(optionsFromEnv).type.not.toBeCallableWith(required, { SESSION_COOKIE_AGE: 7200 })
    expect(optionsFromEnv).type.not.toBeCallableWith({ ...required, warnafter: 60 })
  })

  test('gives what the plugin takes', () => {
    const options = optionsFromEnv(required)
    expect(options).type.toBe<SessionSecurityOptions>()
    expect(environmentNotes(options)).type.toBe<readonly string[]>()
    expect(app.register).type.toBeCallableWith(sessionSecurity, options)
  })
})
