import assert from 'node:assert/strict'
import { once } from 'node:events'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { TestContext } from 'node:test'
import { describe, it } from 'node:test'
import { MemoryStore as PlainStore } from '@fastify/session'
import type { FastifyInstance } from 'fastify'
import Fastify from 'fastify'
import type { Redis, RedisOptions } from 'ioredis'
import { createClient } from 'redis6'
import * as exported from '../../src/index.ts'
import { sessionMetrics } from '../../src/metrics.ts'
import { fromNodeRedis, RedisStore } from '../../src/redis.ts'
import { SECRET } from '../helpers/app.ts'
import { BrowserJar } from '../helpers/browser-jar.ts'
import type { ClientOptions, RedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { docs } from './docs.ts'
import { run, snippet } from './run-snippet.ts'

/** Closes an application whose Redis stands still. */
async function closeWhilePaused (app: FastifyInstance, redis: Pick<RedisServer, 'pause'>): Promise<void> {
  redis.pause()
  const late = setTimeout(() => assert.fail('the server does not close'), 8000)
  await app.close()
  clearTimeout(late)
}

function server (test: TestContext): FastifyInstance {
  const app = Fastify()
  test.after(async () => await app.close())
  return app
}

const INSECURE = { secret: SECRET, cookie: { secure: false } }

const userOf = ({ user }: { readonly user?: string }): string | undefined => user

describe('the snippets of the docs, run as they stand', () => {
  it('sign in and out, and keep a remembered session for a fortnight', async test => {
    const code = snippet('Signing in and out', 'checkPassword')
    const expireAfter = ({ session }: { readonly session: object }): number => {
      return Object(session).remember === true ? 14 * 86_400 : 600
    }
    const app = server(test)
    const session = { secret: SECRET, cookie: { secure: false } }
    await app.register(exported.sessionSecurity, { session, userOf, expireAfter })
    const checkPassword = async ({ name }: { readonly name: string }): Promise<object | null> => {
      return name === 'ada' ? { id: 'ada' } : null
    }
    await run(code, { app, checkPassword })
    app.get('/', async ({ sessionSecurity }) => sessionSecurity.status())
    const signIn = async (payload: object) => await app.inject({ method: 'POST', url: '/sign-in', payload })
    const refused = await signIn({ name: 'eve' })
    assert.deepEqual([refused.statusCode, refused.headers['set-cookie']], [401, undefined])
    for (const [remember, expireAfter] of [[false, 600], [true, 14 * 86_400]] as const) {
      const { headers: { 'set-cookie': line } } = await signIn({ name: 'ada', remember })
      assert.equal(/Expires=/.test(String(line)), remember)
      const headers = { cookie: String(line).split(';')[0] ?? '' }
      assert.equal((await app.inject({ url: '/', headers })).json().expireAfter, expireAfter)
      await app.inject({ method: 'POST', url: '/sign-out', headers })
      assert.equal((await app.inject({ url: '/', headers })).json().reason, 'logout')
    }
  })

  it('guard a page', async test => {
    const app = server(test)
    await app.register(exported.sessionSecurity, { session: { secret: SECRET }, userOf })
    await run(snippet('The guard', "'/account', {"), { app })
    assert.equal((await app.inject('/account')).statusCode, 401)
    const page = await app.inject({ url: '/account?tab=1', headers: { accept: 'text/html' } })
    assert.deepEqual([page.statusCode, page.headers.location], [303, '/login?next=%2Faccount%3Ftab%3D1'])
  })

  it('take options from the environment', async test => {
    const code = snippet('From the environment', 'optionsFromEnv(')
    const app = server(test)
    await run(code, { app, process: { env: { SESSION_SECURITY_EXPIRE_AFTER: '1200', SESSION_COOKIE_AGE: '3600' } } })
    const { expireAfter, warnAfter, session } = app.sessionSecurity.shared.policy
    const cookie = { secure: 'auto', sameSite: 'lax', maxAge: 3_600_000 }
    assert.deepEqual([expireAfter, warnAfter, session.cookie], [1200, 1140, cookie])
  })

  it('take the age of Django\'s cookie for the life of the session', async () => {
    const logged: unknown[] = []
    const code = `${snippet('A .env file of Django', 'preset')}\nreturn options`
    const names = {
      app: { log: { info: (what: unknown) => logged.push(what) } },
      given: { session: INSECURE, userOf },
      process: { env: { DJANGO_SESSION_COOKIE_AGE: '32400', DJANGO_SESSION_SAVE_EVERY_REQUEST: 'true' } }
    }
    const { expireAfter } = await run(code, names) as { readonly expireAfter: number }
    assert.equal(expireAfter, 32_400)
    assert.match(JSON.stringify(logged), /32400 s \(9 h\)/)
  })

  it('take a store of another package', async test => {
    const app = server(test)
    const fromSessionStore = (store: object): object => exported.fromSessionStore(store as PlainStore)
    const names = { app, client: {}, ConnectRedis: PlainStore, fromSessionStore }
    await run(snippet('Stores of other packages', 'fromSessionStore('), names)
    assert.equal(app.sessionSecurity.shared.store.canList, false)
  })

  it('make a Redis store, and close the server in time also when Redis hangs', async test => {
    const redis = await startRedis()
    test.after(async () => await redis.stop())
    const app = server(test)
    let client: Redis | undefined
    class AtTestServer { // the snippet calls it with an address and options
      constructor (_url: string, options: RedisOptions) {
        client = redis.connect(options as ClientOptions)
        return client
      }
    }
    const code = `${snippet('RedisStore', 'new Redis(')}\nreturn store`
    const store = await run(code, { app, Redis: AtTestServer, RedisStore }) as RedisStore
    await app.register(exported.sessionSecurity, { session: INSECURE, store, userOf })
    app.post('/sign-in', async ({ session }) => { session.user = 'ada' })
    assert.equal((await app.inject({ method: 'POST', url: '/sign-in' })).statusCode, 200)
    await closeWhilePaused(app, redis)
    if (client?.status !== 'end') await once(client ?? assert.fail('no client was made'), 'end')
    redis.resume()
  })

  it('keep sessions in Redis through node-redis, and close also where it hangs', async test => {
    const redis = await startRedis({ port: true })
    test.after(async () => await redis.stop())
    const app = server(test)
    const code = `${snippet('RedisStore', 'fromNodeRedis(')}\nreturn store`
    const names = { app, createClient, fromNodeRedis, RedisStore, process: { env: { REDIS_URL: redis.url } } }
    const store = await run(code, names) as RedisStore
    await app.register(exported.sessionSecurity, { session: INSECURE, store, userOf })
    app.post('/sign-in', async ({ session }) => { session.user = 'ada' })
    assert.equal((await app.inject({ method: 'POST', url: '/sign-in' })).statusCode, 200)
    await closeWhilePaused(app, redis)
    await assert.rejects(store.check(), { code: 'FST_SESSION_SECURITY_STORE_UNAVAILABLE' })
    redis.resume()
  })

  it('list and end one\'s own sessions, and say whether the store is there', async test => {
    const app = server(test)
    await app.register(exported.sessionSecurity, { session: { secret: SECRET, cookie: { secure: false } }, userOf })
    app.post('/sign-in', async ({ session }) => { session.user = 'ada' })
    await run(snippet('Your devices', '/devices'), { app })
    const [first, second] = [new BrowserJar(app), new BrowserJar(app)]
    for (const browser of [first, second]) await browser.post('/sign-in')
    const devices = (await first.get('/devices')).json()
    assert.deepEqual(devices.map(({ current }: { current: boolean }) => current).sort(), [false, true])
    assert.deepEqual((await first.post('/devices/end-others')).json(), { ended: 1 })
    assert.equal((await second.get('/devices')).statusCode, 401)
  })

  it('make a memory store, a probe and an administrator\'s route', async test => {
    await run(snippet('MemoryStore', 'new MemoryStore'), {})
    const app = server(test)
    await app.register(exported.sessionSecurity, { session: { secret: SECRET }, userOf })
    const [, probe = ''] = /```js\n(app\.get\('\/ready'[\s\S]*?)```/.exec(docs) ?? []
    await run(probe, { app })
    await run(snippet('Administration', 'onlyAdministrators'), { app, onlyAdministrators: async () => {} })
    assert.deepEqual((await app.inject('/ready')).json(), { healthy: true })
    assert.equal((await app.inject({ method: 'POST', url: '/admin/sessions/x/end' })).statusCode, 200)
  })

  it('write an audit trail, and serve metrics', async test => {
    const lines: object[] = []
    await run(snippet('Audit trail and metrics', 'fastify-session-security:audit'), {
      subscribe: (channel: string, listener: (message: unknown) => void) => {
        subscribe(channel, listener)
        test.after(() => { unsubscribe(channel, listener) })
      },
      auditLog: { info: (line: object) => { lines.push(line) } }
    })
    const app = server(test)
    await app.register(exported.sessionSecurity, { session: INSECURE, userOf })
    app.post('/sign-in', async ({ session }) => { session.user = 'ada' })
    await run(snippet('Prometheus', 'sessionMetrics'), { app, sessionMetrics })
    await app.inject({ method: 'POST', url: '/sign-in' })
    const logged = lines.map(line => ['event', 'user', 'by'].map(key => Reflect.get(line, key)))
    assert.deepEqual(logged, [['start', 'ada', 'user']])
    assert.match((await app.inject('/metrics')).body, /^session_security_starts_total 1$/m)
  })

  it('register the admin page, also behind a guard', async test => {
    const snippets = [['Admin page', "prefix: '/admin/sessions'"], ['Authorization', 'addHook']] as const
    for (const [heading, text] of snippets) {
      const app = server(test)
      await app.register(exported.sessionSecurity, { session: { secret: SECRET }, userOf })
      await run(snippet(heading, text), { app })
      await app.ready()
    }
  })
})
