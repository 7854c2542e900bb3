import session from '@fastify/session'
import Fastify from 'fastify'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { describe, expect, test } from 'tstyche'
import defaultExport, { ActivityStore, MemoryStore, optionsFromEnv, requireSession, sameOriginPath, sessionActivity, sessionPing, sessionSecurity, sessionSweep } from '../../src/index.ts'
import type { ActivityOptions, EndReason, EndedSession, OptionsFromEnv, Origin, PassiveUrl, PingOptions, Seconds, SessionSecurityOptions, SweepOptions } from '../../src/index.ts'

const app = Fastify()
const handler = async () => 'ok'

describe('the plugins', () => {
  test('the default export is the pair', () => {
    expect(defaultExport).type.toBe<typeof sessionSecurity>()
    expect(sessionSecurity).type.toBe<FastifyPluginAsync<SessionSecurityOptions>>()
  })

  test('each part takes its own options', () => {
    expect(sessionActivity).type.toBe<FastifyPluginAsync<ActivityOptions>>()
    expect(sessionPing).type.toBe<FastifyPluginAsync<PingOptions>>()
    expect(sessionSweep).type.toBe<FastifyPluginAsync<SweepOptions>>()
  })

  test('the pair takes the options of all parts, and a prefix', () => {
    expect<SessionSecurityOptions>().type.toBeAssignableTo<ActivityOptions & PingOptions & SweepOptions>()
    expect<SessionSecurityOptions['prefix']>().type.toBe<string | undefined>()
  })

  test('every option may be left out', () => {
    expect<SessionSecurityOptions>().type.toBeAssignableFrom<{}>()
    expect(app.register).type.toBeCallableWith(sessionSecurity)
    expect(app.register).type.toBeCallableWith(sessionSecurity, {})
    expect(app.register).type.toBeCallableWith(sessionActivity)
    expect(app.register).type.toBeCallableWith(sessionPing)
    expect(app.register).type.toBeCallableWith(sessionSweep)
  })
})

describe('registration', () => {
  test('takes all options together', () => {
    expect(app.register).type.toBeCallableWith(sessionSecurity, {
      store: new MemoryStore(),
      warnAfter: 540,
      expireAfter: (request: FastifyRequest) => request.url === '/kiosk' ? 120 : 600,
      absoluteTimeout: false,
      allowShortWarning: false,
      throttle: 1,
      passiveUrls: ['/api/unread', /poll$/],
      isPassive: (request: FastifyRequest) => request.method === 'HEAD',
      isAuthenticated: () => true,
      userOf: () => 42,
      onSessionEnd: async (ended: EndedSession) => { console.log(ended.handle) },
      redirectToLogout: '/signed-out',
      pingUrl: '/ping',
      pingFormat: 'seconds',
      sweep: { cron: '0 5 * * *' },
      prefix: '/internal'
    })
  })

  test('refuses an option that there is not', () => {
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { warnafter: 540 })
    expect(app.register).type.not.toBeCallableWith(sessionActivity, { pingUrl: '/ping' })
    expect(app.register).type.not.toBeCallableWith(sessionPing, { warnAfter: 540 })
    expect(app.register).type.not.toBeCallableWith(sessionSweep, { warnAfter: 540 })
  })

  test('refuses values of a wrong type', () => {
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { store: {} })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { store: new session.MemoryStore() })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { warnAfter: '540' })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { warnAfter: async () => 540 })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { expireAfter: false })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { expireAfter: () => '600' })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { absoluteTimeout: true })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { absoluteTimeout: () => 43_200 })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { allowShortWarning: 'yes' })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { throttle: false })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { passiveUrls: '/poll' })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { passiveUrls: [1] })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { isPassive: true })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { isPassive: async () => true })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { isAuthenticated: async () => true })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { userOf: () => ({ id: 1 }) })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { userOf: async () => 'ann' })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { onSessionEnd: 'log' })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { onSessionEnd: (ended: string) => ended })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { redirectToLogout: new URL('https://sso.example') })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { pingUrl: /ping/ })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { pingFormat: 'json' })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { sweep: true })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { sweep: 60 })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { sweep: { every: '60' } })
    expect(app.register).type.not.toBeCallableWith(sessionSecurity, { sweep: {} })
  })
})

describe('options that are functions', () => {
  test('the timeouts are seconds, or are asked for with the request', () => {
    expect<Seconds>().type.toBe<number | ((request: FastifyRequest) => number)>()
    expect<ActivityOptions['warnAfter']>().type.toBe<Seconds | undefined>()
    expect<ActivityOptions['expireAfter']>().type.toBe<Seconds | undefined>()
    const options: SessionSecurityOptions = {
      warnAfter: request => {
        expect(request).type.toBe<FastifyRequest>()
        return 540
      }
    }
    expect(options).type.toBe<SessionSecurityOptions>()
  })

  test('the rules are asked with the request, and answer at once', () => {
    expect<NonNullable<ActivityOptions['isPassive']>>().type.toBe<(request: FastifyRequest) => boolean>()
    expect<NonNullable<ActivityOptions['isAuthenticated']>>().type.toBe<(request: FastifyRequest) => boolean>()
    expect<NonNullable<ActivityOptions['userOf']>>().type.toBe<(request: FastifyRequest) => string | number | null | undefined>()
  })

  test('onSessionEnd is told of the end by handle, and may take its time', () => {
    expect<Parameters<NonNullable<ActivityOptions['onSessionEnd']>>>().type.toBe<[ended: EndedSession]>()
    expect<EndedSession>().type.toBe<{
      readonly handle: string
      readonly user?: string
      readonly origin?: Origin
      readonly reason: EndReason
      readonly startedAtMs: number
      readonly lastActivityMs: number
      readonly endedAtMs: number
    }>()
    expect<() => Promise<void>>().type.toBeAssignableTo<NonNullable<ActivityOptions['onSessionEnd']>>()
    expect<() => void>().type.toBeAssignableTo<NonNullable<ActivityOptions['onSessionEnd']>>()
  })
})

describe('passiveUrls', () => {
  test('may be a list that nobody can change', () => {
    expect<PassiveUrl>().type.toBe<string | RegExp>()
    expect<ActivityOptions['passiveUrls']>().type.toBeAssignableFrom<readonly ['/a', RegExp]>()
  })
})

describe('the config of a route', () => {
  test('may say whether the route is passive', () => {
    expect(app.get).type.toBeCallableWith('/poll', { config: { sessionSecurity: { passive: true } } }, handler)
    expect(app.get).type.toBeCallableWith('/page', { config: { sessionSecurity: { passive: false } } }, handler)
    expect(app.get).type.toBeCallableWith('/any', { config: { sessionSecurity: {} } }, handler)
    expect(app.route).type.toBeCallableWith({ method: 'GET', url: '/poll', config: { sessionSecurity: { passive: true } }, handler })
  })

  test('refuses a value of a wrong type', () => {
    expect(app.get).type.not.toBeCallableWith('/poll', { config: { sessionSecurity: { passive: 'yes' } } }, handler)
    expect(app.get).type.not.toBeCallableWith('/poll', { config: { sessionSecurity: { passive: null } } }, handler)
    expect(app.route).type.not.toBeCallableWith({ method: 'GET', url: '/poll', config: { sessionSecurity: { passive: 1 } }, handler })
  })
})

describe('the stores', () => {
  test('a MemoryStore is a store of the option "store"', () => {
    expect<ActivityOptions['store']>().type.toBe<ActivityStore | undefined>()
    expect<MemoryStore>().type.toBeAssignableTo<ActivityStore>()
  })

  test('@fastify/session takes it as its store', () => {
    expect<MemoryStore>().type.toBeAssignableTo<session.SessionStore>()
    expect(app.register).type.toBeCallableWith(session, { secret: 'a secret that is long enough for it', store: new MemoryStore() })
  })

  test('a MemoryStore takes options, all of which may be left out', () => {
    expect(MemoryStore).type.toBeConstructableWith()
    expect(MemoryStore).type.toBeConstructableWith({ clock: () => 0, maxSessionBytes: 1024, retention: 3600 })
    expect(MemoryStore).type.not.toBeConstructableWith({ clock: new Date() })
    expect(MemoryStore).type.not.toBeConstructableWith({ ttl: 3600 })
  })

  test('the store that others are built upon cannot be made by itself', () => {
    expect(ActivityStore).type.not.toBeConstructableWith()
  })
})

describe('requireSession', () => {
  test('makes a preHandler', () => {
    expect(requireSession()).type.toBe<(request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>>()
    expect(app.get).type.toBeCallableWith('/report', { preHandler: requireSession({ loginUrl: '/login' }) }, handler)
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
  test('reads the environment, and what the application gives', () => {
    expect(optionsFromEnv).type.toBeCallableWith()
    expect(optionsFromEnv).type.toBeCallableWith(process.env, { warnAfter: 60, userOf: () => 42 })
    expect(optionsFromEnv).type.not.toBeCallableWith({ SESSION_COOKIE_AGE: 7200 })
    expect(optionsFromEnv).type.not.toBeCallableWith(process.env, { warnafter: 60 })
  })

  test('gives what the two plugins take', () => {
    const env = optionsFromEnv()
    expect(env).type.toBe<OptionsFromEnv>()
    const secret = 'a secret that is long enough for it'
    expect(app.register).type.toBeCallableWith(session, { secret, store: new MemoryStore(), ...env.session })
    expect(app.register).type.toBeCallableWith(session, { secret, ...env.session, cookie: { secure: 'auto', ...env.session.cookie } })
    expect(app.register).type.toBeCallableWith(sessionSecurity, env.security)
    expect(env.session.cookie.maxAge).type.toBe<number | undefined>()
    expect(env.session.rolling).type.toBe<boolean | undefined>()
  })
})
