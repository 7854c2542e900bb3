import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { Authenticator } from '@fastify/passport'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { Strategy } from 'passport-local'
import { sessionClient } from '../../src/browser-files/session-client.ts'
import type { SessionSecurityOptions } from '../../src/options/options.ts'
import { sessionSecurity } from '../../src/session-security.ts'
import { MemoryStore } from '../../src/store/memory/memory-store.ts'
import { BrowserJar } from '../helpers/browser-jar.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { run } from '../package/run-snippet.ts'
import { Guide, appWithSessions, newApp } from './guide.ts'

const DAY = 86_400
const PAGE = { accept: 'text/html' }

interface Credentials { readonly name: string, readonly password: string }

const checkPassword = async ({ name, password }: Credentials): Promise<object | null> =>
  password === 'right' ? { id: name } : null

describe('the guide to remembered sessions', async () => {
  const guide = Guide.open('remember-me')
  after(() => guide.assertAllTaken())

  it('remembers whom it is asked to, with the deadlines of its table', async test => {
    const app = newApp(test)
    await run(guide.code('const FORTNIGHT'), { app, checkPassword })
    app.get('/', async ({ sessionSecurity }) => ({ ...sessionSecurity.status(), ...sessionSecurity.record }))
    const terms = async (remember: boolean): Promise<unknown[]> => {
      const browser = new BrowserJar(app)
      const { headers } = await browser.post('/sign-in', { name: 'ada', password: 'right', remember })
      const { warnAfter, expireAfter, absoluteTimeout } = (await browser.get('/')).json()
      return [/Expires=/.test(String(headers['set-cookie'])), warnAfter, expireAfter, absoluteTimeout]
    }
    assert.equal((await new BrowserJar(app).post('/sign-in', { name: 'ada', password: 'wrong' })).statusCode, 401)
    assert.deepEqual(await terms(false), [false, 540, 600, 12 * 3600])
    assert.deepEqual(await terms(true), [true, 14 * DAY - 60, 14 * DAY, 14 * DAY])
  })

  it('counts two weeks from the last visit, where it is asked to', async test => {
    const clock = new FakeClock()
    const code = `${guide.code('rolling: true')}\nreturn options`
    const { session, absoluteTimeout } = await run(code, {}) as SessionSecurityOptions
    const store = new MemoryStore({ clock: clock.now })
    const app = newApp(test)
    const withMore = fp(async (fastify: FastifyInstance, options: SessionSecurityOptions) => {
      await fastify.register(sessionSecurity, { ...options, session, absoluteTimeout, store })
    })
    await run(guide.code('const FORTNIGHT'), { app, checkPassword, sessionSecurity: withMore })
    app.get('/', async ({ session }) => session.user ?? null)
    const browser = new BrowserJar(app)
    await browser.post('/sign-in', { name: 'ada', password: 'right', remember: true })
    for (let visit = 1; visit <= 6; visit++) {
      clock.advance(13 * DAY)
      const { body, headers } = await browser.get('/')
      const [, expires = ''] = /Expires=([^;]+)/.exec(String(headers['set-cookie'])) ?? []
      assert.deepEqual([body, Date.parse(expires) - Date.now() > 13.9 * DAY * 1000], ['ada', true])
    }
    clock.advance(13 * DAY)
    assert.notEqual((await browser.get('/')).body, 'ada', 'ninety days are over')
  })
})

describe('the guide to fresh authentication', async () => {
  const guide = Guide.open('fresh-authentication')
  after(() => guide.assertAllTaken())

  it('asks again after five minutes, and asks for a second factor', async test => {
    const clock = new FakeClock()
    const app = await appWithSessions(test, { store: new MemoryStore({ clock: clock.now }) })
    await app.register(sessionClient)
    app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, async () => ({}))
    app.post('/in', async ({ session }) => { session.user = 'ada' })
    app.post('/otp', async ({ sessionSecurity }) => { sessionSecurity.reauthenticated({ methods: ['pwd', 'otp'] }) })
    const isPasswordOf = async (user: string, password: string): Promise<boolean> =>
      user === 'ada' && password === 'right'
    await run(`${guide.code('const fresh')}\n${guide.code("'/payment'")}`, { app, isPasswordOf })
    const browser = new BrowserJar(app)
    const change = async (headers = {}) => await browser.post('/account/email', { email: 'a@example.org' }, headers)
    const page = { ...PAGE, host: 'localhost', referer: 'http://localhost/account' }
    assert.match(String((await change(page)).headers.location), /^\/sign-in\?next=%2Faccount/)
    await browser.post('/in')
    assert.equal((await change()).body, 'changed', 'a sign-in counts')
    clock.advance(301)
    assert.equal((await change()).json().code, 'FST_SESSION_SECURITY_STALE_AUTHENTICATION')
    const CONFIRM = '/confirm?next=%2Faccount&reason=reauthenticate'
    const { statusCode, headers } = await change(page)
    assert.deepEqual([statusCode, headers.location], [303, CONFIRM])
    const htmx = await change({ 'hx-request': 'true', 'hx-current-url': 'http://localhost/account' })
    assert.deepEqual([htmx.statusCode, htmx.headers['hx-redirect']], [401, CONFIRM])
    assert.match((await browser.get(String(headers.location))).body, /name="next" value="\/account"/)
    assert.equal((await browser.post('/confirm', { password: 'wrong' })).statusCode, 401)
    const before = { ...browser.cookies }
    const confirmed = await browser.post('/confirm', { password: 'right', next: '/account' })
    assert.deepEqual([confirmed.statusCode, confirmed.headers.location], [303, '/account'])
    assert.notDeepEqual(browser.cookies, before)
    assert.equal((await change()).body, 'changed')
    assert.equal((await browser.post('/payment')).headers.location, '/second-factor')
    await browser.post('/otp')
    assert.equal((await browser.post('/payment')).body, 'paid')
  })
})

describe('the guide to passport', async () => {
  const guide = Guide.open('passport')
  after(() => guide.assertAllTaken())

  for (const [kind, serialized] of [['a text', 'ada'], ['an object', { id: 'ada' }]] as const) {
    it(`signs in and out by ${kind}, and keeps the cart`, async test => {
      const app = newApp(test)
      const [, byObject = ''] = /`(session => session\.passport\?\.id)`/.exec(guide.text) ?? []
      const code = guide.code('new Authenticator')
      const forObject = code.replace('session => session.passport ', `${byObject} `)
        .replace('user => user.id', 'user => user')
      const findUser = async (): Promise<object> => ({ id: 'ada', name: 'Ada' })
      await run(kind === 'a text' ? code : forObject, { app, Authenticator, Strategy, checkPassword, findUser })
      app.post('/cart', async ({ session }) => { Object.assign(session, { cart: ['book'], other: 1 }) })
      app.get('/open', async ({ session, user }) => ({ user, ...Object(session), cookie: undefined }))
      const browser = new BrowserJar(app)
      await browser.post('/cart')
      const planted = { ...browser.cookies }
      const refused = await browser.post('/sign-in', { username: 'ada', password: 'wrong' })
      assert.equal(refused.headers.location, '/sign-in?failed')
      assert.equal((await browser.get('/me', PAGE)).headers.location, '/sign-in?next=%2Fme')
      assert.equal((await browser.post('/sign-in', { username: 'ada', password: 'right' })).headers.location, '/')
      assert.notDeepEqual(browser.cookies, planted)
      assert.deepEqual((await browser.get('/me')).json(), { id: 'ada', name: 'Ada' })
      const { cart, other, passport } = (await browser.get('/open')).json()
      assert.deepEqual([cart, other, passport], [['book'], undefined, serialized])
      assert.equal((await app.sessionSecurity.list({ user: 'ada' })).sessions.length, 1)
      await app.sessionSecurity.endUser('ada')
      assert.equal((await browser.get('/open')).json().user, null)
      await browser.post('/sign-in', { username: 'ada', password: 'right' })
      assert.equal((await browser.post('/sign-out')).headers.location, '/sign-in?reason=logout')
      assert.equal((await browser.get('/me')).statusCode, 401)
      assert.equal((await app.sessionSecurity.count()), 0)
    })
  }
})
