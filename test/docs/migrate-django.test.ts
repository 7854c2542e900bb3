import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { describe, it } from 'node:test'
import { parseEnv } from 'node:util'
import type { FastifyInstance } from 'fastify'
import Fastify from 'fastify'
import { optionsFromEnv } from '../../src/env.ts'
import { requireSession, sessionSecurity } from '../../src/index.ts'
import type { SessionSecurityOptions } from '../../src/index.ts'
import { BrowserJar } from '../helpers/browser-jar.ts'
import { LogCapture } from '../helpers/log-capture.ts'
import { run } from '../package/run-snippet.ts'
import { block, script } from './page.ts'

const DJANGO = 'docs/migrate/django-session-security.md'
const GHOSTWRITER = 'docs/migrate/ghostwriter.md'

/** A person who is signed in, and whose time the test moves. */
interface Signed {
  readonly app: FastifyInstance
  readonly browser: BrowserJar
  wait (seconds: number): void
}

/** The server of the page, with one of its kinds of pages. */
async function django (test: TestContext, page: string, without = ''): Promise<Signed> {
  const env = parseEnv(block(DJANGO, 'sh', 'WARN_AFTER')) as NodeJS.ProcessEnv
  const app = Fastify()
  test.after(async () => await app.close())
  test.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const code = script(DJANGO, 'optionsFromEnv(').replace(without, '')
  const fromEnv = (given: SessionSecurityOptions): SessionSecurityOptions => optionsFromEnv(given, env)
  await run(code, { app, sessionSecurity, optionsFromEnv: fromEnv })
  await run(script(DJANGO, page), { app })
  const browser = new BrowserJar(app)
  await browser.post('/login', { user: 'ada' })
  return { app, browser, wait: seconds => { test.mock.timers.setTime(Date.now() + seconds * 1000) } }
}

describe('the page on django-session-security', () => {
  it('answers the script as the former server did, to the end', async t => {
    const { browser, wait } = await django(t, 'yourlabs')
    const { body } = await browser.get('/account')
    const [, given = ''] = /yourlabs\.SessionSecurity\((.*)\)/.exec(body) ?? []
    const { pingUrl, warnAfter, expireAfter } = JSON.parse(given)
    assert.deepEqual([pingUrl, warnAfter, expireAfter], ['/session_security/ping', 540, 600])
    async function ping (idleFor: number): Promise<string> {
      return (await browser.get(`${pingUrl}/?idleFor=${idleFor}&_=1`)).body
    }
    wait(540)
    assert.equal(await ping(540), '540')
    assert.equal(await ping(3), '3')
    wait(596)
    assert.equal(await ping(599), '599')
    wait(1)
    assert.equal(await ping(600), '"logout"')
    const { statusCode, headers } = await browser.get('/account', { accept: 'text/html' })
    assert.deepEqual([statusCode, headers.location], [303, '/login?next=%2Faccount&reason=idle'])
  })

  it('takes the settings under their names, and another name of the cookie than Django\'s', async t => {
    const { app, browser } = await django(t, 'yourlabs')
    assert.deepEqual(Object.keys(browser.cookies), ['fastify_sessionid'])
    assert.deepEqual(app.sessionSecurity.policy.passiveUrls, ['/api/unread', '/api/jobs/:id'])
  })

  it('the client of this package needs one line, which brings the times', async t => {
    const { browser } = await django(t, 'sessionClient.tags', "pingFormat: 'seconds'")
    const { body } = await browser.get('/account')
    assert.match(body, /<script type="module" src="\/session_security\/[^"]*client\.js"[^>]* data-login-url="\/login"/)
    assert.match(body, /&#34;warnAfter&#34;:540/)
  })

  it('has a counterpart for the methods that somebody overrode, and refuses the settings that have none', async t => {
    for (const name of ['SESSION_SECURITY_PASSIVE_URL_NAMES', 'SESSION_SECURITY_INSECURE']) {
      const given = { session: { secret: 'x'.repeat(32) }, userOf: () => null }
      assert.throws(() => optionsFromEnv(given, { [name]: 'x' }), { code: 'FST_SESSION_SECURITY_BAD_ENV' })
    }
    const app = Fastify()
    t.after(async () => await app.close())
    await app.register(sessionSecurity, {
      session: { secret: 'x'.repeat(32), cookie: { secure: false } },
      userOf: ({ user }) => user,
      expireAfter: () => 300,
      isPassive: ({ url }) => url === '/quiet',
      onSessionEnd: () => {}
    })
    app.post('/in', async request => { request.session.user = 'ada' })
    app.get('/quiet', async ({ sessionSecurity, session }) => {
      return [sessionSecurity.passive, session._session_security?.lastActivityMs]
    })
    const browser = new BrowserJar(app)
    await browser.post('/in')
    assert.equal((await browser.get('/session_security/ping')).json().expireAfter, 300)
    const [isPassive, lastActivityMs] = (await browser.get('/quiet')).json()
    assert.deepEqual([isPassive, typeof lastActivityMs], [true, 'number'])
  })
})

describe('the page on Ghostwriter', () => {
  async function ghostwriter (test: TestContext, more: NodeJS.ProcessEnv = {}): Promise<Signed & { logged: string }> {
    const env = { ...parseEnv(block(GHOSTWRITER, 'sh', 'COOKIE_AGE')), ...more }
    const log = new LogCapture()
    const app = Fastify({ logger: { stream: log } })
    test.after(async () => await app.close())
    test.mock.timers.enable({ apis: ['Date'], now: Date.now() })
    await run(script(GHOSTWRITER, 'optionsFromEnv('), { app, sessionSecurity, process: { env } })
    app.post('/login', async request => { request.session.user = 'ada' })
    app.get('/account', { preHandler: requireSession() }, async request => request.session.user)
    const browser = new BrowserJar(app)
    await browser.post('/login')
    const wait = (seconds: number): void => { test.mock.timers.setTime(Date.now() + seconds * 1000) }
    return { app, browser, wait, logged: log.raw.join('') }
  }

  it('signs out after nine hours without activity, and twelve hours after the sign-in', async t => {
    const { browser, wait, logged } = await ghostwriter(t)
    assert.match(logged, /DJANGO_ACCOUNT_REAUTHENTICATION_TIMEOUT is not read/)
    wait(32_399)
    const { statusCode, cookies: [cookie] } = await browser.get('/account')
    assert.equal(statusCode, 200)
    assert.ok(cookie?.expires instanceof Date, 'activity renews the age of the cookie')
    assert.equal((await browser.get('/session_security/ping')).json().endsBy, 'absolute')
    wait(43_200 - 32_399)
    assert.equal((await browser.get('/account')).headers['session-end-reason'], 'absolute')
    await browser.post('/login')
    wait(32_400)
    assert.equal((await browser.get('/account')).headers['session-end-reason'], 'idle')
  })

  it('takes ten minutes by one line', async t => {
    const { browser, wait } = await ghostwriter(t, { SESSION_SECURITY_EXPIRE_AFTER: '600' })
    const { warnAfter, expireAfter } = (await browser.get('/session_security/ping')).json()
    assert.deepEqual([warnAfter, expireAfter], [540, 600])
    wait(600)
    assert.equal((await browser.get('/account')).statusCode, 401)
  })

  it('refuses an age without the preset', () => {
    const given = { session: { secret: 'x'.repeat(32) }, userOf: () => null }
    const env = parseEnv(block(GHOSTWRITER, 'sh', 'COOKIE_AGE')) as NodeJS.ProcessEnv
    assert.throws(() => optionsFromEnv(given, env), { code: 'FST_SESSION_SECURITY_BAD_ENV' })
  })
})
