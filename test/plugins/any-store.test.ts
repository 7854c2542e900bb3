import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FastifySessionOptions } from '@fastify/session'
import type { Session } from 'fastify'
import type { EndedSession, SessionSecurityOptions } from '../../src/index.ts'
import type { TestApp } from '../helpers/app.ts'
import { buildApp } from '../helpers/app.ts'

type Store = NonNullable<FastifySessionOptions['store']>

/** A store as there are many: one JSON text per session, callbacks, and no idea of activity. */
class PlainStore implements Store {
  readonly texts = new Map<string, string>()

  get (id: string, callback: (error: unknown, session?: Session | null) => void): void {
    const text = this.texts.get(id)
    setImmediate(callback, null, text === undefined ? null : JSON.parse(text))
  }

  set (id: string, session: Session, callback: (error?: unknown) => void): void {
    this.texts.set(id, JSON.stringify(session))
    setImmediate(callback)
  }

  destroy (id: string, callback: (error?: unknown) => void): void {
    this.texts.delete(id)
    setImmediate(callback)
  }

  /** Makes the only session look as if it had been left alone for so long. */
  age (seconds: number, key: 'lastActivityMs' | 'startedAtMs' = 'lastActivityMs'): void {
    this.edit(({ _session_security: record }) => { record[key] = Number(record[key]) - seconds * 1000 })
  }

  edit (change: (session: { _session_security: Record<string, number> }) => void): void {
    assert.equal(this.texts.size, 1)
    for (const [id, text] of this.texts) {
      const session = JSON.parse(text)
      change(session)
      this.texts.set(id, JSON.stringify(session))
    }
  }
}

for (const rolling of [true, false]) {
  describe(`any other store of @fastify/session, with rolling: ${rolling}`, () => {
    it('has its deadlines enforced, before every hook after ours', async () => {
      const { app, store, browser } = await open()
      await browser.post('/sign-in')
      store.age(9)
      assert.equal((await browser.get('/passive')).json().user, 'ada')
      store.age(1)
      assert.deepEqual((await browser.get('/')).json(), { user: null, view: { state: 'ended', reason: 'idle' } })
      assert.equal(store.texts.size, 0)
      await app.close()
    })

    it('has its clock started in the very request that signs in', async () => {
      const { app, store, browser } = await open()
      assert.ok((await browser.post('/sign-in')).json().idleFor < 1)
      const [text] = store.texts.values()
      assert.equal(JSON.parse(String(text))._session_security.expireAfter, 10)
      await app.close()
    })

    it('has activity stamped, but not by passive requests or reading pings', async () => {
      const { app, store, browser } = await open()
      await browser.post('/sign-in')
      store.age(4)
      await browser.get('/passive')
      const { idleFor } = (await browser.get('/session_security/ping')).json()
      assert.ok(idleFor >= 4)
      await browser.get('/')
      assert.ok((await browser.get('/session_security/ping')).json().idleFor < 4)
      await app.close()
    })

    it('takes the claims of pings, and brings nobody back', async () => {
      const { app, store, browser } = await open()
      await browser.post('/sign-in')
      store.age(6)
      assert.ok(Math.abs((await browser.get('/session_security/ping?idleFor=2')).json().idleFor - 2) < 1)
      store.age(9)
      assert.deepEqual((await browser.get('/session_security/ping?idleFor=0')).json(), { state: 'ended', reason: 'idle' })
      assert.deepEqual((await browser.get('/session_security/ping?idleFor=0')).json(), { state: 'ended', reason: 'none' })
      await app.close()
    })

    it('has an absolute deadline, which regenerate() keeps and re-authentication restarts', async () => {
      const { app, store, browser } = await open({ absoluteTimeout: 20 })
      await browser.post('/sign-in')
      store.age(15, 'startedAtMs')
      await browser.post('/renew')
      assert.ok((await browser.get('/')).json().view.expiresIn <= 5)
      await browser.post('/password')
      assert.ok((await browser.get('/')).json().view.expiresIn > 5)
      store.age(20, 'startedAtMs')
      assert.equal((await browser.get('/')).json().view.reason, 'absolute')
      await app.close()
    })

    it('tells of the ends that requests notice', async () => {
      const ended: EndedSession[] = []
      const { app, store, browser } = await open({ onSessionEnd: end => ended.push(end), userOf: request => request.session?.user })
      await browser.post('/sign-in')
      await browser.post('/sign-out')
      await browser.post('/sign-in')
      store.age(10)
      await browser.get('/')
      await app.close()
      assert.deepEqual(ended.map(({ reason, user }) => [reason, user]), [['logout', 'ada'], ['idle', 'ada']])
    })

    it('has a record that is corrupt or from elsewhere taken for none: the clock starts anew', async () => {
      for (const record of [null, 'x', { v: 99 }, { v: 1, startedAtMs: 'x' }]) {
        const { app, store, browser } = await open()
        await browser.post('/sign-in')
        store.edit(session => { Object.assign(session, { _session_security: record }) })
        const { view } = (await browser.get('/')).json()
        assert.deepEqual([view.state, view.expireAfter], ['active', 10])
        await app.close()
      }
    })

    it('creates no session for a visitor\'s ping', async () => {
      const { app, store } = await open({}, { saveUninitialized: true })
      const response = await app.inject('/session_security/ping?idleFor=1')
      assert.deepEqual([response.json(), response.headers['set-cookie'], store.texts.size], [{ state: 'ended', reason: 'none' }, undefined, 0])
      await app.close()
    })

    it('keeps the edit of the first request of a session that is older than this plugin', async () => {
      const { app, store, browser } = await open()
      await browser.post('/sign-in')
      store.edit(session => { Reflect.deleteProperty(session, '_session_security') })
      await browser.post('/edit')
      const [text] = store.texts.values()
      const { a, _session_security: record } = JSON.parse(String(text))
      assert.deepEqual([a, record.expireAfter], [1, 10])
      await app.close()
    })

    it('asks for the user of nobody who is not signed in', async () => {
      const { app } = await open({ userOf: request => String(request.session.user).length > 0 && request.session.user !== undefined ? request.session.user : assert.fail('asked') })
      assert.equal((await app.inject('/')).statusCode, 200)
      await app.close()
    })

    it('is told once, in the log, what it cannot have; and has no sweep and no administration', async () => {
      const { app, log } = await open()
      await app.inject('/')
      await app.inject('/')
      const warnings = log.ours(40)
      assert.equal(warnings.length, 1)
      assert.match(String(warnings[0]?.msg), /G1, G2, G5, G6 and G8 do not hold/)
      for (const call of [app.sessionSecurity.sweep(), app.sessionSecurity.end('x'), app.sessionSecurity.get('x')]) {
        await assert.rejects(call, { code: 'FST_SESSION_SECURITY_NO_ACTIVITY_STORE' })
      }
      await app.close()
    })

    it('is refused a sweep that was asked for', async () => {
      await assert.rejects(open({ sweep: { every: 60 } }), { code: 'FST_SESSION_SECURITY_NO_ACTIVITY_STORE' })
    })
  })

  async function open (security: SessionSecurityOptions = {}, session: Partial<FastifySessionOptions> = {}): Promise<Omit<TestApp, 'store'> & { store: PlainStore }> {
    const store = new PlainStore()
    const opened = await buildApp({
      session: { rolling, store, ...session },
      store: 'foreign',
      security,
      routes: app => {
        app.post('/edit', async request => { request.session.a = 1 })
        app.post('/renew', async request => { await request.session.regenerate(['user']) })
        app.post('/password', async request => { request.sessionSecurity.reauthenticated() })
      }
    })
    return { ...opened, store }
  }
}
