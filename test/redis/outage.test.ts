import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import { after, before, describe, it, mock } from 'node:test'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { handleOf } from '../../src/store/handle.ts'
import type { EndedSession } from '../../src/store/store.ts'
import type { BrowserJar } from '../helpers/browser-jar.ts'
import { gate, pass } from '../helpers/app.ts'
import { until } from '../helpers/redis-process.ts'
import type { Site } from './site.ts'
import { openSite } from './site.ts'

/** The bound of a call: more than a command takes, less than ioredis waits. */
const SOON_MS = 5000

/** The number of callers that probe the one shard at the same time. */
const SHARDS = 1
const AWAY = 'the session store is away: requests with a session are answered 503'
const BACK = 'the session store is back'
const REFUSES = 'the session store refuses a command'
const TERMS = { isAuthenticated: true, warnAfter: 300, expireAfter: 600, absoluteTimeout: false } as const
const WITHOUT_LOSS = { args: ['--appendonly', 'yes', '--appendfsync', 'always'] }

const OUTAGES = [
  {
    how: 'was killed',
    begin: async ({ server }: Site) => await server.kill(),
    end: async ({ server }: Site) => await server.restart()
  },
  {
    how: 'is frozen',
    begin: async ({ server }: Site) => server.pause(),
    end: async ({ server }: Site) => server.resume()
  }
]

const stderr = mock.method(process.stderr, 'write')
const unhandled: unknown[] = []
const note = (reason: unknown): void => { unhandled.push(reason) }
before(() => process.on('unhandledRejection', note).on('uncaughtExceptionMonitor', note))
after(() => process.off('unhandledRejection', note).off('uncaughtExceptionMonitor', note))

// Each test has a Redis of its own, so the two kinds need not wait for each other.
describe('G7', { concurrency: 2 }, () => {
  for (const { how, begin, end } of OUTAGES) {
    describe(`with a Redis that ${how}`, { concurrency: 1 }, () => {
      it('a request that brings a session gets 503 soon, with Retry-After and a code, and no handler runs', async t => {
        let runs = 0
        const site = await openSite(t, { routes: app => { app.get('/private', async () => { runs++ }) } })
        const { browser } = site
        await browser.post('/sign-in')
        await begin(site)
        const requests = [
          '/private', '/passive', '/session_security/ping', '/session_security/ping?idleFor=1', '/private'
        ]
        for (const url of requests) assertUnavailable(await soon(browser.get(url)))
        assertUnavailable(await soon(browser.post('/session_security/ping', { idleFor: 1 })))
        assert.equal(runs, 0)
        assert.ok('sessionId' in browser.cookies, 'the cookie stays')
      })

      it('a sign-in gets 503, and a request with no session, or a forged one, is served as anonymous', async t => {
        const site = await openSite(t)
        await site.browser.post('/sign-in')
        const forged = { sessionId: `${site.browser.cookies['sessionId']?.slice(0, -1)}` }
        await begin(site)
        const person = site.newBrowser()
        for (let i = 0; i < 2; i++) assertUnavailable(await soon(person.post('/sign-in')))
        assert.deepEqual(person.cookies, {})
        for (const cookies of [{}, forged]) {
          const page = await soon(site.app.inject({ url: '/', cookies }))
          assert.deepEqual([page.statusCode, page.json().user], [200, null])
          const ping = await soon(site.app.inject({ url: '/session_security/ping?idleFor=1', cookies }))
          assert.deepEqual([ping.statusCode, ping.json()], [200, { state: 'ended', reason: 'none' }])
        }
      })

      it('few of many requests wait, and no heap of commands awaits its return', async t => {
        const site = await openSite(t)
        const { client } = site
        const browsers = await signedIn(site, 20)
        await begin(site)
        assertAll(await soon(each(browsers, 20)), 503) // those find out
        for (const most of [SHARDS, 0]) {
          const before = client.sent
          assertAll(await soon(each(browsers, 200)), 503)
          assert.ok(client.sent - before <= most, `${client.sent - before} requests asked and waited`)
        }
        assert.ok(client.waiting <= 20 + SHARDS, `${client.waiting} commands are kept`)
        await end(site)
        await until(
          'all are served', async () => (await each(browsers, 20)).every(({ statusCode }) => statusCode === 200)
        )
        assert.equal(client.waiting, 0)
      })

      it('one log line says that it is away, and one that it is back; all sessions then go on', async t => {
        const site = await openSite(t, { server: WITHOUT_LOSS })
        const { app, log } = site
        const browsers = await signedIn(site, 20)
        await each(browsers, 20)
        log.raw.length = 0
        await begin(site)
        for (let i = 0; i < 2; i++) assertAll(await soon(each(browsers, 100)), 503)
        await end(site)
        await until('requests are served again', async () => (await browsers[0]?.get('/'))?.statusCode === 200)
        await until('all shards are back', () => log.ours().some(({ msg }) => msg === BACK))
        for (const response of await each(browsers, 20)) assert.equal(response.json().user, 'ada')
        const health = await app.sessionSecurity.health()
        assert.deepEqual(health, { healthy: true })
        const ours = log.ours()
        assert.deepEqual(ours.map(({ level, msg }) => [level, msg]), [[50, AWAY], [30, BACK]])

        const [logged, all] = [JSON.stringify(ours), log.raw.join('')]
        assert.doesNotMatch(logged, /fss:|evalsha|[0-9a-f]{40}|sessionId/)
        for (const { cookies: { sessionId = '' } } of browsers) {
          const [id = '', signature = ''] = sessionId.split('.')
          assert.ok(!logged.includes(handleOf(id)))
          for (const secret of [id, signature]) {
            assert.ok(secret.length > 20 && !all.includes(secret) && !all.includes(encodeURIComponent(secret)))
          }
        }
      })

      it('health() says so, and why, until it is back', async t => {
        const site = await openSite(t)
        const { app } = site
        assert.deepEqual(await app.sessionSecurity.health(), { healthy: true })
        await begin(site)
        for (let i = 0; i < 2; i++) {
          const { healthy, why = '' } = await soon(app.sessionSecurity.health())
          assert.equal(healthy, false)
          assert.notEqual(why, '')
        }
        await end(site)
        await until('it is healthy again', async () => (await app.sessionSecurity.health()).healthy)
        assert.deepEqual(await app.sessionSecurity.health(), { healthy: true })
      })

      it('the application\'s own error handler is given the code, the status and the headers', async t => {
        const seen: unknown[] = []
        const site = await openSite(t, {
          routes: app => {
            app.setErrorHandler<Error & {
              code: string,
              statusCode: number,
              headers: object
            }>(async ({ code, statusCode, headers }, _request, reply) => {
              seen.push({ code, statusCode, headers })
              return await reply.code(statusCode).headers(headers as Record<string, string>).send('<h1>Back soon</h1>')
            })
          }
        })
        await site.browser.post('/sign-in')
        await begin(site)
        const response = await soon(site.browser.get('/'))
        assert.deepEqual(
          [response.statusCode, response.headers['retry-after'], response.body], [503, '5', '<h1>Back soon</h1>']
        )
        const headers = { 'retry-after': '5', 'cache-control': 'no-store' }
        assert.deepEqual(seen, [{ code: 'FST_SESSION_SECURITY_STORE_UNAVAILABLE', statusCode: 503, headers }])
      })

      it('a request gets 503 before its handler when its knowledge is too old (G4), and goes on inside it', async t => {
        const early = gate()
        const late = gate()
        let entered = 0
        const enter = async (way: typeof early): Promise<void> => { entered++; await pass(way) }
        const site = await openSite(t, {
          routes: app => {
            const preValidation = async (): Promise<void> => await enter(early)
            app.get('/before-the-handler', { preValidation }, async request => request.session.user)
            app.get('/in-the-handler', async request => { await enter(late); return request.session.user })
          }
        })
        const { browser, log, clock } = site
        await browser.post('/sign-in')
        log.raw.length = 0
        const [notBegun, begun] = ['/before-the-handler', '/in-the-handler']
          .map(url => Array.from({ length: 10 }, () => browser.get(url)))
        await until('all are inside', () => entered === 20)
        clock.advance(2) // what they read is too old to go by
        await begin(site)
        early.leave.open()
        late.leave.open()
        for (const response of await soon(Promise.all(notBegun ?? []))) assertUnavailable(response)
        for (const { statusCode, body } of await soon(Promise.all(begun ?? []))) {
          assert.deepEqual([statusCode, body], [200, 'ada'])
        }
        assert.deepEqual(log.ours().map(({ msg }) => msg), [AWAY])
      })

      it('a change of the session that can no longer be saved is a 503, and is not half there afterwards', async t => {
        const inside = gate()
        const site = await openSite(t, { server: WITHOUT_LOSS, routes: app => { editSlowly(app, inside) } })
        const { browser } = site
        await browser.post('/sign-in')
        const pending = browser.get('/edit')
        await inside.entered.opened
        await begin(site)
        inside.leave.open()
        assertUnavailable(await soon(pending))
        await end(site)
        await until('requests are served again', async () => (await browser.get('/')).statusCode === 200)
        const { a, b } = (await browser.get('/read')).json()
        assert.equal(a, b)
      })

      it('sweeps fail with one line and harm nothing, and the first after the outage notifies of the ends', async t => {
        const notified: string[] = []
        const site = await openSite(
          t, { security: { sweep: { every: 0.05 }, onSessionEnd: ({ handle }) => { notified.push(handle) } } }
        )
        const { app, log, store } = site
        await begin(site)
        await assert.rejects(soon(app.sessionSecurity.sweep()), { code: 'FST_SESSION_SECURITY_STORE_UNAVAILABLE' })
        const count = (level: number, text: string): number => log.ours(level).filter(({ msg }) => msg === text).length
        const failures = (level: number): number => count(level, 'the sweep failed; the next one tries again')
        await until('scheduled sweeps have failed', () => failures(50) === 1 && failures(20) >= 2)
        await end(site)
        const due = handleOf('due')
        const beginning = { contents: {}, terms: { ...TERMS, expireAfter: 0.05 } }
        await until('sessions can begin', async () => (await store.begin(due, beginning)).state === 'begun')
        await until('its end is notified', () => notified.includes(due))
        await app.sessionSecurity.sweep()
        assert.equal(failures(50), 1)
        assert.equal(count(30, 'the sweep works again'), 1)
      })
    })
  }
})

describe('G7: with a Redis that is full and refuses to write', () => {
  it('sign-ins get 503 with one line for all, signed-in people are served, and no node needs a restart', async t => {
    const site = await openSite(t)
    const { app, browser, client: { redis }, log, newBrowser, held } = site
    await browser.post('/sign-in')
    log.raw.length = 0
    await redis.config('SET', 'maxmemory', '1')
    for (let i = 0; i < 30; i++) {
      const person = newBrowser()
      assertUnavailable(await person.post('/sign-in'))
      assert.deepEqual(person.cookies, {})
    }
    for (const url of ['/', '/passive']) assert.deepEqual([(await browser.get(url)).json().user], ['ada'])
    assert.equal((await browser.get('/session_security/ping')).json().state, 'active')
    assert.deepEqual(await app.sessionSecurity.health(), { healthy: true })
    assert.equal(await held(), 1)
    const lines = log.ours()
    assert.deepEqual(lines.map(({ level, msg }) => [level, msg]), [[50, REFUSES]])
    assert.match(String(lines[0]?.['why']), /^OOM /)
    await redis.config('SET', 'maxmemory', '0')
    const person = newBrowser()
    assert.equal((await person.post('/sign-in')).statusCode, 200)
    assert.equal((await person.get('/')).json().user, 'ada')
  })

  it('people can sign out, without a line for each of them', async t => {
    const site = await openSite(t)
    const { client: { redis }, log } = site
    const browsers = await signedIn(site, 5)
    log.raw.length = 0
    await redis.config('SET', 'maxmemory', '1')
    for (const browser of browsers) {
      const cookies = { ...browser.cookies }
      assert.equal((await browser.post('/sign-out')).statusCode, 200)
      assert.equal((await site.app.inject({ url: '/', cookies })).json().user, null)
    }
    await site.app.close() // waits for what is notified beside the requests
    const lines = log.ours(40).map(({ msg }) => msg)
    assert.ok(lines.length === 0 || (lines.length === 1 && lines[0] === REFUSES), lines.join('\n'))
  })
})

describe('with a Redis that is full, sessions and tokens', () => {
  it('end: at the deadline, by an administrator, and tokens for good', async t => {
    const notified: string[] = []
    const onSessionEnd = ({ user, reason }: EndedSession): void => { notified.push(`${user} ${reason}`) }
    const site = await openSite(t, { server: { clock: true }, security: { onSessionEnd } })
    const { app, server, client: { redis } } = site
    const browsers = await signedIn(site, 3)
    await app.sessionSecurity.tokens.track({ id: 'jti', user: 'ada', expiresAt: 4e9 })
    await redis.config('SET', 'maxmemory', '1')
    const [first = ''] = (await app.sessionSecurity.list()).sessions.map(session => session.handle)
    assert.equal((await app.sessionSecurity.endUser('ada', { except: [first], tokens: true })).ended.length, 2)
    assert.equal(await app.sessionSecurity.tokens.isActive('jti'), false)
    assert.equal((await app.sessionSecurity.tokens.get('jti'))?.state, 'revoked')
    server.advance(600)
    assert.equal((await app.sessionSecurity.sweep()).ended, 1)
    assert.equal(browsers.length, 3)
    await app.close()
    assert.deepEqual(notified.toSorted(), ['ada idle', 'ada revoked', 'ada revoked'])
  })
})

describe('G7: no outage', () => {
  it('SCRIPT FLUSH between any two requests', async t => {
    const notified: string[] = []
    const site = await openSite(t, {
      security: { onSessionEnd: ({ reason }) => { notified.push(reason) } },
      routes: app => {
        app.get('/edit', async request => { request.session.a = 1 })
        app.get('/renew', async request => await request.session.regenerate(['user']))
      }
    })
    const { app, browser, client: { redis }, log } = site
    for (const url of ['/sign-in', '/', '/edit', '/session_security/ping?idleFor=0', '/renew', '/sign-out']) {
      await redis.script('FLUSH')
      const { statusCode } = await browser.send({ method: url.startsWith('/sign') ? 'POST' : 'GET', url })
      assert.equal(statusCode, 200, url)
    }
    await redis.script('FLUSH')
    await app.sessionSecurity.sweep()
    assert.deepEqual(await app.sessionSecurity.health(), { healthy: true })
    await until('the sign-out is notified', () => notified.length > 0)
    assert.deepEqual(notified, ['logout'])
    assert.deepEqual(log.ours(40), [])
  })

  it('a process that stood still for longer than a command may take: the answer has arrived unread', async t => {
    const site = await openSite(t)
    const { store, log } = site
    await store.find(handleOf('id'))
    const found = await new Promise(resolve => setImmediate(() => {
      resolve(store.find(handleOf('id')))
      for (const until = performance.now() + 400; performance.now() < until;);
    }))
    assert.deepEqual(found, { state: 'unknown' })
    assert.deepEqual(log.ours(), [])
  })
})

it('in all of that, nothing was printed, and no rejection went unhandled', () => {
  assert.deepEqual(stderr.mock.calls.map(({ arguments: [text] }) => String(text)), [])
  assert.deepEqual(unhandled, [])
})

function assertUnavailable ({ statusCode, headers, payload }: LightMyRequestResponse): void {
  assert.equal(statusCode, 503)
  assert.deepEqual([headers['retry-after'], headers['cache-control']], ['5', 'no-store'])
  assert.equal(JSON.parse(payload).code, 'FST_SESSION_SECURITY_STORE_UNAVAILABLE')
  assert.equal(headers['set-cookie'], undefined)
}

function assertAll (responses: LightMyRequestResponse[], statusCode: number): void {
  assert.deepEqual([...new Set(responses.map(response => response.statusCode))], [statusCode])
}

/** Returns the result of the work. Fails if that takes as long as ioredis waits. */
async function soon<Result> (work: Promise<Result>): Promise<Result> {
  const begunAtMs = performance.now()
  const result = await work
  const tookMs = performance.now() - begunAtMs
  assert.ok(tookMs < SOON_MS, `it took ${tookMs} ms`)
  return result
}

/** So many people, each with a browser; their sessions lie in many shards. */
async function signedIn ({ newBrowser }: Site, count: number): Promise<BrowserJar[]> {
  const browsers = Array.from({ length: count }, newBrowser)
  for (const browser of browsers) assert.equal((await browser.post('/sign-in')).statusCode, 200)
  return browsers
}

/** So many requests at once, from all browsers in turn. */
async function each (browsers: BrowserJar[], count: number): Promise<LightMyRequestResponse[]> {
  return await Promise.all(Array.from(
    { length: count / browsers.length }, () => browsers.map(async browser => await browser.get('/'))
  ).flat())
}

/** A handler that edits two fields while the test does what it likes. */
function editSlowly (app: FastifyInstance, inside: ReturnType<typeof gate>): void {
  app.get('/edit', async request => {
    await pass(inside)
    Object.assign(request.session, { a: 1, b: 1 })
  })
  app.get('/read', async request => ({ a: request.session.a, b: request.session.b }))
}
