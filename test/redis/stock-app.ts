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

/** The ways to log out whoever is idle for ten seconds that are compared. */
export const SET_UPS = ['ours', 'ttl', 'maxAge', 'stamp', 'stampNotRolling'] as const

export type SetUpName = typeof SET_UPS[number]

interface SetUp {
  readonly session: Pick<FastifySessionOptions, 'store' | 'rolling' | 'cookie'>
  /** Adds what enforces the timeout besides the store. */
  enforce (app: FastifyInstance): void | Promise<void>
  /** Whether the store still hands the session out: to a request, or to a hook that runs before the check. */
  handsOut (sessionId: string): Promise<boolean>
  /** How long ago the last activity was, in seconds, for all that Redis knows. */
  idleFor (sessionId: string): Promise<number>
}

/** One application, the same on every set-up: its person, and two handlers that wait inside until the test lets them go. */
export interface ComparedApp {
  readonly clock: FakeClock
  readonly browser: BrowserJar
  readonly one: Gate
  readonly two: Gate
  /** Signs the person in, at second 0. */
  signIn (): Promise<void>
  /** Who a request with these cookies is signed in as: the browser's, unless others are given. */
  user (cookies?: Record<string, string>): Promise<string | null>
  /** Whom a hook saw that runs between @fastify/session and the check, and whom one after both saw, in the latest request. */
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
  await app.register(cookie)
  await app.register(session, { secret: SECRET, saveUninitialized: false, ...setUp.session })
  app.addHook('onRequest', async request => { seen.earlyHook = request.session.user ?? null })
  await setUp.enforce(app)
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
    async signIn () { sessionId = (await browser.post('/sign-in')).body },
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

function setUps ({ store, clock }: TestStore, client: Redis): Record<SetUpName, SetUp> {
  const prefix = 'sess:'
  const stock = {
    handsOut: async (id: string) => await client.exists(prefix + id) === 1,
    enforce: () => {}
  }
  const byLife = { ...stock, idleFor: async (id: string) => TIMEOUT_SECONDS - await client.pttl(prefix + id) / 1000 }
  const byStamp = {
    ...stock,
    enforce: stampByHand,
    idleFor: async (id: string) => (clock.nowMs - JSON.parse(await client.get(prefix + id) ?? '{}').lastActivity) / 1000
  }
  const connectRedis = () => new ConnectRedis({ client, prefix, ttl: TIMEOUT_SECONDS })
  return {
    ours: {
      session: { store, rolling: true, cookie: { secure: false } },
      async enforce (app) {
        await app.register(sessionSecurity, { store, sweep: false, warnAfter: 5, expireAfter: TIMEOUT_SECONDS, allowShortWarning: true })
      },
      handsOut: async id => await store.load(handleOf(id)) !== null,
      async idleFor (id) {
        const fate = await store.find(handleOf(id))
        return fate.state === 'live' ? (fate.nowMs - fate.record.lastActivityMs) / 1000 : NaN
      }
    },
    ttl: { session: { store: connectRedis(), rolling: true, cookie: { secure: false } }, ...byLife },
    // What the documentation of `rolling` has in mind. connect-redis then goes by the cookie, and not by its own `ttl`.
    maxAge: { session: { store: connectRedis(), rolling: true, cookie: { secure: false, maxAge: TIMEOUT_SECONDS * 1000 } }, ...byLife },
    stamp: { session: { store: connectRedis(), rolling: true, cookie: { secure: false } }, ...byStamp },
    stampNotRolling: { session: { store: connectRedis(), rolling: false, cookie: { secure: false } }, ...byStamp }
  }
}

/** What people write, at its best: it knows polling, and who was idle goes on as a visitor. */
function stampByHand (app: FastifyInstance): void {
  app.addHook('onRequest', async request => {
    const { lastActivity } = request.session
    if (lastActivity !== undefined && Date.now() - lastActivity > TIMEOUT_SECONDS * 1000) await request.session.regenerate()
  })
  app.addHook('preHandler', async request => {
    if (request.routeOptions.config.sessionSecurity?.passive !== true) request.session.lastActivity = Date.now()
  })
}

function addRoutes (app: FastifyInstance, { one, two }: Pick<ComparedApp, 'one' | 'two'>): void {
  app.post('/sign-in', async ({ session }) => { session.user = 'ada'; return session.sessionId })
  app.post('/sign-out', async ({ session }) => { await session.destroy(); return 'bye' })
  app.get('/', async ({ session }) => ({ user: session.user ?? null }))
  app.get('/poll', { config: { sessionSecurity: { passive: true } } }, async ({ session }) => ({ user: session.user ?? null }))
  app.get('/slow', async () => { await pass(one); return 'done' })
  app.get('/change-a', async ({ session }) => { await pass(one); session.a = 1; return 'done' })
  app.get('/change-b', async ({ session }) => { await pass(two); session.b = 2; return 'done' })
  app.get('/read', async ({ session: { a = null, b = null } }) => ({ a, b }))
}
