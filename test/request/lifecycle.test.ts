import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { StoreUnavailableError } from '../../src/errors.ts'
import type { SessionSecurityOptions } from '../../src/options/options.ts'
import { requireSession } from '../../src/request/require-session.ts'
import type { EndedSession } from '../../src/store/store.ts'
import type { TestApp, TestAppOptions } from '../helpers/app.ts'
import { buildApp as buildTestApp } from '../helpers/app.ts'
import { steeredKit } from '../helpers/steered-store.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

for (const kit of [memoryKit, redisKit()]) {
  describe(`the life of a session on ${kit.name}`, () => {
    const buildApp = (options: TestAppOptions = {}): Promise<TestApp> => buildTestApp({ kit, ...options })

    it('begins when a handler signs in: with its own view, and it ends in time though nobody comes back', async () => {
      const ended: EndedSession[] = []
      const { app, clock, browser } = await buildApp({ security: { onSessionEnd: end => ended.push(end) } })
      const view = (await browser.post('/sign-in')).json()
      assert.deepEqual([view.state, view.idleFor, view.expiresIn], ['active', 0, 10])
      clock.advance(10)
      await app.sessionSecurity.sweep()
      assert.deepEqual(ended.map(end => end.reason), ['idle'])
      await app.close()
    })

    it('is put off by an active request, whose activity is recorded at most once a throttle interval', async () => {
      const { app, clock, browser } = await buildApp({ security: { throttle: 2 }, routes: addRecordRoutes })
      const { startedAtMs } = await recordSeenBy(browser, '/sign-in-and-record')
      const recorded: number[] = []
      for (let i = 0; i < 10; i++) {
        clock.advance(0.5)
        recorded.push((await recordSeenBy(browser)).lastActivityMs - startedAtMs)
      }
      assert.deepEqual(recorded, [0, 0, 0, 2000, 2000, 2000, 2000, 4000, 4000, 4000])
      await app.close()
    })

    it('has every request recorded when the throttle is 0', async () => {
      const { app, clock, browser } = await buildApp({ security: { throttle: 0 } })
      await browser.post('/sign-in')
      clock.advance(0.001)
      await browser.get('/')
      assert.equal((await browser.get('/session_security/ping')).json().idleFor, 0)
      await app.close()
    })

    it('shows an active request its own activity, which the load recorded: one call of the store', async () => {
      const steered = steeredKit(kit)
      const { app, clock, browser } = await buildApp({ kit: steered, routes: addRecordRoutes })
      await browser.post('/sign-in')
      clock.advance(4)
      const { calls } = steered.store
      calls.length = 0
      const { startedAtMs, lastActivityMs, status } = await recordSeenBy(browser)
      assert.deepEqual([lastActivityMs - startedAtMs, status.idleFor], [4000, 0])
      assert.deepEqual(calls.filter(call => call !== 'find'), ['load+activity'])
      await app.close()
    })

    it('is shown where the application looks: request.session._session_security', async () => {
      const { app, clock, browser } = await buildApp({ routes: addRecordRoutes })
      await browser.post('/sign-in')
      clock.advance(3)
      await browser.get('/')
      const { status, ...record } = await recordSeenBy(browser)
      const { startedAtMs, lastActivityMs } = record
      assert.equal(lastActivityMs - startedAtMs, 3000)
      assert.deepEqual(record, { startedAtMs, lastActivityMs, warnAfter: 5, expireAfter: 10, isModified: false })
      await app.close()
    })

    it('is put off by a request that is refused: by validation, a rate limit or a guard', async () => {
      const { app, clock, browser } = await buildApp({
        routes: app => {
          const schema = { querystring: { type: 'object', required: ['n'] } }
          app.get('/number', { schema }, async () => 'n')
          const refuse = (code: number) => async (_request: FastifyRequest, reply: FastifyReply) =>
            await reply.code(code).send('no')
          app.get('/limited', { onRequest: refuse(429) }, async () => 'ok')
          app.get('/forbidden', { preHandler: refuse(403) }, async () => 'ok')
        }
      })
      await browser.post('/sign-in')
      for (const [url, statusCode] of [['/number', 400], ['/limited', 429], ['/forbidden', 403]] as const) {
        clock.advance(4)
        assert.equal((await browser.get(url)).statusCode, statusCode)
        assert.equal((await browser.get('/session_security/ping')).json().idleFor, 0, url)
      }
      await app.close()
    })

    it('is not put off by a request for an address that no route takes', async () => {
      const { app, clock, browser } = await buildApp()
      await browser.post('/sign-in')
      clock.advance(4)
      assert.equal((await browser.get('/nowhere')).statusCode, 404)
      assert.equal((await browser.get('/session_security/ping')).json().idleFor, 4)
      await app.close()
    })

    it('can be put off by recordActivity() on a passive route, within the throttle without a write', async () => {
      const steered = steeredKit(kit)
      const { app, clock, browser } = await buildApp({
        kit: steered,
        routes: app => {
          app.get('/socket', { config: { sessionSecurity: { passive: true } } }, async ({ sessionSecurity }) =>
            [await sessionSecurity.recordActivity(), await sessionSecurity.recordActivity()])
        }
      })
      await browser.post('/sign-in')
      clock.advance(4)
      assert.deepEqual((await browser.get('/socket')).json(), [true, true])
      assert.deepEqual(steered.store.calls.filter(call => call === 'recordActivity'), ['recordActivity'])
      assert.equal((await browser.get('/session_security/ping')).json().idleFor, 0)
      await app.close()
    })

    it('says by recordActivity() that nothing was recorded for somebody who is not signed in', async () => {
      const steered = steeredKit(kit)
      const { app, clock, browser, newBrowser } = await buildApp({
        kit: steered,
        routes: app => {
          const config = { sessionSecurity: { passive: true } }
          app.get(
            '/socket', { config }, async ({ sessionSecurity }) => ({ recorded: await sessionSecurity.recordActivity() })
          )
          app.get('/signing-out', { config }, async ({ session, sessionSecurity }) => {
            delete session.user
            return { recorded: await sessionSecurity.recordActivity() }
          })
          app.get('/signing-in', { config }, async ({ session, sessionSecurity }) => {
            session.user = 'ada'
            return { recorded: await sessionSecurity.recordActivity() }
          })
          app.post('/cart', async ({ session }) => { session.a = 1 })
        }
      })
      const shopper = newBrowser()
      await browser.post('/sign-in')
      await shopper.post('/cart')
      clock.advance(2)
      steered.store.calls.length = 0
      for (const [who, url] of [
        [newBrowser(), '/socket'], [shopper, '/socket'], [shopper, '/signing-in'], [browser, '/signing-out']
      ] as const) {
        assert.deepEqual((await who.get(url)).json(), { recorded: false }, url)
      }
      assert.equal(steered.store.calls.includes('recordActivity'), false)
      await app.close()
    })

    it('goes by the timeouts that a function gives for active requests, not asked for a ping or a poll', async () => {
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

    it('answers a timeout function that gives a function or a promise with a coded error', async () => {
      for (const answer of [() => 5, Promise.resolve(5)]) {
        const { app, browser } = await buildApp({
          security: { expireAfter: request => request.url === '/' ? answer as unknown as number : 10 }
        })
        await browser.post('/sign-in')
        assert.equal((await browser.get('/')).json().code, 'FST_SESSION_SECURITY_BAD_OPTION')
        await app.close()
      }
    })

    it('refuses a predicate that answers with a promise, which would count as true', async () => {
      const security = { isPassive: async () => false } as unknown as SessionSecurityOptions
      const { app, browser } = await buildApp({ security })
      const response = await browser.get('/')
      assert.deepEqual([response.statusCode, response.json().code], [500, 'FST_SESSION_SECURITY_BAD_OPTION'])
      await app.close()
    })

    it('is refused at registration where isAuthenticated or userOf answers with a promise', async () => {
      for (const option of ['isAuthenticated', 'userOf']) {
        const security = { [option]: async () => false } as unknown as SessionSecurityOptions
        const refusal = { code: 'FST_SESSION_SECURITY_BAD_OPTION', message: new RegExp(option) }
        await assert.rejects(buildApp({ security }), refusal)
      }
    })

    it('counts from now on when the clock was set back: activity to come keeps nobody signed in', async () => {
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
      for (const renews of [true, false]) {
        const ended: EndedSession[] = []
        const { app, clock, browser } = await buildApp({
          security: { absoluteTimeout: 12, onSessionEnd: end => ended.push(end) },
          routes: app => {
            app.post('/sign-in-as-eva', async request => {
              if (renews) await request.session.regenerate()
              request.session.user = 'eva'
            })
          }
        })
        await browser.post('/sign-in')
        const ada = { ...browser.cookies }
        clock.advance(8)
        await browser.post('/sign-in-as-eva')
        assert.notDeepEqual(browser.cookies, ada)
        clock.advance(8)
        assert.equal((await browser.get('/')).json().user, 'eva', 'the other person\'s absolute deadline does not bind')
        assert.equal((await app.inject({ url: '/session_security/ping', cookies: ada })).json().reason, 'logout')
        await app.close()
        assert.deepEqual(ended.map(({ user, reason }) => [user, reason]), [['ada', 'logout']])
      }
    })

    it('leaves the cookie of an ended session alone, whatever asks: every page can learn the reason', async () => {
      const { app, clock, browser } = await buildApp({
        routes: app => {
          app.get('/poll', { config: { sessionSecurity: { passive: true } } }, async (_request, reply) =>
            await reply.clearCookie('other').send('ok'))
        }
      })
      await browser.post('/sign-in')
      clock.advance(10)
      assert.match(String((await browser.get('/poll')).headers['set-cookie']), /^other=;/)
      for (const url of ['/session_security/ping', '/', '/passive', '/session_security/ping?idleFor=0', '/nowhere']) {
        assert.equal((await browser.get(url)).headers['set-cookie'], undefined, url)
      }
      assert.equal((await browser.get('/session_security/ping')).json().reason, 'idle')
      await app.close()
    })

    it('refuses a route whose own config is misspelt', async () => {
      for (const sessionSecurity of [{ pasive: true }, { passive: 'yes' }]) {
        const routes: TestAppOptions['routes'] = app => {
          app.get('/r', { config: { sessionSecurity } as object }, async () => 'r')
        }
        await assert.rejects(buildApp({ routes }), { code: /^FST_SESSION_SECURITY_(BAD|UNKNOWN)_OPTION$/ })
      }
    })

    it('is answered all the same when the store fails after the load, and nothing has to be saved', async () => {
      const steered = steeredKit(kit)
      const { app, clock, browser, log } = await buildApp({
        kit: steered,
        routes: app => {
          app.get('/work', async request => {
            steered.store.before = away
            clock.advance(1)
            return { user: request.session.user }
          })
        }
      })
      await browser.post('/sign-in')
      clock.advance(3)
      assert.equal((await browser.get('/work')).json().user, 'ada')
      steered.store.before = () => undefined
      assert.deepEqual(log.ours(40).map(line => line.msg), [])
      assert.equal((await browser.get('/')).json().user, 'ada')
      await app.close()
    })

    it('is answered 503 without a cookie, after one try, when what the handler changed cannot be saved', async () => {
      const steered = steeredKit(kit)
      const { app, browser } = await buildApp({
        kit: steered,
        routes: app => {
          app.get('/edit', async request => {
            steered.store.calls.length = 0
            steered.store.before = away
            request.session.a = 1
          })
          app.get('/a', async request => ({ a: request.session.a ?? null }))
        }
      })
      await browser.post('/sign-in')
      const response = await browser.get('/edit')
      assert.deepEqual([response.statusCode, response.headers['retry-after']], [503, '5'])
      assert.equal(response.headers['set-cookie'], undefined)
      assert.deepEqual(steered.store.writes, ['update'])
      steered.store.before = () => undefined
      assert.deepEqual((await browser.get('/a')).json(), { a: null })
      await app.close()
    })

    it('is over by status() only where the store said so, or the absolute deadline has passed', async () => {
      for (const [before, inside, expected] of [
        [0, 20, { state: 'warning', since: 0 }], // the idle deadline comes first
        [15, 16, { state: 'ended', reason: 'absolute', since: 0 }]
      ] as const) {
        const { app, clock, browser } = await buildApp({
          security: { warnAfter: 5, expireAfter: 20, absoluteTimeout: 30 },
          routes: app => {
            app.get('/slow', async ({ sessionSecurity }) => {
              const { asOfMs } = sessionSecurity.status()
              clock.advance(inside)
              const status = sessionSecurity.status()
              return { state: status.state, reason: Reflect.get(status, 'reason'), since: status.asOfMs - asOfMs }
            })
          }
        })
        await browser.post('/sign-in')
        clock.advance(before)
        assert.deepEqual((await browser.get('/slow')).json(), expected)
        await app.close()
      }
    })

    it('is shown to passive requests too with the deadlines that a stricter configuration sets', async () => {
      const before = await buildApp()
      const { store, browser } = before
      await browser.post('/sign-in')
      const { app } = await buildApp({
        security: { store, warnAfter: 3, expireAfter: 8, absoluteTimeout: 8 },
        routes: app => {
          const config = { sessionSecurity: { passive: true } }
          app.get('/status', { config }, async request => request.sessionSecurity.status())
        }
      })
      const { warnsIn, expiresIn } = (await app.inject({ url: '/status', cookies: { ...browser.cookies } })).json()
      assert.deepEqual([warnsIn, expiresIn], [3, 8])
      await Promise.all([app.close(), before.app.close()])
    })

    it('is written when a failed save() is repeated, and not when nothing changed', async () => {
      const steered = steeredKit(kit)
      const { app, browser } = await buildApp({
        kit: steered,
        routes: app => {
          app.post('/edit', async request => {
            const { store } = steered
            store.before = away
            request.session.a = 1
            await assert.rejects(request.session.save(), { statusCode: 503 })
            store.before = () => undefined
            store.calls.length = 0
            await request.session.save()
            await request.session.save()
            return store.writes
          })
          app.get('/a', async request => ({ a: request.session.a ?? null }))
        }
      })
      await browser.post('/sign-in')
      assert.deepEqual((await browser.post('/edit')).json(), ['update'])
      assert.deepEqual((await browser.get('/a')).json(), { a: 1 })
      await app.close()
    })

    it('is over for the request that learned so by a save(): what it signs in to afterwards is not kept', async () => {
      const { app, browser, log } = await buildApp({
        routes: app => {
          app.post('/in', async request => {
            request.session.a = 1
            await app.sessionSecurity.endUser('ada')
            await request.session.save()
            request.session.user = 'bob'
            return { handle: request.sessionSecurity.handle }
          })
        }
      })
      await browser.post('/sign-in')
      const response = await browser.post('/in')
      assert.deepEqual([response.json(), response.headers['set-cookie']], [{ handle: null }, undefined])
      assert.deepEqual((await app.sessionSecurity.list()).sessions, [])
      assert.ok(log.ours().some(({ msg, reason }) => /was not saved/.test(msg) && reason === 'revoked'))
      await app.close()
    })

    it('is authenticated when isAuthenticated says so; an anonymous one is neither warned nor ended', async () => {
      const ended: EndedSession[] = []
      const { app, clock, browser, newBrowser } = await buildApp({
        security: {
          userOf: () => undefined,
          isAuthenticated: session => session.user !== undefined,
          onSessionEnd: end => ended.push(end)
        },
        routes: app => {
          app.post('/cart', async ({ session }) => { session.a = (session.a ?? 0) + 1; return session.a })
          app.get('/members', { preHandler: requireSession() }, async () => 'members')
        }
      })
      const shopper = newBrowser()
      await shopper.post('/cart')
      await browser.post('/sign-in')
      assert.equal((await shopper.get('/members')).statusCode, 401)
      assert.equal((await browser.get('/members')).statusCode, 200)
      clock.advance(60)
      assert.equal((await shopper.post('/cart')).body, '2')
      assert.equal((await shopper.get('/session_security/ping')).json().reason, 'none')
      assert.equal((await browser.get('/')).json().user, null)
      await app.sessionSecurity.sweep()
      assert.equal(ended.length, 1)
      await app.close()
    })

    it('is anonymous while it holds no user: no list shows it, and the guard refuses it', async () => {
      const { app, browser } = await buildApp({
        routes: app => {
          app.post('/cart', async request => { request.session.a = 1 })
          app.get('/members', { preHandler: requireSession() }, async () => 'members')
        }
      })
      await browser.post('/cart')
      assert.ok('sessionId' in browser.cookies)
      assert.equal((await browser.get('/members')).statusCode, 401)
      assert.deepEqual((await app.sessionSecurity.list()).sessions, [])
      assert.equal((await browser.get('/')).json().view.reason, 'none')
      await app.close()
    })

    it('keeps an anonymous CSRF secret for a day, for an aged sign-in form, and drops it at the sign-in', async () => {
      const { app, clock, browser } = await buildApp({
        routes: app => {
          app.get('/form', async request => {
            if (Reflect.get(request.session, '_csrf') === undefined) Reflect.set(request.session, '_csrf', 's')
            return 'form'
          })
          app.get('/secret', async request => ({ secret: Reflect.get(request.session, '_csrf') ?? null }))
        }
      })
      await browser.get('/form')
      const anonymous = { ...browser.cookies }
      clock.advance(80_000)
      assert.deepEqual((await browser.get('/secret')).json(), { secret: 's' })
      const view = (await browser.post('/sign-in')).json()
      assert.equal(view.expiresIn, 10)
      assert.notDeepEqual(browser.cookies, anonymous)
      assert.deepEqual((await browser.get('/secret')).json(), { secret: null })
      assert.deepEqual((await app.inject({ url: '/secret', cookies: anonymous })).json(), { secret: null })
      await app.close()
    })

    it('names its user to onSessionEnd, also when userOf was configured after it had begun', async () => {
      const ended: EndedSession[] = []
      const before = await buildApp({
        security: { userOf: () => undefined, isAuthenticated: session => session.user !== undefined }
      })
      const { clock, store, browser } = before
      await browser.post('/sign-in')
      const { app } = await buildApp({ security: { store, onSessionEnd: end => ended.push(end) } })
      const response = await app.inject({ url: '/', cookies: browser.cookies })
      assert.equal(response.json().user, 'ada')
      clock.advance(100)
      await app.sessionSecurity.sweep()
      assert.deepEqual(ended.map(({ user, reason }) => [user, reason]), [['ada', 'idle']])
      await Promise.all([app.close(), before.app.close()])
    })

    it('keeps its absolute deadline through regenerate(), and no end of the predecessor is notified', async () => {
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

    it('restarts its absolute deadline, under a new id, when a person re-authenticated', async () => {
      for (const renews of [true, false]) {
        const ended: EndedSession[] = []
        const { app, clock, browser } = await buildApp({
          security: { absoluteTimeout: 12, onSessionEnd: end => ended.push(end) },
          routes: app => {
            app.post('/password', async request => {
              if (renews) await request.session.regenerate(['user'])
              request.sessionSecurity.reauthenticated({ restart: true })
            })
          }
        })
        await browser.post('/sign-in')
        const old = { ...browser.cookies }
        clock.advance(8)
        await browser.post('/password')
        assert.notDeepEqual(browser.cookies, old)
        assert.equal((await app.inject({ url: '/', cookies: old })).json().user, null)
        clock.advance(8)
        assert.deepEqual((await browser.get('/')).json().user, 'ada', `renews: ${renews}`)
        assert.equal(ended.length, 0)
        clock.advance(4)
        assert.equal((await browser.get('/')).json().user, null)
        await app.sessionSecurity.sweep()
        await app.close()
        assert.deepEqual(ended.map(end => end.reason), ['absolute'])
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
      assert.deepEqual(browser.cookies, {})
      await app.close()
      assert.deepEqual(ended.map(end => end.reason), ['logout'])
    })

    it('ends with a log-out when its user is deleted, and what else it holds goes on under a new id', async () => {
      const ended: EndedSession[] = []
      const { app, browser } = await buildApp({
        security: { onSessionEnd: end => ended.push(end) },
        routes: app => {
          app.post('/a', async request => { request.session.a = 1 })
          app.post('/leave', async request => { delete request.session.user })
          app.get('/who', async ({ session: { user = null, a = null } }) => ({ user, a }))
        }
      })
      await browser.post('/sign-in')
      await browser.post('/a')
      const old = { ...browser.cookies }
      await browser.post('/leave')
      assert.deepEqual((await browser.get('/who')).json(), { user: null, a: 1 })
      assert.deepEqual((await app.inject({ url: '/who', cookies: old })).json(), { user: null, a: null })
      await app.close()
      assert.deepEqual(ended.map(({ user, reason }) => [user, reason]), [['ada', 'logout']])
    })

    it('is notified at once when it is signed out or revoked, once, with its reason', async () => {
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

    it('is notified as a log-out, without a sweep, when request.sessionStore destroys it', async () => {
      const ended: EndedSession[] = []
      const { app, browser } = await buildApp({
        security: { onSessionEnd: end => ended.push(end) },
        routes: app => {
          app.post('/destroy', async ({ session, sessionStore }) => {
            await new Promise<void>(resolve => { sessionStore.destroy(session.sessionId, () => { resolve() }) })
          })
        }
      })
      await browser.post('/sign-in')
      await browser.post('/destroy')
      await app.close() // waits for handlers that run beside the requests
      assert.deepEqual(ended.map(({ user, reason }) => [user, reason]), [['ada', 'logout']])
    })

    it('leaves a cookie that was signed with an older secret as it is, and its person signed in', async () => {
      const old = await buildApp({ session: { secret: 'the older secret, long enough for a test' } })
      await old.browser.post('/sign-in')
      const { store } = old
      const secret = ['the newer secret, long enough for a test', 'the older secret, long enough for a test']
      const { app } = await buildApp({ session: { secret }, security: { store } })
      for (let times = 0; times < 2; times++) {
        const response = await app.inject({ url: '/', cookies: old.browser.cookies })
        assert.equal(response.json().user, 'ada')
        assert.equal(response.headers['set-cookie'], undefined)
      }
      await Promise.all([app.close(), old.app.close()])
    })

    it('is sent again to a browser by active requests alone, with rolling and an age', async () => {
      for (const rolling of [true, false]) {
        const plain = await buildApp({ session: { rolling } })
        await plain.browser.post('/sign-in')
        assert.equal((await plain.browser.get('/')).headers['set-cookie'], undefined)
        await plain.app.close()
        const lasting = await buildApp({ session: { rolling, cookie: { secure: false, maxAge: 3_600_000 } } })
        assert.match(String((await lasting.browser.post('/sign-in')).headers['set-cookie']), /Expires=/)
        const line = (await lasting.browser.get('/')).headers['set-cookie']
        if (rolling) assert.match(String(line), /^sessionId=[^;]+;.*Expires=/)
        else assert.equal(line, undefined)
        for (const url of ['/passive', '/session_security/ping', '/session_security/ping?idleFor=0']) {
          assert.equal((await lasting.browser.get(url)).headers['set-cookie'], undefined, url)
        }
        await lasting.app.close()
      }
    })
  })
}

describe('the log', () => {
  const buildApp = buildTestApp

  it('says when sessions start and end, with handle, reason, idle and total time; nothing per request', async () => {
    const { app, clock, browser, log } = await buildApp({
      routes: app => { app.get('/handle', async request => request.sessionSecurity.handle) }
    })
    await browser.post('/sign-in')
    const handle = (await browser.get('/handle')).body
    for (let i = 0; i < 5; i++) {
      clock.advance(2)
      await browser.get('/')
    }
    clock.advance(10)
    await app.sessionSecurity.sweep()
    const lines = log.ours()
      .map(({ msg, handle, reason, idleFor, lasted }) => ({ msg, handle, reason, idleFor, lasted }))
    assert.deepEqual(lines, [
      { msg: 'session started', handle, reason: undefined, idleFor: undefined, lasted: undefined },
      { msg: 'session ended', handle, reason: 'idle', idleFor: 10, lasted: 20 },
      { msg: 'swept', handle: undefined, reason: undefined, idleFor: undefined, lasted: undefined }
    ])
    await app.close()
  })

  it('holds no session id, no cookie and no contents, at any level (G9: secret ids stay secret)', async () => {
    const { app, clock, browser, log } = await buildApp({
      security: { onSessionEnd: () => { throw new Error('a handler that fails') } },
      routes: app => { app.post('/renew', async request => { await request.session.regenerate(['user']) }) }
    })
    await browser.post('/sign-in')
    const first = String(browser.cookies['sessionId'])
    await browser.post('/renew')
    const second = String(browser.cookies['sessionId'])
    await browser.get('/')
    await browser.get('/session_security/ping?idleFor=abc')
    clock.advance(10)
    await browser.get('/session_security/ping')
    await app.sessionSecurity.sweep()
    await app.close()
    const text = log.raw.join('')
    assert.notEqual(first, second)
    const secrets = [...first.split('.'), ...second.split('.'), 'ada']
    for (const secret of secrets) assert.ok(secret !== '' && !text.includes(secret))
  })
})

interface SeenRecord {
  readonly startedAtMs: number
  readonly lastActivityMs: number
  readonly warnAfter: number
  readonly expireAfter: number
  readonly isModified: boolean
  readonly status: { readonly idleFor: number }
}

function addRecordRoutes (app: TestApp['app']): void {
  const recordOf = (request: FastifyRequest): object => {
    const { session, sessionSecurity } = request
    assert.ok(session._session_security !== undefined)
    const { startedAtMs, lastActivityMs, warnAfter, expireAfter } = session._session_security
    const record = { startedAtMs, lastActivityMs, warnAfter, expireAfter }
    return { ...record, isModified: session.isModified(), status: sessionSecurity.status() }
  }
  app.get('/record', async request => recordOf(request))
  app.get('/sign-in-and-record', async request => {
    request.session.user = 'ada'
    await request.session.save()
    return recordOf(request)
  })
}

async function recordSeenBy (browser: TestApp['browser'], url = '/record'): Promise<SeenRecord> {
  return (await browser.get(url)).json()
}

async function away (): Promise<never> {
  throw new StoreUnavailableError('the store is away')
}
