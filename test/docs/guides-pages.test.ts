import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import csrf from '@fastify/csrf-protection'
import formbody from '@fastify/formbody'
import type { LightMyRequestResponse } from 'fastify'
import { END_REASONS } from '../../src/core/policy.ts'
import { requireSession } from '../../src/request/require-session.ts'
import { sessionClient } from '../../src/plugins/session-client.ts'
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

describe('the guide to server-rendered sites', async () => {
  const guide = await Guide.open('server-rendered')
  after(() => guide.assertAllTaken())

  it('makes pages that are guarded, carry the client, and say after how long a person is signed out', async test => {
    const app = newApp(test)
    await run(guide.code('const layout'), { app, formbody })
    app.post('/in', async ({ session }) => { session.user = 'ada' })
    const browser = new BrowserJar(app)
    const refused = await browser.get('/note', PAGE)
    assert.deepEqual([refused.statusCode, refused.headers.location], [303, '/sign-in?next=%2Fnote'])
    await browser.post('/in')
    const page = await browser.get('/note', PAGE)
    assert.deepEqual([page.statusCode, page.headers['cache-control']], [200, 'no-store'])
    const parts = [/data-user="[\w-]{8,}"/, /after 10 minutes/, /data-sign-out-url="\/sign-out"/]
    for (const part of parts) assert.match(page.body, part)
    assert.equal((await browser.post('/note', form({ text: 'x' }), FORM)).headers.location, '/note')
    assert.equal((await browser.post('/sign-out', form({}), FORM)).headers.location, '/sign-in?reason=logout')
    assert.equal((await browser.get('/note', PAGE)).statusCode, 303)
  })

  it('gives the tags to all templates', async test => {
    const app = await appWithSessions(test)
    await app.register(sessionClient)
    app.decorateReply('locals')
    await run(guide.code('reply.locals'), { app })
    app.get('/', async (_request, reply) => Object(Reflect.get(reply, 'locals')).session)
    assert.match((await app.inject('/')).body, /<script type="module"/)
  })
})

describe('the guide to the sign-in page', async () => {
  const guide = await Guide.open('sign-in-page')
  after(() => guide.assertAllTaken())

  async function site (test: Parameters<typeof newApp>[0]): Promise<BrowserJar> {
    const app = await appWithSessions(test)
    await app.register(sessionClient, { signOutUrl: '/sign-out' })
    await app.register(formbody)
    const checkPassword = async ({ password }: { readonly password: string }): Promise<object | null> =>
      password === 'right' ? { id: 'ada' } : null
    await run(guide.code('const REASONS'), { app, csrf, checkPassword })
    app.get('/private', { preHandler: requireSession({ loginUrl: '/sign-in' }) }, async ({ session }) => session.user)
    await run(guide.code('csrfToken'), { app })
    return new BrowserJar(app)
  }

  it('signs in and leads back, gives a new id, and refuses a forged form and a way to another site', async test => {
    const browser = await site(test)
    const { headers: { location } } = await browser.get('/private', PAGE)
    const page = await browser.get(String(location))
    const before = { ...browser.cookies }
    const signIn = async (fields: Record<string, string>): Promise<LightMyRequestResponse> =>
      await browser.post('/sign-in', form({ next: '/private', _csrf: hidden(page, '_csrf'), ...fields }), FORM)
    assert.equal((await signIn({ password: 'right', _csrf: 'forged' })).statusCode, 403)
    const wrong = await signIn({ password: 'wrong' })
    assert.deepEqual([wrong.statusCode, hidden(wrong, 'next')], [401, '/private'])
    assert.equal((await signIn({ password: 'right' })).headers.location, '/private')
    assert.notDeepEqual(browser.cookies, before)
    assert.equal((await browser.get('/private')).body, 'ada')
    const again = await browser.get('/sign-in?next=https://evil.example')
    assert.equal(hidden(again, 'next'), '/')
  })

  it('says why, for each reason and for nothing else', async test => {
    const browser = await site(test)
    for (const reason of END_REASONS) {
      const { body } = await browser.get(`/sign-in?reason=${reason}`)
      assert.match(body, /<p role="status">[^<]*signed/, reason)
    }
    for (const reason of ['none', '<b>', 'toString']) {
      assert.doesNotMatch((await browser.get(`/sign-in?reason=${reason}`)).body, /role="status"/)
    }
  })

  it('signs out by the token that the warning is given, and by no request without one', async test => {
    const browser = await site(test)
    const token = hidden(await browser.get('/sign-in'), '_csrf')
    await browser.post('/sign-in', form({ password: 'right', _csrf: token }), FORM)
    const fresh = /data-csrf-token="([^"]+)"/.exec((await browser.get('/')).body)?.[1] ?? ''
    assert.equal((await browser.post('/sign-out')).statusCode, 403)
    assert.equal((await browser.post('/sign-out', undefined, { 'csrf-token': token })).statusCode, 403)
    assert.equal((await browser.post('/sign-out', undefined, { 'csrf-token': fresh })).statusCode, 303)
    assert.equal((await browser.get('/private')).statusCode, 401)
  })
})
