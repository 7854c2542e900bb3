import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, describe, it } from 'node:test'
import Fastify from 'fastify'
import { FakePage, FakeWorld, settle } from './fake-world.ts'
import type { MonitorOptions } from '../../src/client/monitor/monitor-options.ts'
import { BrowserJar } from '../helpers/browser-jar.ts'
import { run } from '../package/run-snippet.ts'
import { Guide, newApp } from '../docs/guide.ts'

const checkPassword = async ({ password }: { readonly password: string }): Promise<object | null> =>
  password === 'right' ? { id: 'ada' } : null

describe('the guide to single-page applications', async () => {
  const guide = Guide.open('single-page-app')
  after(() => guide.assertAllTaken())

  it('has an API that is guarded, and says why the session ended', async test => {
    const app = newApp(test)
    await run(guide.code('passiveUrls'), { app, checkPassword })
    const browser = new BrowserJar(app)
    assert.equal((await browser.get('/api/me')).statusCode, 401)
    assert.equal((await browser.post('/api/sign-in', { password: 'wrong' })).statusCode, 401)
    assert.deepEqual((await browser.post('/api/sign-in', { password: 'right' })).json(), { user: 'ada' })
    assert.deepEqual((await browser.get('/api/me')).json(), { user: 'ada' })
    assert.deepEqual((await browser.get('/api/unread')).json(), { unread: 3 })
    await app.sessionSecurity.endUser('ada')
    assert.equal((await browser.get('/api/me')).headers['session-end-reason'], 'revoked')
    await browser.post('/api/sign-in', { password: 'right' })
    assert.equal((await browser.post('/api/sign-out')).statusCode, 204)
    assert.equal((await browser.get('/api/me')).statusCode, 401)
  })

  it('shows its sign-in to nobody, and again when a call is answered 401', async () => {
    const world = new FakeWorld()
    const seen: string[] = []
    let page: FakePage | undefined
    let isSignedIn = false
    world.endedFor = 'none'
    const answers: Record<string, () => number> = {
      '/api/me': () => isSignedIn ? 200 : 401,
      '/api/sign-in': () => { isSignedIn = true; world.endedFor = null; world.recordActivity(); return 200 },
      '/api/note': () => isSignedIn ? 200 : 401
    }
    const names = {
      createIdleMonitor: (options: MonitorOptions) => {
        page = new FakePage(world, options)
        return page.monitor
      },
      fetch: async (path: string) => new Response(null, { status: answers[path]?.() ?? 404 }),
      showSignIn: (reason: string) => { seen.push(reason) }
    }
    const code = `${guide.code('createIdleMonitor').replaceAll('export ', '')}\nreturn { call, signIn }`
    type Call = (...words: string[]) => Promise<unknown>
    const { call, signIn } = await run(code, names) as { readonly call: Call, readonly signIn: Call }
    assert.deepEqual([seen, world.pings.length], [['none'], 1])
    assert.equal(await signIn('ada', 'right'), true)
    await settle()
    assert.equal(page?.state, 'active')
    await world.advance(540)
    assert.equal(page?.state, 'warning')
    isSignedIn = false
    world.endedFor = 'revoked'
    await call('/api/note')
    assert.deepEqual([seen, page?.isConcealed, page?.left], [['none', 'revoked'], false, []])
    await signIn('ada', 'right')
    await settle()
    assert.equal(page?.state, 'active')
  })

  it('shows an element with attributes that it reads', async () => {
    const element = await source('session-warning.ts')
    const [, shown = ''] = /<session-warning ([^>]*)>/.exec(guide.text) ?? []
    const attributes = [...shown.matchAll(/([\w-]+)="/g)].map(([, name = '']) => name)
    assert.equal(attributes.length, 3)
    for (const name of attributes) assert.ok(element.includes(`'${name}'`), name)
  })
})

describe('the guide to other origins', async () => {
  const guide = Guide.open('cross-site')
  after(() => guide.assertAllTaken())

  it('has an API that a front-end of another site may use, and no other page', async test => {
    const app = Fastify({ trustProxy: true })
    test.after(async () => await app.close())
    let given = {}
    const cors = async (_app: unknown, options: object): Promise<void> => { given = options }
    await run(guide.code('allowedOrigins: origins'), { app, cors })
    const exposedHeaders = ['Session-End-Reason']
    assert.deepEqual(given, { origin: ['https://app.example'], credentials: true, exposedHeaders })
    app.post('/sign-in', async ({ session }) => { session.user = 'ada' })
    app.get('/passive', async ({ sessionSecurity }) => sessionSecurity.passive)
    const browser = new BrowserJar(app)
    const from = (origin: string): Record<string, string> =>
      ({ origin, 'sec-fetch-site': 'cross-site', 'x-forwarded-proto': 'https' })
    const [ours, evil] = [from('https://app.example'), from('https://evil.example')]
    assert.equal((await browser.post('/sign-in', undefined, evil)).statusCode, 403)
    const { headers } = await browser.post('/sign-in', undefined, ours)
    const line = String(headers['set-cookie'])
    for (const attribute of ['Secure', 'Partitioned', 'SameSite=None']) assert.ok(line.includes(attribute))
    assert.equal((await browser.get('/passive', ours)).body, 'false')
    assert.equal((await browser.get('/passive', evil)).body, 'true')
    assert.equal((await browser.get('/session_security/ping', ours)).json().state, 'active')
    const refused = await browser.get('/session_security/ping', evil)
    assert.deepEqual([refused.statusCode, refused.json().code], [403, 'FST_SESSION_SECURITY_CROSS_SITE'])
  })

  it('sends the cookie with every request of the client', async () => {
    const world = new FakeWorld()
    const sent: unknown[] = []
    const names = {
      createIdleMonitor: (options: MonitorOptions) => new FakePage(world, options).monitor,
      fetch: async (url: string, init: RequestInit) => {
        sent.push([url, init.credentials])
        return await world.answer(url)
      }
    }
    await run(guide.code('const api').replace('export ', ''), names)
    await settle()
    assert.deepEqual(sent, [['https://api.example/session_security/ping', 'include']])
  })

  it('posts from a frame what the page around it takes for activity', async () => {
    const posted: unknown[] = []
    await run(guide.code('postMessage'), { parent: { postMessage: (message: object) => posted.push(message) } })
    const [, type] = /POSTED_ACTIVITY = '([^']+)'/.exec(await source('monitor/frames.ts')) ?? []
    assert.deepEqual(posted, [{ type }])
  })
})

async function source (file: string): Promise<string> {
  return await readFile(new URL(`../../src/client/${file}`, import.meta.url), 'utf8')
}
