import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { requireSession } from '../../src/request/require-session.ts'
import type { EndedSession } from '../../src/store/store.ts'
import type { TestApp, TestAppOptions } from '../helpers/app.ts'
import { buildApp as buildTestApp, gate } from '../helpers/app.ts'
import { Attacker } from '../helpers/attacker.ts'
import { latch } from '../helpers/latch.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

declare module 'fastify' {
  interface Session {
    cart?: string[]
    isAdmin?: boolean
    lang?: string
    _csrf?: string
  }
}

/** Every way to sign in that a handler has, each answering in the end. */
const WAYS: Record<string, (app: FastifyInstance) => void> = {
  'an assignment' (app) {
    app.post('/in', async request => { request.session.user = 'ada'; return 'in' })
  },
  'session.set()' (app) {
    app.post('/in', async request => { request.session.set('user', 'ada'); return 'in' })
  },
  'regenerate() first' (app) {
    app.post('/in', async request => { await request.session.regenerate(); request.session.user = 'ada'; return 'in' })
  },
  'regenerate() that keeps all' (app) {
    app.post('/in', async request => {
      await request.session.regenerate(Object.keys(request.session))
      request.session.user = 'ada'
      return 'in'
    })
  },
  'an explicit save(), then work' (app) {
    app.post('/in', async request => {
      request.session.user = 'ada'
      await request.session.save()
      for (let i = 0; i < 50; i++) await setImmediate()
      return 'in'
    })
  },
  'save() with a callback' (app) {
    app.post('/in', (request, reply) => {
      request.session.user = 'ada'
      request.session.save(error => { reply.send(error ?? 'in') })
    })
  },
  'sessionStore.set()' (app) {
    app.post('/in', (request, reply) => {
      request.session.user = 'ada'
      request.sessionStore.set(request.session.sessionId, request.session, error => { reply.send(error ?? 'in') })
    })
  },
  'a save() that is not awaited' (app) {
    app.post('/in', async request => { request.session.user = 'ada'; request.session.save().catch(() => {}); return 'in' })
  },
  'a hook before the handler' (app) {
    app.post('/in', { preHandler: async request => { request.session.user = 'ada' } }, async () => 'in')
  },
  'an answer by redirect' (app) {
    app.post('/in', async (request, reply) => { request.session.user = 'ada'; return reply.redirect('/') })
  },
  'an answer by a stream' (app) {
    app.post('/in', async request => { request.session.user = 'ada'; return Readable.from(['in']) })
  },
  'an error after the assignment' (app) {
    app.post('/in', async request => { request.session.user = 'ada'; throw new Error('later') })
  },
  'reply.send() that is not returned' (app) {
    app.post('/in', async (request, reply) => { request.session.user = 'ada'; reply.send('in') })
  },
  'an assignment while an onSend hook of the application waits' (app) {
    app.post('/in', async request => { request.session.user = 'ada'; return 'in' })
    app.addHook('onSend', async () => { for (let i = 0; i < 20; i++) await setImmediate() })
  }
}

for (const kit of [memoryKit, redisKit()]) {
  describe(`a sign-in on ${kit.name}`, () => {
    const ends: EndedSession[] = []
    const buildApp = (options: TestAppOptions = {}): Promise<TestApp> => {
      ends.length = 0
      return buildTestApp({ kit, ...options, security: { onSessionEnd: ended => ends.push(ended), ...options.security } })
    }
    const addCart = (app: FastifyInstance): void => {
      app.post('/cart', async request => { Object.assign(request.session, { cart: ['book'], _csrf: 'planted' }); return 'ok' })
      app.get('/mine', { preHandler: requireSession() }, async ({ session }) => ({ ...session, cookie: undefined }))
    }

    for (const [way, addRoute] of Object.entries(WAYS)) {
      it(`by ${way} has a new id: a planted cookie is worth nothing, not for a moment`, async () => {
        const { app, browser } = await buildApp({ routes: app => { addCart(app); addRoute(app) } })
        await browser.post('/cart')
        const planted = { ...browser.cookies }
        const attacker = new Attacker(app, planted)
        const response = await browser.post('/in')
        assert.deepEqual(await attacker.stop(), [])
        assert.equal([response.headers['set-cookie']].flat().length, 1, 'one Set-Cookie line')
        assert.notEqual(browser.cookies.sessionId, planted.sessionId)
        assert.equal((await browser.get('/mine')).json().user, 'ada')
        assert.deepEqual((await app.sessionSecurity.list({ user: 'ada' })).sessions.length, 1)
        assert.equal((await app.sessionSecurity.endUser('ada')).ended.length, 1)
        assert.equal((await browser.get('/mine')).statusCode, 401)
        await app.close()
        assert.deepEqual(ends.map(({ user, reason }) => [user, reason]), [['ada', 'revoked']])
      })
    }

    it('where only isAuthenticated tells of it has a new id too', async () => {
      const { app, browser } = await buildApp({
        security: { userOf: () => undefined, isAuthenticated: ({ a }) => a === 1 },
        routes: app => {
          app.post('/plant', async request => { request.session.b = 2; return 'planted' })
          app.post('/prove', async request => { request.session.a = 1; return 'in' })
        }
      })
      await browser.post('/plant')
      const planted = browser.cookies['sessionId']
      await browser.post('/prove')
      assert.notEqual(browser.cookies['sessionId'], planted)
      assert.equal((await browser.get('/')).json().view.state, 'active')
      await app.close()
    })

    it('takes along what the anonymous session held, but no CSRF secret and nothing of dropAtSignIn', async () => {
      const { app, browser } = await buildApp({
        security: { dropAtSignIn: ['lang'] },
        routes: app => {
          addCart(app)
          app.post('/lang', async request => { request.session.lang = 'de'; return 'ok' })
          app.post('/in', async request => { request.session.user = 'ada'; return 'in' })
        }
      })
      await browser.post('/cart')
      await browser.post('/lang')
      await browser.post('/in')
      assert.deepEqual((await browser.get('/mine')).json(), { cart: ['book'], user: 'ada' })
      await app.close()
    })

    it('keeps the CSRF secret that this very request wrote', async () => {
      const { app, browser } = await buildApp({
        routes: app => {
          addCart(app)
          app.post('/in', async request => { Object.assign(request.session, { user: 'ada', _csrf: 'fresh' }); return 'in' })
        }
      })
      await browser.post('/cart')
      await browser.post('/in')
      assert.equal((await browser.get('/mine')).json()._csrf, 'fresh')
      await app.close()
    })

    for (const how of ['an assignment', 'regenerate() that keeps all']) {
      it(`over another person's session, by ${how}, inherits nothing and ends that session`, async () => {
        const { app, clock, browser } = await buildApp({
          security: { absoluteTimeout: 12 },
          routes: app => {
            addCart(app)
            app.post('/in-as/:user', async request => {
              const { user } = request.params as { user: string }
              if (how !== 'an assignment') await request.session.regenerate(Object.keys(request.session))
              request.session.user = user
              if (user === 'ada') request.session.isAdmin = true
              else request.session.lang = 'de'
              return 'in'
            })
          }
        })
        await browser.post('/in-as/ada')
        const adas = { ...browser.cookies }
        clock.advance(8)
        await browser.post('/in-as/bob')
        assert.deepEqual((await browser.get('/mine')).json(), { user: 'bob', lang: 'de' })
        assert.deepEqual((await app.inject({ url: '/session_security/ping', cookies: adas })).json(), { state: 'ended', reason: 'logout' })
        clock.advance(8)
        assert.equal((await browser.get('/mine')).statusCode, 200, 'the absolute deadline starts anew')
        const { sessions } = await app.sessionSecurity.list()
        assert.deepEqual(sessions.map(({ user }) => user), ['bob'])
        await app.close()
        assert.deepEqual(ends.map(({ user, reason }) => [user, reason]), [['ada', 'logout']])
      })
    }

    it('over another person\'s session keeps the keys that say who is signed in, though their values are the same', async () => {
      const { app, browser } = await buildApp({
        security: { userOf: session => session.isAdmin === true ? session.user : undefined },
        routes: app => {
          addCart(app)
          app.post('/in-as/:user', async request => { Object.assign(request.session, { isAdmin: true, user: (request.params as { user: string }).user }) })
        }
      })
      await browser.post('/in-as/ada')
      await browser.post('/in-as/bob')
      assert.deepEqual((await browser.get('/mine')).json(), { isAdmin: true, user: 'bob' })
      await app.close()
    })

    it('beyond the limit is refused in this very response: nothing is written, and no cookie goes out', async () => {
      const { app, browser, newBrowser, held } = await buildApp({
        security: { maxSessionsPerUser: 1, atMaxSessions: 'refuse' },
        routes: app => { addCart(app); app.post('/in', async request => { request.session.user = 'ada'; return 'in' }) }
      })
      await newBrowser().post('/in')
      await browser.post('/cart')
      const before = await held()
      const response = await browser.post('/in')
      assert.deepEqual([response.statusCode, response.json().code], [403, 'FST_SESSION_SECURITY_TOO_MANY_SESSIONS'])
      assert.equal(response.headers['set-cookie'], undefined)
      assert.equal(await held(), before)
      assert.equal((await browser.get('/passive')).json().user, null)
      await app.close()
      assert.deepEqual(ends, [])
    })

    it('beyond the limit by an explicit save() is tried once, and the handler may answer by itself', async () => {
      const { app, browser, newBrowser } = await buildApp({
        security: { maxSessionsPerUser: 1, atMaxSessions: 'refuse' },
        routes: app => {
          app.post('/in', async (request, reply) => {
            request.session.user = 'ada'
            try {
              await request.session.save()
            } catch (error) {
              return await reply.code(409).send(error instanceof Error ? error.message : '')
            }
            return 'in'
          })
        }
      })
      await newBrowser().post('/in')
      const response = await browser.post('/in')
      assert.deepEqual([response.statusCode, response.headers['set-cookie']], [409, undefined])
      await app.close()
    })

    it('after the answer has begun is not kept, and a coded warning names the route', async () => {
      const { app, browser, log } = await buildApp({
        routes: app => {
          addCart(app)
          app.post('/late', (request, reply) => { reply.send('early'); request.session.user = 'ada' })
          app.post('/late-save', async (request, reply) => {
            reply.send('early')
            request.session.user = 'ada'
            await request.session.save().catch(error => request.log.info({ code: error.code }, 'refused'))
          })
        }
      })
      for (const url of ['/late', '/late-save']) {
        const response = await browser.post(url)
        await setImmediate()
        assert.deepEqual([response.statusCode, response.body, response.headers['set-cookie']], [200, 'early', undefined])
        assert.match(log.raw.join(''), new RegExp(`FST_SESSION_SECURITY_LATE_SIGN_IN.*POST ${url}`))
        assert.deepEqual((await app.sessionSecurity.list()).sessions, [])
      }
      await app.close()
    })

    it('over plain http with a secure cookie is refused with a coded error that names trustProxy and "auto"', async () => {
      const { app, browser } = await buildApp({ session: { cookie: { secure: true } } })
      const response = await browser.post('/sign-in')
      assert.equal(response.statusCode, 500)
      assert.match(response.body, /FST_SESSION_SECURITY_INSECURE_COOKIE.*trustProxy.*auto/)
      assert.deepEqual((await app.sessionSecurity.list()).sessions, [])
      await app.close()
    })

    it('in a hijacked reply has a new id too, and sessionSecurity.cookieLine() brings it to the browser', async () => {
      const { app, browser } = await buildApp({
        routes: app => {
          addCart(app)
          app.post('/in', async (request, reply) => {
            request.session.user = 'ada'
            await request.session.save()
            reply.hijack()
            reply.raw.writeHead(200, { 'set-cookie': request.sessionSecurity.cookieLine() ?? '' })
            for (let i = 0; i < 20; i++) await setImmediate()
            reply.raw.end('in')
          })
        }
      })
      await browser.post('/cart')
      const attacker = new Attacker(app, browser.cookies)
      await browser.post('/in')
      assert.deepEqual(await attacker.stop(), [])
      assert.equal((await browser.get('/mine')).json().user, 'ada')
      await app.close()
    })

    it('with a cookie age that no header can carry fails this request and nothing else', async () => {
      const { app, browser } = await buildApp({
        routes: app => {
          addCart(app)
          app.post('/in/:days', async request => {
            request.session.user = 'ada'
            request.session.cookie.maxAge = Number((request.params as { days: string }).days) * 86_400_000
            return 'in'
          })
        }
      })
      for (const days of ['x', '1e12']) {
        const response = await browser.post(`/in/${days}`)
        assert.deepEqual([response.statusCode, response.json().code], [500, 'FST_SESSION_SECURITY_BAD_COOKIE'], days)
        assert.equal(response.headers['set-cookie'], undefined)
      }
      assert.equal((await browser.post('/in/14')).statusCode, 200)
      await app.close()
    })

    it('while the store is away is answered 503, tried once, and sets no cookie', async () => {
      const { app, store, browser } = await buildApp()
      let tries = 0
      const begin = store.begin.bind(store)
      store.begin = async () => { tries++; throw Object.assign(new Error('away'), { statusCode: 503 }) }
      const response = await browser.post('/sign-in')
      assert.deepEqual([response.statusCode, tries, response.headers['set-cookie']], [503, 1, undefined])
      store.begin = begin
      await app.close()
    })
  })

  describe(`a renewal on ${kit.name}`, () => {
    const ends: EndedSession[] = []
    const buildApp = (options: TestAppOptions = {}): Promise<TestApp> => {
      ends.length = 0
      return buildTestApp({ kit, ...options, security: { onSessionEnd: ended => ends.push(ended), ...options.security } })
    }
    const addRoutes = (app: FastifyInstance): void => {
      app.post('/renew', async request => { await request.session.regenerate(['user']); return 'ok' })
      app.post('/renew-twice', async request => {
        await request.session.regenerate(['user'])
        await request.session.regenerate(['user'])
        return 'ok'
      })
      app.post('/renew-unawaited', async request => { request.session.regenerate(['user']).catch(() => {}); return 'ok' })
      app.get('/me', { preHandler: requireSession() }, async request => request.session.user)
    }

    for (const url of ['/renew', '/renew-twice', '/renew-unawaited']) {
      it(`by ${url} goes on under a new id with one cookie line, and nobody is notified of an end`, async () => {
        const { app, browser } = await buildApp({ routes: addRoutes })
        await browser.post('/sign-in')
        const old = { ...browser.cookies }
        const response = await browser.post(url)
        assert.equal([response.headers['set-cookie']].flat().length, 1)
        assert.notEqual(browser.cookies.sessionId, old.sessionId)
        assert.equal((await browser.get('/me')).body, 'ada')
        assert.equal((await app.inject({ url: '/me', cookies: old })).statusCode, 401)
        assert.equal((await app.sessionSecurity.list()).sessions.length, 1)
        await app.close()
        assert.deepEqual(ends, [])
      })
    }

    it('keeps the absolute deadline', async () => {
      const { app, clock, browser } = await buildApp({ routes: addRoutes, security: { absoluteTimeout: 12 } })
      await browser.post('/sign-in')
      clock.advance(8)
      await browser.post('/renew')
      clock.advance(5)
      assert.equal((await browser.get('/me')).headers['session-end-reason'], 'absolute')
      await app.close()
    })

    it('by two requests at once leaves the browser signed in, whichever answer arrives last', async () => {
      const { app, browser } = await buildApp({ routes: addRoutes })
      for (let i = 0; i < 10; i++) {
        await browser.post('/sign-in')
        await Promise.all([browser.post('/renew'), browser.post('/renew')])
        assert.equal((await browser.get('/me')).statusCode, 200)
        await browser.post('/sign-out')
        assert.equal((await browser.get('/me')).statusCode, 401)
      }
      await app.close()
    })

    for (const which of ['the renewed cookie', 'the old cookie']) {
      it(`whose answer arrives after a log-out with ${which} by the same browser signs nobody in again`, async () => {
        const [first, second] = [gate(), gate()]
        const go = latch()
        const { app, browser } = await buildApp({
          routes: app => {
            addRoutes(app)
            app.post('/renew/:which', async request => {
              const { entered, leave } = (request.params as { which: string }).which === 'first' ? first : second
              entered.open()
              await go.opened // both requests have loaded the session that both renew
              await request.session.regenerate(['user'])
              await request.session.save()
              await leave.opened
              return 'ok'
            })
          }
        })
        await browser.post('/sign-in')
        const old = { ...browser.cookies }
        const [early, late] = [browser.post('/renew/first'), browser.post('/renew/second')]
        await Promise.all([first.entered.opened, second.entered.opened])
        go.open()
        first.leave.open()
        assert.notEqual((await early).headers['set-cookie'], undefined)
        while ((await app.sessionSecurity.list()).sessions.length < 2) await setImmediate()
        if (which === 'the renewed cookie') await browser.post('/sign-out')
        else await app.inject({ method: 'POST', url: '/sign-out', cookies: old })
        assert.deepEqual((await app.sessionSecurity.list()).sessions, [])

        second.leave.open()
        await late
        assert.equal((await browser.get('/me')).statusCode, 401)
        await app.close()
        assert.deepEqual(ends.map(({ user, reason }) => [user, reason]), [['ada', 'logout'], ['ada', 'logout']])
      })
    }

    it('that loses against a revocation writes nothing and sets no cookie', async () => {
      const inside = latch()
      const go = latch()
      const { app, browser } = await buildApp({
        routes: app => {
          addRoutes(app)
          app.post('/slow-renew', async request => {
            inside.open()
            await go.opened
            await request.session.regenerate(['user'])
            return 'ok'
          })
        }
      })
      await browser.post('/sign-in')
      const slow = browser.post('/slow-renew')
      await inside.opened
      await app.sessionSecurity.endUser('ada')
      go.open()
      assert.equal((await slow).headers['set-cookie'], undefined)
      assert.equal((await browser.get('/me')).statusCode, 401)
      assert.deepEqual((await app.sessionSecurity.list()).sessions, [])
      await app.close()
    })

    it('by reauthenticated() gives a new id and starts the absolute deadline anew', async () => {
      const { app, clock, browser } = await buildApp({
        security: { absoluteTimeout: 12 },
        routes: app => { addRoutes(app); app.post('/again', async request => { request.sessionSecurity.reauthenticated(); return 'ok' }) }
      })
      await browser.post('/sign-in')
      const old = browser.cookies.sessionId
      clock.advance(8)
      await browser.post('/again')
      assert.notEqual(browser.cookies.sessionId, old)
      clock.advance(8)
      assert.equal((await browser.get('/me')).statusCode, 200)
      await app.close()
    })

    for (const [name, order] of Object.entries({
      'regenerate, reauthenticated, end others': ['regenerate', 'reauthenticated', 'end'],
      'end others, regenerate, reauthenticated': ['end', 'regenerate', 'reauthenticated'],
      'reauthenticated, end others, regenerate': ['reauthenticated', 'end', 'regenerate']
    })) {
      it(`of a password change (${name}) keeps its author and ends all others`, async () => {
        const { app, browser, newBrowser } = await buildApp({
          routes: app => {
            addRoutes(app)
            app.post('/password', async request => {
              for (const step of order) {
                if (step === 'regenerate') await request.session.regenerate(['user'])
                if (step === 'reauthenticated') request.sessionSecurity.reauthenticated()
                if (step === 'end') await request.sessionSecurity.endOtherSessions()
              }
              return 'ok'
            })
          }
        })
        const other = newBrowser()
        await other.post('/sign-in')
        await browser.post('/sign-in')
        await browser.post('/password')
        assert.equal((await browser.get('/me')).statusCode, 200)
        assert.equal((await other.get('/me')).statusCode, 401)
        await app.close()
      })
    }
  })

  describe(`a sign-out on ${kit.name}`, () => {
    it('by deleting the user ends the session: the guard refuses, and the cart goes on under another id', async () => {
      const ends: EndedSession[] = []
      const { app, browser } = await buildTestApp({
        kit,
        security: { onSessionEnd: ended => ends.push(ended) },
        routes: app => {
          app.post('/cart', async request => { request.session.cart = ['book']; return 'ok' })
          app.post('/leave', async request => { delete request.session.user; return 'bye' })
          app.get('/cart', async request => request.session.cart ?? [])
          app.get('/me', { preHandler: requireSession() }, async request => request.session.user)
        }
      })
      await browser.post('/sign-in')
      await browser.post('/cart')
      const old = { ...browser.cookies }
      await browser.post('/leave')
      assert.equal((await browser.get('/me')).statusCode, 401)
      assert.deepEqual((await browser.get('/cart')).json(), ['book'])
      assert.notEqual(browser.cookies.sessionId, old.sessionId)
      assert.equal((await app.inject({ url: '/me', cookies: old })).headers['session-end-reason'], 'logout')
      await app.close()
      assert.deepEqual(ends.map(({ reason }) => reason), ['logout'])
    })

    it('with the old id of a renewed session ends what it goes on as', async () => {
      const { app, browser } = await buildTestApp({
        kit, routes: app => { app.post('/renew', async request => { await request.session.regenerate(['user']); return 'ok' }) }
      })
      await browser.post('/sign-in')
      const old = { ...browser.cookies }
      await browser.post('/renew')
      await app.inject({ method: 'POST', url: '/sign-out', cookies: old })
      assert.equal((await browser.get('/passive')).json().user, null)
      assert.deepEqual((await app.sessionSecurity.list()).sessions, [])
      await app.close()
    })

    it('with the cookie of a session that has ended already takes the cookie away', async () => {
      const { app, clock, browser } = await buildTestApp({ kit })
      await browser.post('/sign-in')
      clock.advance(10)
      assert.equal((await browser.get('/')).headers['set-cookie'], undefined)
      assert.match(String((await browser.post('/sign-out')).headers['set-cookie']), /^sessionId=;/)
      await app.close()
    })

    it('that is not awaited is waited for, and the answer of a failed one is no success', async () => {
      const { app, store, browser } = await buildTestApp({
        kit, routes: app => { app.post('/leave', async request => { request.session.destroy().catch(() => {}); return 'bye' }) }
      })
      await browser.post('/sign-in')
      const end = store.end.bind(store)
      store.end = async () => { await setImmediate(); throw Object.assign(new Error('away'), { statusCode: 503 }) }
      const failed = await browser.post('/leave')
      assert.deepEqual([failed.statusCode, failed.headers['set-cookie']], [503, undefined])
      store.end = async (...args) => { await setImmediate(); return await end(...args) }
      assert.match(String((await browser.post('/leave')).headers['set-cookie']), /^sessionId=;/)
      await app.close()
    })
  })
}
