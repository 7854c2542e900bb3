import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import Fastify from 'fastify'
import { locales } from '../../src/client/locales/all.ts'
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

/** Returns the attributes of the script. */
function attributesOf (tags: string): Record<string, string> {
  const [, script = ''] = /<script (.*?)><\/script>/.exec(tags) ?? []
  return Object.fromEntries([...script.matchAll(/([\w-]+)="([^"]*)"/g)].map(([
    , name = '', value = ''
  ]) => [name, value]))
}

function addressesOf (app: FastifyInstance): string[] {
  return [...app.sessionClient.tags().matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => String(address))
}

describe('the client\'s files', () => {
  it('are served under a plain address, where the browser asks each time whether they have changed', async () => {
    const { app } = await withClient()
    const script = 'text/javascript; charset=utf-8'
    const files = [
      ['client.js', script], ['forms.js', script], ['push.js', script], ['texts/de.js', script],
      ['client.css', 'text/css; charset=utf-8']
    ] as const
    for (const [name, type] of files) {
      const response = await app.inject(`${FOLDER}/${name}`)
      assert.equal(response.statusCode, 200)
      const {
        etag, 'content-type': served, 'cache-control': caching, 'x-content-type-options': sniffing
      } = response.headers
      assert.deepEqual([served, caching, sniffing], [type, 'no-cache', 'nosniff'])
      assert.ok(response.body.length > 500)
      for (const known of [String(etag), `W/${String(etag)}`, `"other", ${String(etag)}`]) {
        const again = await app.inject({ url: `${FOLDER}/${name}`, headers: { 'if-none-match': known } })
        assert.deepEqual([again.statusCode, again.body, again.headers.etag], [304, '', etag])
      }
      assert.equal(
        (await app.inject({ url: `${FOLDER}/${name}`, headers: { 'if-none-match': '"other"' } })).statusCode, 200
      )
      const head = await app.inject({ method: 'HEAD', url: `${FOLDER}/${name}` })
      assert.deepEqual(
        [head.statusCode, head.body, head.headers['content-length']], [200, '', String(response.rawPayload.length)]
      )
    }
    await app.close()
  })

  it('are for ever under the address of their content, and not under the one that another version had', async () => {
    const { app } = await withClient()
    for (const address of addressesOf(app)) {
      assert.equal((await app.inject(address)).headers['cache-control'], 'public, max-age=31536000, immutable')
      const other = await app.inject(address.replace(/[^/]+(?=\/\w+\.\w+$)/, 'another_version'))
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
        assert.equal(addresses.length, 4)
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
    const [
      , folder = ''
    ] = /^<link rel="stylesheet" href="(\/session_security\/[\w-]{16})\/client\.css">\n/.exec(tags) ?? []
    assert.ok(
      tags.includes(
        `\n<link rel="modulepreload" href="${folder}/forms.js">\n<script type="module" src="${folder}/client.js" `
      ),
      tags
    )
    const { src, type, ...data } = attributesOf(tags)
    assert.deepEqual(
      data, { 'data-ping-url': '/alive', 'data-sign-out-url': '/sign-out', 'data-redirect-to-logout': '/bye' }
    )
    await app.close()
  })

  it('say for one page what another one does not', async () => {
    const { app } = await withClient({ signOutUrl: '/sign-out', extendBy: 'button' })
    const data = attributesOf(app.sessionClient.tags(undefined, { forms: 'off', lang: 'de', signOutUrl: '/abmelden' }))
    assert.deepEqual(
      [data['data-forms'], data['data-lang'], data['data-sign-out-url'], data['data-extend-by']],
      ['off', 'de', '/abmelden', 'button']
    )
    await app.close()
  })

  it('say whose page it is, and not by an id', async () => {
    const { app, browser, newBrowser } = await withClient()
    await browser.post('/sign-in')
    const data = attributesOf((await browser.get('/page')).body)
    const { tag, user } = (await browser.get('/session_security/ping')).json()
    assert.deepEqual([data['data-tag'], data['data-user']], [tag, user])
    await browser.post('/sign-in')
    assert.equal(
      attributesOf((await browser.get('/page')).body)['data-user'], data['data-user'], 'the same at every sign-in'
    )
    const other = newBrowser()
    await other.post('/cart')
    assert.notDeepEqual(other.cookies, {})
    for (const anonymous of [newBrowser(), other]) {
      const data = attributesOf((await anonymous.get('/page')).body)
      assert.deepEqual(
        [data['data-tag'], data['data-user'], data['data-view'], data['data-draft-key']],
        [undefined, '', undefined, undefined]
      )
    }
    await app.close()
  })

  it('name the page\'s own ways out, and the frames that are believed', async () => {
    const { app } = await withClient({ frames: ['https://editor.example', 'https://chat.example:8443'] })
    const data = attributesOf(app.sessionClient.tags(undefined, { signOutSelector: '.leave' }))
    assert.deepEqual(
      [data['data-frames'], data['data-sign-out-selector']],
      ['https://editor.example https://chat.example:8443', '.leave']
    )
    for (const frames of ['https://editor.example', ['*'], ['https://editor.example/path'], [5]]) {
      assert.throws(
        () => app.sessionClient.tags(undefined, { frames } as object),
        { code: 'FST_SESSION_SECURITY_BAD_OPTION', message: /"frames"/ }
      )
    }
    await app.close()
  })

  it('can hold nothing that breaks out of them', async () => {
    const { app } = await withClient()
    const tags = app.sessionClient.tags(undefined, { forms: '"><script>alert(1)</script>\'&' })
    assert.ok(tags.includes('data-forms="&#34;&#62;&#60;script&#62;alert(1)&#60;/script&#62;&#39;&#38;"'))
    await app.close()
  })

  it('lead a preload nowhere but to a language, whatever a request says its language is', async () => {
    const { app } = await withClient()
    for (const lang of ['../../../logout?x=', '//evil.example/x', 'de/../../x', '"><script>', ' ', 'x'.repeat(3000)]) {
      const preloads = [...app.sessionClient.tags(undefined, { lang }).matchAll(/modulepreload" href="([^"]+)"/g)]
      assert.deepEqual(preloads.map(([, address]) => address?.replace(/.*\//, '')), ['forms.js'], lang)
    }
  })

  it('are refused where the pings are answered in a format that they do not understand', async () => {
    await assert.rejects(withClient({}, { pingFormat: 'seconds' }), {
      code: 'FST_SESSION_SECURITY_BAD_OPTION',
      message: /^Option "pingFormat" must be "view" where sessionClient is registered.*received "seconds"/
    })
    await withClient({ pingUrl: '/other/ping' }, { pingFormat: 'seconds' })
  })

  it('refuse what they do not know, with a coded error', async () => {
    const { app } = await withClient()
    const bad: Array<[object, string]> = [
      [{ singOutUrl: '/x' }, 'UNKNOWN_OPTION'], [{ extendBy: 'magic' }, 'BAD_OPTION'], [{ forms: false }, 'BAD_OPTION'],
      [{ lang: '' }, 'BAD_OPTION']
    ]
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
    assert.equal(
      app.sessionClient.notice('en'),
      '<p class="session-security-notice" lang="en" dir="ltr">' +
      'For your security, you are signed out after 10 minutes without activity.</p>'
    )
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

/** Returns the default export of a module of texts, as JSON. */
function textsIn (body: string): Record<string, unknown> {
  return JSON.parse(body.replace(/^export default /, ''))
}

describe('the client\'s texts', () => {
  it('are one module a language, under every tag that it is right for, beside the script', async () => {
    const { app } = await withClient()
    const [, folder = ''] = /href="([^"]+)\/client\.css"/.exec(app.sessionClient.tags()) ?? []
    for (const [tag, lang] of [
      ['de', 'de'], ['de-ch', 'de'], ['pt-br', 'pt-BR'], ['pt-pt', 'pt'], ['tlh', 'en'], ['zh-hant-tw', 'zh']
    ] as const) {
      const response = await app.inject(`${folder}/texts/${tag}.js`)
      assert.deepEqual(
        [response.statusCode, response.headers['cache-control']], [200, 'public, max-age=31536000, immutable']
      )
      assert.equal(textsIn(response.body)['lang'], lang)
    }
    for (const name of ['de', 'DE.js', 'de.css', '..%2Fclient.js', `${'x'.repeat(40)}.js`]) {
      assert.equal((await app.inject(`${folder}/texts/${name}`)).statusCode, 404, name)
    }
    assert.equal(
      (await app.inject(folder.replace(/[^/]+$/, 'another_version') + '/texts/de.js')).headers['cache-control'],
      'no-cache'
    )
    await app.close()
  })

  it('are loaded with the page where its language is named', async () => {
    const { app } = await withClient({ lang: 'pt-PT' })
    for (const [options, tag] of [[{}, 'pt-pt'], [{ lang: 'de_CH' }, 'de-ch']] as const) {
      const [, address = ''] =
        /<link rel="modulepreload" href="([^"]+\/texts\/[^"]+)">/.exec(app.sessionClient.tags(undefined, options)) ?? []
      assert.ok(address.endsWith(`/texts/${tag}.js`), address)
      assert.equal((await app.inject(address)).statusCode, 200)
    }
    await app.close()
  })

  it('are the application\'s own where it gives some: for all languages, for one page, in the notice', async () => {
    const { app } = await withClient(
      { texts: { title: 'Anybody there?', stay: 'Yes' } }, { warnAfter: 540, expireAfter: 600 }
    )
    const texts = (options = {}): unknown =>
      JSON.parse(String(
        attributesOf(app.sessionClient.tags(undefined, options))['data-texts']
      ).replaceAll('&#34;', '"'))
    assert.deepEqual(texts(), { title: 'Anybody there?', stay: 'Yes' })
    assert.deepEqual(texts({ texts: { stay: 'I am', title: undefined } }), { title: 'Anybody there?', stay: 'I am' })
    assert.match(app.sessionClient.notice('de'), />Zu Ihrer Sicherheit/)
    await app.close()
    const other = await withClient(
      { texts: { notice: 'Idle for {time}? <Out>' } }, { warnAfter: 540, expireAfter: 600 }
    )
    assert.equal(
      other.app.sessionClient.notice('de'),
      '<p class="session-security-notice" lang="de" dir="ltr">Idle for 10 Minuten? &#60;Out&#62;</p>'
    )
    await other.app.close()
  })

  it('have languages of the application\'s own, and other words for those that are there', async () => {
    const hebrew = { ...locales[0], lang: 'he', dir: 'rtl', title: 'כותרת', notice: 'אחרי {time}' } as const
    const { app, log } = await withClient({
      languages: [
        hebrew, { lang: 'de', title: 'Noch da?' }, { lang: 'de-AT', stay: 'Bleiben' }, { lang: 'en', stay: 'Here!' }
      ]
    })
    const get = async (tag: string) => textsIn((await app.inject(`${FOLDER}/texts/${tag}.js`)).body)
    assert.deepEqual(await get('he'), hebrew)
    const [german, austrian, english] = [await get('de'), await get('de-at'), await get('xx')]
    assert.deepEqual(
      [german['title'], german['signOut'], austrian['stay'], austrian['signOut']],
      ['Noch da?', 'Abmelden', 'Bleiben', 'Abmelden']
    )
    assert.deepEqual([english['lang'], english['stay']], ['en', 'Here!'])
    assert.match(app.sessionClient.notice('he-IL', 600), /lang="he" dir="rtl">אחרי/)
    assert.deepEqual(log.lines.filter(({ level }) => Number(level) >= 40), [])
    await app.close()
  })

  it('are English, with a warning, where a language of the application\'s own does not have them', async () => {
    const { app, log } = await withClient({ languages: [{ lang: 'tlh', dir: 'ltr', title: 'nuqneH' }] })
    const { title, stay } = textsIn((await app.inject(`${FOLDER}/texts/tlh.js`)).body)
    assert.deepEqual([title, stay], ['nuqneH', 'Stay signed in'])
    const [warning] = log.lines.filter(({ msg }) => /does not have all texts/.test(String(msg)))
    assert.deepEqual(
      [warning?.['lang'], Object(warning?.['texts']).includes('stay'), Object(warning?.['texts']).includes('title')],
      ['tlh', true, false]
    )
    await app.close()
  })

  it('change the address of all files with them', async () => {
    const addresses = new Set<string>()
    for (const options of [{}, { languages: [{ lang: 'de', title: 'Noch da?' }] }]) {
      const { app } = await withClient(options)
      addresses.add(String(addressesOf(app)[0]))
      await app.close()
    }
    assert.equal(addresses.size, 2)
  })

  it('are refused, by their names, where they are none', async () => {
    const { app } = await withClient()
    const bad: Array<[SessionClientOptions | object, string]> = [
      [{ texts: 'x' }, 'Option "texts" must be'], [{ texts: ['x'] }, 'Option "texts" must be'], [
        { texts: { title: 5 } }, 'Option "texts.title" must be a text'
      ],
      [{ texts: { titel: 'x' } }, 'texts.titel'], [{ texts: { dir: 'up' } }, '"texts.dir"'], [
        { texts: { minute: 'x' } }, '"texts.minute"'
      ], [
        { texts: { minute: { one: '#' } } }, '"texts.minute"'
      ]
    ]
    for (const [options, message] of bad) {
      const expected = (error: Error & { code?: string }): boolean =>
        error.message.includes(message) && /_(?:BAD|UNKNOWN)_OPTION$/.test(String(error.code))
      assert.throws(() => app.sessionClient.tags(undefined, options), expected)
      await assert.rejects(withClient(options as SessionClientOptions), expected)
    }
    for (const [languages, message] of [
      ['de', '"languages"'], [[{ title: 'x' }], '"languages[0]"'], [[{ lang: 'a b' }], '"languages[0].lang"'],
      [[{ lang: 'de' }, { lang: 'fr', stay: 1 }], '"languages[1].stay"']
    ] as const) {
      await assert.rejects(
        withClient({ languages } as unknown as SessionClientOptions),
        error => error instanceof Error && error.message.includes(message)
      )
    }
    await app.close()
  })
})

describe('addresses in the client\'s tags', () => {
  it('are refused where a browser would run them, or leave the site by them', async () => {
    const { app } = await withClient()

    for (const address of [
      'javascript:alert(1)', '//evil.example', '/\\evil.example', '/a/..//evil.example', 'data:text/html,x', ' /x',
      '/x y', 'login', ''
    ]) {
      for (const name of ['loginUrl', 'signOutUrl', 'pingUrl']) {
        const options = { [name]: address }
        assert.throws(() => app.sessionClient.tags(undefined, options), { code: 'FST_SESSION_SECURITY_BAD_OPTION' })
        await assert.rejects(withClient(options), { code: 'FST_SESSION_SECURITY_BAD_OPTION' })
      }
    }
    for (const loginUrl of ['/x?y=1', 'https://sso.example/end']) {
      const written = attributesOf(app.sessionClient.tags(undefined, { loginUrl }))['data-login-url']
      assert.equal(written, loginUrl.replace('=', '&#61;'))
    }
    await app.close()
  })
})

describe('what a sign-out brings against request forgery', () => {
  it('stands in the tags, with the names that the server looks for', async () => {
    const { app } = await withClient({ signOutUrl: '/sign-out', csrfHeader: 'x-csrf-token' })
    const {
      'data-csrf-token': token, 'data-csrf-header': header, 'data-csrf-field': field
    } = attributesOf(app.sessionClient.tags(undefined, { csrfToken: 'a-b', csrfField: '_csrf' }))
    assert.deepEqual([token, header, field], ['a-b', 'x-csrf-token', '_csrf'])
    for (const options of [{ csrfToken: 5 }, { csrfToken: '' }, { csrfHeader: 'a b' }, { csrfField: '' }]) {
      assert.throws(
        () => app.sessionClient.tags(undefined, options as object), { code: 'FST_SESSION_SECURITY_BAD_OPTION' }
      )
    }
    await assert.rejects(
      withClient({ csrfToken: 'one for all' } as SessionClientOptions), { code: 'FST_SESSION_SECURITY_UNKNOWN_OPTION' }
    )
    await app.close()
  })

  it('comes with the nonce of a page whose policy wants one, on each tag', async () => {
    const { app } = await withClient()
    const tags = app.sessionClient.tags(undefined, { nonce: 'r4nd0m', lang: 'en' })
    assert.equal(tags.match(/ nonce="r4nd0m"/g)?.length, 4)
    await app.close()
  })
})
