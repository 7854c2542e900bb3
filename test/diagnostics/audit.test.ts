import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import session from '@fastify/session'
import type { AuditEvent } from '../../src/index.ts'
import { fromSessionStore, requireSession, sessionAdmin } from '../../src/index.ts'
import type { TestApp, TestAppOptions } from '../helpers/app.ts'
import { buildApp as buildTestApp } from '../helpers/app.ts'
import type { BrowserJar } from '../helpers/browser-jar.ts'
import { listenToAudit, shown } from '../helpers/channels.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

const PING = '/session_security/ping'
const PASSIVE = { config: { sessionSecurity: { passive: true } } }
const DEVICE = { address: '127.0.0.1' }

/** A call of administration for a session of ada. */
type Call = (handle: string) => Promise<unknown>

/** Returns an event without its time, which differs from store to store. */
function timeless ({ atMs, ...event }: AuditEvent): Record<string, unknown> {
  assert.ok(Number.isSafeInteger(atMs) && atMs > 0)
  return event
}

for (const kit of [memoryKit, redisKit()]) {
  describe(`the audit trail on ${kit.name}`, () => {
    const buildApp = (options: TestAppOptions = {}): Promise<TestApp> => buildTestApp({
      kit,
      ...options,
      security: { deviceOf: ({ ip }) => ({ address: ip }), ...options.security },
      routes: app => {
        app.get('/handle', PASSIVE, async ({ sessionSecurity }) => sessionSecurity.handle)
        app.post('/as/:user', async request => { request.session.user = (request.params as { user: string }).user })
        app.post('/renew', async ({ session }) => { await session.regenerate(['user']) })
        app.post('/prove', async request => { request.sessionSecurity.reauthenticated({ methods: ['pwd', 'otp'] }) })
        app.post('/end-others', async request => {
          return { ended: (await request.sessionSecurity.endOtherSessions()).length }
        })
        options.routes?.(app)
      }
    })

    it('has a start for a sign-in, with its device and time, and nothing for an anonymous session', async t => {
      const heard = listenToAudit(t)
      const { app, browser } = await buildApp({
        routes: app => {
          app.get('/cart', async request => { Object.assign(request.session, { _csrf: 'x' }) })
          app.post('/renew-cart', async ({ session }) => { await session.regenerate(['_csrf']) })
        }
      })
      await browser.get('/cart')
      await browser.post('/renew-cart')
      assert.deepEqual(heard, [])
      await browser.post('/sign-in')
      await browser.get('/')
      const handle = await handleOf(browser)
      const [{ startedAtMs } = assert.fail()] = (await app.sessionSecurity.list()).sessions
      assert.deepEqual(heard, [{ event: 'start', atMs: startedAtMs, handle, user: 'ada', device: DEVICE, by: 'user' }])
      await app.close()
    })

    it('has the methods of a sign-in that names them', async t => {
      const heard = listenToAudit(t)
      const { app, browser } = await buildApp({
        routes: app => {
          app.post('/with-methods', async request => {
            request.session.user = 'ada'
            request.sessionSecurity.reauthenticated({ methods: ['hwk'] })
          })
        }
      })
      await browser.post('/with-methods')
      assert.deepEqual(heard.map(event => [event.event, Reflect.get(event, 'methods')]), [['start', ['hwk']]])
      await app.close()
    })

    it('has a renewal with both handles, and a fresh authentication where the person proved who they are', async t => {
      const { app, clock, browser } = await buildApp()
      await browser.post('/sign-in')
      const heard = listenToAudit(t)
      const first = await handleOf(browser)
      clock.advance(3)
      await browser.post('/renew')
      const second = await handleOf(browser)
      await browser.post('/prove')
      const third = await handleOf(browser)
      const about = { user: 'ada', device: DEVICE }
      assert.deepEqual(heard.map(timeless), [
        { event: 'renewal', handle: second, ...about, by: 'application', predecessor: first },
        { event: 'renewal', handle: third, ...about, by: 'application', predecessor: second },
        { event: 'authentication', handle: third, ...about, by: 'user', methods: ['pwd', 'otp'] }
      ])
      assert.equal(heard[2]?.atMs, heard[1]?.atMs)
      await app.close()
    })

    it('has a sign-out and the end that it causes, by each way to sign out', async t => {
      const { app, browser, newBrowser } = await buildApp({
        routes: app => {
          app.post('/remove-user', async ({ session }) => { delete session.user })
          app.post('/keep-cart', async ({ session }) => { delete session.user; session.a = 1 })
          app.post('/by-id', async request => {
            await new Promise<void>(resolve => request.sessionStore.destroy(request.session.sessionId, () => resolve()))
          })
        }
      })
      for (const url of ['/sign-out', '/remove-user', '/keep-cart', '/by-id']) {
        const person = newBrowser()
        await person.post('/sign-in')
        const handle = await handleOf(person)
        const heard = listenToAudit(t)
        await person.post(url)
        await person.post('/sign-out')
        const expected = [['sign-out', handle, 'user', 1], ['end', handle, 'user', undefined]]
        assert.deepEqual(shown(heard, 'handle', 'by', 'count'), expected, url)
      }
      await browser.post('/sign-out') // nobody was signed in
      await app.close()
    })

    it('has a start that names the session it ended, and that end, where somebody else signs in', async t => {
      const { app, clock, browser } = await buildApp()
      await browser.post('/as/ada')
      const former = await handleOf(browser)
      const heard = listenToAudit(t)
      clock.advance(3)
      await browser.post('/as/eva')
      const handle = await handleOf(browser)
      const [start, { startedAtMs, lastActivityMs, ...end } = assert.fail()] = heard.map(timeless)
      assert.deepEqual([start, end], [
        { event: 'start', handle, user: 'eva', device: DEVICE, by: 'user', predecessor: former },
        { event: 'end', handle: former, user: 'ada', device: DEVICE, reason: 'logout', by: 'user' }
      ])
      assert.equal(Number(lastActivityMs) - Number(startedAtMs), 3000)
      await app.close()
    })

    it('has an eviction by the limit, with who took the slot, and then the end', async t => {
      const { app, browser, newBrowser } = await buildApp({ security: { maxSessionsPerUser: 1 } })
      await browser.post('/sign-in')
      const evicted = await handleOf(browser)
      const heard = listenToAudit(t)
      const other = newBrowser()
      await other.post('/sign-in')
      const successor = await handleOf(other)
      assert.deepEqual(shown(heard, 'handle', 'successor', 'by', 'reason'), [
        ['start', successor, undefined, 'user', undefined],
        ['eviction', evicted, successor, 'limit', undefined],
        ['end', evicted, undefined, 'limit', 'displaced']
      ])
      await app.close()
    })

    it('has the end by a deadline once, dated to the deadline, though nobody looked when it passed', async t => {
      const { app, clock, browser } = await buildApp()
      await browser.post('/sign-in')
      const handle = await handleOf(browser)
      const [{ startedAtMs, lastActivityMs } = assert.fail()] = (await app.sessionSecurity.list()).sessions
      const heard = listenToAudit(t)
      clock.advance(500)
      await app.sessionSecurity.sweep()
      await browser.get('/')
      await app.sessionSecurity.sweep()
      assert.deepEqual(heard, [{
        event: 'end',
        atMs: startedAtMs + 10_000,
        handle,
        user: 'ada',
        device: DEVICE,
        reason: 'idle',
        by: 'deadline',
        startedAtMs,
        lastActivityMs
      }])
      await app.close()
    })

    it('has the calls of administration apart from the ends, each with its actor', async t => {
      const { app, newBrowser } = await buildApp()
      const { sessionSecurity } = app
      const [application, user] = [{ by: 'application' }, { by: 'user', actor: 'ada' }]
      const operator = { by: 'operator', actor: 'ruth' }
      const device = DEVICE
      const calls: ReadonlyArray<readonly [Call, 'session' | 'user' | 'everybody', object, object?]> = [
        [handle => sessionSecurity.end(handle), 'session', application],
        [handle => sessionSecurity.end(handle, { by: 'ruth' }), 'session', operator],
        [handle => sessionSecurity.end(handle, { by: 'ada' }), 'session', user],
        [() => sessionSecurity.endUser('ada', { by: 'ruth' }), 'user', operator],
        [() => sessionSecurity.endUser('ada', { by: 'ada' }), 'user', user],
        [() => sessionSecurity.endAll({ by: 'ada' }), 'everybody', { by: 'operator', actor: 'ada' }, user],
        [() => sessionSecurity.endAll(), 'everybody', application]
      ]
      for (const [call, what, cause, causeOfEnd = cause] of calls) {
        const person = newBrowser()
        await person.post('/sign-in')
        const handle = await handleOf(person)
        const heard = listenToAudit(t)
        await call(handle)
        assert.equal(heard.length, 2)
        const [end, revocation] = heard.map(timeless)
          .sort((a, b) => String(a['event']).localeCompare(String(b['event'])))
        const about = { session: { handle, user: 'ada', device }, user: { user: 'ada' }, everybody: {} }[what]
        assert.deepEqual(revocation, { event: 'revocation', ...about, what, reason: 'revoked', ...cause, count: 1 })
        const { startedAtMs, lastActivityMs, ...ended } = end ?? {}
        assert.deepEqual(ended, { event: 'end', handle, user: 'ada', device, reason: 'revoked', ...causeOfEnd })
      }
      await app.close()
    })

    it('has the call of one who ends all own sessions but this one, though there is none', async t => {
      const { app, browser, newBrowser } = await buildApp()
      await newBrowser().post('/sign-in')
      await browser.post('/sign-in')
      const heard = listenToAudit(t)
      assert.deepEqual((await browser.post('/end-others')).json(), { ended: 1 })
      assert.deepEqual((await browser.post('/end-others')).json(), { ended: 0 })
      const handle = await handleOf(browser)
      const about = { event: 'revocation', handle, user: 'ada', device: DEVICE }
      const call = { ...about, what: 'other-sessions', reason: 'revoked', by: 'user', actor: 'ada' }
      const calls = heard.filter(({ event }) => event === 'revocation').map(timeless)
      assert.deepEqual(calls, [{ ...call, count: 1 }, { ...call, count: 0 }])
      assert.deepEqual(shown(heard, 'reason', 'by', 'actor'), [
        [
          'revocation', 'revoked', 'user', 'ada'
        ], ['end', 'revoked', 'user', 'ada'], ['revocation', 'revoked', 'user', 'ada']
      ])
      await app.close()
    })

    it('has the revocation of tokens, alone and with the sessions of their user', async t => {
      const { app } = await buildApp()
      const { sessionSecurity: { tokens }, sessionSecurity } = app
      for (const id of ['one', 'two', 'three']) await tokens.track({ id, user: 'ada', expiresAt: 2 ** 31 })
      const heard = listenToAudit(t)
      await tokens.revoke('one', { by: 'ruth' })
      await tokens.revoke('unknown')
      await tokens.revokeUser('eva')
      await sessionSecurity.endUser('ada', { tokens: true })
      const revocation = { event: 'revocation', reason: 'revoked' }
      assert.deepEqual(heard.map(timeless), [
        { ...revocation, what: 'token', token: 'one', by: 'operator', actor: 'ruth', count: 1 },
        { ...revocation, what: 'token', token: 'unknown', by: 'application', count: 0 },
        { ...revocation, what: 'tokens', user: 'eva', by: 'application', count: 0 },
        { ...revocation, what: 'user', user: 'ada', by: 'application', count: 0, tokens: 2 }
      ])
      await app.close()
    })

    it('has what an operator does on the admin page, and who was not let in', async t => {
      const { app, browser, newBrowser } = await buildApp({
        routes: app => { app.register(sessionAdmin, { authorize: ({ session }) => session.user === 'ruth' }) }
      })
      await newBrowser().post('/sign-in')
      await browser.post('/as/ruth')
      const stranger = newBrowser()
      await stranger.post('/as/eva')
      const refused = await handleOf(stranger)
      const heard = listenToAudit(t)
      const end = { method: 'POST', url: '/session_security/admin/end-user', payload: 'user=ada&tokens=on' } as const
      const type = { 'content-type': 'application/x-www-form-urlencoded' }
      await browser.send({ ...end, headers: { ...type, 'sec-fetch-site': 'same-origin' } })
      await stranger.send({ ...end, headers: { ...type, 'sec-fetch-site': 'same-origin' } })
      await browser.send({ ...end, headers: { ...type, 'sec-fetch-site': 'cross-site' } })
      const ruth = await handleOf(browser)
      assert.deepEqual(shown(heard, 'what', 'by', 'actor', 'code'), [
        ['revocation', 'user', 'operator', 'ruth', undefined],
        ['end', undefined, 'operator', 'ruth', undefined],
        ['refusal', 'admin', undefined, undefined, 'FST_SESSION_SECURITY_NOT_AUTHORIZED'],
        ['refusal', 'admin', undefined, undefined, 'FST_SESSION_SECURITY_CROSS_ORIGIN']
      ])
      assert.deepEqual(heard.slice(2).map(({ handle, user }) => [handle, user]), [[refused, 'eva'], [ruth, 'ruth']])
      await app.close()
    })

    it('has what was refused, once each, with the session of the cookie', async t => {
      const { app, clock, browser, newBrowser } = await buildApp({
        security: { maxSessionsPerUser: 1, atMaxSessions: 'refuse', pushUrl: '/push' },
        routes: app => {
          app.get('/private', { preHandler: requireSession({ loginUrl: '/login' }) }, async () => 'private')
          app.get('/sudo', { preHandler: requireSession({ authenticatedWithin: 1 }) }, async () => 'sudo')
        }
      })
      await browser.post('/sign-in')
      await browser.get('/private')
      clock.advance(2)
      const handle = await handleOf(browser)
      const heard = listenToAudit(t)
      await browser.get(`${PING}?idleFor=abc`)
      for (const url of [PING, '/push']) await browser.get(url, { 'sec-fetch-site': 'cross-site' })
      assert.equal((await browser.get('/sudo')).statusCode, 401)
      const somebody = newBrowser()
      await somebody.send({ method: 'GET', url: '/private', headers: { accept: 'text/html' } })
      assert.equal((await somebody.post('/sign-in')).statusCode, 403)
      clock.advance(20)
      await browser.get('/private')
      const whose = { user: 'ada', device: DEVICE }
      const mine = { event: 'refusal', handle, ...whose }
      assert.deepEqual(heard.filter(({ event }) => event !== 'end').map(timeless), [
        { ...mine, what: 'ping', code: 'FST_SESSION_SECURITY_BAD_PING' },
        { ...mine, what: 'ping', code: 'FST_SESSION_SECURITY_CROSS_SITE' },
        { ...mine, what: 'push', code: 'FST_SESSION_SECURITY_CROSS_SITE' },
        { ...mine, what: 'route', code: 'FST_SESSION_SECURITY_STALE_AUTHENTICATION' },
        { event: 'refusal', what: 'route', code: 'FST_SESSION_SECURITY_NO_SESSION' },
        { event: 'refusal', ...whose, what: 'sign-in', code: 'FST_SESSION_SECURITY_TOO_MANY_SESSIONS' },
        { ...mine, what: 'route', code: 'FST_SESSION_SECURITY_NO_SESSION', reason: 'idle' }
      ])
      await app.close()
    })

    it('has the end only when onSessionEnd has returned', async t => {
      let fails = true
      const onSessionEnd = (): void => { if (fails) throw new Error('try again') }
      const { app, clock, browser } = await buildApp({ security: { onSessionEnd } })
      await browser.post('/sign-in')
      const heard = listenToAudit(t)
      clock.advance(10)
      await app.sessionSecurity.sweep()
      assert.deepEqual(heard, [])
      fails = false
      clock.advance(61)
      await app.sessionSecurity.sweep()
      assert.deepEqual(heard.map(({ event }) => event), ['end'])
      await app.close()
    })

    it('names no id, no cookie and no contents (G9)', async t => {
      const heard = listenToAudit(t)
      const { app, clock, browser } = await buildApp({ security: { maxSessionsPerUser: 1 } })
      const secrets: string[] = []
      for (const act of [
        ...[
          '/sign-in', '/renew', '/prove', '/as/eva', '/end-others'
        ].map(url => () => browser.post(url, { secret: 'typed' })),
        async () => { clock.advance(20); await app.sessionSecurity.sweep() }
      ]) {
        await act()
        secrets.push(...String(browser.cookies['sessionId']).split('.'), String(browser.cookies['sessionId']))
      }
      const text = JSON.stringify(heard)
      assert.ok(heard.length >= 7, text)
      for (const secret of [...secrets, 'typed']) assert.ok(!text.includes(secret))
      await app.close()
    })
  })
}

describe('the audit trail', () => {
  it('is complete with a store of another package, too', async t => {
    const heard = listenToAudit(t)
    const { app, browser } = await buildTestApp({ security: { store: fromSessionStore(new session.MemoryStore()) } })
    await browser.post('/sign-in')
    await browser.post('/sign-out')
    await app.close()
    assert.deepEqual(heard.map(({ event }) => event), ['start', 'sign-out', 'end'])
  })
})

async function handleOf (browser: BrowserJar): Promise<string> {
  return (await browser.get('/handle')).body
}
