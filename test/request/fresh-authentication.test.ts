import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MemoryStore } from '../../src/store/memory/memory-store.ts'
import { fromSessionStore } from '../../src/store/from-session-store.ts'
import { requireSession } from '../../src/request/require-session.ts'
import type { RequireSessionOptions } from '../../src/request/require-session.ts'
import type { TestApp, TestAppOptions } from '../helpers/app.ts'
import { buildApp as buildTestApp, gate, pass } from '../helpers/app.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import type { StoreKit } from '../helpers/store-kits.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

const PAGE = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-site': 'same-origin' }
const STALE = 'FST_SESSION_SECURITY_STALE_AUTHENTICATION'

/** A store of another package: a Map of plain data. */
const foreignKit: StoreKit = {
  name: 'a store of another package',
  open () {
    const clock = new FakeClock()
    const kept = new Map<string, string>()
    const sessions = {
      set (
        id: string, session: object, done: (error?: unknown) => void
      ) { kept.set(id, JSON.stringify(session)); done() },
      get (
        id: string, done: (error: unknown, session?: object | null) => void
      ) { done(null, JSON.parse(kept.get(id) ?? 'null')) },
      destroy (id: string, done: (error?: unknown) => void) { kept.delete(id); done() }
    }
    return { store: fromSessionStore(sessions, { clock: clock.now }), clock, held: async () => kept.size }
  }
}

for (const kit of [memoryKit, redisKit(), foreignKit]) {
  describe(`how long ago a person proved who they are: ${kit.name}`, () => {
    it('counts from the sign-in, and from each proof after that', async () => {
      const { app, clock, browser } = await buildApp(kit)
      await browser.post('/sign-in')
      const signedInAtMs = await authenticatedAt(browser)
      clock.advance(6)
      assert.equal(await authenticatedAt(browser), signedInAtMs)
      await browser.post('/prove', { methods: ['pwd', 'otp'] })
      const { authenticatedAtMs, methods, startedAtMs } = (await browser.get('/me')).json()
      assert.ok(Math.abs(authenticatedAtMs - signedInAtMs - 6000) <= 2)
      assert.deepEqual(methods, ['pwd', 'otp'])
      assert.ok(Math.abs(startedAtMs - signedInAtMs) <= 2, 'the session is as old as before')
      clock.advance(3)
      await browser.get('/')
      clock.advance(3)
      assert.equal((await browser.get('/me')).json().authenticatedAtMs, authenticatedAtMs, 'activities leave it')
      await app.close()
    })

    it('keeps the methods of a sign-in, and through renewals, edits and other requests', async () => {
      const { app, clock, browser } = await buildApp(kit)
      await browser.post('/sign-in-by', { methods: ['hwk'] })
      const before = (await browser.get('/me')).json()
      assert.deepEqual(before.methods, ['hwk'])
      assert.equal(before.authenticatedAtMs, before.startedAtMs, 'by the store\'s clock, as the start of the session')
      for (const path of ['/renew', '/edit', '/renew']) {
        clock.advance(2)
        assert.equal((await browser.post(path)).statusCode, 200)
        const { methods, authenticatedAtMs } = (await browser.get('/me')).json()
        assert.deepEqual(
          { methods, authenticatedAtMs }, { methods: ['hwk'], authenticatedAtMs: before.authenticatedAtMs }, path
        )
      }
      await app.close()
    })

    it('begins anew with another user, and ends with a sign-out', async () => {
      const { app, clock, browser } = await buildApp(kit)
      await browser.post('/sign-in')
      await browser.post('/prove', { methods: ['otp'] })
      clock.advance(2)
      await browser.post('/sign-in-as-bob')
      const { methods, authenticatedAtMs, startedAtMs } = (await browser.get('/me')).json()
      assert.deepEqual({ methods, authenticatedAtMs }, { methods: [], authenticatedAtMs: startedAtMs })
      await browser.post('/sign-out')
      assert.deepEqual((await browser.get('/who')).json(), { authenticatedAtMs: null, methods: [] })
      await app.close()
    })

    it('moves the absolute deadline only where that is asked for', async () => {
      for (const restart of [false, true]) {
        const { app, clock, browser } = await buildApp(kit, { security: { absoluteTimeout: 12 } })
        await browser.post('/sign-in')
        clock.advance(8)
        const cookie = browser.cookies.sessionId
        await browser.post('/prove', restart ? { restart } : {})
        assert.notEqual(browser.cookies.sessionId, cookie)
        clock.advance(8)
        assert.equal((await browser.get('/me')).statusCode, restart ? 200 : 401)
        await app.close()
      }
    })
  })

  describe(`requireSession({ authenticatedWithin }): ${kit.name}`, () => {
    it('refuses an API with a code of its own, and lets it in when the person has proved it', async () => {
      const { app, clock, browser } = await buildApp(kit)
      await browser.post('/sign-in')
      assert.equal((await browser.post('/email')).statusCode, 200)
      clock.advance(5)
      assert.equal((await browser.post('/email')).statusCode, 200, 'the last second counts')
      clock.advance(1)
      const refused = await browser.post('/email')
      assert.deepEqual([refused.statusCode, refused.json().code], [401, STALE])
      assert.equal(refused.headers['set-cookie'], undefined)
      assert.equal((await browser.get('/me')).statusCode, 200, 'the session goes on')
      await browser.post('/prove')
      assert.equal((await browser.post('/email')).statusCode, 200)
      await app.close()
    })

    it('refuses a request that was under way when another one proved it, also after a reload()', async () => {
      for (const reloads of [false, true]) {
        const door = gate()
        const { app, clock, browser } = await buildApp(kit, {
          before: app => app.addHook('preHandler', async request => {
            if (request.headers.from !== 'a thief') return
            await pass(door)
            if (reloads) await request.session.reload()
          })
        })
        await browser.post('/sign-in')
        clock.advance(6)
        const held = browser.copy().post('/email', undefined, { from: 'a thief' })
        await door.entered.opened
        assert.equal((await browser.post('/prove', { methods: ['pwd', 'otp'] })).statusCode, 200)
        clock.advance(2)
        door.leave.open()
        assert.equal((await held).statusCode, 401)
        assert.equal((await browser.post('/email')).statusCode, 200)
        await app.close()
      }
    })

    it('refuses a proof of which nobody knows the age, since the clock was set back', async () => {
      const { app, clock, browser } = await buildApp(kit)
      await browser.post('/sign-in-by', { methods: ['pwd'] })
      assert.equal((await browser.post('/email')).statusCode, 200)
      clock.advance(-3600)
      const refused = await browser.post('/email')
      assert.deepEqual([refused.statusCode, refused.json().code], [401, STALE])
      await browser.post('/prove')
      assert.equal((await browser.post('/email')).statusCode, 200)
      await app.close()
    })
  })
}

describe('requireSession({ authenticatedWithin, reauthUrl })', () => {
  it('sends a page to the page that asks once more, and a form back to its page afterwards', async () => {
    const { app, clock, browser } = await buildApp(memoryKit, {}, { reauthUrl: '/prove?lang=en' })
    await browser.post('/sign-in')
    clock.advance(6)
    const headers = { ...PAGE, host: 'bank.example', accept: 'text/html' }
    const locationOf = async (method: 'GET' | 'POST', more: Record<string, string> = {}): Promise<unknown> => {
      const answer = await browser.send({ method, url: '/email?tab=2', headers: { ...headers, ...more } })
      assert.equal(answer.statusCode, 303)
      return answer.headers.location
    }
    const back = '/prove?lang=en&next=%2Femail%3Ftab%3D2&reason=reauthenticate'
    assert.equal(await locationOf('GET'), back)
    for (const host of ['bank.example', 'bank.example:443', 'Bank.Example']) {
      assert.equal(await locationOf('POST', { host, referer: 'https://bank.example/email?tab=2' }), back, host)
    }
    assert.equal(
      await locationOf('POST', { referer: 'https://evil.example/email' }), '/prove?lang=en&reason=reauthenticate'
    )
    assert.equal(await locationOf('POST', { referer: 'no address' }), '/prove?lang=en&reason=reauthenticate')
    assert.equal(
      await locationOf('POST', { referer: 'https://bank.example//evil.example' }),
      '/prove?lang=en&reason=reauthenticate'
    )
    const htmx = await browser.post(
      '/email', undefined, { 'hx-request': 'true', 'hx-current-url': 'https://bank.example/profile' }
    )
    assert.deepEqual(
      [htmx.statusCode, htmx.headers['hx-redirect']], [401, '/prove?lang=en&next=%2Fprofile&reason=reauthenticate']
    )
    await app.close()
  })

  it('sends somebody who is not signed in to the sign-in, not there', async () => {
    const { app, browser } = await buildApp(memoryKit, {}, { reauthUrl: '/prove', loginUrl: '/login' })
    const answer = await browser.send({ method: 'GET', url: '/email', headers: { ...PAGE, accept: 'text/html' } })
    assert.equal(answer.headers.location, '/login?next=%2Femail')
    await app.close()
  })

  it('refuses what is no time, and no path of this site', () => {
    for (const authenticatedWithin of [0, -1, NaN, '300', null]) {
      assert.throws(
        () => requireSession({ authenticatedWithin: authenticatedWithin as number }),
        { code: 'FST_SESSION_SECURITY_BAD_OPTION' }
      )
    }
    for (const reauthUrl of ['//evil.example', 'prove', 'javascript:alert(1)', 5]) {
      assert.throws(
        () => requireSession({ reauthUrl: reauthUrl as string }), { code: 'FST_SESSION_SECURITY_BAD_OPTION' }
      )
    }
  })

  it('refuses methods that are no names, and says so', async () => {
    const { app, browser } = await buildApp(memoryKit)
    await browser.post('/sign-in')
    for (const methods of ['pwd', ['a b'], [''], [5], Array(9).fill('pwd'), ['x'.repeat(33)], ['a,b']]) {
      assert.equal((await browser.post('/prove', { methods })).json().code, 'FST_SESSION_SECURITY_BAD_OPTION')
    }
    assert.equal((await browser.post('/prove', { restart: 'yes' })).json().code, 'FST_SESSION_SECURITY_BAD_OPTION')
    assert.equal((await browser.post('/prove', { method: 'pwd' })).json().code, 'FST_SESSION_SECURITY_UNKNOWN_OPTION')
    await app.close()
  })

  it('is shown in lists: when, and how', async () => {
    const { app, clock, browser, store } = await buildApp(memoryKit)
    assert.ok(store instanceof MemoryStore)
    await browser.post('/sign-in')
    clock.advance(3)
    await browser.post('/prove', { methods: ['otp'] })
    const { sessions: [session] } = await app.sessionSecurity.list()
    assert.ok(session?.state === 'live')
    assert.equal(session.authenticatedAtMs - session.startedAtMs, 3000)
    assert.deepEqual(session.methods, ['otp'])
    await app.close()
  })
})

async function buildApp (
  kit: StoreKit, options: TestAppOptions = {}, guard: RequireSessionOptions = {}
): Promise<TestApp> {
  return await buildTestApp({
    kit,
    ...options,
    routes (app) {
      const of = ({ body }: { body: unknown }): object => Object(body)
      const shown = ({ sessionSecurity: { authenticatedAtMs, methods, record } }: Shown): object => {
        return { authenticatedAtMs, methods, ...(record === null ? {} : { startedAtMs: record.startedAtMs }) }
      }
      app.post('/sign-in-by', async request => {
        request.session.user = 'ada'
        request.sessionSecurity.reauthenticated(of(request))
        return 'in'
      })
      app.post('/sign-in-as-bob', async request => { request.session.user = 'bob'; return 'in' })
      app.post('/prove', async request => { request.sessionSecurity.reauthenticated(of(request)); return 'proved' })
      app.post('/renew', async request => { await request.session.regenerate(['user']); return 'renewed' })
      app.post('/edit', async request => { request.session.a = Number(request.session.a ?? 0) + 1; return 'edited' })
      app.get('/who', async request => shown(request))
      app.get('/me', { preHandler: requireSession() }, async request => shown(request))
      const sensitive = { preHandler: requireSession({ authenticatedWithin: 5, ...guard }) }
      app.get('/email', sensitive, async () => 'form')
      app.post('/email', sensitive, async () => 'changed')
    }
  })
}

type Shown = {
  sessionSecurity: {
    authenticatedAtMs: number | null,
    methods: readonly string[],
    record: { startedAtMs: number } | null
  }
}

async function authenticatedAt (browser: TestApp['browser']): Promise<number> {
  return (await browser.get('/me')).json().authenticatedAtMs
}
