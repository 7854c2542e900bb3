import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { SessionStore } from '@fastify/session'
import { RedisStore as ConnectRedis } from 'connect-redis'
import expressSession from 'express-session'
import type { Session } from 'fastify'
import type { Redis } from 'ioredis'
import { requireSession } from '../../src/request/require-session.ts'
import { fromSessionStore } from '../../src/store/from-session-store.ts'
import type { EndedSession } from '../../src/store/store.ts'
import type { TestApp, TestAppOptions } from '../helpers/app.ts'
import { buildApp, gate, pass } from '../helpers/app.ts'
import { Attacker } from '../helpers/attacker.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import type { UnixRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'

type Callback = (error?: unknown, session?: Session | null) => void

const NO_LIST = { code: 'FST_SESSION_SECURITY_NO_LISTING_STORE' }

/** A store as many are: one JSON text per session, callbacks, no activity. */
class PlainStore implements SessionStore {
  readonly texts = new Map<string, string>()
  isAway = false

  get (id: string, callback: Callback): void {
    const text = this.texts.get(id)
    this.#answer(callback, text === undefined ? null : JSON.parse(text))
  }

  set (id: string, session: Session, callback: Callback): void {
    if (!this.isAway) this.texts.set(id, JSON.stringify(session))
    this.#answer(callback)
  }

  destroy (id: string, callback: Callback): void {
    if (!this.isAway) this.texts.delete(id)
    this.#answer(callback)
  }

  /** Returns the only session. */
  get session (): { readonly [key: string]: unknown, readonly _session_security: Readonly<Record<string, unknown>> } {
    assert.equal(this.texts.size, 1)
    const [text = ''] = this.texts.values()
    return JSON.parse(text)
  }

  /** Puts another record, or none, into the only session, and another cookie if given. */
  putRecord (record: unknown, cookie = this.session['cookie']): void {
    const [id = ''] = this.texts.keys()
    this.texts.set(id, JSON.stringify({ ...this.session, cookie, _session_security: record }))
  }

  #answer (callback: Callback, session?: Session | null): void {
    setImmediate(() => this.isAway ? callback(new Error('the store is away')) : callback(null, session))
  }
}

let server: UnixRedisServer
let redis: Redis
before(async () => {
  server = await startRedis()
  redis = server.connect()
})
after(async () => await server.stop())

const STORES: Readonly<Record<string, () => SessionStore>> = {
  'a plain store': () => new PlainStore(),
  'the MemoryStore of express-session': () => new expressSession.MemoryStore(),
  'connect-redis': () => new ConnectRedis({ client: redis, prefix: `${Math.random()}:` })
}

for (const [name, newStore] of Object.entries(STORES)) {
  describe(`the plugin on fromSessionStore() of ${name}`, () => {
    it('enforces deadlines, before every hook after it', async () => {
      const seen: Array<string | null> = []
      const { app, clock, browser } = await open({}, app => {
        app.addHook('onRequest', async request => { seen.push(request.session.user ?? null) })
      })
      await browser.post('/sign-in')
      clock.advance(9)
      assert.equal((await browser.get('/passive')).json().user, 'ada')
      clock.advance(1)
      seen.length = 0
      const { user, view: { state, reason } } = (await browser.get('/')).json()
      assert.deepEqual([user, state, reason, seen], [null, 'ended', 'idle', [null]])
      await app.close()
    })

    it('starts the clock in the very request that signs in', async () => {
      const { app, browser } = await open()
      const { state, idleFor, expiresIn } = (await browser.post('/sign-in')).json()
      assert.deepEqual([state, idleFor, expiresIn], ['active', 0, 10])
      await app.close()
    })

    it('records activity, but not by passive requests or reading pings', async () => {
      const { app, clock, browser } = await open()
      await browser.post('/sign-in')
      clock.advance(4)
      await browser.get('/passive')
      assert.equal((await browser.get('/session_security/ping')).json().idleFor, 4)
      await browser.get('/')
      assert.equal((await browser.get('/session_security/ping')).json().idleFor, 0)
      await app.close()
    })

    it('takes the claims of pings, and brings nobody back', async () => {
      const { app, clock, browser } = await open()
      await browser.post('/sign-in')
      clock.advance(6)
      assert.equal((await browser.get('/session_security/ping?idleFor=2')).json().idleFor, 2)
      clock.advance(8)
      const late = await browser.get('/session_security/ping?idleFor=0')
      assert.deepEqual(late.json(), { state: 'ended', reason: 'idle' })
      assert.equal(late.headers['set-cookie'], undefined)
      await wait(20) // the end is notified, and the store forgets it
      assert.equal((await browser.get('/session_security/ping?idleFor=0')).json().reason, 'none')
      await app.close()
    })

    it('has an absolute deadline, which regenerate() keeps and re-authentication restarts', async () => {
      const { app, clock, browser } = await open({ absoluteTimeout: 20 })
      await browser.post('/sign-in')
      clock.advance(8)
      await browser.get('/')
      clock.advance(7)
      await browser.post('/renew')
      assert.equal((await browser.get('/')).json().view.expiresIn, 5)
      await browser.post('/password')
      assert.equal((await browser.get('/')).json().view.expiresIn, 10)
      for (let elapsed = 0; elapsed < 16; elapsed += 8) {
        clock.advance(8)
        await browser.get('/')
      }
      clock.advance(4)
      assert.equal((await browser.get('/')).json().view.reason, 'absolute')
      await app.close()
    })

    it('notifies the ends that requests notice, once', async () => {
      const ended: EndedSession[] = []
      const { app, clock, browser } = await open({ onSessionEnd: end => ended.push(end) })
      await browser.post('/sign-in')
      await browser.post('/sign-out')
      await browser.post('/sign-in')
      clock.advance(10)
      await Promise.all([browser.get('/'), browser.get('/passive'), browser.get('/session_security/ping')])
      await wait(20)
      await browser.get('/')
      await app.close()
      assert.deepEqual(ended.map(({ reason, user }) => [reason, user]), [['logout', 'ada'], ['idle', 'ada']])
    })

    it('begins no session for an anonymous ping', async () => {
      const { app } = await open()
      const response = await app.inject('/session_security/ping?idleFor=1')
      assert.deepEqual(response.json(), { state: 'ended', reason: 'none' })
      assert.equal(response.headers['set-cookie'], undefined)
      await app.close()
    })

    it('G2, G14: a slow request of this process writes nothing to a session that was signed out', async () => {
      const slow = gate()
      const { app, clock, browser } = await open({}, app => {
        app.get('/slow', async request => { await pass(slow); request.session.a = 1 })
      })
      await browser.post('/sign-in')
      const stolen = { ...browser.cookies }
      const pending = browser.get('/slow')
      await slow.entered.opened
      clock.advance(1)
      await browser.post('/sign-out')
      slow.leave.open()
      assert.equal((await pending).headers['set-cookie'], undefined)
      assert.deepEqual((await app.inject({ url: '/read', cookies: stolen })).json(), { user: null, a: null, b: null })
      await app.close()
    })

    it('G4: a guard refuses what was signed out, though the request arrived before', async () => {
      const slow = gate()
      let isHandled = false
      const { app, clock, browser } = await open({}, app => {
        app.addHook('preValidation', async request => { if (request.url === '/members') await pass(slow) })
        app.get('/members', { preHandler: requireSession() }, async () => { isHandled = true })
      })
      await browser.post('/sign-in')
      const pending = app.inject({ url: '/members', cookies: { ...browser.cookies } })
      await slow.entered.opened
      clock.advance(1)
      await browser.post('/sign-out')
      slow.leave.open()
      assert.deepEqual([(await pending).statusCode, isHandled], [401, false])
      await app.close()
    })

    it('G8: two requests of this process that change different fields at the same time keep both changes', async () => {
      const [one, two] = [gate(), gate()]
      const { app, browser } = await open({}, app => {
        app.get('/one', async request => { await pass(one); request.session.a = 1 })
        app.get('/two', async request => { await pass(two); request.session.b = 2 })
      })
      await browser.post('/sign-in')
      const pending = [browser.get('/one'), browser.get('/two')]
      await Promise.all([one.entered.opened, two.entered.opened])
      one.leave.open()
      two.leave.open()
      await Promise.all(pending)
      assert.deepEqual((await browser.get('/read')).json(), { user: 'ada', a: 1, b: 2 })
      await app.close()
    })

    it('G15: a planted anonymous session is never signed in, also not while a sign-in is being saved', async () => {
      const slow = gate()
      const { app, browser } = await open({}, app => {
        app.post('/slow-sign-in', async request => {
          request.session.user = 'ada'
          await request.session.save()
          await pass(slow)
        })
      })
      await browser.post('/edit')
      const planted = { ...browser.cookies }
      const attacker = new Attacker(app, planted)
      const pending = browser.post('/slow-sign-in')
      await slow.entered.opened
      slow.leave.open()
      await pending
      assert.deepEqual(await attacker.stop(), [])
      assert.notDeepEqual(browser.cookies, planted)
      assert.deepEqual((await browser.get('/read')).json(), { user: 'ada', a: 1, b: null })
      await app.close()
    })

    it('a renewal gives a new id, and the old one is worth nothing', async () => {
      const { app, browser } = await open()
      await browser.post('/sign-in')
      const old = { ...browser.cookies }
      await browser.post('/renew')
      assert.notDeepEqual(browser.cookies, old)
      assert.equal((await browser.get('/')).json().user, 'ada')
      assert.equal((await app.inject({ url: '/', cookies: old })).json().user, null)
      await app.close()
    })

    it('another user who signs in has a new session, and the former one\'s is over', async () => {
      const ended: EndedSession[] = []
      const { app, browser } = await open({ onSessionEnd: end => ended.push(end) }, app => {
        app.post('/sign-in-as-eva', async request => { request.session.user = 'eva' })
      })
      await browser.post('/sign-in')
      await browser.post('/edit')
      const ada = { ...browser.cookies }
      await browser.post('/sign-in-as-eva')
      assert.deepEqual((await browser.get('/read')).json(), { user: 'eva', a: null, b: null })
      assert.equal((await app.inject({ url: '/', cookies: ada })).json().user, null)
      await app.close()
      assert.deepEqual(ended.map(({ reason, user }) => [reason, user]), [['logout', 'ada']])
    })

    for (const act of ['/sign-in', '/go-on']) {
      it(`begins no anonymous session for a request with the former cookie, shortly after ${act} (G14)`, async () => {
        const { app, browser } = await open({}, app => {
          app.post('/go-on', async request => { await request.session.regenerate(['user', 'a']); return 'ok' })
        })
        await browser.post('/edit')
        if (act === '/go-on') await browser.post('/sign-in')
        const before = { ...browser.cookies }
        await browser.post(act)
        const late = await app.inject({ method: 'POST', url: '/edit', cookies: before })
        assert.deepEqual([late.statusCode, late.headers['set-cookie']], [200, undefined])
        assert.equal((await browser.get('/')).json().user, 'ada')
        await app.close()
      })
    }

    it('gives a planted session no user, though the sign-in signs out, saves and reloads before (G15)', async () => {
      const { app, browser, newBrowser } = await open({}, app => {
        app.post('/careful', async request => {
          delete request.session.user
          await request.session.save()
          await request.session.reload().catch(() => {})
          request.session.user = 'eva'
          return 'in'
        })
      })
      const attacker = newBrowser()
      await attacker.post('/sign-in')
      Object.assign(browser.cookies, attacker.cookies)
      await browser.post('/careful')
      assert.deepEqual([(await browser.get('/')).json().user, (await attacker.get('/')).json().user], ['eva', null])
      await app.close()
    })

    it('has neither sweep nor administration, nor the lists of one\'s own sessions: coded errors', async () => {
      const { app, browser, log } = await open({}, app => {
        app.get('/devices', async request => await request.sessionSecurity.sessions())
        app.get('/alone', async request => await request.sessionSecurity.endOtherSessions())
      })
      const { sessionSecurity } = app
      const calls = [
        () => sessionSecurity.sweep(), () => sessionSecurity.end('x'), () => sessionSecurity.get('x'),
        () => sessionSecurity.list(), () => sessionSecurity.endUser('ada'), () => sessionSecurity.endAll(),
        () => sessionSecurity.count()
      ]
      for (const call of calls) await assert.rejects(call, NO_LIST)
      assert.deepEqual(await sessionSecurity.health(), { healthy: true })
      await browser.post('/sign-in')
      for (const url of ['/devices', '/alone']) assert.equal((await browser.get(url)).json().code, NO_LIST.code)
      assert.deepEqual(log.ours(40), [])
      await app.close()
    })

    it('is refused a sweep, and a limit of sessions, that was asked for', async () => {
      await assert.rejects(open({ sweep: { every: 60 } }), NO_LIST)
      await assert.rejects(open({ maxSessionsPerUser: 1 }), NO_LIST)
    })
  })

  async function open (
    security: NonNullable<TestAppOptions['security']> = {}, routes: (app: TestApp['app']) => void = () => {}
  ): Promise<Omit<TestApp, 'store' | 'held'>> {
    return await openOn(newStore(), security, routes)
  }
}

describe('the plugin on a node whose clock is set', () => {
  for (const setBy of [-3_600_000, -1500, 3_600_000]) {
    it(`refuses what ended a second before, by ${setBy} ms meanwhile (G4: no guard sees it alive)`, async t => {
      let [elapsedMs, timeOfDayMs] = [performance.now(), Date.now()]
      t.mock.method(performance, 'now', () => elapsedMs)
      t.mock.method(Date, 'now', () => timeOfDayMs)
      const slow = gate()
      const { app, browser } = await buildApp({
        security: { store: fromSessionStore(new PlainStore()) },
        routes: app => {
          app.addHook('preValidation', async request => { if (request.url === '/members') await pass(slow) })
          app.get('/members', { preHandler: requireSession() }, async () => 'seen')
        }
      })
      await browser.post('/sign-in')
      const pending = app.inject({ url: '/members', cookies: { ...browser.cookies } })
      await slow.entered.opened
      await browser.post('/sign-out')
      elapsedMs += 1000
      timeOfDayMs += setBy
      slow.leave.open()
      assert.equal((await pending).statusCode, 401)
      await app.close()
    })
  }
})

describe('the plugin on fromSessionStore(), and what the store holds', () => {
  it('is what the application put there, with a record beside it, and nothing once it is over', async () => {
    const store = new PlainStore()
    const { app, clock, browser } = await openOn(store)
    await browser.post('/sign-in')
    await browser.post('/edit')
    const { user, a, _session_security: record } = store.session
    assert.deepEqual([user, a, record['expireAfter'], record['lastActivityMs']], ['ada', 1, 10, clock.nowMs])
    clock.advance(10)
    await browser.get('/')
    await app.close() // waits for the notification
    assert.equal(store.texts.size, 0)
  })

  it('starts the clock anew where the record is corrupt or from elsewhere', async () => {
    for (const record of [null, 'x', { v: 99 }, { v: 1, startedAtMs: 'x' }]) {
      const store = new PlainStore()
      const { app, browser } = await openOn(store)
      await browser.post('/sign-in')
      store.putRecord(record)
      const { user, view } = (await browser.get('/')).json()
      assert.deepEqual([user, view.state, view.expireAfter], ['ada', 'active', 10])
      await app.close()
    }
  })

  it('keeps people signed in whose session is older than the plugin, and what they edit', async () => {
    const store = new PlainStore()
    const { app, clock, browser } = await openOn(store)
    await browser.post('/sign-in')
    const cookies = { ...browser.cookies }
    store.putRecord(undefined, { path: '/', httpOnly: true, originalMaxAge: null, expires: null })
    clock.advance(3600)
    assert.equal((await browser.post('/edit')).headers['set-cookie'], undefined)
    assert.deepEqual(browser.cookies, cookies)
    const { user, a, _session_security: record } = store.session
    assert.deepEqual([user, a, record['expireAfter'], record['startedAtMs']], ['ada', 1, 10, clock.nowMs])
    clock.advance(10)
    assert.equal((await browser.get('/')).json().view.reason, 'idle')
    await app.close()
  })

  it('counts as none if it is older than the plugin and userOf cannot read it: people sign in once more', async () => {
    for (const userOf of [undefined, ({ user }: { user?: string }) => user?.toUpperCase()]) {
      const store = new PlainStore()
      const { app, browser, log } = await openOn(store, userOf === undefined ? {} : { userOf })
      await browser.post('/sign-in')
      const [id = ''] = store.texts.keys()
      store.texts.set(id, JSON.stringify({ user: { name: 'ada' }, cookie: { path: '/', originalMaxAge: null } }))
      const before = store.texts.get(id)
      for (const url of ['/read', '/passive']) {
        const response = await browser.get(url)
        assert.deepEqual(
          [response.statusCode, response.json().user, response.headers['set-cookie']], [200, null, undefined]
        )
      }
      assert.equal(store.texts.get(id), before)
      assert.match(log.ours(40)[0]?.msg ?? '', /a stored session cannot be read: it counts as none/)
      assert.equal((await browser.post('/sign-in')).statusCode, 200)
      assert.equal((await browser.get('/read')).json().user, 'ada')
      await app.close()
    }
  })

  it('answers 503 while the store is away, leaves the cookie alone, and goes on when it is back', async () => {
    const store = new PlainStore()
    const { app, browser, newBrowser } = await openOn(store)
    await browser.post('/sign-in')
    store.isAway = true
    const responses = [await browser.get('/'), await browser.post('/sign-out'), await newBrowser().post('/sign-in')]
    for (const response of responses) {
      assert.deepEqual([response.statusCode, response.json().code], [503, 'FST_SESSION_SECURITY_STORE_UNAVAILABLE'])
      assert.deepEqual([response.headers['retry-after'], response.headers['set-cookie']], ['5', undefined])
    }
    assert.equal((await newBrowser().get('/')).statusCode, 200)
    store.isAway = false
    assert.equal((await browser.get('/')).json().user, 'ada')
    await app.close()
  })
})

async function openOn (
  inner: SessionStore,
  security: NonNullable<TestAppOptions['security']> = {},
  routes: (app: TestApp['app']) => void = () => {}
): Promise<Omit<TestApp, 'store' | 'held'>> {
  const clock = new FakeClock()
  clock.nowMs = Date.now() // the stores use the system's clock, and drop expired sessions
  const built = await buildApp({
    security: { store: fromSessionStore(inner, { clock: clock.now }), ...security },
    routes: app => {
      app.post('/edit', async request => { request.session.a = 1 })
      app.post('/renew', async request => { await request.session.regenerate(['user']) })
      app.post('/password', async request => { request.sessionSecurity.reauthenticated({ restart: true }) })
      app.get('/read', async ({ session: { user = null, a = null, b = null } }) => ({ user, a, b }))
      routes(app)
    }
  })
  return { ...built, clock }
}
