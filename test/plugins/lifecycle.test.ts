import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { EndedSession, SessionSecurityOptions } from '../../src/index.ts'
import type { TestApp, TestAppOptions } from '../helpers/app.ts'
import { buildApp as buildTestApp } from '../helpers/app.ts'
import { latch } from '../helpers/latch.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

for (const kit of [memoryKit, redisKit()]) {
  describe(`the life of a session on ${kit.name}`, () => {
    const buildApp = (options: TestAppOptions = {}): Promise<TestApp> => buildTestApp({ kit, ...options })

    it('begins at once when a handler signs in: its own view, and a session that never comes back ends in time', async () => {
      const ended: EndedSession[] = []
      const { app, clock, browser } = await buildApp({ security: { onSessionEnd: end => ended.push(end) } })
      const view = (await browser.post('/sign-in')).json()
      assert.deepEqual([view.state, view.idleFor, view.expiresIn], ['active', 0, 10])
      clock.advance(10)
      await app.sessionSecurity.sweep()
      assert.deepEqual(ended.map(end => end.reason), ['idle'])
      await app.close()
    })

    it('is put off by an active request, and stamps at most once a throttle interval', async () => {
      const { app, clock, store, browser } = await buildApp({ security: { throttle: 2 } })
      let touches = 0
      const touch = store.touch.bind(store)
      store.touch = (...args) => { touches++; return touch(...args) }
      await browser.post('/sign-in')
      for (let i = 0; i < 10; i++) {
        clock.advance(0.5)
        await browser.get('/')
      }
      assert.equal(touches, 2)
      await app.close()
    })

    it('stamps every request when the throttle is 0', async () => {
      const { app, clock, browser } = await buildApp({ security: { throttle: 0 } })
      await browser.post('/sign-in')
      clock.advance(0.001)
      await browser.get('/')
      assert.equal((await browser.get('/session_security/ping')).json().idleFor, 0)
      await app.close()
    })

    it('shows an active request its own activity, before the write is through', async () => {
      const { app, clock, store, browser } = await buildApp({
        routes: app => { app.get('/seen', async request => ({ view: request.sessionSecurity.view(), ...stampOf(request.session._session_security) })) }
      })
      await browser.post('/sign-in')
      const slow = latch()
      const touch = store.touch.bind(store)
      store.touch = async (...args) => { await slow.opened; return await touch(...args) }
      clock.advance(4)
      const seen = browser.get('/seen')
      setTimeout(slow.open)
      const { view, startedAtMs, lastActivityMs } = (await seen).json()
      assert.deepEqual([view.idleFor, lastActivityMs - startedAtMs], [0, 4000])
      await app.close()
    })

    it('is stamped where the application looks: request.session._session_security', async () => {
      const { app, clock, browser } = await buildApp({ routes: app => { app.get('/stamp', async request => ({ ...stampOf(request.session._session_security), isModified: request.session.isModified() })) } })
      await browser.post('/sign-in')
      clock.advance(3)
      await browser.get('/')
      const stamp = (await browser.get('/stamp')).json()
      assert.deepEqual(stamp, { startedAtMs: stamp.lastActivityMs - 3000, lastActivityMs: stamp.startedAtMs + 3000, warnAfter: 5, expireAfter: 10, isModified: false })
      await app.close()
    })

    it('is not put off by a request that was refused before its handler', async () => {
      const { app, clock, browser } = await buildApp({
        routes: app => { app.get('/number', { schema: { querystring: { type: 'object', required: ['n'] } } }, async () => 'n') }
      })
      await browser.post('/sign-in')
      clock.advance(4)
      assert.equal((await browser.get('/number')).statusCode, 400)
      assert.equal((await browser.get('/session_security/ping')).json().idleFor, 4)
      await app.close()
    })

    it('can be put off by touch() on a passive route', async () => {
      const { app, clock, browser } = await buildApp({
        routes: app => { app.get('/socket', { config: { sessionSecurity: { passive: true } } }, async request => { await request.sessionSecurity.touch() }) }
      })
      await browser.post('/sign-in')
      clock.advance(4)
      await browser.get('/socket')
      assert.equal((await browser.get('/session_security/ping')).json().idleFor, 0)
      await app.close()
    })

    it('goes by the timeouts that a function gives for the active request, and asks none for a ping or a poll', async () => {
      const asked: string[] = []
      const { app, clock, browser } = await buildApp({
        security: {
          warnAfter: 5,
          expireAfter: request => { asked.push(request.url); return request.url === '/form' ? 100 : 10 }
        },
        routes: app => { app.get('/form', async () => 'form') }
      })
      await browser.post('/sign-in')
      await browser.get('/form')
      clock.advance(60)
      asked.length = 0
      assert.equal((await browser.get('/session_security/ping')).json().expiresIn, 40)
      await browser.get('/passive')
      assert.deepEqual(asked, [])
      assert.equal((await browser.get('/')).json().user, null, 'an ordinary page allows 10 s')
      await app.close()
    })

    it('answers a timeout function that gives no number with a coded error, and loses nothing', async () => {
      const { app, browser } = await buildApp({ security: { expireAfter: request => request.url === '/' ? NaN : 10 } })
      await browser.post('/sign-in')
      const response = await browser.get('/')
      assert.deepEqual([response.statusCode, response.json().code], [500, 'FST_SESSION_SECURITY_BAD_OPTION'])
      assert.equal((await browser.get('/passive')).json().user, 'ada')
      await app.close()
    })

    it('answers a timeout function that gives a function or a promise with a coded error: neither ever expires', async () => {
      for (const answer of [() => 5, Promise.resolve(5)]) {
        const { app, browser } = await buildApp({ security: { expireAfter: request => request.url === '/' ? answer as unknown as number : 10 } })
        await browser.post('/sign-in')
        assert.equal((await browser.get('/')).json().code, 'FST_SESSION_SECURITY_BAD_OPTION')
        await app.close()
      }
    })

    it('refuses a predicate that answers with a promise, which would count as true', async () => {
      for (const security of [{ isPassive: async () => false }, { isAuthenticated: async () => false }]) {
        const { app, browser } = await buildApp({ security: security as unknown as SessionSecurityOptions })
        const response = await browser.get('/')
        assert.deepEqual([response.statusCode, response.json().code], [500, 'FST_SESSION_SECURITY_BAD_OPTION'])
        await app.close()
      }
    })

    it('counts from now on when the clock was set back: activity ahead of the clock keeps nobody signed in', async () => {
      for (const act of ['/', '/session_security/ping?idleFor=0']) {
        const { app, clock, browser } = await buildApp()
        await browser.post('/sign-in')
        clock.advance(-3600)
        await browser.get(act)
        clock.advance(9)
        assert.equal((await browser.get('/session_security/ping')).json().idleFor, 9)
        clock.advance(1)
        assert.equal((await browser.get('/session_security/ping')).json().state, 'ended')
        await app.close()
      }
    })

    it('ends with a log-out when another person signs in over it, whose session then is a new one', async () => {
      const ended: EndedSession[] = []
      const { app, clock, browser } = await buildApp({
        security: { absoluteTimeout: 12, userOf: request => request.session.user, onSessionEnd: end => ended.push(end) },
        routes: app => { app.post('/sign-in-as-eva', async request => { await request.session.regenerate(); request.session.user = 'eva'; request.sessionSecurity.reauthenticated() }) }
      })
      await browser.post('/sign-in')
      const ana = { ...browser.cookies }
      clock.advance(8)
      await browser.post('/sign-in-as-eva')
      clock.advance(8)
      assert.equal((await browser.get('/')).json().user, 'eva')
      assert.equal((await app.inject({ url: '/session_security/ping', cookies: ana })).json().reason, 'logout')
      await app.close()
      assert.deepEqual(ended.map(({ user, reason }) => [user, reason]), [['ada', 'logout']])
    })

    it('keeps the cookie of an ended session through polls, so that the page can learn the reason', async () => {
      const { app, clock, browser } = await buildApp({
        session: { saveUninitialized: false },
        routes: app => { app.get('/poll', { config: { sessionSecurity: { passive: true } } }, async (_request, reply) => reply.clearCookie('other').send('ok')) }
      })
      await browser.post('/sign-in')
      clock.advance(10)
      const poll = await browser.get('/poll')
      assert.match(String(poll.headers['set-cookie']), /^other=;/)
      assert.equal((await browser.get('/session_security/ping')).json().reason, 'idle')
      assert.match(String((await browser.get('/')).headers['set-cookie']), /^sessionId=;/)
      await app.close()
    })

    it('refuses a route whose own config is misspelt', async () => {
      for (const sessionSecurity of [{ pasive: true }, { passive: 'yes' }]) {
        await assert.rejects(buildApp({ routes: app => { app.get('/r', { config: { sessionSecurity } as object }, async () => 'r') } }), { code: /^FST_SESSION_SECURITY_(BAD|UNKNOWN)_OPTION$/ })
      }
    })

    it('answers all the same when the store fails after the handler has done its work, and says so in the log', async () => {
      const away = async (): Promise<never> => { throw new Error('the store is away') }
      const { app, clock, store, browser, log } = await buildApp({
        routes: app => { app.get('/work', async request => { store.find = away; clock.advance(1); return { user: request.session.user } }) }
      })
      await browser.post('/sign-in')
      clock.advance(3)
      const { touch, find } = store
      store.touch = away
      assert.equal((await browser.get('/work')).json().user, 'ada')
      Object.assign(store, { touch, find })
      assert.deepEqual(log.ours(40).map(line => line.msg), ['an activity could not be stamped', 'a session could not be looked up again'])
      await app.close()
    })

    it('protects what isAuthenticated names, and leaves the rest alone', async () => {
      const ended: EndedSession[] = []
      const { app, clock, browser, newBrowser } = await buildApp({
        security: { isAuthenticated: request => request.session.user !== undefined, onSessionEnd: end => ended.push(end) },
        routes: app => { app.post('/cart', async request => { request.session.a = (request.session.a ?? 0) + 1; return request.session.a }) }
      })
      const visitor = newBrowser()
      await visitor.post('/cart')
      await browser.post('/sign-in')
      clock.advance(60)
      assert.equal((await visitor.post('/cart')).body, '2')
      assert.equal((await visitor.get('/session_security/ping')).json().reason, 'none')
      assert.equal((await browser.get('/')).json().user, null)
      await app.sessionSecurity.sweep()
      assert.equal(ended.length, 1)
      await app.close()
    })

    it('leaves a visitor\'s CSRF secret alone for a day, so that an aged sign-in form still works', async () => {
      const { app, clock, browser } = await buildApp({
        routes: app => { app.get('/form', async request => { Reflect.set(request.session, '_csrf', 's'); return Reflect.get(request.session, '_csrf') }) }
      })
      await browser.get('/form')
      const cookies = { ...browser.cookies }
      clock.advance(80_000)
      const view = (await browser.post('/sign-in')).json()
      assert.equal(view.expiresIn, 10)
      assert.deepEqual(browser.cookies, cookies)
      await app.close()
    })

    it('names its user to onSessionEnd, also when only a later request knows', async () => {
      const ended: EndedSession[] = []
      const { app, clock, browser } = await buildApp({
        security: { userOf: request => request.url === '/' ? request.session.user : undefined, onSessionEnd: end => ended.push(end) }
      })
      await browser.post('/sign-in')
      await browser.get('/')
      clock.advance(100)
      await app.sessionSecurity.sweep()
      assert.deepEqual(ended.map(end => end.user), ['ada'])
      await app.close()
    })

    it('keeps its absolute deadline through regenerate(), and tells no end of the session that was renewed', async () => {
      const ended: EndedSession[] = []
      const { app, clock, browser } = await buildApp({
        security: { absoluteTimeout: 20, onSessionEnd: end => ended.push(end) },
        routes: app => { app.post('/elevate', async request => { await request.session.regenerate(['user']) }) }
      })
      await browser.post('/sign-in')
      const old = { ...browser.cookies }
      clock.advance(8)
      await browser.post('/elevate')
      assert.notDeepEqual(browser.cookies, old)
      const view = (await browser.get('/')).json().view
      assert.deepEqual([view.expiresIn, view.endsBy], [10, 'idle'])
      clock.advance(8)
      assert.deepEqual((await browser.get('/')).json().view.expiresIn, 4)
      clock.advance(4)
      assert.equal((await browser.get('/')).json().user, null)
      clock.advance(100)
      await app.sessionSecurity.sweep()
      assert.deepEqual(ended.map(end => end.reason), ['absolute'])
      await app.close()
    })

    it('restarts its absolute deadline when a person re-authenticated, with regenerate() and without', async () => {
      for (const renews of [true, false]) {
        const { app, clock, browser } = await buildApp({
          security: { absoluteTimeout: 12 },
          routes: app => {
            app.post('/password', async request => {
              if (renews) await request.session.regenerate(['user'])
              request.sessionSecurity.reauthenticated()
            })
          }
        })
        await browser.post('/sign-in')
        clock.advance(8)
        await browser.post('/password')
        clock.advance(8)
        assert.deepEqual((await browser.get('/')).json().user, 'ada', `renews: ${renews}`)
        clock.advance(4)
        assert.equal((await browser.get('/')).json().user, null)
        await app.close()
      }
    })

    it('ends with a log-out when regenerate() leaves nobody signed in', async () => {
      const ended: EndedSession[] = []
      const { app, browser } = await buildApp({
        security: { onSessionEnd: end => ended.push(end) },
        routes: app => { app.post('/leave', async request => { await request.session.regenerate() }) }
      })
      await browser.post('/sign-in')
      await browser.post('/leave')
      await app.close()
      assert.deepEqual(ended.map(end => end.reason), ['logout'])
    })

    it('is told of at once when it is signed out or revoked, once, with its reason', async () => {
      const ended: EndedSession[] = []
      const { app, clock, browser, newBrowser } = await buildApp({
        security: { onSessionEnd: end => ended.push(end) },
        routes: app => { app.get('/handle', async request => request.sessionSecurity.handle) }
      })
      const other = newBrowser()
      await Promise.all([browser.post('/sign-in'), other.post('/sign-in')])
      const tabs = { ...browser.cookies }
      await Promise.all([browser.post('/sign-out'), app.inject({ method: 'POST', url: '/sign-out', cookies: tabs })])
      const handle = (await other.get('/handle')).body
      await app.sessionSecurity.end(handle)
      assert.equal(await app.sessionSecurity.end(handle), null)
      assert.equal((await app.sessionSecurity.get(handle))?.state, 'ended')
      await setImmediate() // the handlers that run beside the requests are done
      clock.advance(1000)
      await app.sessionSecurity.sweep()
      await app.close()
      assert.deepEqual(ended.map(end => end.reason), ['logout', 'revoked'])
    })

    it('clears the cookie in the response that signs out, with the attributes it was set with', async () => {
      const { app, browser } = await buildApp({ session: { cookieName: '__Host-sid', cookie: { secure: 'auto', path: '/' } } })
      await browser.post('/sign-in')
      const response = await browser.send({ method: 'POST', url: '/sign-out' })
      assert.match(String(response.headers['set-cookie']), /^__Host-sid=;.*HttpOnly/)
      await app.close()
    })

    it('signs anew a cookie that was signed with an older secret, instead of taking it away', async () => {
      const old = await buildApp({ session: { secret: 'the older secret, long enough for a test' } })
      await old.browser.post('/sign-in')
      const { store } = old
      const { app } = await buildApp({
        session: { secret: ['the newer secret, long enough for a test', 'the older secret, long enough for a test'], store, rolling: false },
        security: { store }
      })
      const response = await app.inject({ url: '/', cookies: old.browser.cookies })
      assert.equal(response.json().user, 'ada')
      const [renewed] = response.cookies
      assert.ok(renewed !== undefined && renewed.value !== '')
      assert.notEqual(renewed.value, old.browser.cookies['sessionId'])
      assert.equal((await app.inject({ url: '/', cookies: { sessionId: renewed.value } })).json().user, 'ada')
      await Promise.all([app.close(), old.app.close()])
    })

    it('is not sent again to a browser that has its cookie, unless an active request puts off the cookie\'s expiry', async () => {
      const plain = await buildApp({ session: { rolling: true } })
      await plain.browser.post('/sign-in')
      assert.equal((await plain.browser.get('/')).headers['set-cookie'], undefined)
      await plain.app.close()
      const lasting = await buildApp({ session: { rolling: true, cookie: { secure: false, maxAge: 3_600_000 } } })
      await lasting.browser.post('/sign-in')
      assert.match(String((await lasting.browser.get('/')).headers['set-cookie']), /Expires=/)
      assert.equal((await lasting.browser.get('/passive')).headers['set-cookie'], undefined)
      await lasting.app.close()
    })
  })
}

describe('the log', () => {
  const buildApp = buildTestApp

  it('says when sessions start and end, with handle, reason, idle and total time, and nothing per request', async () => {
    const { app, clock, browser, log } = await buildApp({ routes: app => { app.get('/handle', async request => request.sessionSecurity.handle) } })
    await browser.post('/sign-in')
    const handle = (await browser.get('/handle')).body
    for (let i = 0; i < 5; i++) {
      clock.advance(2)
      await browser.get('/')
    }
    clock.advance(10)
    await app.sessionSecurity.sweep()
    const lines = log.ours().map(({ msg, handle, reason, idleFor, lasted }) => ({ msg, handle, reason, idleFor, lasted }))
    assert.deepEqual(lines, [
      { msg: 'session started', handle, reason: undefined, idleFor: undefined, lasted: undefined },
      { msg: 'session ended', handle, reason: 'idle', idleFor: 10, lasted: 20 },
      { msg: 'swept', handle: undefined, reason: undefined, idleFor: undefined, lasted: undefined }
    ])
    await app.close()
  })

  it('holds no session id, no cookie and no contents, at any level (G9)', async () => {
    const { app, clock, browser, log } = await buildApp({
      security: { onSessionEnd: () => { throw new Error('a handler that fails') } }
    })
    await browser.post('/sign-in')
    const [id, signature] = String(browser.cookies['sessionId']).split('.')
    await browser.get('/')
    await browser.get('/session_security/ping?idleFor=abc')
    clock.advance(10)
    await browser.get('/session_security/ping')
    await app.sessionSecurity.sweep()
    await app.close()
    const text = log.raw.join('')
    for (const secret of [id, signature, 'ada']) assert.ok(secret !== undefined && !text.includes(secret))
  })
})

function stampOf (stamp: object | undefined): object {
  assert.ok(stamp !== undefined)
  const { startedAtMs, lastActivityMs, warnAfter, expireAfter } = stamp as Record<string, number>
  return { startedAtMs, lastActivityMs, warnAfter, expireAfter }
}
