import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { after, describe, it } from 'node:test'
import type { SessionSecurity } from '../../src/administration/session-security-decorator.ts'
import { requireSession } from '../../src/request/require-session.ts'
import { sessionClient } from '../../src/browser-files/session-client.ts'
import { sessionSecurity } from '../../src/session-security.ts'
import { BrowserJar } from '../helpers/browser-jar.ts'
import { run } from '../package/run-snippet.ts'
import { Guide, newApp } from './guide.ts'

const checkPassword = async ({ name }: { readonly name: string }): Promise<string> => name
const PING = '/session_security/ping'

describe('the guide to several plugins', async () => {
  const guide = Guide.open('several-plugins')
  after(() => guide.assertAllTaken())

  it('gives staff and customers sessions and deadlines of their own', async test => {
    const app = newApp(test)
    const secrets = { staff: 'a secret for the staff, long enough', customers: 'a secret for customers, long enough' }
    const onlyAdministrators = async (): Promise<void> => {}
    await run(guide.code('secrets[area]'), { app, secrets, checkPassword, onlyAdministrators })
    app.get('/outside', { preHandler: requireSession() }, async () => 'never')
    const browser = new BrowserJar(app)
    await browser.post('/staff/sign-in', { name: 'ada' })
    assert.equal((await browser.get(`/staff${PING}`)).json().expireAfter, 600)
    const { headers } = await browser.get('/customers/', { accept: 'text/html' })
    assert.equal(headers.location, '/customers/sign-in?next=%2Fcustomers%2F')
    await browser.post('/customers/sign-in', { name: 'ada' })
    assert.deepEqual(Object.keys(browser.cookies).sort(), ['customers', 'staff'])
    assert.equal((await browser.get(`/customers${PING}`)).json().expireAfter, 1800)
    const page = (await browser.get('/customers/')).body
    assert.ok(page.includes(`data-ping-url="/customers${PING}"`) && page.includes('src="/customers/session_security/'))
    assert.equal((await browser.get('/staff/sessions')).json().sessions.length, 1)
    assert.equal((await browser.get('/outside')).json().code, 'FST_SESSION_SECURITY_NOT_REGISTERED')
    assert.equal(app.hasDecorator('sessionSecurity'), false)
  })

  it('has contexts without a prefix, where plugin and client have one each', async test => {
    const app = newApp(test)
    for (const area of ['staff', 'customers']) {
      await app.register(async context => {
        const session = { secret: 'at least 32 characters, and not these', cookieName: area }
        await context.register(sessionSecurity, { session, userOf: () => null, prefix: `/${area}` })
        await context.register(sessionClient, { prefix: `/${area}` })
        context.get(`/tags-of-${area}`, async request => context.sessionClient.tags(request))
      })
    }
    for (const area of ['staff', 'customers']) {
      assert.equal((await app.inject(`/${area}${PING}`)).json().state, 'ended')
      const [, script = ''] = /src="([^"]+)"/.exec((await app.inject(`/tags-of-${area}`)).body) ?? []
      assert.equal((await app.inject(script)).statusCode, 200)
    }
  })

  /** Two tenants, each with an Ada, by the snippet. */
  async function tenants (test: TestContext): Promise<{
    readonly acme: BrowserJar,
    readonly initech: BrowserJar,
    readonly security: SessionSecurity
    readonly get: (browser: BrowserJar, url: string, tenant: string) => ReturnType<BrowserJar['get']>
    readonly endTenant: (tenant: string) => Promise<void>
  }> {
    const app = newApp(test)
    const tenantOf = (host: string): string | undefined => host.split('.')[0]
    const names = { app, checkPassword, onlyAdministrators: async () => {}, timeouts: { initech: 1200 }, tenantOf }
    const code = `${guide.code('endTenant')}\nreturn endTenant`
    const endTenant = await run(code, names) as (tenant: string) => Promise<void>
    const get = async (browser: BrowserJar, url: string, tenant: string) =>
      await browser.get(url, { host: `${tenant}.example` })
    const [acme, initech] = await Promise.all(['acme', 'initech'].map(async tenant => {
      const browser = new BrowserJar(app)
      await browser.post('/sign-in', { name: 'ada' }, { host: `${tenant}.example` })
      return browser
    }))
    assert.ok(acme !== undefined && initech !== undefined)
    return { acme, initech, security: app.sessionSecurity, get, endTenant }
  }

  it('keeps tenants apart: in lists, deadlines and guards', async test => {
    const { acme, initech, get, security } = await tenants(test)
    const { sessions } = (await get(acme, '/admin/sessions', 'acme')).json()
    assert.deepEqual(sessions.map(({ user }: { readonly user: string }) => user), ['acme:ada'])
    assert.equal((await get(acme, '/admin/sessions', 'initech')).statusCode, 403)
    assert.equal((await get(acme, PING, 'acme')).json().expireAfter, 600)
    assert.equal((await get(initech, PING, 'initech')).json().expireAfter, 1200)
    await security.endUser('initech:ada')
    assert.equal((await get(initech, '/admin/sessions', 'initech')).statusCode, 401)
  })

  it('ends all sessions of one tenant', async test => {
    const { acme, initech, get, endTenant } = await tenants(test)
    await endTenant('acme')
    assert.equal((await get(acme, PING, 'acme')).json().reason, 'revoked')
    assert.equal((await get(initech, PING, 'initech')).json().state, 'active')
  })
})
