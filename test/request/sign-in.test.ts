import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { StoreUnavailableError } from '../../src/errors.ts'
import { requireSession } from '../../src/request/require-session.ts'
import type { EndedSession } from '../../src/store/store.ts'
import type { TestApp, TestAppOptions } from '../helpers/app.ts'
import { buildApp as buildTestApp, gate, pass } from '../helpers/app.ts'
import { Attacker } from '../helpers/attacker.ts'
import { latch } from '../helpers/latch.ts'
import type { Step } from '../helpers/steps.ts'
import { buildStepApp, signInAs } from '../helpers/steps.ts'
import { SteeredStore, steeredKit } from '../helpers/steered-store.ts'
import type { StoreKit } from '../helpers/store-kits.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

declare module 'fastify' {
  interface Session {
    cart?: string[]
    isAdmin?: boolean
    lang?: string
    _csrf?: string
  }
}

/** Every way to sign in that a handler has. Each answers in the end. */
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
    app.post(
      '/in', async request => { request.session.user = 'ada'; request.session.save().catch(() => {}); return 'in' }
    )
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
      return buildTestApp({
        kit, ...options, security: { onSessionEnd: ended => ends.push(ended), ...options.security }
      })
    }
    const addCart = (app: FastifyInstance): void => {
      app.post(
        '/cart', async request => { Object.assign(request.session, { cart: ['book'], _csrf: 'planted' }); return 'ok' }
      )
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

    it('that only isAuthenticated knows has a new id too', async () => {
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
          app.post(
            '/in', async request => { Object.assign(request.session, { user: 'ada', _csrf: 'fresh' }); return 'in' }
          )
        }
      })
      await browser.post('/cart')
      await browser.post('/in')
      assert.equal((await browser.get('/mine')).json()._csrf, 'fresh')
      await app.close()
    })

    for (const how of ['an assignment', 'an explicit save()', 'regenerate() that keeps all']) {
      it(`over another person's session, by ${how}, inherits nothing and ends that session`, async () => {
        const { app, clock, browser } = await buildApp({
          security: { absoluteTimeout: 12 },
          routes: app => {
            addCart(app)
            app.post('/in-as/:user', async request => {
              const { user } = request.params as { user: string }
              if (how === 'regenerate() that keeps all') await request.session.regenerate(Object.keys(request.session))
              request.session.user = user
              if (user === 'ada') request.session.isAdmin = true
              else request.session.lang = 'de'
              if (how === 'an explicit save()') await request.session.save()
              return 'in'
            })
          }
        })
        await browser.post('/in-as/ada')
        const adas = { ...browser.cookies }
        clock.advance(8)
        await browser.post('/in-as/bob')
        assert.deepEqual((await browser.get('/mine')).json(), { user: 'bob', lang: 'de' })
        assert.deepEqual(
          (await app.inject({ url: '/session_security/ping', cookies: adas })).json(),
          { state: 'ended', reason: 'logout' }
        )
        clock.advance(8)
        assert.equal((await browser.get('/mine')).statusCode, 200, 'the absolute deadline starts anew')
        const { sessions } = await app.sessionSecurity.list()
        assert.deepEqual(sessions.map(({ user }) => user), ['bob'])
        await app.close()
        assert.deepEqual(ends.map(({ user, reason }) => [user, reason]), [['ada', 'logout']])
      })
    }

    it('over another person\'s session keeps the keys that name the user, also with equal values', async () => {
      const { app, browser } = await buildApp({
        security: { userOf: session => session.isAdmin === true ? session.user : undefined },
        routes: app => {
          addCart(app)
          app.post(
            '/in-as/:user',
            async request => {
              Object.assign(request.session, { isAdmin: true, user: (request.params as { user: string }).user })
            }
          )
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

    it('beyond the limit over another person\'s session is refused too, and that session goes on', async () => {
      const { app, browser, newBrowser } = await buildApp({
        security: { maxSessionsPerUser: 1, atMaxSessions: 'refuse' },
        routes: app => {
          addCart(app)
          app.post('/in-as-bob', async request => { request.session.user = 'bob'; return 'in' })
        }
      })
      await newBrowser().post('/in-as-bob')
      await browser.post('/sign-in')
      const response = await browser.post('/in-as-bob')
      assert.deepEqual([response.statusCode, response.headers['set-cookie']], [403, undefined])
      assert.equal((await browser.get('/mine')).json().user, 'ada')
      await app.close()
      assert.deepEqual(ends, [])
    })

    it('with the cookie of a session that was renewed meanwhile ends what that goes on as', async () => {
      const { app, browser } = await buildApp({
        routes: app => {
          app.post('/renew', async request => { await request.session.regenerate(['user']); return 'ok' })
        }
      })
      await browser.post('/sign-in')
      const old = { ...browser.cookies }
      await browser.post('/renew')
      const response = await app.inject({ method: 'POST', url: '/sign-in', cookies: old })
      assert.deepEqual([response.statusCode, response.cookies.length], [200, 1])
      assert.equal((await app.sessionSecurity.list()).sessions.length, 1)
      await app.close()
      assert.deepEqual(ends.map(({ user, reason }) => [user, reason]), [['ada', 'logout']])
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
        assert.deepEqual(
          [response.statusCode, response.body, response.headers['set-cookie']], [200, 'early', undefined]
        )
        assert.match(log.raw.join(''), new RegExp(`FST_SESSION_SECURITY_LATE_SIGN_IN.*POST ${url}`))
        assert.deepEqual((await app.sessionSecurity.list()).sessions, [])
      }
      await app.close()
    })

    it('by a save() while an onSend hook of the application waits is refused, with the line of no cookie', async () => {
      const held = gate()
      const said: unknown[] = []
      const { app, browser } = await buildApp({
        routes: app => {
          app.post('/late', (request, reply) => {
            reply.send('early')
            held.entered.opened.then(async () => {
              request.session.user = 'ada'
              await request.session.save().catch((error: unknown) => said.push(Reflect.get(Object(error), 'code')))
              held.leave.open()
            })
          })
          app.addHook('onSend', async () => { await pass(held) })
        }
      })
      const response = await browser.post('/late')
      assert.deepEqual([response.statusCode, response.headers['set-cookie']], [200, undefined])
      assert.deepEqual(said, ['FST_SESSION_SECURITY_LATE_SIGN_IN'])
      assert.deepEqual((await app.sessionSecurity.list()).sessions, [])
      await app.close()
    })

    it('is all that deviceOf is asked for: not an anonymous session, and a renewal keeps what it said', async () => {
      const asked: string[] = []
      const { app, browser } = await buildApp({
        security: { deviceOf: ({ url, headers }) => { asked.push(url); return { userAgent: headers['user-agent'] } } },
        routes: app => {
          addCart(app)
          app.post('/renew', async request => { await request.session.regenerate(['user']); return 'ok' })
          app.post('/again', async request => { request.sessionSecurity.reauthenticated(); return 'ok' })
        }
      })
      await browser.post('/cart')
      await browser.post('/sign-in', undefined, { 'user-agent': 'at home' })
      for (const url of ['/renew', '/again']) await browser.post(url, undefined, { 'user-agent': 'elsewhere' })
      assert.deepEqual(asked, ['/sign-in'])
      assert.deepEqual((await app.sessionSecurity.list()).sessions.map(({ userAgent }) => userAgent), ['at home'])
      await app.close()
    })

    it('has its id in the user\'s shard, whatever regenerate() gave before; an anonymous one keeps that', async () => {
      const { app, browser } = await buildApp({
        kit: sharded(kit),
        routes: app => {
          addCart(app)
          app.post('/in', async request => { await request.session.regenerate(); request.session.user = 'ada' })
          app.post('/renew', async request => { await request.session.regenerate(['user', 'cart']) })
          app.post('/renew-and-say', async request => {
            await request.session.regenerate(['cart'])
            return request.session.sessionId
          })
        }
      })
      await browser.post('/cart')
      const said = (await browser.post('/renew-and-say')).body
      assert.equal(browser.cookies['sessionId']?.split('.', 1)[0], said)
      for (const url of ['/in', '/renew']) {
        await browser.post(url)
        assert.match(browser.cookies['sessionId'] ?? '', /^ada~/, url)
        assert.equal((await browser.get('/mine')).json().user, 'ada', url)
      }
      await app.close()
    })

    it('over http with a secure cookie is refused with a coded error that names trustProxy and "auto"', async () => {
      const { app, browser } = await buildApp({ session: { cookie: { secure: true } } })
      const response = await browser.post('/sign-in')
      assert.equal(response.statusCode, 500)
      assert.match(response.body, /FST_SESSION_SECURITY_INSECURE_COOKIE.*trustProxy.*auto/)
      assert.deepEqual((await app.sessionSecurity.list()).sessions, [])
      await app.close()
    })

    it('by a client that offers another protocol is kept, also while a hook of its answer waits', async () => {
      for (const hook of ['preSerialization', 'onSend'] as const) {
        const { app, browser } = await buildApp({
          before: app => {
            app.addHook(hook as 'onSend', async (_request, _reply, payload) => {
              await setImmediate()
              return payload
            })
          }
        })
        const answer = await browser.post('/sign-in', {}, { connection: 'Upgrade', upgrade: 'h2c' })
        assert.deepEqual([answer.statusCode, answer.cookies.length], [200, 1], hook)
        assert.equal((await browser.get('/')).json().user, 'ada')
        await app.close()
      }
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

    it('that makes the session too large is refused with a code: nothing is written', async () => {
      const { app, browser, held } = await buildApp({
        routes: app => {
          addCart(app)
          const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, 1]))
          app.post(
            '/in', async request => { Object.assign(request.session, { user: 'ada', lang: 'x'.repeat(70_000) }) }
          )
          app.post('/many', async request => { Object.assign(request.session, { user: 'ada', ...many }) })
        }
      })
      await browser.post('/cart')
      const before = await held()
      for (const url of ['/in', '/many']) {
        const response = await browser.post(url)
        assert.deepEqual([response.statusCode, response.json().code], [500, 'FST_SESSION_SECURITY_SESSION_TOO_LARGE'])
        assert.deepEqual([response.headers['set-cookie'], await held()], [undefined, before])
      }
      await app.close()
    })

    it('has a cookieLine() once it is written, and only while the session has that id and lives', async () => {
      const { app, clock, browser } = await buildApp({
        routes: app => {
          app.post('/in', async request => {
            const { sessionSecurity } = request
            const lines: Array<string | null> = []
            const note = (): void => { lines.push(sessionSecurity.cookieLine()) }
            note()
            request.session.user = 'ada'
            note()
            await request.session.save()
            note()
            await request.session.regenerate(['user'])
            note()
            await request.session.save()
            note()
            await app.sessionSecurity.endUser('ada')
            clock.advance(2)
            await sessionSecurity.recordActivity() // the request learns of the end
            note()
            return lines
          })
        }
      })
      const [before, assigned, saved, renewed, again, ended] = (await browser.post('/in')).json()
      assert.deepEqual([before, assigned, renewed, ended], [null, null, null, null])
      assert.match(saved, /^sessionId=/)
      assert.match(again, /^sessionId=/)
      assert.notEqual(saved, again)
      await app.close()
    })

    it('over another person\'s session starts the clock anew at once, before it is written', async () => {
      const { app, clock, browser } = await buildApp({
        routes: app => {
          app.post('/in-as-bob', { config: { sessionSecurity: { passive: true } } }, async request => {
            request.session.user = 'bob'
            return request.sessionSecurity.status()
          })
        }
      })
      await browser.post('/sign-in')
      clock.advance(6)
      assert.equal((await browser.post('/in-as-bob')).json().idleFor, 0)
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

    it('without a cookie object fails this request with a code, as an edit does', async () => {
      const remove: Step = ({ session }) => { Reflect.deleteProperty(session, 'cookie') }
      const edit: Step = ({ session }) => { session.a = 1 }
      const { app, browser, ask } = await buildStepApp({ kit })
      for (const steps of [[signInAs('ada'), remove], [edit, remove], [signInAs('ada')], [edit, remove]]) {
        const { statusCode, body } = await ask(browser, ...steps)
        if (steps.includes(remove)) assert.match(`${statusCode} ${body}`, /^500.*FST_SESSION_SECURITY_BAD_COOKIE/)
        else assert.equal(statusCode, 200)
      }
      await app.close()
    })

    it('while the store is away is answered 503, tried once, and sets no cookie', async () => {
      const steered = steeredKit(memoryKit)
      const { app, browser } = await buildApp({ kit: steered })
      steered.store.before = async verb => { if (verb === 'begin') throw new StoreUnavailableError('away') }
      const response = await browser.post('/sign-in')
      assert.deepEqual([response.statusCode, response.headers['set-cookie']], [503, undefined])
      assert.deepEqual(steered.store.calls, ['begin'])
      steered.store.before = () => undefined
      await app.close()
    })
  })

  describe(`a sign-in or a renewal that could not be written, on ${kit.name}`, () => {
    for (const [what, from, url, user] of [
      ['a sign-in to an anonymous session', '/cart', '/in-as/ada', 'ada'],
      ['a sign-in over another person\'s session', '/in-as/ada', '/in-as/bob', 'bob'],
      ['a renewal', '/in-as/ada', '/renew', 'ada']
    ] as const) {
      it(`is ${what} still when it is saved again: a new id, one write, and nothing under the old one`, async () => {
        const steered = steeredKit(kit)
        const saveTwice = async ({ session }: FastifyRequest): Promise<void> => {
          const record = session._session_security
          steered.store.before = async () => { throw new StoreUnavailableError('away') }
          await assert.rejects(session.save(), { statusCode: 503 })
          assert.equal(session._session_security, url === '/renew' ? undefined : record)
          steered.store.before = () => undefined
          steered.store.calls.length = 0
          await session.save()
        }
        const { app, browser } = await buildTestApp({
          kit: steered,
          routes: app => {
            app.post('/cart', async request => { Object.assign(request.session, { cart: ['book'], _csrf: 'planted' }) })
            app.post('/in-as/:user', async request => {
              request.session.user = (request.params as { user: string }).user
              if (request.url === url) await saveTwice(request)
              return 'in'
            })
            app.post('/renew', async request => {
              await request.session.regenerate(['user'])
              await saveTwice(request)
              return 'ok'
            })
            app.get('/holds', async ({ session: { user = null, _csrf = null } }) => ({ user, _csrf }))
          }
        })
        await browser.post(from)
        const old = { ...browser.cookies }
        const response = await browser.post(url)
        assert.deepEqual([response.statusCode, response.cookies.length], [200, 1])
        assert.deepEqual(steered.store.writes, ['begin'])
        assert.notEqual(browser.cookies['sessionId'], old['sessionId'])
        assert.deepEqual((await browser.get('/holds')).json(), { user, _csrf: null })
        assert.deepEqual((await app.inject({ url: '/holds', cookies: old })).json(), { user: null, _csrf: null })
        assert.deepEqual((await app.sessionSecurity.list()).sessions.map(({ user }) => user), [user])
        await app.close()
      })
    }

    it('is not tried again by the answer, which saves what the handler put in its place', async () => {
      const { app, browser, newBrowser } = await buildTestApp({
        kit,
        security: { maxSessionsPerUser: 1, atMaxSessions: 'refuse' },
        routes: app => {
          app.post('/in', async request => {
            request.session.user = 'ada'
            await assert.rejects(request.session.save(), { statusCode: 403 })
            delete request.session.user
            request.session.cart = ['book']
            return 'not in'
          })
          app.get('/holds', async ({ session: { user = null, cart = [] } }) => ({ user, cart }))
        }
      })
      await newBrowser().post('/sign-in')
      assert.equal((await browser.post('/in')).statusCode, 200)
      assert.deepEqual((await browser.get('/holds')).json(), { user: null, cart: ['book'] })
      await app.close()
    })
  })

  describe(`saves of one session at once, on ${kit.name}`, () => {
    it('are written one after the other, and one with nothing to write waits for those before', async () => {
      const steered = steeredKit(kit)
      const { app, browser } = await buildTestApp({
        kit: steered,
        routes: app => {
          app.post('/edit', async ({ session }) => {
            const { store } = steered
            const held = gate()
            store.calls.length = 0
            store.before = () => pass(held)
            session.a = 1
            const first = session.save()
            session.a = 2
            const second = session.save()
            let isDone = false
            const third = session.save()?.then(() => { isDone = true })
            await held.entered.opened
            for (let i = 0; i < 5; i++) await setImmediate()
            const before = { calls: [...store.calls], isDone }
            held.leave.open()
            await Promise.all([first, second, third])
            return before
          })
          app.get('/a', async request => ({ a: request.session.a }))
        }
      })
      await browser.post('/sign-in')
      assert.deepEqual((await browser.post('/edit')).json(), { calls: ['update'], isDone: false })
      assert.deepEqual((await browser.get('/a')).json(), { a: 2 })
      await app.close()
    })

    it('and one that puts back what was loaded is written too', async () => {
      const { app, browser } = await buildTestApp({
        kit,
        routes: app => {
          app.post('/edit', async ({ session }) => {
            const { a = 1 } = session
            session.a = a + 1
            await session.save()
            session.a = a
            return session.isModified()
          })
          app.post('/a', async request => { request.session.a = 1 })
          app.get('/a', async request => ({ a: request.session.a }))
        }
      })
      await browser.post('/a')
      assert.equal((await browser.post('/edit')).json(), true)
      assert.deepEqual((await browser.get('/a')).json(), { a: 1 })
      await app.close()
    })

    it('by the answer is the last: a sign-in while it is being written is refused', async () => {
      const steered = steeredKit(kit)
      const held = gate()
      const said: unknown[] = []
      const { app, browser } = await buildTestApp({
        kit: steered,
        routes: app => {
          app.post('/late', (request, reply) => {
            request.session.a = 1
            steered.store.before = async verb => { if (verb === 'update') await pass(held) }
            reply.send('early')
            held.entered.opened.then(async () => {
              request.session.user = 'bob'
              const refused = request.session.save()
                .catch((error: unknown) => said.push(Reflect.get(Object(error), 'code')))
              held.leave.open()
              await refused
            })
          })
        }
      })
      await browser.post('/sign-in')
      assert.deepEqual((await browser.post('/late')).cookies, [])
      assert.deepEqual(said, ['FST_SESSION_SECURITY_LATE_SIGN_IN'])
      assert.deepEqual((await app.sessionSecurity.list()).sessions.map(({ user }) => user), ['ada'])
      await app.close()
    })

    for (const renews of [false, true]) {
      it(`delay a sign-out${renews ? ' of its renewal' : ''}: no sign-in under way outlives it`, async () => {
        const steered = steeredKit(kit)
        const { app, browser } = await buildTestApp({
          kit: steered,
          routes: app => {
            app.post('/in-and-out', async request => {
              steered.store.before = async verb => {
                if (verb === 'begin') for (let i = 0; i < 5; i++) await setImmediate()
              }
              request.session.user = 'ada'
              const signedIn = request.session.save()
              if (renews) {
                await signedIn
                await request.session.regenerate(['user'])
              }
              await request.session.destroy()
              await signedIn
              return 'out'
            })
          }
        })
        const response = await browser.post('/in-and-out')
        assert.deepEqual([response.statusCode, response.cookies], [200, []])
        assert.deepEqual((await app.sessionSecurity.list()).sessions, [])
        await app.close()
      })
    }

    it('and reload() bring the browser one cookie of the session that the request began, and one write', async () => {
      const steered = steeredKit(kit)
      const { app, browser } = await buildTestApp({
        kit: steered,
        routes: app => {
          app.post('/in', async request => {
            request.session.user = 'ada'
            await request.session.save()
            await request.session.reload()
            return request.session.user
          })
          app.post('/renew', async request => {
            await request.session.regenerate(['user'])
            await request.session.save()
            return request.session.user
          })
        }
      })
      for (const url of ['/in', '/renew']) {
        steered.store.calls.length = 0
        const response = await browser.post(url)
        assert.deepEqual([response.body, response.cookies.length], ['ada', 1], url)
        assert.deepEqual(steered.store.calls.filter(call => call === 'begin'), ['begin'], url)
        assert.equal((await browser.get('/')).json().user, 'ada', url)
      }
      await app.close()
    })
  })

  describe(`a renewal on ${kit.name}`, () => {
    const ends: EndedSession[] = []
    const buildApp = (options: TestAppOptions = {}): Promise<TestApp> => {
      ends.length = 0
      return buildTestApp({
        kit, ...options, security: { onSessionEnd: ended => ends.push(ended), ...options.security }
      })
    }
    const addRoutes = (app: FastifyInstance): void => {
      app.post('/renew', async request => { await request.session.regenerate(['user']); return 'ok' })
      app.post('/renew-twice', async request => {
        await request.session.regenerate(['user'])
        await request.session.regenerate(['user'])
        return 'ok'
      })
      app.post(
        '/renew-unawaited', async request => { request.session.regenerate(['user']).catch(() => {}); return 'ok' }
      )
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

    it('after the answer has begun is not kept, and a coded warning names the route', async () => {
      const { app, browser, log } = await buildApp({
        routes: app => {
          addRoutes(app)
          app.post('/late', async (request, reply) => {
            reply.send('early')
            await request.session.regenerate(['user'])
          })
        }
      })
      await browser.post('/sign-in')
      assert.deepEqual((await browser.post('/late')).cookies, [])
      await setImmediate()
      assert.match(log.raw.join(''), /FST_SESSION_SECURITY_LATE_SIGN_IN.*POST \/late/)
      assert.equal((await browser.get('/me')).body, 'ada')
      await app.close()
    })

    it('keeps the absolute deadline', async () => {
      const { app, clock, browser } = await buildApp({ routes: addRoutes, security: { absoluteTimeout: 12 } })
      await browser.post('/sign-in')
      clock.advance(8)
      await browser.post('/renew')
      clock.advance(5)
      assert.equal((await browser.get('/me')).headers['session-end-reason'], 'absolute')
      await app.close()
    })

    it('of an anonymous session counts its life from then: a day, as after each write', async () => {
      const { app, clock, browser } = await buildApp({
        routes: app => {
          app.post('/cart', async request => { request.session.cart = ['book']; return 'ok' })
          app.post('/renew-cart', async request => { await request.session.regenerate(['cart']); return 'ok' })
          app.get('/cart', async request => request.session.cart ?? [])
        }
      })
      await browser.post('/cart')
      clock.advance(80_000)
      await browser.post('/renew-cart')
      clock.advance(80_000)
      assert.deepEqual((await browser.get('/cart')).json(), ['book'])
      clock.advance(10_000)
      assert.deepEqual((await browser.get('/cart')).json(), [])
      await app.close()
    })

    it('by a passive request extends nothing (G3: passive is passive)', async () => {
      const { app, clock, browser } = await buildApp({
        routes: app => {
          addRoutes(app)
          const config = { sessionSecurity: { passive: true } }
          app.post('/renew-passively', { config }, async request => { await request.session.regenerate(['user']) })
        }
      })
      await browser.post('/sign-in')
      clock.advance(6)
      assert.equal((await browser.post('/renew-passively')).cookies.length, 1)
      assert.equal((await browser.get('/session_security/ping')).json().idleFor, 6)
      clock.advance(4)
      assert.equal((await browser.get('/me')).headers['session-end-reason'], 'idle')
      await app.close()
    })

    it('beyond a limit that was lowered is no sign-in: it is not refused', async () => {
      const before = await buildApp()
      for (const jar of [before.browser, before.newBrowser()]) await jar.post('/sign-in')
      const { store, browser } = before
      const { app } = await buildApp({
        routes: addRoutes, security: { store, maxSessionsPerUser: 1, atMaxSessions: 'refuse' }
      })
      const response = await app.inject({ method: 'POST', url: '/renew', cookies: { ...browser.cookies } })
      assert.deepEqual([response.statusCode, response.cookies.length], [200, 1])
      assert.equal((await app.sessionSecurity.list({ user: 'ada' })).sessions.length, 2)
      await Promise.all([app.close(), before.app.close()])
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
              await go.opened // both requests have loaded the session, and both renew it
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
            await request.session.save()
            return request.sessionSecurity.status()
          })
        }
      })
      await browser.post('/sign-in')
      const slow = browser.post('/slow-renew')
      await inside.opened
      await app.sessionSecurity.endUser('ada')
      go.open()
      assert.equal((await slow).headers['set-cookie'], undefined)
      assert.equal((await slow).json().state, 'ended', 'the request knows it')
      assert.equal((await browser.get('/me')).statusCode, 401)
      assert.deepEqual((await app.sessionSecurity.list()).sessions, [])
      await app.close()
    })

    it('by reauthenticated({ restart: true }) gives a new id and starts the absolute deadline anew', async () => {
      const { app, clock, browser } = await buildApp({
        security: { absoluteTimeout: 12 },
        routes: app => {
          addRoutes(app)
          app.post(
            '/again', async request => { request.sessionSecurity.reauthenticated({ restart: true }); return 'ok' }
          )
        }
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

    it('by deleting the user takes no CSRF secret along', async () => {
      const { app, browser } = await buildTestApp({
        kit,
        routes: app => {
          app.post('/cart', async request => { Object.assign(request.session, { cart: ['book'], _csrf: 'hers' }) })
          app.post('/leave', async request => { delete request.session.user })
          app.get('/holds', async ({ session: { cart, _csrf } }) => ({ cart, _csrf }))
        }
      })
      await browser.post('/sign-in')
      await browser.post('/cart')
      await browser.post('/leave')
      assert.deepEqual((await browser.get('/holds')).json(), { cart: ['book'] })
      await app.close()
    })

    it('by deleting the user is done over plain http too, where the cookie is secure and a cart stays', async () => {
      let isHttps = true
      const { app, browser } = await buildTestApp({
        kit,
        session: { cookie: { secure: true } },
        before: app => app.addHook('onRequest', async request => {
          if (isHttps) Object.defineProperty(request, 'protocol', { value: 'https' })
        }),
        routes: app => {
          app.post('/cart', async request => { request.session.cart = ['book']; return 'ok' })
          app.post('/leave', async request => { delete request.session.user; return 'bye' })
        }
      })
      await browser.post('/sign-in')
      await browser.post('/cart')
      isHttps = false
      assert.equal((await browser.post('/leave')).statusCode, 200)
      assert.deepEqual((await app.sessionSecurity.list()).sessions, [])
      await app.close()
    })

    for (const [how, what, puts, holds] of [
      ['deleting the user', 'a cart', { cart: ['book'] }, { user: null, cart: ['book'] }],
      ['deleting the user', 'another user', { user: 'bob' }, { user: 'bob', cart: [] }],
      ['regenerate()', 'a cart', { cart: ['book'] }, { user: null, cart: ['book'] }],
      ['regenerate()', 'another user', { user: 'bob' }, { user: 'bob', cart: [] }]
    ] as const) {
      it(`by ${how} and save() ends the session; ${what} that the handler puts in then begins another`, async () => {
        const ends: EndedSession[] = []
        const { app, browser, log } = await buildTestApp({
          kit,
          security: { onSessionEnd: ended => ends.push(ended) },
          routes: app => {
            app.post('/leave', async request => {
              if (how === 'regenerate()') await request.session.regenerate()
              delete request.session.user
              await request.session.save()
              Object.assign(request.session, puts)
              return 'bye'
            })
            app.get('/holds', async ({ session: { user = null, cart = [] } }) => ({ user, cart }))
          }
        })
        await browser.post('/sign-in')
        const old = { ...browser.cookies }
        assert.equal((await browser.post('/leave')).cookies.length, 1)
        assert.deepEqual((await browser.get('/holds')).json(), holds)
        assert.deepEqual((await app.inject({ url: '/holds', cookies: old })).json(), { user: null, cart: [] })
        assert.deepEqual(log.ours().filter(({ msg }) => /not saved/.test(msg)), [])
        await app.close()
        assert.deepEqual(ends.map(({ user, reason }) => [user, reason]), [['ada', 'logout']])
      })
    }

    it('that the store did not take by a save() is done by the next one', async () => {
      const steered = steeredKit(kit)
      const said: unknown[] = []
      const { app, browser } = await buildTestApp({
        kit: steered,
        routes: app => {
          app.post('/leave', async request => {
            delete request.session.user
            steered.store.before = async () => { throw new StoreUnavailableError('away') }
            await request.session.save().catch((error: unknown) => said.push(Reflect.get(Object(error), 'statusCode')))
            steered.store.before = () => undefined
            await request.session.save()
            return 'bye'
          })
        }
      })
      await browser.post('/sign-in')
      const response = await browser.post('/leave')
      assert.deepEqual([said, response.statusCode], [[503], 200])
      assert.match(String(response.headers['set-cookie']), /^sessionId=;/)
      assert.deepEqual((await app.sessionSecurity.list()).sessions, [])
      await app.close()
    })

    it('with the old id of a renewed session ends what it goes on as', async () => {
      const { app, browser } = await buildTestApp({
        kit,
        routes: app => {
          app.post('/renew', async request => { await request.session.regenerate(['user']); return 'ok' })
        }
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
      const steered = steeredKit(kit)
      const { app, browser, log } = await buildTestApp({
        kit: steered,
        routes: app => {
          app.post('/leave', async request => { request.session.destroy().catch(() => {}); return 'bye' })
        }
      })
      await browser.post('/sign-in')
      steered.store.before = async verb => {
        await setImmediate()
        if (verb === 'end') throw new StoreUnavailableError('away')
      }
      const failed = await browser.post('/leave')
      assert.deepEqual([failed.statusCode, failed.headers['set-cookie']], [503, undefined])
      steered.store.before = async () => { await setImmediate() }
      assert.match(String((await browser.post('/leave')).headers['set-cookie']), /^sessionId=;/)
      const warned = log.lines.filter(({ level, msg }) => level === 40 && msg.includes('not awaited'))
      assert.deepEqual(warned.map(({ route }) => route), ['POST /leave', 'POST /leave'])
      await app.close()
    })
  })
}

/**
 * Makes all ids of a user begin alike, as on a Cluster.
 *
 * Ids of anonymous sessions begin at random.
 */
class ShardedStore extends SteeredStore {
  override idFor (random: string, user?: string): string {
    return `${user ?? random.slice(0, 3)}~${random}`
  }
}

function sharded (kit: StoreKit): StoreKit {
  return {
    name: kit.name,
    open () {
      const opened = kit.open()
      return { ...opened, store: new ShardedStore(opened.store) }
    }
  }
}
