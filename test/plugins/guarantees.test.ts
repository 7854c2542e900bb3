import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { SessionSecurityOptions } from '../../src/index.ts'
import { StoreUnavailableError } from '../../src/index.ts'
import { handleOf } from '../../src/store/handle.ts'
import type { TestApp } from '../helpers/app.ts'
import { buildApp, gate, pass } from '../helpers/app.ts'
import { latch } from '../helpers/latch.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

interface Route {
  readonly handle: (session: FastifyRequest['session'], app: FastifyInstance, request: FastifyRequest) => Promise<unknown>
  readonly passive?: boolean
}

/**
 * The guarantees under the interleavings that break a naive hook. Each test writes its order down, and forces it
 * with gates that the handlers wait at.
 */
for (const [kit, rolling] of [memoryKit, redisKit()].flatMap(kit => [true, false].map(rolling => [kit, rolling] as const))) {
  describe(`guarantees on ${kit.name}, with rolling: ${rolling}`, () => {
    it('G1: a slow passive request that began before a ping does not undo what the ping reported', async () => {
      const slow = gate()
      const { app, clock, held, browser } = await open({ '/slow-passive': { handle: async () => await pass(slow), passive: true } })
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
      const pending = browser.get('/slow') // stamps activity 1
      await slow.entered.opened
      clock.advance(6)
      await browser.get('/session_security/ping?idleFor=0') // activity 7
      slow.leave.open()
      await pending
      assert.equal(await idleFor(browser), 0)
      await app.close()
    })

    it('G2: a slow request that held the session when it was signed out writes nothing, and its response clears the cookie', async () => {
      const slow = gate()
      const { app, held, browser } = await open({ '/slow': { handle: async session => { await pass(slow); session.a = 1 } } })
      await browser.post('/sign-in')
      const stolen = { ...browser.cookies }
      const pending = browser.get('/slow')
      await slow.entered.opened
      await browser.post('/sign-out')
      slow.leave.open()
      const response = await pending
      assert.match(String(response.headers['set-cookie']), /^sessionId=;.*Expires=Thu, 01 Jan 1970/)
      assert.deepEqual(browser.cookies, {})
      const again = await app.inject({ url: '/', cookies: stolen })
      assert.equal(again.json().user, null)
      assert.equal(await held(), 1, 'the end is remembered, nothing else')
      await app.close()
    })

    it('G2: the same when the slow request changes nothing at all', async () => {
      const slow = gate()
      const { app, clock, browser } = await open({ '/slow': { handle: async () => await pass(slow), passive: true } })
      await browser.post('/sign-in')
      const pending = browser.get('/slow')
      await slow.entered.opened
      clock.advance(1)
      await browser.post('/sign-out')
      slow.leave.open()
      const response = await pending
      assert.match(String(response.headers['set-cookie']), /^sessionId=;/)
      await app.close()
    })

    it('G2: a slow passive request that outlives the deadline writes nothing, and its response clears the cookie', async () => {
      const slow = gate()
      const { app, clock, browser } = await open({ '/slow': { handle: async session => { await pass(slow); session.a = 1 }, passive: true } })
      await browser.post('/sign-in')
      const stolen = { ...browser.cookies }
      clock.advance(9)
      const pending = browser.get('/slow')
      await slow.entered.opened
      clock.advance(1) // nobody has swept
      slow.leave.open()
      const response = await pending
      assert.match(String(response.headers['set-cookie']), /^sessionId=;/)
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
      const { app, store, clock, browser } = await open({ '/handle': { handle: async (_session, _app, request) => request.sessionSecurity.handle } })
      await browser.post('/sign-in')
      const handle = (await browser.get('/handle')).body
      const touch = store.touch.bind(store)
      store.touch = async (...args) => { await app.sessionSecurity.end(handle); return await touch(...args) }
      clock.advance(4)
      assert.deepEqual((await browser.get('/session_security/ping?idleFor=0')).json(), { state: 'ended', reason: 'revoked' })
      await app.close()
    })

    it('G2: an answer of the store that comes late does not undo the end that a later one told', async () => {
      const [slow, late] = [gate(), latch()]
      const { app, store, clock, browser } = await open({ '/slow': { handle: async session => { await pass(slow); session.a = 1 } } })
      await browser.post('/sign-in')
      clock.advance(4)
      const touch = store.touch.bind(store)
      store.touch = async (...args) => { const fate = await touch(...args); await late.opened; return fate }
      const find = store.find.bind(store)
      const pending = browser.get('/slow') // the stamp is written, its answer is held up
      await slow.entered.opened
      await browser.post('/sign-out')
      store.find = async (...args) => { assert.fail(`asked again for ${args.join()}`) }
      slow.leave.open() // the save is refused
      setTimeout(late.open) // and then the stamp's answer comes: alive
      assert.match(String((await pending).headers['set-cookie']), /^sessionId=;/)
      store.find = find
      await app.close()
    })

    it('G2: a session that was revoked while a request renewed it does not go on under another id', async () => {
      const slow = gate()
      const { app, browser } = await open({
        '/renew': { handle: async (session, app) => { await pass(slow); await app.sessionSecurity.end(handleOf(session.sessionId)); await session.regenerate(['user']) } }
      })
      await browser.post('/sign-in')
      const pending = browser.get('/renew')
      await slow.entered.opened
      slow.leave.open()
      await pending
      assert.equal((await browser.get('/')).json().user, null)
      await app.close()
    })

    it('G2: a session that was signed out elsewhere while a request renewed it does not go on under another id', async () => {
      const slow = gate()
      const { app, browser } = await open({ '/renew': { handle: async (session, _app, request) => { await pass(slow); await session.regenerate(['user']); assert.equal(request.session.user, 'ada') } } })
      await browser.post('/sign-in')
      const pending = browser.get('/renew')
      await slow.entered.opened
      await browser.post('/sign-out')
      slow.leave.open()
      const response = await pending
      assert.match(String(response.headers['set-cookie']), /^sessionId=;/)
      assert.equal((await browser.get('/')).json().user, null)
      await app.close()
    })

    it('G2: a slow response for an older session leaves the cookie of the renewed one in the browser', async () => {
      const slow = gate()
      const { app, browser } = await open({
        '/slow': { handle: async () => await pass(slow), passive: true },
        '/renew': { handle: async session => await session.regenerate(['user']) }
      })
      await browser.post('/sign-in')
      const pending = browser.get('/slow')
      await slow.entered.opened
      await browser.get('/renew')
      slow.leave.open()
      assert.equal((await pending).headers['set-cookie'], undefined)
      assert.equal((await browser.get('/')).json().user, 'ada')
      await app.close()
    })

    it('G2: who signs out with the cookie of before a renewal ends the session that goes on, and so does an administrator', async () => {
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

    it('G2: a visitor\'s session that somebody signed in from is not brought back by a slow request', async () => {
      const slow = gate()
      const { app, browser } = await open({
        '/visit': { handle: async session => { Reflect.set(session, '_csrf', 'x') } },
        '/slow': { handle: async (session, _app, request) => { await pass(slow); await session.reload(); request.session.user = 'mallory' } },
        '/renew': { handle: async (session, _app, request) => { await session.regenerate(); request.session.user = 'ada' } }
      })
      await browser.get('/visit')
      const visitor = { ...browser.cookies }
      const pending = browser.get('/slow')
      await slow.entered.opened
      await browser.get('/renew')
      slow.leave.open()
      await pending
      assert.equal((await app.inject({ url: '/', cookies: visitor })).json().user, null)
      await app.close()
    })

    it('G2: a late request with the cookie of before a renewal leaves the new one in the browser', async () => {
      const { app, browser } = await open({ '/renew': { handle: async session => await session.regenerate(['user']) } })
      await browser.post('/sign-in')
      const old = { ...browser.cookies }
      await browser.get('/renew')
      const late = await app.inject({ url: '/', cookies: old })
      assert.equal(late.json().user, null)
      assert.equal(late.headers['set-cookie'], undefined)
      await app.close()
    })

    it('G2: a hook that answers before ours does not send the cookie of a session that has ended', async () => {
      const slow = gate()
      const { app, browser } = await buildApp({
        kit,
        session: { rolling },
        before: app => { app.addHook('onRequest', async (request, reply) => { if (request.url === '/busy') { await pass(slow); return await reply.code(429).send('busy') } }) },
        routes: app => { app.get('/busy', async () => 'never') }
      })
      await browser.post('/sign-in')
      const pending = browser.get('/busy')
      await slow.entered.opened
      await browser.post('/sign-out')
      await browser.post('/sign-in')
      slow.leave.open()
      const response = await pending
      assert.equal(response.statusCode, 429)
      assert.doesNotMatch(String(response.headers['set-cookie']), /sessionId=[^;]/)
      await app.close()
    })

    it('G4: a deadline that passes while an earlier hook takes its time holds for every hook after ours', async () => {
      const [slow, seen]: [ReturnType<typeof gate>, Array<string | null>] = [gate(), []]
      const { app, clock, browser } = await buildApp({
        kit,
        session: { rolling },
        before: app => { app.addHook('onRequest', async request => { if (request.url === '/late') await pass(slow) }) },
        routes: app => {
          app.addHook('onRequest', async request => { seen.push(request.session.user ?? null) })
          app.get('/late', async request => request.sessionSecurity.view())
        }
      })
      await browser.post('/sign-in')
      seen.length = 0
      const pending = browser.get('/late')
      await slow.entered.opened
      clock.advance(11)
      slow.leave.open()
      assert.deepEqual((await pending).json(), { state: 'ended', reason: 'idle' })
      assert.deepEqual(seen, [null])
      await app.close()
    })

    it('G4: nobody is signed out by a request that read the session before an activity and looks at it after the old deadline', async () => {
      const slow = gate()
      const { app, clock, browser } = await buildApp({
        kit,
        session: { rolling },
        before: app => { app.addHook('onRequest', async request => { if (request.url === '/late') await pass(slow) }) },
        routes: app => { app.get('/late', async request => request.session.user ?? null) }
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

    it('G7: a session that cannot be looked up again is neither handed to a handler, nor signed in anew, nor ended', async () => {
      const slow = gate()
      let handled = 0
      const { app, clock, store, log, browser } = await buildApp({
        kit,
        session: { rolling },
        before: app => { app.addHook('onRequest', async request => { if (request.url === '/late') await pass(slow) }) },
        routes: app => { app.get('/late', async () => { handled++ }) }
      })
      await browser.post('/sign-in')
      const pending = browser.get('/late')
      await slow.entered.opened
      clock.advance(2)
      const { find } = store
      const writes = countWrites(store)
      store.find = async () => { throw new StoreUnavailableError('away') }
      slow.leave.open()
      const response = await pending
      assert.deepEqual([response.statusCode, response.json().code, response.headers['retry-after'], handled, writes()], [503, 'FST_SESSION_SECURITY_STORE_UNAVAILABLE', '5', 0, 0])
      store.find = find
      assert.equal((await browser.get('/')).json().user, 'ada')
      assert.deepEqual(log.ours().map(line => line.msg), ['session started'])
      await app.close()
    })

    it('G2: a log-out that the store does not take leaves the cookie, so that trying again is no pretence', async () => {
      const { app, store, browser } = await open()
      await browser.post('/sign-in')
      const { end } = store
      store.end = async () => { throw new StoreUnavailableError('away') }
      const failed = await browser.post('/sign-out')
      assert.deepEqual([failed.statusCode, failed.headers['set-cookie']], [503, undefined])
      store.end = end
      assert.equal((await browser.get('/')).json().user, 'ada')
      assert.match(String((await browser.post('/sign-out')).headers['set-cookie']), /^sessionId=;/)
      assert.equal((await browser.get('/')).json().user, null)
      await app.close()
    })

    it('G2: a renewal that could not be settled gives nobody its cookie', async () => {
      const { app, store, browser, newBrowser } = await open({ '/renew': { handle: async session => await session.regenerate(['user']) } })
      await browser.post('/sign-in')
      const { settle } = store
      store.settle = async () => { throw new StoreUnavailableError('away') }
      const failed = await browser.get('/renew')
      assert.equal(failed.statusCode, 503)
      assert.doesNotMatch(String(failed.headers['set-cookie']), /sessionId=[^;]/)
      store.settle = settle
      assert.equal((await newBrowser().post('/sign-in')).statusCode, 200)
      await app.close()
    })

    it('G13: edits that together make a session too large are refused, and the session stays of use', async () => {
      const gates = [gate(), gate()] as const
      const big = async (session: FastifyRequest['session'], key: string): Promise<void> => { Reflect.set(session, key, 'x'.repeat(40_000)) }
      const { app, browser } = await open({
        '/one': { handle: async session => { await pass(gates[0]); await big(session, 'one') } },
        '/two': { handle: async session => { await pass(gates[1]); await big(session, 'two') } }
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
      const writes = countWrites(store)
      for (let elapsed = 0; elapsed < 9; elapsed += 3) {
        clock.advance(3)
        assert.equal((await browser.get('/passive')).json().user, 'ada')
        await browser.get('/session_security/ping')
        await browser.get(`/session_security/ping?idleFor=${elapsed + 3}`)
      }
      assert.equal(writes(), 0)
      clock.advance(1)
      assert.equal((await browser.get('/passive')).json().user, null)
      await app.close()
    })

    it('G4: no hook sees an idle session as alive, whether it is registered before or after', async () => {
      const seen: Array<string | null> = []
      const authenticate = (app: FastifyInstance): void => {
        app.addHook('onRequest', async request => { seen.push(request.session.user ?? null) })
      }
      const { app, clock, browser } = await buildApp({ kit, session: { rolling }, before: authenticate, routes: authenticate })
      await browser.post('/sign-in')
      await browser.get('/')
      clock.advance(10)
      seen.length = 0
      await browser.get('/')
      assert.deepEqual(seen, [null, null])
      await app.close()
    })

    it('G4: a deadline that the configuration has brought forward holds at once, for every hook after ours', async () => {
      const seen: Array<string | null> = []
      const first = await buildApp({ kit, session: { rolling } })
      await first.browser.post('/sign-in')
      const { store, clock } = first
      const second = await buildApp({
        kit,
        session: { rolling, store },
        security: { store, warnAfter: 2, expireAfter: 4 },
        routes: app => { app.addHook('onRequest', async request => { seen.push(request.session.user ?? null) }) }
      })
      clock.advance(4)
      const response = await second.app.inject({ url: '/', cookies: first.browser.cookies })
      assert.deepEqual(response.json(), { user: null, view: { state: 'ended', reason: 'idle' } })
      assert.deepEqual(seen, [null])
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
      assert.deepEqual((await browser.get('/session_security/ping?idleFor=0')).json(), { state: 'ended', reason: 'absolute' })
      await app.close()
    })
  })

  function open (routes: Record<string, Route> = {}, security: SessionSecurityOptions = {}): Promise<TestApp> {
    return buildApp({
      kit,
      session: { rolling },
      security,
      routes: app => {
        for (const [url, { handle, passive = false }] of Object.entries(routes)) {
          app.get(url, { config: { sessionSecurity: { passive } } }, async request => await handle(request.session, app, request) ?? {})
        }
      }
    })
  }
}

async function idleFor (browser: TestApp['browser']): Promise<number> {
  return (await browser.get('/session_security/ping')).json().idleFor
}

/** Counts the calls that could write a session, from now on. */
function countWrites (store: TestApp['store']): () => number {
  let writes = 0
  for (const verb of ['create', 'update', 'touch', 'settle', 'end'] as const) {
    const original = store[verb].bind(store) as (...args: unknown[]) => unknown
    Object.assign(store, { [verb]: (...args: unknown[]) => { writes++; return original(...args) } })
  }
  return () => writes
}
