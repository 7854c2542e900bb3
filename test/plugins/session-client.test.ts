import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import Fastify from 'fastify'
import type { SessionClientOptions } from '../../src/index.ts'
import { sessionClient, sessionSecurity } from '../../src/index.ts'
import type { TestApp, TestAppOptions } from '../helpers/app.ts'
import { SECRET, buildApp } from '../helpers/app.ts'

const FOLDER = '/session_security'

function withClient (options: SessionClientOptions = {}, security: TestAppOptions['security'] = {}): Promise<TestApp> {
  return buildApp({
    security,
    routes: app => {
      app.register(sessionClient, options)
      app.get('/page', async request => app.sessionClient.tags(request))
      app.post('/cart', async request => { request.session.a = 1 })
    }
  })
}

/** A site in a context with one prefix, whose registrations have another. */
async function siteIn (context: string, prefix: string): Promise<{ app: FastifyInstance, tags: string }> {
  const app = Fastify()
  let tags = ''
  await app.register(async child => {
    const options = { session: { secret: SECRET }, userOf: () => null, sweep: false } as const
    await child.register(sessionSecurity, { ...options, prefix })
    await child.register(sessionClient, { prefix })
    tags = child.sessionClient.tags()
  }, { prefix: context })
  return { app, tags }
}

/** The attributes of the script. */
function attributesOf (tags: string): Record<string, string> {
  const [, script = ''] = /<script (.*?)><\/script>/.exec(tags) ?? []
  return Object.fromEntries([...script.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]))
}

function addressesOf (app: FastifyInstance): string[] {
  return [...app.sessionClient.tags().matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => String(address))
}

describe('the client\'s files', () => {
  it('are served under a plain address, which is asked for anew each time, and say when they have not changed', async () => {
    const { app } = await withClient()
    for (const [name, type] of [['client.js', 'text/javascript; charset=utf-8'], ['client.css', 'text/css; charset=utf-8']] as const) {
      const response = await app.inject(`${FOLDER}/${name}`)
      assert.equal(response.statusCode, 200)
      const { etag, 'content-type': served, 'cache-control': caching, 'x-content-type-options': sniffing } = response.headers
      assert.deepEqual([served, caching, sniffing], [type, 'no-cache', 'nosniff'])
      assert.ok(response.body.length > 1000)
      for (const known of [String(etag), `W/${String(etag)}`, `"other", ${String(etag)}`]) {
        const again = await app.inject({ url: `${FOLDER}/${name}`, headers: { 'if-none-match': known } })
        assert.deepEqual([again.statusCode, again.body, again.headers.etag], [304, '', etag])
      }
      assert.equal((await app.inject({ url: `${FOLDER}/${name}`, headers: { 'if-none-match': '"other"' } })).statusCode, 200)
      const head = await app.inject({ method: 'HEAD', url: `${FOLDER}/${name}` })
      assert.deepEqual([head.statusCode, head.body, head.headers['content-length']], [200, '', String(response.rawPayload.length)])
    }
    await app.close()
  })

  it('are for ever under the address of their content, and not under the one that another version had', async () => {
    const { app } = await withClient()
    for (const address of addressesOf(app)) {
      assert.equal((await app.inject(address)).headers['cache-control'], 'public, max-age=31536000, immutable')
      const other = await app.inject(address.replace(/[^/]+(?=\/client)/, 'another_version'))
      assert.deepEqual([other.statusCode, other.headers['cache-control']], [200, 'no-cache'])
    }
    await app.close()
  })

  it('are passive, create no session, and give nobody a cookie or take one away', async () => {
    const { app, clock, browser, held } = await buildApp({
      session: { rolling: true, cookie: { secure: false, maxAge: 3_600_000 } },
      before: app => { app.addHook('preHandler', async request => { request.session.a = 1 }) },
      routes: app => { app.register(sessionClient) }
    })
    const address = `${FOLDER}/client.js`
    assert.equal((await app.inject(address)).headers['set-cookie'], undefined)
    assert.equal(await held(), 0)
    await browser.post('/sign-in')
    clock.advance(3)
    assert.equal((await browser.get(address)).headers['set-cookie'], undefined)
    assert.equal((await browser.get('/session_security/ping')).json().idleFor, 3)
    const cookies = { ...browser.cookies }
    clock.advance(10)
    const response = await app.inject({ url: address, cookies })
    assert.deepEqual([response.statusCode, response.headers['set-cookie']], [200, undefined])
    assert.equal((await app.inject({ url: '/session_security/ping', cookies })).json().reason, 'idle')
    await app.close()
  })

  it('are where the tags say, and the ping too, however the prefix and that of the context are written', async () => {
    for (const prefix of ['/crm', 'crm', '/crm/', 'crm/', '/', '']) {
      for (const context of ['/deep', '/deep/', '']) {
        const { app, tags } = await siteIn(context, prefix)
        const found = tags.matchAll(/(?:src|href|data-ping-url)="([^"]+)"/g)
        const addresses = [...found].map(([, address]) => String(address))
        assert.equal(addresses.length, 3)
        for (const address of addresses) {
          const { host, pathname } = new URL(address, 'http://app.example/some/page')
          assert.deepEqual([host, pathname], ['app.example', address])
          assert.equal((await app.inject(address)).statusCode, 200, address)
        }
        await app.close()
      }
    }
  })

  it('are not put behind a prefix that is no path', async () => {
    for (const prefix of ['//evil', '/:tenant', 5]) {
      const options = { prefix } as SessionClientOptions
      await assert.rejects(withClient(options),
        { code: 'FST_SESSION_SECURITY_BAD_OPTION', message: /^Option "prefix" must be a path/ })
    }
  })

  it('are put behind a prefix', async () => {
    const { app } = await withClient({ prefix: '/crm' }, { prefix: '/crm' })
    for (const address of addressesOf(app)) {
      assert.ok(address.startsWith('/crm/session_security/'), address)
      assert.equal((await app.inject(address)).statusCode, 200)
    }
    assert.equal(attributesOf(app.sessionClient.tags())['data-ping-url'], '/crm/session_security/ping')
    assert.equal((await app.inject('/crm/session_security/client.css')).statusCode, 200)
    await app.close()
  })
})

describe('the client\'s tags', () => {
  it('keep what was registered where tags() is given undefined', async () => {
    const { app } = await withClient({ loginUrl: '/login', lang: 'de' })
    const options = { loginUrl: undefined, lang: 'fr', pingUrl: undefined }
    const attributes = attributesOf(app.sessionClient.tags(undefined, options))
    assert.deepEqual([attributes['data-login-url'], attributes['data-lang']], ['/login', 'fr'])
    assert.equal(attributes['data-ping-url'], '/session_security/ping')
    await app.close()
  })

  it('name the files, the ping and what was set, and nothing else', async () => {
    const { app } = await withClient({ signOutUrl: '/sign-out' }, { redirectToLogout: '/bye', pingUrl: '/alive' })
    const tags = app.sessionClient.tags()
    assert.match(tags, /^<link rel="stylesheet" href="\/session_security\/[\w-]{16}\/client\.css">\n<script type="module" src="\/session_security\/[\w-]{16}\/client\.js" /)
    const { src, type, ...data } = attributesOf(tags)
    assert.deepEqual(data, { 'data-ping-url': '/alive', 'data-sign-out-url': '/sign-out', 'data-redirect-to-logout': '/bye' })
    await app.close()
  })

  it('say for one page what another one does not', async () => {
    const { app } = await withClient({ signOutUrl: '/sign-out', extendBy: 'button' })
    const data = attributesOf(app.sessionClient.tags(undefined, { forms: 'off', lang: 'de', signOutUrl: '/abmelden' }))
    assert.deepEqual([data['data-forms'], data['data-lang'], data['data-sign-out-url'], data['data-extend-by']], ['off', 'de', '/abmelden', 'button'])
    await app.close()
  })

  it('say whose page it is, and not by an id', async () => {
    const { app, browser, newBrowser } = await withClient()
    await browser.post('/sign-in')
    const data = attributesOf((await browser.get('/page')).body)
    assert.equal(data['data-tag'], (await browser.get('/session_security/ping')).json().tag)
    assert.match(String(data['data-user']), /^[\w-]{22}$/)
    await browser.post('/sign-in')
    assert.equal(attributesOf((await browser.get('/page')).body)['data-user'], data['data-user'], 'the same at every sign-in')
    const other = newBrowser()
    await other.post('/cart')
    assert.notDeepEqual(other.cookies, {})
    for (const anonymous of [newBrowser(), other]) {
      const data = attributesOf((await anonymous.get('/page')).body)
      assert.deepEqual([data['data-tag'], data['data-user']], [undefined, undefined])
    }
    await app.close()
  })

  it('can hold nothing that breaks out of them', async () => {
    const { app } = await withClient()
    const tags = app.sessionClient.tags(undefined, { forms: '"><script>alert(1)</script>\'&' })
    assert.ok(tags.includes('data-forms="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39;&amp;"'))
    await app.close()
  })

  it('refuse what they do not know, with a coded error', async () => {
    const { app } = await withClient()
    const bad: Array<[object, string]> = [[{ singOutUrl: '/x' }, 'UNKNOWN_OPTION'], [{ extendBy: 'magic' }, 'BAD_OPTION'], [{ forms: false }, 'BAD_OPTION'], [{ lang: '' }, 'BAD_OPTION']]
    for (const [options, code] of bad) {
      assert.throws(() => app.sessionClient.tags(undefined, options), { code: `FST_SESSION_SECURITY_${code}` })
      await assert.rejects(withClient(options), { code: `FST_SESSION_SECURITY_${code}` })
    }
    await app.close()
  })
})

describe('the notice of the time limit', () => {
  it('says in the language of the reader after how long without activity it ends', async () => {
    const { app } = await withClient({}, { warnAfter: 540, expireAfter: 600 })
    assert.equal(app.sessionClient.notice('en'), '<p class="session-security-notice" lang="en" dir="ltr">For your security, you are signed out after 10 minutes without activity.</p>')
    assert.match(app.sessionClient.notice('ar'), /lang="ar" dir="rtl"/)
    assert.match(app.sessionClient.notice('tlh'), /lang="en"/)
    assert.match(app.sessionClient.notice('en', 3600), /1 hour/)
    await app.close()
  })

  it('wants to be told where the time depends on the request', async () => {
    const { app } = await withClient({}, { warnAfter: 5, expireAfter: () => 600 })
    assert.throws(() => app.sessionClient.notice('en'), { code: 'FST_SESSION_SECURITY_BAD_OPTION' })
    await app.close()
  })
})
