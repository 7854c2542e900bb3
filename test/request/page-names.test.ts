import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SessionStore } from '@fastify/session'
import type { FastifyInstance, Session } from 'fastify'
import { sessionClient } from '../../src/browser-files/session-client.ts'
import { ForeignStore } from '../../src/store/foreign/store.ts'
import type { TestApp, TestAppOptions } from '../helpers/app.ts'
import { SECRET, buildApp, gate, pass } from '../helpers/app.ts'
import type { BrowserJar } from '../helpers/browser-jar.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import type { StoreKit } from '../helpers/store-kits.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

const PING = '/session_security/ping'

/** A store as many are: one JSON text per session. */
class PlainStore implements SessionStore {
  readonly texts = new Map<string, string>()
  get (
    id: string, callback: (error: unknown, session?: Session | null) => void
  ): void { callback(null, JSON.parse(this.texts.get(id) ?? 'null')) }

  set (id: string, session: Session, callback: (error?: unknown) => void): void {
    this.texts.set(id, JSON.stringify(session))
    callback()
  }

  destroy (id: string, callback: (error?: unknown) => void): void { this.texts.delete(id); callback() }
}

const foreignKit: StoreKit = {
  name: 'fromSessionStore()',
  open () {
    const clock = new FakeClock()
    const plain = new PlainStore()
    return { store: new ForeignStore(plain, { clock: clock.now }), clock, held: async () => plain.texts.size }
  }
}

interface Names { readonly tag?: string, readonly user?: string }

async function namesOf (browser: BrowserJar): Promise<Names> {
  const { tag, user } = (await browser.get(PING)).json()
  return { tag, user }
}

function routes (app: FastifyInstance): void {
  app.post('/as/:user', async request => { request.session.user = String(Object(request.params).user) })
  app.post('/renew', async request => { await request.session.regenerate(['user']) })
  app.post('/again', async request => { request.sessionSecurity.reauthenticated() })
  app.post('/edit', async request => { request.session.a = (request.session.a ?? 0) + 1 })
  app.post('/remember', async request => { request.session.cookie.maxAge = 1_000_000 })
  app.post('/password', async request => {
    request.sessionSecurity.reauthenticated()
    await request.sessionSecurity.endOtherSessions()
  })
}

for (const kit of [memoryKit, redisKit(), foreignKit]) {
  const open = (options: TestAppOptions = {}): Promise<TestApp> =>
    buildApp({ kit, security: { warnAfter: 500, expireAfter: 1000 }, routes, ...options })

  describe(`the names of a session on ${kit.name}`, () => {
    it('survive renewals, edits, activity, and a password that was asked for again, in any order', async () => {
      const { app, clock, browser } = await open()
      await browser.post('/as/ada')
      const names = await namesOf(browser)
      assert.match(String(names.tag), /^[\w-]{12}$/)
      assert.match(String(names.user), /^[\w-]{22}$/)
      const ids = new Set([browser.cookies['sessionId']])
      for (const url of [
        '/edit', '/renew', '/edit', '/again', '/edit', '/remember', '/renew', '/again', '/again', '/edit', '/renew',
        '/renew'
      ]) {
        clock.advance(7)
        await browser.post(url)
        ids.add(browser.cookies['sessionId'])
        assert.deepEqual(await namesOf(browser), names, url)
      }
      assert.equal(ids.size, 8)
      assert.equal((await browser.get('/')).json().user, 'ada')
      await app.close()
    })

    it('change with each sign-in: the tag always, the key with the user', async () => {
      const { app, clock, browser, newBrowser } = await open()
      const all: Names[] = []
      const signIn = async (jar: BrowserJar, user: string): Promise<void> => {
        clock.advance(1)
        await jar.post(`/as/${user}`)
        all.push(await namesOf(jar))
      }
      await signIn(browser, 'ada')
      await browser.post('/sign-out')
      await signIn(browser, 'ada')
      await browser.post('/again')
      await signIn(browser, 'bob') // bob signs in over ada's session, whose age is not his
      await signIn(newBrowser(), 'ada')
      assert.equal(new Set(all.map(({ tag }) => tag)).size, 4)
      assert.equal(all[0]?.user, all[1]?.user)
      assert.equal(all[0]?.user, all[3]?.user)
      assert.notEqual(all[0]?.user, all[2]?.user)
      await app.close()
    })

    it('differ in a second browser of the same user, and a renewal by another tab does not change them', async () => {
      const slow = gate()
      const { app, clock, browser } = await open({
        routes: app => {
          routes(app)
          app.register(sessionClient)
          app.get('/slow', async request => {
            await pass(slow)
            await request.sessionSecurity.confirm()
            return app.sessionClient.tags(request)
          })
        }
      })
      await browser.post('/as/ada')
      const names = await namesOf(browser)
      const waiting = browser.copy().get('/slow')
      await slow.entered.opened
      clock.advance(5)
      await browser.post('/again')
      slow.leave.open()
      const late = (await waiting).body
      if (kit !== foreignKit) assert.ok(late.includes(` data-tag="${names.tag}" data-user="${names.user}"`), late)
      else assert.ok(!/data-(?:tag|user|view)/.test(late), 'a store that knows no successors cannot tell')
      assert.deepEqual(await namesOf(browser), names)
      await app.close()
    })

    it('do not exist without a session, for one that is over, and for an anonymous one', async () => {
      const { app, clock, browser, newBrowser } = await open()
      assert.deepEqual(await namesOf(newBrowser()), { tag: undefined, user: undefined })
      await browser.post('/edit')
      assert.deepEqual((await browser.get(PING)).json(), { state: 'ended', reason: 'none' })
      await browser.post('/as/ada')
      clock.advance(1000)
      assert.deepEqual((await browser.get(PING)).json(), { state: 'ended', reason: 'idle' })
      await app.close()
    })

    it('have no user where the application names none, and a tag of their own all the same', async () => {
      const { app, clock, browser } = await open({
        security: {
          userOf: undefined as never,
          isAuthenticated: session => session.user !== undefined,
          warnAfter: 500,
          expireAfter: 1000
        }
      })
      await browser.post('/as/ada')
      const names = await namesOf(browser)
      assert.equal(names.user, undefined)
      clock.advance(1)
      await browser.post('/renew')
      assert.deepEqual(await namesOf(browser), names)
      await browser.post('/sign-out')
      await browser.post('/as/ada')
      assert.notEqual((await namesOf(browser)).tag, names.tag)
      await app.close()
    })
  })
}

describe('the names of a session', () => {
  it('do not exist on a node whose own signer signs otherwise each time', async () => {
    let count = 0
    const signer = {
      sign: (value: string) => `${value}.${count++}`,
      unsign: (text: string) => ({ valid: /\.\d+$/.test(text), renew: false, value: text.replace(/\.\d+$/, '') })
    }
    const { app, browser } = await buildApp({ session: { secret: signer } })
    await browser.post('/sign-in')
    const answer = (await browser.get(PING)).json()
    assert.deepEqual([answer.state, answer.tag, answer.user], ['active', undefined, undefined])
    await app.close()
  })

  it('are one-way: neither the id of the session, nor its handle, nor the user stands in them', async () => {
    const { app, browser } = await buildApp({
      session: { secret: SECRET },
      routes: app => { app.get('/handle', async request => request.sessionSecurity.handle) }
    })
    await browser.post('/sign-in')
    const names = JSON.stringify(await namesOf(browser))
    const handle = (await browser.get('/handle')).body
    for (const secret of [
      'ada', handle.slice(0, 8), String(browser.cookies['sessionId']).slice(0, 8)
    ]) assert.ok(!names.includes(secret))
    await app.close()
  })
})
