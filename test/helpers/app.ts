import type { FastifyInstance } from 'fastify'
import Fastify from 'fastify'
import type { SessionOptions, SessionSecurityOptions } from '../../src/options/options.ts'
import { sessionSecurity } from '../../src/session-security.ts'
import type { ActivityStore } from '../../src/store/activity-store.ts'
import { BrowserJar } from './browser-jar.ts'
import type { FakeClock } from './fake-clock.ts'
import type { Latch } from './latch.ts'
import { latch } from './latch.ts'
import { LogCapture } from './log-capture.ts'
import type { StoreKit } from './store-kits.ts'
import { memoryKit } from './store-kits.ts'

declare module 'fastify' {
  interface Session {
    user?: string
    a?: number
    b?: number
  }
}

export const SECRET = 'a secret that is long enough for a test'

export interface TestApp {
  readonly app: FastifyInstance
  readonly clock: FakeClock
  readonly store: ActivityStore
  /** Counts the sessions of the store, also the ended ones. */
  readonly held: () => Promise<number>
  readonly log: LogCapture
  readonly browser: BrowserJar
  /** Another browser of another person. */
  newBrowser (): BrowserJar
}

export interface TestAppOptions {
  /** Default: a MemoryStore. */
  readonly kit?: StoreKit
  readonly session?: Partial<SessionOptions>
  readonly security?: Partial<SessionSecurityOptions>
  /** Adds routes and hooks. Called when the plugins are registered, before the server is ready. */
  readonly routes?: (app: FastifyInstance) => void
  /** Called before this package is registered. */
  readonly before?: (app: FastifyInstance) => void
}

/** Builds an application with sign-in and sign-out. It warns after 5 s and expires after 10 s, by a fake clock. */
export async function buildApp (options: TestAppOptions = {}): Promise<TestApp> {
  const { store, clock, held } = (options.kit ?? memoryKit).open()
  const log = new LogCapture()
  const app = Fastify({ logger: { level: 'trace', stream: log } })
  options.before?.(app)
  await app.register(sessionSecurity, {
    session: { secret: SECRET, cookie: { secure: false }, ...options.session },
    store,
    sweep: false,
    userOf: session => session.user,
    warnAfter: 5,
    expireAfter: 10,
    allowShortWarning: true,
    ...options.security
  })
  addSignIn(app)
  options.routes?.(app)
  await app.ready()
  return { app, clock, store, held, log, browser: new BrowserJar(app), newBrowser: () => new BrowserJar(app) }
}

export function addSignIn (app: FastifyInstance): void {
  app.post('/sign-in', async request => {
    request.session.user = 'ada'
    return request.sessionSecurity.status()
  })
  app.post('/sign-out', async request => {
    await request.session.destroy()
    return 'bye'
  })
  app.get('/', async request => ({ user: request.session.user ?? null, view: request.sessionSecurity.status() }))
  app.get(
    '/passive', { config: { sessionSecurity: { passive: true } } },
    async request => ({ user: request.session.user ?? null })
  )
}

/** A handler that waits inside until the test lets it go. */
export interface Gate {
  readonly entered: Latch
  readonly leave: Latch
}

export function gate (): Gate {
  return { entered: latch(), leave: latch() }
}

export async function pass ({ entered, leave }: Gate): Promise<void> {
  entered.open()
  await leave.opened
}
