import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, describe, it } from 'node:test'
import { FakePage, FakeWorld, settle } from './fake-world.ts'
import type { MonitorOptions } from '../../src/client/monitor/monitor-options.ts'
import { BrowserJar } from '../helpers/browser-jar.ts'
import { run } from '../package/run-snippet.ts'
import { Guide, newApp } from '../docs/guide.ts'

const checkPassword = async ({ password }: { readonly password: string }): Promise<object | null> => password === 'right' ? { id: 'ada' } : null

describe('the guide to single-page applications', async () => {
  const guide = await Guide.open('single-page-app')
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
      '/api/sign-in': () => { isSignedIn = true; world.endedFor = null; world.touch(); return 200 },
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
    const { call, signIn } = await run(code, names) as Record<'call' | 'signIn', (...words: string[]) => Promise<unknown>>
    assert.deepEqual([seen, world.pings.length], [['none'], 1])
    assert.equal(await signIn?.('ada', 'right'), true)
    await settle()
    assert.equal(page?.state, 'active')
    await world.advance(540)
    assert.equal(page?.state, 'warning')
    isSignedIn = false
    world.endedFor = 'revoked'
    await call?.('/api/note')
    assert.deepEqual([seen, page?.isConcealed, page?.left], [['none', 'revoked'], false, []])
    await signIn?.('ada', 'right')
    await settle()
    assert.equal(page?.state, 'active')
  })

  it('shows an element with attributes that it reads', async () => {
    const source = await readFile(new URL('../../src/client/session-warning.ts', import.meta.url), 'utf8')
    const [, shown = ''] = /<session-warning ([^>]*)>/.exec(guide.text) ?? []
    const attributes = [...shown.matchAll(/([\w-]+)="/g)].map(([, name = '']) => name)
    assert.equal(attributes.length, 3)
    for (const name of attributes) assert.ok(source.includes(`'${name}'`), name)
  })
})
