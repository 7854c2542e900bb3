import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { after, describe, it } from 'node:test'
import csrf from '@fastify/csrf-protection'
import formbody from '@fastify/formbody'
import type { LightMyRequestResponse } from 'fastify'
import { END_REASONS } from '../../src/core/policy.ts'
import { sessionClient } from '../../src/browser-files/session-client.ts'
import { requireSession } from '../../src/request/require-session.ts'
import { sessionSecurity } from '../../src/session-security.ts'
import { SECRET } from '../helpers/app.ts'
import { BrowserJar } from '../helpers/browser-jar.ts'
import { run } from '../package/run-snippet.ts'
import { Guide, appWithSessions, newApp } from './guide.ts'

const form = (fields: Record<string, string>): string => new URLSearchParams(fields).toString()
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const PAGE = { accept: 'text/html' }

/** The value of a hidden field of the page. */
function hidden ({ body }: LightMyRequestResponse, name: string): string {
  return new RegExp(`name="${name}" value="([^"]*)"`).exec(body)?.[1] ?? ''
}

const checkPassword = async ({ password }: { readonly password: string }): Promise<object | null> =>
  password === 'right' ? { id: 'ada' } : null

describe('the guides to a server-rendered site and its sign-in page', async () => {
  const [site, signIn] = await Promise.all([Guide.open('server-rendered'), Guide.open('sign-in-page')])
  after(() => {
    site.assertAllTaken()
    signIn.assertAllTaken()
  })

  /** The application of both. */
  async function visit (test: TestContext): Promise<BrowserJar> {
    const app = newApp(test)
    const names = { app, csrf, formbody, checkPassword }
    await run(`${site.code('const layout')}\n${signIn.code('const REASONS')}\n${signIn.code('csrfToken')}`, names)
    return new BrowserJar(app)
  }

  async function send (browser: BrowserJar, page: LightMyRequestResponse, fields: Record<string, string>) {
    return await browser.post('/sign-in', form({ next: '/note', _csrf: hidden(page, '_csrf'), ...fields }), FORM)
  }

  it('lead to the sign-in and back, give a new id, and refuse forged forms and a way to another site', async test => {
    const browser = await visit(test)
    const { headers: { location } } = await browser.get('/note', PAGE)
    assert.equal(location, '/sign-in?next=%2Fnote')
    const page = await browser.get(String(location))
    const before = { ...browser.cookies }
    assert.equal((await send(browser, page, { password: 'right', _csrf: 'forged' })).statusCode, 403)
    const wrong = await send(browser, page, { password: 'wrong' })
    assert.deepEqual([wrong.statusCode, hidden(wrong, 'next')], [401, '/note'])
    assert.equal((await send(browser, page, { password: 'right' })).headers.location, '/note')
    assert.notDeepEqual(browser.cookies, before)
    assert.equal(hidden(await browser.get('/sign-in?next=https://evil.example'), 'next'), '/')
    const odd = await browser.get('/sign-in?next=/a%2520b%22%3Cb%3E')
    assert.equal(hidden(odd, 'next'), '/a%20b&#34;&#60;b&#62;', 'escaped for HTML, and for nothing else')
  })

  it('make pages that carry the client, and say after how long a person is signed out', async test => {
    const browser = await visit(test)
    await send(browser, await browser.get('/sign-in'), { password: 'right' })
    const page = await browser.get('/note', PAGE)
    assert.deepEqual([page.statusCode, page.headers['cache-control']], [200, 'no-store'])
    const parts = [/data-user="[\w-]{8,}"/, /after 10 minutes/, /data-sign-out-url="\/sign-out"/]
    for (const part of parts) assert.match(page.body, part)
    assert.equal((await browser.post('/note', form({ text: 'x' }), FORM)).statusCode, 403)
    const saved = await browser.post('/note', form({ text: 'x', _csrf: hidden(page, '_csrf') }), FORM)
    assert.equal(saved.headers.location, '/note')
    const over = await browser.post('/sign-out', form({ _csrf: hidden(page, '_csrf') }), FORM)
    assert.equal(over.headers.location, '/sign-in?reason=logout')
    assert.equal((await browser.get('/note', PAGE)).statusCode, 303)
  })

  it('say why, for each reason and for nothing else', async test => {
    const browser = await visit(test)
    for (const reason of END_REASONS) {
      const { body } = await browser.get(`/sign-in?reason=${reason}`)
      assert.match(body, /<p role="status">[^<]*signed/, reason)
    }
    for (const reason of ['none', '<b>', 'toString']) {
      assert.doesNotMatch((await browser.get(`/sign-in?reason=${reason}`)).body, /role="status"/)
    }
  })

  it('sign out by the token that the warning is given, and by no request without one', async test => {
    const browser = await visit(test)
    const page = await browser.get('/sign-in')
    await send(browser, page, { password: 'right' })
    const fresh = /data-csrf-token="([^"]+)"/.exec((await browser.get('/')).body)?.[1] ?? ''
    const signOut = async (headers = {}): Promise<number> =>
      (await browser.post('/sign-out', undefined, headers)).statusCode
    assert.equal(await signOut(), 403)
    assert.equal(await signOut({ 'csrf-token': hidden(page, '_csrf') }), 403)
    assert.equal(await signOut({ 'csrf-token': fresh }), 303)
    assert.equal((await browser.get('/note')).statusCode, 401)
  })

  it('serve a site under a path that a proxy passes on', async test => {
    const app = newApp(test)
    await app.register(async scope => {
      await scope.register(sessionSecurity, {
        session: { secret: SECRET, cookie: { secure: false } }, userOf: session => session.user
      })
      await scope.register(sessionClient, { loginUrl: '/app/sign-in' })
      scope.get('/sign-in', async (request, reply) => reply.type('text/html').send(scope.sessionClient.tags(request)))
      scope.get('/', { preHandler: requireSession({ loginUrl: '/app/sign-in' }) }, async () => 'in')
    }, { prefix: '/app' })
    const { headers } = await app.inject({ url: '/app/', headers: PAGE })
    assert.equal(headers.location, '/app/sign-in?next=%2Fapp%2F')
    const { body } = await app.inject('/app/sign-in')
    const [, ping = ''] = /data-ping-url="([^"]+)"/.exec(body) ?? []
    const [, file = ''] = /src="([^"]+)"/.exec(body) ?? []
    for (const url of [ping, file]) {
      assert.match(url, /^\/app\//)
      assert.equal((await app.inject(url)).statusCode, 200)
    }
  })

  it('give the tags to all templates', async test => {
    const app = await appWithSessions(test)
    await app.register(sessionClient)
    app.decorateReply('locals')
    await run(site.code('reply.locals'), { app })
    app.get('/', async (_request, reply) => Object(Reflect.get(reply, 'locals')).session)
    assert.match((await app.inject('/')).body, /<script type="module"/)
  })
})
