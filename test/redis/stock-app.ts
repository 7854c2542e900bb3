import { mock } from 'node:test'
import cookie from '@fastify/cookie'
import type { FastifySessionOptions } from '@fastify/session'
import session from '@fastify/session'
import { RedisStore as ConnectRedis } from 'connect-redis'
import type { FastifyInstance } from 'fastify'
import Fastify from 'fastify'
import type { Redis } from 'ioredis'
import { sessionSecurity } from '../../src/index.ts'
import { handleOf } from '../../src/store/handle.ts'
import type { Gate } from '../helpers/app.ts'
import { SECRET, gate, pass } from '../helpers/app.ts'
import { BrowserJar } from '../helpers/browser-jar.ts'
import type { FakeClock } from '../helpers/fake-clock.ts'
import type { TestStore, redisKit } from '../helpers/store-kits.ts'

declare module 'fastify' {
  interface Session {
    /** The hand-written stamp's. */
    lastActivity?: number
  }
}

const TIMEOUT_SECONDS = 10

/** The compared ways to sign out a person who is idle for ten seconds. */
export const SET_UPS = ['ours', 'ttl', 'maxAge', 'stamp', 'stampNotRolling'] as const

export type SetUpName = typeof SET_UPS[number]

interface SetUp {
  /**
   * Registers the sessions, then what enforces the timeout besides the store. `addEarlyHook` adds a hook of the
   * application: as early as one can run that sees a session.
   */
  register (app: FastifyInstance, addEarlyHook: () => void): Promise<void>
  /** Whether the store hands the session to a request or an early hook. */
  handsOut (sessionId: string): Promise<boolean>
  /** Returns the seconds since the last activity that Redis knows. */
  idleFor (sessionId: string): Promise<number>
}

/** One application, the same on every set-up. Its handlers wait until the test opens their gates. */
export interface ComparedApp {
  readonly clock: FakeClock
  readonly browser: BrowserJar
  readonly one: Gate
  readonly two: Gate
  /** Signs the person in, at second 0. */
  signIn (): Promise<void>
  /** Returns the user of a request with these cookies, by default the browser's. */
  user (cookies?: Record<string, string>): Promise<string | null>
  /** Returns the users that the first and the last hook saw in the latest request. */
  seenBy (): { readonly earlyHook: string | null, readonly lateHook: string | null }
  handsOut (): Promise<boolean>
  /** The second of the last activity, for all that Redis knows. */
  lastActivity (): Promise<number>
  /** The seconds since sign-in. */
  elapsed (): number
  close (): Promise<void>
}

export async function openCompared (name: SetUpName, kit: ReturnType<typeof redisKit>): Promise<ComparedApp> {
  const tested = kit.open()
  const { clock } = tested
  // The peers ask the system for the time: connect-redis for the rest of a cookie's life, the stamp for everything.
  const systemClock = mock.method(Date, 'now', clock.now)
  const setUp = setUps(tested, kit.client())[name]
  const gates = { one: gate(), two: gate() }
  const seen: { earlyHook: string | null, lateHook: string | null } = { earlyHook: null, lateHook: null }
  const app = Fastify()
  await setUp.register(app, () => {
    app.addHook('onRequest', async request => { seen.earlyHook = request.session.user ?? null })
  })
  app.addHook('onRequest', async request => { seen.lateHook = request.session.user ?? null })
  addRoutes(app, gates)
  await app.ready()

  const browser = new BrowserJar(app)
  const startedMs = clock.nowMs
  const elapsed = (): number => (clock.nowMs - startedMs) / 1000
  let sessionId = ''
  return {
    clock,
    browser,
    ...gates,
    elapsed,
    async signIn () {
      await browser.post('/sign-in')
      const [id = ''] = String(browser.cookies['sessionId']).split('.')
      sessionId = id
    },
    async user (cookies = browser.cookies) { return (await app.inject({ url: '/', cookies })).json().user },
    seenBy: () => ({ ...seen }),
    handsOut: async () => await setUp.handsOut(sessionId),
    lastActivity: async () => elapsed() - await setUp.idleFor(sessionId),
    async close () {
      await app.close()
      systemClock.mock.restore()
    }
  }
}

/** The options of the stock set-ups that differ. */
type StockOptions = Required<Pick<FastifySessionOptions, 'rolling'>> & Pick<FastifySessionOptions, 'cookie'>

function setUps ({ store, clock }: TestStore, client: Redis): Record<SetUpName, SetUp> {
  const prefix = 'sess:'
  const handsOut = async (id: string): Promise<boolean> => await client.exists(prefix + id) === 1
  const byLife = { handsOut, idleFor: async (id: string) => TIMEOUT_SECONDS - await client.pttl(prefix + id) / 1000 }
  const byStamp = {
    handsOut,
    idleFor: async (id: string) => (clock.nowMs - JSON.parse(await client.get(prefix + id) ?? '{}').lastActivity) / 1000
  }
  const stock = (
    options: StockOptions, enforce: (app: FastifyInstance) => void = () => {}
  ): Pick<SetUp, 'register'> => ({
    async register (app, addEarlyHook) {
      await app.register(cookie)
      await app.register(session, {
        secret: SECRET,
        saveUninitialized: false,
        store: new ConnectRedis({ client, prefix, ttl: TIMEOUT_SECONDS }),
        rolling: options.rolling,
        cookie: { secure: false, ...options.cookie }
      })
      addEarlyHook()
      enforce(app)
    }
  })
  return {
    ours: {
      async register (app, addEarlyHook) {
        await app.register(sessionSecurity, {
          session: { secret: SECRET, rolling: true, cookie: { secure: false } },
          store,
          sweep: false,
          userOf: ({ user }) => user,
          warnAfter: 5,
          expireAfter: TIMEOUT_SECONDS,
          allowShortWarning: true
        })
        addEarlyHook()
      },
      handsOut: async id => (await store.load(handleOf(id), null)).state === 'live',
      async idleFor (id) {
        const session = await store.find(handleOf(id))
        return session.state === 'live' ? (session.nowMs - session.record.lastActivityMs) / 1000 : NaN
      }
    },
    ttl: { ...stock({ rolling: true }), ...byLife },
    // The documentation of `rolling` means this. connect-redis then goes by the cookie, and not by its own `ttl`.
    maxAge: { ...stock({ rolling: true, cookie: { maxAge: TIMEOUT_SECONDS * 1000 } }), ...byLife },
    stamp: { ...stock({ rolling: true }, stampByHand), ...byStamp },
    stampNotRolling: { ...stock({ rolling: false }, stampByHand), ...byStamp }
  }
}

/**
 * The checks that people write by hand, at their best. They know polling, and an idle person goes on with an anonymous
 * session.
 */
function stampByHand (app: FastifyInstance): void {
  app.addHook('onRequest', async request => {
    const { lastActivity } = request.session
    if (lastActivity !== undefined && Date.now() - lastActivity > TIMEOUT_SECONDS * 1000) {
      await request.session.regenerate()
    }
  })
  app.addHook('preHandler', async request => {
    if (request.routeOptions.config.sessionSecurity?.passive !== true) request.session.lastActivity = Date.now()
  })
}

function addRoutes (app: FastifyInstance, { one, two }: Pick<ComparedApp, 'one' | 'two'>): void {
  app.post('/sign-in', async ({ session }) => { session.user = 'ada'; return 'welcome' })
  app.post('/sign-out', async ({ session }) => { await session.destroy(); return 'bye' })
  app.get('/', async ({ session }) => ({ user: session.user ?? null }))
  app.get('/anonymous', async ({ session }) => { session.a = 1; return 'begun' })
  app.get(
    '/poll', { config: { sessionSecurity: { passive: true } } }, async ({ session }) => ({ user: session.user ?? null })
  )
  app.get('/slow', async () => { await pass(one); return 'done' })
  app.get('/change-a', async ({ session }) => { await pass(one); session.a = 1; return 'done' })
  app.get('/change-b', async ({ session }) => { await pass(two); session.b = 2; return 'done' })
  app.get('/read', async ({ session: { a = null, b = null } }) => ({ a, b }))
}
