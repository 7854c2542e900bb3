import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import cookie from '@fastify/cookie'
import session from '@fastify/session'
import type { FastifyInstance, FastifyServerOptions } from 'fastify'
import Fastify from 'fastify'
import { MemoryStore, sessionActivity, sessionPing, sessionSecurity, sessionSweep } from '../../src/index.ts'
import { SECRET, addSignIn } from '../helpers/app.ts'
import { BrowserJar } from '../helpers/browser-jar.ts'
import { FakeClock } from '../helpers/fake-clock.ts'

const PING = '/session_security/ping'

async function withSession (store: MemoryStore, options: FastifyServerOptions = {}): Promise<FastifyInstance> {
  const app = Fastify(options)
  await app.register(cookie)
  await app.register(session, { secret: SECRET, store, saveUninitialized: false, cookie: { secure: false } })
  return app
}

describe('registration', () => {
  it('refuses to register without @fastify/session, and says so', async () => {
    const app = Fastify()
    await assert.rejects(async () => await app.register(sessionSecurity), /dependency '@fastify\/session' of plugin 'fastify-session-security' is not registered/)
  })

  it('refuses to register twice, also in a context within', async () => {
    const store = new MemoryStore()
    const app = await withSession(store)
    await app.register(sessionSecurity, { store })
    await assert.rejects(async () => await app.register(sessionSecurity, { store }), { code: 'FST_SESSION_SECURITY_ALREADY_REGISTERED' })
    const other = await withSession(store)
    await other.register(sessionSecurity, { store })
    await assert.rejects(async () => await other.register(async child => { await child.register(sessionSecurity, { store }) }), { code: 'FST_SESSION_SECURITY_ALREADY_REGISTERED' })
    await other.close()
  })

  it('refuses every request when the store is not the one that @fastify/session uses', async () => {
    const [one, two] = [new MemoryStore(), new MemoryStore()]
    for (const options of [{ store: two }, {}]) {
      const app = await withSession(one)
      await app.register(sessionSecurity, options)
      app.get('/', async () => 'ok')
      const response = await app.inject('/')
      assert.deepEqual([response.statusCode, response.json().code], [500, 'FST_SESSION_SECURITY_STORE_MISMATCH'])
      await app.close()
    }
  })

  it('refuses wrong options before the server starts', async () => {
    const app = await withSession(new MemoryStore())
    await assert.rejects(async () => await app.register(sessionSecurity, { expireAfter: 100 }), { code: 'FST_SESSION_SECURITY_BAD_OPTION' })
  })

  it('serves two servers in one process, each with its own terms', async () => {
    const clock = new FakeClock()
    const servers = await Promise.all([10, 20].map(async expireAfter => {
      const store = new MemoryStore({ clock: clock.now })
      const app = await withSession(store)
      await app.register(sessionSecurity, { store, warnAfter: 5, expireAfter, allowShortWarning: true })
      addSignIn(app)
      return { app, browser: new BrowserJar(app) }
    }))
    for (const { browser } of servers) await browser.post('/sign-in')
    clock.advance(15)
    const states = await Promise.all(servers.map(async ({ browser }) => (await browser.get(PING)).json().state))
    assert.deepEqual(states, ['ended', 'warning'])
    await Promise.all(servers.map(async ({ app }) => await app.close()))
  })

  it('binds only the context that it is registered in: its routes, its ping, its terms', async () => {
    const clock = new FakeClock()
    const store = new MemoryStore({ clock: clock.now })
    const app = await withSession(store)
    for (const [prefix, expireAfter] of [['/bank', 10], ['/shop', 100]] as const) {
      await app.register(async child => {
        await child.register(sessionSecurity, { store, warnAfter: 5, expireAfter, allowShortWarning: true })
        addSignIn(child)
      }, { prefix })
    }
    app.get('/outside', async request => ({ user: request.session.user ?? null, has: request.sessionSecurity !== undefined }))
    const [bank, shop] = [new BrowserJar(app), new BrowserJar(app)]
    await bank.post('/bank/sign-in')
    await shop.post('/shop/sign-in')
    assert.equal((await bank.get(`/bank${PING}`)).json().expireAfter, 10)
    assert.equal((await shop.get(`/shop${PING}`)).json().expireAfter, 100)
    assert.equal((await app.inject(PING)).statusCode, 404)
    assert.deepEqual((await bank.get('/outside')).json(), { user: 'ada', has: false })
    clock.advance(10)
    assert.deepEqual((await bank.get('/outside')).json(), { user: null, has: false }, 'the store itself enforces the deadline')
    assert.equal((await shop.get('/shop/')).json().user, 'ada')
    await app.close()
  })

  it('takes its parts one by one', async () => {
    const clock = new FakeClock()
    const store = new MemoryStore({ clock: clock.now })
    const app = await withSession(store)
    await app.register(sessionActivity, { store, warnAfter: 5, expireAfter: 10, allowShortWarning: true })
    await app.register(sessionPing, { pingUrl: '/p', prefix: '/x' })
    await app.register(sessionSweep, { sweep: { every: 60 } })
    addSignIn(app)
    const browser = new BrowserJar(app)
    await browser.post('/sign-in')
    assert.equal((await browser.get('/x/p')).json().state, 'active')
    await app.close()
    const alone = await withSession(store)
    await assert.rejects(async () => await alone.register(sessionPing), /dependency/)
  })

  it('answers a request outside the path of the session\'s cookie as a visitor\'s', async () => {
    const store = new MemoryStore()
    const app = Fastify()
    await app.register(cookie)
    await app.register(session, { secret: SECRET, store, cookie: { secure: false, path: '/app' } })
    await app.register(sessionSecurity, { store })
    app.get('/elsewhere', async request => request.sessionSecurity.view())
    assert.deepEqual((await app.inject('/elsewhere')).json(), { state: 'ended', reason: 'none' })
    assert.deepEqual((await app.inject(PING)).json(), { state: 'ended', reason: 'none' })
    await app.close()
  })

  it('pings where the router takes both spellings of a path for one', async () => {
    const store = new MemoryStore()
    const app = await withSession(store, { routerOptions: { ignoreTrailingSlash: true } })
    await app.register(sessionSecurity, { store })
    for (const url of [PING, `${PING}/`]) assert.equal((await app.inject(url)).statusCode, 200)
    await app.close()
  })
})
