import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { StoreUnavailableError } from '../../src/errors.ts'
import type { TestApp, TestAppOptions } from '../helpers/app.ts'
import { buildApp, gate, pass } from '../helpers/app.ts'
import { latch } from '../helpers/latch.ts'
import type { SteeredStore } from '../helpers/steered-store.ts'
import { steeredKit } from '../helpers/steered-store.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

type Session = FastifyRequest['session']

interface Route {
  readonly handle: (session: Session, app: FastifyInstance, request: FastifyRequest) => Promise<unknown>
  readonly passive?: boolean
}

/** A hook that holds up the requests of one address. */
type Hold = (app: FastifyInstance) => void

/**
 * The options of the cookie. With `rolling`, there are more ways to send a wrong line.
 *
 * Every active request then renews the age of its cookie.
 */
const COOKIES = [
  { rolling: true, cookie: { secure: false, maxAge: 3_600_000 } },
  { rolling: false, cookie: { secure: false } }
] as const

/**
 * The guarantees under the interleavings that break a naive hook.
 *
 * Each test states its order, and forces it with gates at which the handlers wait.
 */
for (const [kit, session] of [memoryKit, redisKit()].flatMap(kit => COOKIES.map(session => [kit, session] as const))) {
  describe(`guarantees on ${kit.name}, with rolling: ${session.rolling}`, () => {
    it('G1: a slow passive request that began before a ping does not undo what the ping reported', async () => {
      const slow = gate()
      const { app, clock, held, browser } = await open({
        '/slow-passive': { handle: async () => await pass(slow), passive: true }
      })
      await browser.post('/sign-in')
      clock.advance(4)
      const pending = browser.get('/slow-passive') // loads activity 0
      await slow.entered.opened
      await browser.get('/session_security/ping?idleFor=1') // activity 3
      slow.leave.open()
      await pending // saves what it loaded
      assert.equal(await idleFor(browser), 1)
      clock.advance(8.9)
      assert.equal((await browser.get('/session_security/ping')).json().state, 'warning')
      assert.equal(await held(), 1)
      await app.close()
    })

    it('G1: a slow active request that changes the session does not undo what a ping reported meanwhile', async () => {
      const slow = gate()
      const { app, clock, browser } = await open({
        '/slow': { handle: async session => { await pass(slow); session.a = 1 } }
      })
      await browser.post('/sign-in')
      clock.advance(1)
      const pending = browser.get('/slow') // records activity 1
      await slow.entered.opened
      clock.advance(6)
      await browser.get('/session_security/ping?idleFor=0') // activity 7
      slow.leave.open()
      await pending
      assert.equal(await idleFor(browser), 0)
      await app.close()
    })

    it('G1: a request that reports activity of long ago does not undo a younger one', async () => {
      const { app, clock, browser } = await open({
        '/late-report': {
          passive: true,
          handle: async (_session, _app, { sessionSecurity }) => [await sessionSecurity.reportIdle(5)]
        }
      })
      await browser.post('/sign-in')
      clock.advance(6)
      await browser.get('/')
      clock.advance(1)
      assert.deepEqual((await browser.get('/late-report')).json(), [true])
      assert.equal(await idleFor(browser), 1)
      await app.close()
    })

    it('G2, G14: a slow request whose session is signed out meanwhile writes nothing, and sends no line', async () => {
      const slow = gate()
      const { app, held, browser } = await open({
        '/slow': { handle: async session => { await pass(slow); session.a = 1 } }
      })
      await browser.post('/sign-in')
      const stolen = { ...browser.cookies }
      const pending = browser.get('/slow')
      await slow.entered.opened
      await browser.post('/sign-out')
      slow.leave.open()
      const response = await pending
      assert.deepEqual([response.statusCode, response.headers['set-cookie']], [200, undefined])
      assert.deepEqual(browser.cookies, {})
      const again = await app.inject({ url: '/', cookies: stolen })
      assert.equal(again.json().user, null)
      assert.equal(await held(), 1, 'the end is remembered, nothing else')
      await app.close()
    })

    it('G2, G14: the same when the slow request changes nothing at all', async () => {
      for (const passive of [true, false]) {
        const slow = gate()
        const { app, clock, browser } = await open({ '/slow': { handle: async () => await pass(slow), passive } })
        await browser.post('/sign-in')
        const pending = browser.get('/slow')
        await slow.entered.opened
        clock.advance(1)
        await browser.post('/sign-out')
        slow.leave.open()
        assert.equal((await pending).headers['set-cookie'], undefined, `passive: ${passive}`)
        await app.close()
      }
    })

    it('G14: a slow answer for a session that was signed out leaves the cookie of the next sign-in alone', async () => {
      for (const passive of [true, false]) {
        for (const edits of [true, false]) {
          const slow = gate()
          const { app, clock, browser } = await open({
            '/slow': { handle: async session => { await pass(slow); if (edits) session.a = 1 }, passive }
          })
          await browser.post('/sign-in')
          const pending = browser.get('/slow')
          await slow.entered.opened
          clock.advance(1)
          await browser.post('/sign-out')
          await browser.post('/sign-in')
          slow.leave.open()
          assert.equal((await pending).headers['set-cookie'], undefined)
          assert.equal((await browser.get('/')).json().user, 'ada', `passive: ${passive}, edits: ${edits}`)
          await app.close()
        }
      }
    })

    it('G2, G14: a slow passive request that outlives the deadline writes nothing, and sends no line', async () => {
      const slow = gate()
      const { app, clock, browser } = await open({
        '/slow': { handle: async session => { await pass(slow); session.a = 1 }, passive: true }
      })
      await browser.post('/sign-in')
      const stolen = { ...browser.cookies }
      clock.advance(9)
      const pending = browser.get('/slow')
      await slow.entered.opened
      clock.advance(1) // nobody has swept
      slow.leave.open()
      assert.equal((await pending).headers['set-cookie'], undefined)
      assert.equal((await app.inject({ url: '/', cookies: stolen })).json().user, null)
      await app.close()
    })

    it('G2: a late ping brings nobody back', async () => {
      const { app, clock, browser } = await open()
      await browser.post('/sign-in')
      clock.advance(10)
      const late = await browser.get('/session_security/ping?idleFor=0')
      assert.deepEqual(late.json(), { state: 'ended', reason: 'idle' })
      assert.equal((await browser.get('/')).json().user, null)
      await app.close()
    })

    it('G2: a ping whose session is revoked before its claim is merged says so', async () => {
      const { app, store, clock, browser } = await open({
        '/handle': { handle: async (_session, _app, request) => request.sessionSecurity.handle }
      })
      await browser.post('/sign-in')
      const handle = (await browser.get('/handle')).body
      store.before = async verb => { if (verb === 'recordActivity') await app.sessionSecurity.end(handle) }
      clock.advance(4)
      const answer = (await browser.get('/session_security/ping?idleFor=0')).json()
      assert.deepEqual(answer, { state: 'ended', reason: 'revoked' })
      await app.close()
    })

    it('G2: a late answer of the store does not undo the end that a newer one named', async () => {
      const [slow, late] = [gate(), latch()]
      const { app, store, clock, browser } = await open({
        '/slow': {
          passive: true,
          handle: async (session, _app, { sessionSecurity }) => {
            const recording = sessionSecurity.recordActivity() // the activity is recorded, its answer is held up
            await pass(slow)
            session.a = 1
            await session.save() // refused: the session has ended
            late.open() // only now the answer to the activity comes: alive
            const { state } = sessionSecurity.status()
            const isRecorded = await recording
            return { state, isRecorded, after: sessionSecurity.status().state, handle: sessionSecurity.handle }
          }
        }
      })
      await browser.post('/sign-in')
      clock.advance(4)
      store.after = async verb => { if (verb === 'recordActivity') await late.opened }
      const pending = browser.get('/slow')
      await slow.entered.opened
      await browser.post('/sign-out')
      slow.leave.open()
      const response = await pending
      assert.deepEqual(response.json(), { state: 'ended', isRecorded: true, after: 'ended', handle: null })
      assert.equal(response.headers['set-cookie'], undefined)
      await app.close()
    })

    it('G2: a session that was revoked while a request renewed it does not go on under another id', async () => {
      const { app, browser } = await open({
        '/renew': {
          handle: async (session, app, { sessionSecurity }) => {
            const { handle } = sessionSecurity
            assert.ok(handle !== null)
            await session.regenerate(['user'])
            await app.sessionSecurity.end(handle)
          }
        }
      })
      await browser.post('/sign-in')
      assert.equal((await browser.get('/renew')).headers['set-cookie'], undefined)
      assert.equal((await browser.get('/')).json().user, null)
      assert.deepEqual((await app.sessionSecurity.list()).sessions, [])
      await app.close()
    })

    it('G2: a session that was signed out while a request renewed it does not go on under another id', async () => {
      const slow = gate()
      const { app, browser } = await open({
        '/renew': {
          handle: async (session, _app, request) => {
            await pass(slow)
            await session.regenerate(['user'])
            assert.equal(request.session.user, 'ada')
          }
        }
      })
      await browser.post('/sign-in')
      const stolen = { ...browser.cookies }
      const pending = browser.get('/renew')
      await slow.entered.opened
      await browser.post('/sign-out')
      slow.leave.open()
      const response = await pending
      assert.deepEqual([response.statusCode, response.headers['set-cookie']], [200, undefined])
      assert.equal((await app.inject({ url: '/', cookies: stolen })).json().user, null)
      assert.deepEqual((await app.sessionSecurity.list()).sessions, [])
      await app.close()
    })

    it('G14: a slow response for an older session leaves the cookie of the renewed one in the browser', async () => {
      for (const passive of [true, false]) {
        for (const edits of [true, false]) {
          const slow = gate()
          const { app, clock, browser } = await open({
            '/slow': { handle: async session => { await pass(slow); if (edits) session.a = 1 }, passive },
            '/renew': { handle: async session => await session.regenerate(['user']) }
          })
          await browser.post('/sign-in')
          const pending = browser.get('/slow')
          await slow.entered.opened
          await browser.get('/renew')
          clock.advance(1)
          slow.leave.open()
          assert.equal((await pending).headers['set-cookie'], undefined, `passive: ${passive}, edits: ${edits}`)
          assert.equal((await browser.get('/')).json().user, 'ada')
          await app.close()
        }
      }
    })

    it('G2: a sign-out, or an administrator, that names the predecessor of a renewal ends the successor', async () => {
      for (const ends of ['sign-out', 'revoke']) {
        const slow = gate()
        const { app, browser } = await open({
          '/renew': { handle: async session => await session.regenerate(['user']) },
          '/handle': { handle: async (_session, _app, request) => request.sessionSecurity.handle },
          '/slow-sign-out': { handle: async session => { await pass(slow); await session.destroy() } }
        })
        await browser.post('/sign-in')
        const oldHandle = (await browser.get('/handle')).body
        const pending = ends === 'revoke' ? undefined : browser.get('/slow-sign-out')
        if (pending !== undefined) await slow.entered.opened
        await browser.get('/renew')
        const renewed = { ...browser.cookies }
        slow.leave.open()
        await pending
        if (pending === undefined) await app.sessionSecurity.end(oldHandle)
        assert.equal((await app.inject({ url: '/', cookies: renewed })).json().user, null, ends)
        await app.close()
      }
    })

    it('G15: an anonymous session that somebody signed in from is not brought back by a slow request', async () => {
      const slow = gate()
      const { app, browser, newBrowser } = await open({
        '/visit': { handle: async session => { Reflect.set(session, '_csrf', 'x') } },
        '/slow': {
          handle: async (session, _app, request) => {
            await pass(slow)
            await session.reload()
            request.session.user = 'mallory'
          }
        },
        '/renew': {
          handle: async (session, _app, request) => {
            await session.regenerate()
            request.session.user = 'ada'
          }
        }
      })
      await browser.get('/visit')
      const anonymous = { ...browser.cookies }
      const other = newBrowser()
      Object.assign(other.cookies, anonymous)
      const pending = other.get('/slow')
      await slow.entered.opened
      await browser.get('/renew')
      slow.leave.open()
      await pending
      assert.equal((await app.inject({ url: '/', cookies: anonymous })).json().user, null)
      assert.equal((await browser.get('/')).json().user, 'ada')
      await app.close()
    })

    it('G14: a late request with the cookie of before a renewal leaves the new one in the browser', async () => {
      const { app, browser } = await open({ '/renew': { handle: async session => await session.regenerate(['user']) } })
      await browser.post('/sign-in')
      const old = { ...browser.cookies }
      await browser.get('/renew')
      const late = await app.inject({ url: '/', cookies: old })
      assert.equal(late.json().user, null)
      assert.equal(late.headers['set-cookie'], undefined)
      await app.close()
    })

    it('G14: a late request with the cookie of before a renewal begins no anonymous session', async () => {
      const { app, browser } = await open({
        '/renew': { handle: async session => await session.regenerate(['user']) },
        '/cart': { handle: async session => { session.a = 1 } }
      })
      await browser.post('/sign-in')
      const old = { ...browser.cookies }
      await browser.get('/renew')
      const late = await app.inject({ url: '/cart', cookies: old })
      assert.deepEqual([late.statusCode, late.headers['set-cookie']], [200, undefined])
      await app.close()
    })

    it('G14: an answer by a hook of before this plugin carries no cookie line', async () => {
      const slow = gate()
      const { app, browser } = await buildApp({
        kit,
        session,
        before: app => {
          app.addHook('onRequest', async (request, reply) => {
            if (request.url !== '/busy') return
            await pass(slow)
            return await reply.code(429).send('busy')
          })
        },
        routes: app => { app.get('/busy', async () => 'never') }
      })
      await browser.post('/sign-in')
      const pending = browser.get('/busy')
      await slow.entered.opened
      await browser.post('/sign-out')
      await browser.post('/sign-in')
      slow.leave.open()
      const response = await pending
      assert.deepEqual([response.statusCode, response.headers['set-cookie']], [429, undefined])
      assert.equal((await browser.get('/')).json().user, 'ada')
      await app.close()
    })

    it('G14: an answer by a hook of after this plugin carries no line of a session that has ended', async () => {
      const slow = gate()
      const { app, clock, browser } = await buildApp({
        kit,
        session,
        routes: app => {
          app.addHook('onRequest', async (request, reply) => {
            if (request.url !== '/busy') return
            await pass(slow)
            return await reply.code(429).send('busy')
          })
          app.get('/busy', async () => 'never')
        }
      })
      await browser.post('/sign-in')
      const pending = browser.get('/busy')
      await slow.entered.opened
      clock.advance(1)
      await browser.post('/sign-out')
      await browser.post('/sign-in')
      slow.leave.open()
      const response = await pending
      assert.deepEqual([response.statusCode, response.headers['set-cookie']], [429, undefined])
      assert.equal((await browser.get('/')).json().user, 'ada')
      await app.close()
    })

    it('G4: a deadline that passes during a hook of before this plugin holds for every hook after it', async () => {
      const [slow, seen]: [ReturnType<typeof gate>, Array<string | null>] = [gate(), []]
      const { app, clock, browser } = await buildApp({
        kit,
        session,
        before: holdAt('/late', slow),
        routes: app => {
          app.addHook('onRequest', async request => { seen.push(request.session.user ?? null) })
          app.get('/late', async request => request.sessionSecurity.status())
        }
      })
      await browser.post('/sign-in')
      seen.length = 0
      const pending = browser.get('/late')
      await slow.entered.opened
      clock.advance(11)
      slow.leave.open()
      const { asOfMs, ...view } = (await pending).json()
      assert.deepEqual(view, { state: 'ended', reason: 'idle' })
      assert.equal(typeof asOfMs, 'number')
      assert.deepEqual(seen, [null])
      await app.close()
    })

    it('G4: an end during a hook of after this plugin holds for every later hook and the handler', async () => {
      const ends: Record<string, (built: TestApp) => Promise<unknown>> = {
        idle: async ({ clock }) => clock.advance(11),
        logout: async ({ browser }) => await browser.post('/sign-out'),
        revoked: async ({ app }) => await app.sessionSecurity.endUser('ada')
      }
      for (const [reason, end] of Object.entries(ends)) {
        const [slow, seen]: [ReturnType<typeof gate>, Array<string | null>] = [gate(), []]
        const built = await buildApp({
          kit,
          session,
          routes: app => {
            holdAt('/late', slow)(app)
            const look = async (request: FastifyRequest): Promise<void> => { seen.push(request.session.user ?? null) }
            app.addHook('preValidation', look)
            app.addHook('preHandler', look)
            app.get('/late', async request => request.sessionSecurity.status())
          }
        })
        const { app, clock, browser } = built
        await browser.post('/sign-in')
        const cookies = { ...browser.cookies }
        seen.length = 0
        const pending = app.inject({ url: '/late', cookies })
        await slow.entered.opened
        clock.advance(1)
        await end(built)
        seen.length = 0
        slow.leave.open()
        const { state, reason: said } = (await pending).json()
        assert.deepEqual([state, said], ['ended', reason])
        assert.deepEqual(seen, [null, null], reason)
        await app.close()
      }
    })

    it('G4: what the store said counts from when it was asked: an answer that took long is asked again', async () => {
      const slow = gate()
      const seen: Array<string | null> = []
      const { app, store, clock, browser } = await open({
        '/late': { handle: async session => { seen.push(session.user ?? null) } }
      })
      await browser.post('/sign-in')
      store.after = async verb => { if (verb === 'load') await pass(slow) }
      const pending = app.inject({ url: '/late', cookies: { ...browser.cookies } })
      await slow.entered.opened
      store.after = () => undefined
      await app.sessionSecurity.endUser('ada')
      clock.advance(1)
      slow.leave.open()
      await pending
      assert.deepEqual(seen, [null])
      await app.close()
    })

    it('G4: the same holds for what it said when it was asked again', async () => {
      const [hook, answer] = [gate(), gate()]
      const seen: Array<string | null> = []
      const steered = steeredKit(kit)
      const { app, clock, browser } = await buildApp({
        kit: steered,
        session,
        routes: app => {
          holdAt('/late', hook)(app)
          app.get('/late', async request => { seen.push(request.session.user ?? null) })
        }
      })
      await browser.post('/sign-in')
      const pending = app.inject({ url: '/late', cookies: { ...browser.cookies } })
      await hook.entered.opened
      clock.advance(1)
      steered.store.after = async verb => { if (verb === 'find') await pass(answer) }
      hook.leave.open()
      await answer.entered.opened
      steered.store.after = () => undefined
      await app.sessionSecurity.endUser('ada')
      clock.advance(1)
      answer.leave.open()
      await pending
      assert.deepEqual(seen, [null])
      await app.close()
    })

    it('G4: an end of the successor that another request made holds too, and is named with its reason', async () => {
      const slow = gate()
      const { app, clock, browser } = await buildApp({
        kit,
        session,
        routes: app => {
          holdAt('/late', slow)(app)
          app.post('/renew', async request => { await request.session.regenerate(['user']); return 'renewed' })
          app.get('/late', async request => request.sessionSecurity.status())
        }
      })
      await browser.post('/sign-in')
      const pending = app.inject({ url: '/late', cookies: { ...browser.cookies } })
      await slow.entered.opened
      await browser.post('/renew')
      await app.sessionSecurity.endUser('ada')
      clock.advance(1)
      slow.leave.open()
      const { state, reason } = (await pending).json()
      assert.deepEqual([state, reason], ['ended', 'revoked'])
      await app.close()
    })

    it('G4: nobody is signed out by a request that knows only an older activity', async () => {
      const slow = gate()
      const { app, clock, browser } = await buildApp({
        kit,
        session,
        routes: app => {
          holdAt('/late', slow)(app)
          const config = { sessionSecurity: { passive: true } }
          app.get('/late', { config }, async request => request.session.user ?? null)
        }
      })
      await browser.post('/sign-in')
      clock.advance(9.5)
      const pending = browser.get('/late') // reads an activity of 9.5 s ago
      await slow.entered.opened
      await browser.get('/') // activity now
      clock.advance(0.9) // past the old deadline, within what counts as fresh
      slow.leave.open()
      assert.equal((await pending).body, 'ada')
      assert.equal((await browser.get('/')).json().user, 'ada')
      await app.close()
    })

    it('G4: a ping that knows only an older activity names no end', async () => {
      const slow = gate()
      const { app, clock, browser } = await buildApp({ kit, session, routes: holdAt('/session_security/ping', slow) })
      await browser.post('/sign-in')
      clock.advance(9.5)
      const pending = browser.get('/session_security/ping')
      await slow.entered.opened
      await browser.get('/')
      clock.advance(0.9)
      slow.leave.open()
      const { state, idleFor } = (await pending).json()
      assert.deepEqual([state, idleFor], ['active', 0.9])
      await app.close()
    })

    it('G7: a session that cannot be looked up again is not handed to a handler, nor ended', async () => {
      const slow = gate()
      let handled = 0
      const steered = steeredKit(kit)
      const { app, clock, log, browser } = await buildApp({
        kit: steered,
        session,
        routes: app => {
          holdAt('/late', slow)(app)
          app.get('/late', async () => { handled++ })
        }
      })
      await browser.post('/sign-in')
      const pending = browser.get('/late')
      await slow.entered.opened
      clock.advance(2)
      const { store } = steered
      store.calls.length = 0
      store.before = awayFor('find')
      slow.leave.open()
      const response = await pending
      assert.deepEqual([response.statusCode, response.json().code], [503, 'FST_SESSION_SECURITY_STORE_UNAVAILABLE'])
      assert.deepEqual([response.headers['retry-after'], handled, store.writes], ['5', 0, []])
      assert.equal(response.headers['set-cookie'], undefined)
      store.before = () => undefined
      assert.equal((await browser.get('/')).json().user, 'ada')
      assert.deepEqual(log.ours().map(line => line.msg), ['session started'])
      await app.close()
    })

    it('G7: a session that cannot be loaded: 503, its cookie is left alone, and no handler runs', async () => {
      let handled = 0
      const { app, store, browser, newBrowser } = await open({ '/page': { handle: async () => { handled++ } } })
      await browser.post('/sign-in')
      store.before = awayFor('load')
      store.calls.length = 0
      const response = await browser.get('/page')
      assert.deepEqual([response.statusCode, response.headers['retry-after'], handled], [503, '5', 0])
      assert.equal(store.calls.filter(call => call.startsWith('load')).length, 1, 'it is not tried again')
      assert.equal(response.headers['set-cookie'], undefined)
      assert.equal((await newBrowser().get('/page')).statusCode, 200, 'who presents no session is served')
      store.before = () => undefined
      assert.equal((await browser.get('/')).json().user, 'ada')
      await app.close()
    })

    it('G2: a log-out that the store does not take leaves the cookie, for another try', async () => {
      const { app, store, browser } = await open()
      await browser.post('/sign-in')
      store.before = awayFor('end')
      const failed = await browser.post('/sign-out')
      assert.deepEqual([failed.statusCode, failed.headers['set-cookie']], [503, undefined])
      store.before = () => undefined
      assert.equal((await browser.get('/')).json().user, 'ada')
      assert.match(String((await browser.post('/sign-out')).headers['set-cookie']), /^sessionId=;/)
      assert.equal((await browser.get('/')).json().user, null)
      await app.close()
    })

    it('G7: a renewal or a sign-in that cannot be written sets no cookie; what was goes on', async () => {
      const { app, store, browser, newBrowser } = await open({
        '/renew': { handle: async session => await session.regenerate(['user']) }
      })
      await browser.post('/sign-in')
      store.before = awayFor('begin')
      for (const [url, cookies] of [['/renew', browser.cookies], ['/sign-in', {}]] as const) {
        store.calls.length = 0
        const failed = await app.inject({ method: url === '/renew' ? 'GET' : 'POST', url, cookies })
        assert.deepEqual([failed.statusCode, failed.headers['set-cookie']], [503, undefined], url)
        assert.deepEqual(store.calls.filter(call => call === 'begin'), ['begin'])
      }
      store.before = () => undefined
      assert.equal((await browser.get('/')).json().user, 'ada')
      assert.equal((await newBrowser().post('/sign-in')).statusCode, 200)
      await app.close()
    })

    it('G13: edits that together make a session too large are refused, and the session stays of use', async () => {
      const gates = [gate(), gate()] as const
      const big = (session: Session, key: string): void => { Reflect.set(session, key, 'x'.repeat(40_000)) }
      const { app, browser } = await open({
        '/one': { handle: async session => { await pass(gates[0]); big(session, 'one') } },
        '/two': { handle: async session => { await pass(gates[1]); big(session, 'two') } }
      })
      await browser.post('/sign-in')
      const pending = [browser.get('/one'), browser.get('/two')] as const
      await Promise.all(gates.map(async ({ entered }) => await entered.opened))
      gates[0].leave.open()
      assert.equal((await pending[0]).statusCode, 200)
      gates[1].leave.open()
      assert.equal((await pending[1]).json().code, 'FST_SESSION_SECURITY_SESSION_TOO_LARGE')
      assert.equal((await browser.get('/')).json().user, 'ada')
      await app.close()
    })

    it('G3: polling and pings extend neither the activity nor the session, and write nothing', async () => {
      const { app, clock, store, browser } = await open()
      await browser.post('/sign-in')
      store.calls.length = 0
      for (let elapsed = 0; elapsed < 9; elapsed += 3) {
        clock.advance(3)
        const poll = await browser.get('/passive')
        assert.equal(poll.json().user, 'ada')
        const pings = [
          await browser.get('/session_security/ping'),
          await browser.get(`/session_security/ping?idleFor=${elapsed + 3}`)
        ]
        for (const { headers } of [poll, ...pings]) assert.equal(headers['set-cookie'], undefined)
      }
      assert.deepEqual(store.writes, [])
      clock.advance(1)
      assert.equal((await browser.get('/passive')).json().user, null)
      await app.close()
    })

    it('G3: a passive request writes what its handler changed, and extends nothing by that', async () => {
      const { app, clock, store, browser } = await open({
        '/edit': { handle: async session => { session.a = 1 }, passive: true },
        '/read': { handle: async session => ({ a: session.a ?? null }), passive: true }
      })
      await browser.post('/sign-in')
      clock.advance(4)
      store.calls.length = 0
      assert.equal((await browser.get('/edit')).headers['set-cookie'], undefined)
      assert.deepEqual(store.writes, ['update'])
      assert.deepEqual((await browser.get('/read')).json(), { a: 1 })
      assert.equal(await idleFor(browser), 4)
      await app.close()
    })

    it('G4: no hook sees an idle session as alive; one of before this plugin sees no session at all', async () => {
      const seen: unknown[] = []
      const look = (app: FastifyInstance): void => {
        app.addHook('onRequest', async request => {
          const { session }: { session: FastifyRequest['session'] | null } = request
          seen.push(session === null ? 'none' : session.user ?? null)
        })
      }
      const { app, clock, browser } = await buildApp({ kit, session, before: look, routes: look })
      await browser.post('/sign-in')
      seen.length = 0
      await browser.get('/')
      clock.advance(10)
      await browser.get('/')
      assert.deepEqual(seen, ['none', 'ada', 'none', null])
      await app.close()
    })

    it('G4: a deadline that the configuration has brought forward holds at once, for every later hook', async () => {
      const seen: Array<string | null> = []
      const ends: Array<readonly [string | undefined, string]> = []
      const first = await buildApp({ kit, session })
      await first.browser.post('/sign-in')
      const { store, clock } = first
      const second = await buildApp({
        kit,
        session,
        security: {
          store, warnAfter: 2, expireAfter: 4, onSessionEnd: ({ user, reason }) => { ends.push([user, reason]) }
        },
        routes: app => { app.addHook('onRequest', async request => { seen.push(request.session.user ?? null) }) }
      })
      clock.advance(4)
      const response = await second.app.inject({ url: '/', cookies: first.browser.cookies })
      const { user, view } = response.json()
      assert.deepEqual([user, view.state, view.reason], [null, 'ended', 'idle'])
      assert.deepEqual(seen, [null])
      assert.equal((await first.browser.get('/')).json().user, null, 'what one node ended has ended on all')
      await Promise.all([first.app.close(), second.app.close()])
      assert.deepEqual(ends, [['ada', 'idle']])
    })

    it('G3: a passive request extends and writes nothing, also on a node with other timeouts', async () => {
      const first = await buildApp({ kit, session })
      const steered = steeredKit({ name: kit.name, open: () => first })
      const second = await buildApp({ kit: steered, session, security: { warnAfter: 4, expireAfter: 8 } })
      await first.browser.post('/sign-in')
      first.clock.advance(3)
      const response = await second.app.inject({ url: '/passive', cookies: first.browser.cookies })
      assert.deepEqual(response.json(), { user: 'ada' })
      assert.deepEqual([steered.store.writes, await idleFor(first.browser)], [[], 3])
      await Promise.all([first.app.close(), second.app.close()])
    })

    it('G8: two requests that change different fields at the same time keep both changes', async () => {
      const [one, two] = [gate(), gate()]
      const { app, browser } = await open({
        '/one': { handle: async session => { await pass(one); session.a = 1 } },
        '/two': { handle: async session => { await pass(two); session.b = 2 } },
        '/read': { handle: async session => ({ a: session.a, b: session.b }) }
      })
      await browser.post('/sign-in')
      const [first, second] = [browser.get('/one'), browser.get('/two')]
      await Promise.all([one.entered.opened, two.entered.opened])
      one.leave.open()
      await first
      two.leave.open()
      await second
      assert.deepEqual((await browser.get('/read')).json(), { a: 1, b: 2 })
      await app.close()
    })

    it('an activity counts for the successor if another request renewed the session meanwhile', async () => {
      const slow = gate()
      const { app, clock, browser } = await open({
        '/slow': {
          passive: true,
          handle: async (_session, _app, { sessionSecurity }) => {
            await pass(slow)
            return { isRecorded: await sessionSecurity.recordActivity(), status: sessionSecurity.status() }
          }
        },
        '/renew': { handle: async session => await session.regenerate(['user']) }
      })
      await browser.post('/sign-in')
      const pending = browser.get('/slow')
      await slow.entered.opened
      await browser.get('/renew')
      clock.advance(4)
      slow.leave.open()
      const { isRecorded, status } = (await pending).json()
      assert.deepEqual([isRecorded, status.state, status.idleFor], [true, 'active', 0])
      assert.equal(await idleFor(browser), 0)
      await app.close()
    })

    it('G8: an edit by a request whose session another one renewed meanwhile goes to the successor', async () => {
      const slow = gate()
      const { app, browser } = await open({
        '/slow': { handle: async session => { await pass(slow); session.a = 1 } },
        '/renew': {
          handle: async (session, _app, request) => {
            await session.regenerate(['user'])
            request.session.b = 2
          }
        },
        '/read': { handle: async session => ({ user: session.user, a: session.a, b: session.b }) }
      })
      await browser.post('/sign-in')
      const pending = browser.get('/slow')
      await slow.entered.opened
      await browser.get('/renew')
      slow.leave.open()
      await pending
      assert.deepEqual((await browser.get('/read')).json(), { user: 'ada', a: 1, b: 2 })
      await app.close()
    })

    for (const [how, renews] of Object.entries({
      'regenerate()': async (session, request) => await session.regenerate(['user', 'a']),
      'reauthenticated()': async (session, request) => { request.sessionSecurity.reauthenticated() }
    } satisfies Record<string, (session: FastifyRequest['session'], request: FastifyRequest) => Promise<unknown>>)) {
      it(`G8: a renewal by ${how} keeps another request's edits since the load, and its own`, async () => {
        const slow = gate()
        const { app, browser } = await open({
          '/edit': { handle: async session => { session.a = 1; session.b = 1 } },
          '/edit-again': { handle: async session => { session.a = 2; session.b = 2 } },
          '/renew': {
            handle: async (session, _app, request) => {
              await pass(slow)
              await renews(session, request)
              request.session.b = 3
            }
          },
          '/read': { handle: async session => ({ user: session.user, a: session.a, b: session.b }) }
        })
        await browser.post('/sign-in')
        await browser.get('/edit')
        const old = { ...browser.cookies }
        const renewal = browser.get('/renew')
        await slow.entered.opened
        await browser.get('/edit-again')
        slow.leave.open()
        await renewal
        assert.notDeepEqual(browser.cookies, old)
        assert.deepEqual((await browser.get('/read')).json(), { user: 'ada', a: 2, b: 3 })
        await app.close()
      })
    }

    it('G12: a cookie that is kept pinging ends at the absolute deadline', async () => {
      const { app, clock, browser } = await open({}, { absoluteTimeout: 60 })
      await browser.post('/sign-in')
      for (let elapsed = 0; elapsed < 55; elapsed += 5) {
        clock.advance(5)
        assert.notEqual((await browser.get('/session_security/ping?idleFor=0')).json().state, 'ended')
      }
      const last = (await browser.get('/session_security/ping?idleFor=0')).json()
      assert.equal(last.extendable, false)
      assert.equal(last.endsBy, 'absolute')
      clock.advance(5)
      const late = (await browser.get('/session_security/ping?idleFor=0')).json()
      assert.deepEqual(late, { state: 'ended', reason: 'absolute' })
      await app.close()
    })

    it('G12: renewals do not put off the absolute deadline, also when each keeps the session active', async () => {
      const { app, clock, browser } = await open(
        { '/renew': { handle: async session => await session.regenerate(['user']) } }, { absoluteTimeout: 20 })
      await browser.post('/sign-in')
      for (let elapsed = 0; elapsed < 15; elapsed += 5) {
        clock.advance(5)
        await browser.get('/renew')
      }
      clock.advance(5)
      assert.deepEqual((await browser.get('/session_security/ping')).json(), { state: 'ended', reason: 'absolute' })
      await app.close()
    })
  })

  async function open (
    routes: Record<string, Route> = {}, security: NonNullable<TestAppOptions['security']> = {}
  ): Promise<TestApp & { store: SteeredStore }> {
    const steered = steeredKit(kit)
    const built = await buildApp({
      kit: steered,
      session,
      security,
      routes: app => {
        for (const [url, { handle, passive = false }] of Object.entries(routes)) {
          const config = { sessionSecurity: { passive } }
          app.get(url, { config }, async request => await handle(request.session, app, request) ?? {})
        }
      }
    })
    return { ...built, store: steered.store }
  }
}

function holdAt (url: string, slow: ReturnType<typeof gate>): Hold {
  return app => { app.addHook('onRequest', async request => { if (request.url === url) await pass(slow) }) }
}

function awayFor (what: string): SteeredStore['before'] {
  return async verb => { if (verb === what) throw new StoreUnavailableError('away') }
}

async function idleFor (browser: TestApp['browser']): Promise<number> {
  return (await browser.get('/session_security/ping')).json().idleFor
}
