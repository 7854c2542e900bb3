import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import cookie from '@fastify/cookie'
import session from '@fastify/session'
import { RedisStore as ConnectRedis } from 'connect-redis'
import type { FastifyInstance } from 'fastify'
import Fastify from 'fastify'
import type { Redis } from 'ioredis'
import * as exported from '../../src/index.ts'
import { RedisStore } from '../../src/redis.ts'
import { SECRET } from '../helpers/app.ts'
import { BrowserJar } from '../helpers/browser-jar.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import type { UnixRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { run } from '../package/run-snippet.ts'
import { script } from './page.ts'

const PAGE = 'docs/migrate/fastify-session-and-connect-redis.md'

let server: UnixRedisServer
let client: Redis
before(async () => {
  server = await startRedis()
  client = server.connect()
})
after(async () => await server.stop())
beforeEach(async () => { await client.flushall() })

/** An application that one snippet of the page makes. */
async function made (test: TestContext, text: string, names: object = {}): Promise<FastifyInstance> {
  const app = Fastify()
  test.after(async () => await app.close())
  await run(script(PAGE, text), { app, client, cookie, session, ConnectRedis, RedisStore, ...names })
  return app
}

/** The same browser at another application. */
function moved (browser: BrowserJar, app: FastifyInstance): BrowserJar {
  const other = new BrowserJar(app)
  Object.assign(other.cookies, browser.cookies)
  return other
}

async function signedIn (app: FastifyInstance): Promise<BrowserJar> {
  const browser = new BrowserJar(app)
  await browser.post('/sign-in', { user: 'ada' })
  assert.equal((await browser.get('/account')).body, 'ada')
  return browser
}

/** The first step, on a clock that the test moves. */
async function firstStep (test: TestContext, clock: FakeClock): Promise<FastifyInstance> {
  const fromSessionStore = (store: ConnectRedis) => exported.fromSessionStore(store, { clock: clock.now })
  return await made(test, 'formerStore', { fromSessionStore })
}

function clockOfNow (): FakeClock {
  const clock = new FakeClock()
  clock.nowMs = Date.now()
  return clock
}

describe('the page on @fastify/session and connect-redis', () => {
  it('first step: people stay signed in with the cookie that they have, and end when they are idle', async t => {
    const former = await signedIn(await made(t, 'regenerate()'))
    const clock = clockOfNow()
    clock.advance(7200) // longer than expireAfter: the former application knew no activity
    const browser = moved(former, await firstStep(t, clock))
    const answer = await browser.get('/account')
    assert.deepEqual([answer.body, answer.headers['set-cookie']], ['ada', undefined])
    clock.advance(599)
    assert.equal((await browser.get('/account')).statusCode, 200)
    clock.advance(600)
    const late = await browser.get('/account')
    assert.deepEqual([late.statusCode, late.headers['session-end-reason']], [401, 'idle'])
  })

  it('first step: a sign-in has a new id without regenerate(), and a log-out is one at both applications', async t => {
    const former = await made(t, 'regenerate()')
    const next = await firstStep(t, clockOfNow())
    const browser = await signedIn(next)
    assert.deepEqual(Object.keys(browser.cookies), ['sid'])
    const cookies = { ...browser.cookies }
    await browser.post('/sign-in', { user: 'eva' })
    assert.notDeepEqual(browser.cookies, cookies)
    const back = moved(browser, former)
    assert.equal((await back.get('/account')).body, 'eva', 'the former application reads what the next one wrote')
    await browser.post('/sign-out')
    assert.equal((await back.get('/account')).statusCode, 401)
  })

  it('back and forth: who worked at the former application for too long is signed out by the next one', async t => {
    const former = await made(t, 'regenerate()')
    const clock = clockOfNow()
    const browser = await signedIn(await firstStep(t, clock))
    const back = moved(browser, former)
    clock.advance(600)
    assert.equal((await back.get('/account')).body, 'ada')
    assert.equal((await browser.get('/account')).statusCode, 401)
  })

  it('second step: people sign in once more, and one Redis holds both', async t => {
    const former = await signedIn(await made(t, 'regenerate()'))
    const app = await made(t, 'new RedisStore(')
    app.post('/sign-in', async request => { request.session.user = 'ada' })
    app.get('/account', { preHandler: exported.requireSession() }, async request => request.session.user)
    const browser = moved(former, app)
    assert.equal((await browser.get('/account')).statusCode, 401)
    await browser.post('/sign-in')
    assert.equal((await browser.get('/account')).body, 'ada')
    const prefixes = (await client.keys('*')).map(key => key.split(':')[0])
    assert.deepEqual([...new Set(prefixes)].sort(), ['fss', 'sess'])
    const lives = await Promise.all((await client.keys('sess:*')).map(async key => await client.ttl(key)))
    assert.ok(lives.every(seconds => seconds > 0), 'the former sessions expire by themselves')
  })

  it('names the errors as they are', async t => {
    const options = { session: { secret: SECRET }, userOf: () => null }
    const app = Fastify()
    await app.register(cookie)
    await app.register(session, { secret: SECRET })
    await assert.rejects(async () => await app.register(exported.sessionSecurity, options), {
      code: 'FST_SESSION_SECURITY_SESSION_ALREADY_REGISTERED'
    })
    for (const wrong of [{ store: new ConnectRedis({ client }) }, { saveUninitialized: true }]) {
      const other = Fastify()
      t.after(async () => await other.close())
      const given = { ...options, session: { secret: SECRET, ...wrong } } as unknown as exported.SessionSecurityOptions
      await assert.rejects(async () => await other.register(exported.sessionSecurity, given), {
        code: 'FST_SESSION_SECURITY_BAD_OPTION'
      })
    }
  })
})
