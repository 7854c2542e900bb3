import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { after, describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { requireSession } from '../../src/request/require-session.ts'
import { BrowserJar } from '../helpers/browser-jar.ts'
import { run } from '../package/run-snippet.ts'
import { Guide, newApp } from './guide.ts'

describe('the guide to single sign-on', async () => {
  const guide = Guide.open('sso-and-ldap')
  after(() => guide.assertAllTaken())

  async function site (test: TestContext): Promise<FastifyInstance> {
    const app = newApp(test)
    const known: Array<readonly [sid: string, handle: string]> = []
    const handles = {
      add: async (sid: string, handle: string) => { known.push([sid, handle]) },
      of: async (sid: string) => known.filter(([of]) => of === sid).map(([, handle]) => handle)
    }
    await run(guide.code('/backchannel-logout'), {
      app,
      handles,
      randomUUID,
      issuer: 'https://sso.example',
      home: 'https://app.example',
      exchangeCode: async (sid: string) => ({ sub: 'ada', sid }),
      checkLogoutToken: async (token: object) => token
    })
    app.get('/tags', async request => app.sessionClient.tags(request))
    const preHandler = requireSession({ loginUrl: '/sign-in' })
    app.get('/private', { preHandler }, async ({ session }) => Object.keys(session))
    app.post('/renew', async ({ session }) => { await session.regenerate(['user']) })
    return app
  }

  /** Goes to the provider. @returns what the provider is asked for */
  async function leave (browser: BrowserJar): Promise<URLSearchParams> {
    const { headers: { location } } = await browser.get('/private', { accept: 'text/html' })
    return new URL(String((await browser.get(String(location))).headers.location)).searchParams
  }

  async function signIn (browser: BrowserJar, sid: string): Promise<void> {
    const state = (await leave(browser)).get('state') ?? ''
    assert.equal((await browser.get(`/callback?code=${sid}&state=${state}`)).headers.location, '/private')
  }

  it('signs in, leads back, keeps nothing of the way, and refuses a forged state', async test => {
    const app = await site(test)
    const browser = new BrowserJar(app)
    const asked = await leave(browser)
    assert.deepEqual([asked.get('prompt'), asked.get('redirect_uri')], [null, 'https://app.example/callback'])
    assert.equal((await browser.get('/callback?code=x&state=forged')).statusCode, 403)
    await signIn(browser, 's1')
    const keys = (await browser.get('/private')).json()
    assert.ok(keys.includes('user') && !keys.includes('state') && !keys.includes('next'))
    const [, address = ''] = /data-redirect-to-logout="([^"]+)"/.exec((await browser.get('/tags')).body) ?? []
    const written = address.replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(code))
    const { origin, pathname, searchParams } = new URL(written)
    assert.deepEqual([origin, pathname], ['https://sso.example', '/logout'])
    assert.equal(searchParams.get('post_logout_redirect_uri'), 'https://app.example')
    const { headers: { location } } = await browser.post('/sign-out')
    assert.ok(String(location).startsWith('https://sso.example/logout?'))
    assert.equal((await browser.get('/private')).statusCode, 401)
  })

  it('ends one session or all by the back channel, and has the provider ask for the password then', async test => {
    const app = await site(test)
    const browsers = [new BrowserJar(app), new BrowserJar(app), new BrowserJar(app)]
    for (const [index, browser] of browsers.entries()) await signIn(browser, `s${index}`)
    const live = async (): Promise<boolean[]> =>
      await Promise.all(browsers.map(async browser => (await browser.get('/private')).statusCode === 200))
    await browsers[1]?.post('/renew')
    const tell = async (token: object): Promise<number> =>
      (await app.inject({ method: 'POST', url: '/backchannel-logout', payload: { logout_token: token } })).statusCode
    assert.deepEqual([await tell({ sub: 'ada', sid: 'unknown' }), await live()], [200, [true, true, true]])
    assert.equal(await tell({ sub: 'ada', sid: 's1' }), 200)
    assert.deepEqual(await live(), [true, false, true], 'the handle follows the renewal')
    assert.equal(await tell({ sub: 'ada' }), 200)
    assert.deepEqual(await live(), [false, false, false])
    for (const browser of browsers) assert.equal((await leave(browser)).get('prompt'), 'login')
  })
})
