import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import csrfProtection from '@fastify/csrf-protection'
import session from '@fastify/session'
import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import type { SessionAdminOptions } from '../../src/index.ts'
import { StoreUnavailableError, fromSessionStore, sessionAdmin } from '../../src/index.ts'
import { buildApp } from '../helpers/app.ts'
import { steeredKit } from '../helpers/steered-store.ts'
import { memoryKit } from '../helpers/store-kits.ts'
import type { AdminApp } from './admin-app.ts'
import { ADMIN, SAME_ORIGIN, buildAdminApp } from './admin-app.ts'

const CSP = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; " +
  "frame-ancestors 'none'; base-uri 'none'"
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const SOME_HANDLE = 'x'.repeat(43)

const READS = [
  '', '/', `/sessions/${SOME_HANDLE}`, '/end-user?user=ada', `/end-sessions?handle=${SOME_HANDLE}`, '/live', '/tokens',
  '/tokens/revoke?id=1', '/tokens/revoke-user?user=ada'
]
const WRITES = [
  `/sessions/${SOME_HANDLE}/end`, '/end-sessions', '/end-user', '/sweep', '/tokens/revoke', '/tokens/revoke-user'
]

describe('registering the admin page', () => {
  async function refusal (options: unknown): Promise<string> {
    const { app } = await buildApp()
    await app.close()
    const error = await buildApp({
      routes (app) { app.register(sessionAdmin, options as SessionAdminOptions) }
    }).catch(error => error)
    return `${error.code}: ${error.message}`
  }

  it('is refused without "authorize", and says so', async () => {
    const problem = /^FST_SESSION_SECURITY_BAD_OPTION: Option "authorize" must be a function .*; received undefined/
    assert.match(await refusal({}), problem)
    assert.match(await refusal({ prefix: '/admin' }), problem)
    assert.match(await refusal({ authorize: true }), /"authorize" must be .*; received true/)
  })

  it('is refused with an unknown or a wrong option', async () => {
    const authorize = () => true
    assert.match(
      await refusal({ authorize, authorise: authorize }), /^FST_SESSION_SECURITY_UNKNOWN_OPTION: .*"authorise"/
    )
    assert.match(await refusal({ authorize, who: 'root' }), /^FST_SESSION_SECURITY_BAD_OPTION: .*"who"/)
    for (const pageSize of [0, 101, 1.5, '50']) {
      assert.match(await refusal({ authorize, pageSize }), /"pageSize" must be a whole number from 1 to 100/)
    }
    assert.match(await refusal({ authorize, prefix: '/:tenant/admin' }), /"prefix" must be a path without parameters/)
  })

  it('is refused with a store that cannot list', async () => {
    const store = fromSessionStore(new session.MemoryStore())
    const building = buildApp({
      security: { store },
      routes (app) { app.register(sessionAdmin, { authorize: () => true }) }
    })
    await assert.rejects(building, { code: 'FST_SESSION_SECURITY_NO_LISTING_STORE' })
  })

  it('serves it at /session_security/admin without a prefix', async () => {
    const { operator, app } = await buildAdminApp({
      routes (app) { app.register(sessionAdmin, { authorize: () => true }) }
    })
    const page = await operator.get('/session_security/admin')
    assert.equal(page.statusCode, 200)
    assert.match(page.body, /href="\/session_security\/admin\/tokens"/)
    await app.close()
  })

  for (const prefix of ['/', '/admin/', '/a/b']) {
    it(`links to where it is, with the prefix ${prefix} in a context of its own`, async () => {
      const inContext = async (app: FastifyInstance): Promise<void> => {
        await app.register(sessionAdmin, { authorize: () => true, prefix })
      }
      const { app, operator } = await buildAdminApp({ routes (app) { app.register(inContext, { prefix: '/deep' }) } })
      const page = await operator.get(`/deep${prefix}`)
      const links = [...page.body.matchAll(/(?:href|src|action|data-live)="([/?][^"]*)"/g)].map(([, link]) =>
        String(link).replaceAll('&#61;', '=')
      )
      assert.ok(links.length > 8)
      assert.deepEqual(
        links.filter(link => !link.startsWith('/deep')), ['/', '/'],
        'the way back to the application, above and in what a page says at its end'
      )
      for (const link of links.filter(link => link !== '/' && !/\/(?:sweep|end|end-sessions)$/.test(link))) {
        assert.equal((await operator.get(link)).statusCode, 200, link)
      }
      await app.close()
    })
  }

  it('changes nothing in the rest of the application', async () => {
    const { app, operator } = await buildAdminApp({
      routes (app) {
        app.post('/json', async request => request.body)
        app.setErrorHandler((error, _request, reply) => reply.code(418).send(String(error)))
        app.get('/fails', async () => { throw new Error('on purpose') })
      }
    })
    const page = await operator.get('/')
    assert.equal(page.headers['content-security-policy'], undefined)
    assert.equal(page.headers['cache-control'], undefined)
    assert.deepEqual((await operator.post('/json', { a: 1 })).json(), { a: 1 })
    assert.notEqual((await operator.post('/json', 'a=1', FORM)).statusCode, 200)
    assert.equal((await operator.get('/fails')).statusCode, 418)
    await app.close()
  })
})

describe('the documentation of an application', () => {
  it('has none of the admin page', async () => {
    const { app } = await buildAdminApp({ before (app) { app.register(swagger) } })
    assert.deepEqual(Object.keys(app.swagger().paths ?? {}).filter(path => path.startsWith(ADMIN)), [])
    await app.close()
  })
})

describe('"authorize" of the admin page', () => {
  it('is called for every address, before anything is read', async () => {
    const { app, newBrowser, operator } = await buildAdminApp()
    const page = await operator.get(ADMIN)
    const files = [...page.body.matchAll(/(?:href|src)="(\/admin\/admin-[^"]+)"/g)].map(([, address]) =>
      String(address).replace(ADMIN, '')
    )
    assert.equal(files.length, 2)
    const stranger = newBrowser()
    await stranger.post('/sign-in')
    for (const browser of [newBrowser(), stranger]) {
      for (const path of [...READS, ...files]) {
        const { statusCode, body } = await browser.get(`${ADMIN}${path}`)
        assert.equal(statusCode, 403, path)
        assert.match(body, /FST_SESSION_SECURITY_NOT_AUTHORIZED/)
        assert.equal((await browser.send({ method: 'HEAD', url: `${ADMIN}${path}` })).statusCode, 403, path)
      }
      for (const path of WRITES) {
        for (const headers of [{ ...FORM, ...SAME_ORIGIN }, { 'content-type': 'text/plain' }]) {
          assert.match(
            (await browser.post(`${ADMIN}${path}`, 'x'.repeat(100_000), headers)).body,
            /FST_SESSION_SECURITY_NOT_AUTHORIZED/, path
          )
        }
      }
    }
    await app.close()
  })

  it('lets in with true only, also by a promise', async () => {
    for (const [answer, status] of [
      [true, 200], [Promise.resolve(true), 200], [false, 403], [1, 403], ['yes', 403], [undefined, 403],
      [Promise.resolve(false), 403]
    ] as const) {
      const { app, operator } = await buildAdminApp({ admin: { authorize: () => answer as boolean } })
      assert.equal((await operator.get(ADMIN)).statusCode, status, String(answer))
      await app.close()
    }
  })

  it('leaves its errors to the application', async () => {
    const authorize = (): boolean => { throw Object.assign(new Error('Pay first.'), { statusCode: 402, code: 'PAY' }) }
    const { app, operator } = await buildAdminApp({ admin: { authorize } })
    for (const accept of ['application/json', 'text/html']) {
      const answer = await operator.get(ADMIN, { accept })
      assert.deepEqual(
        answer.json(), { statusCode: 402, code: 'PAY', error: 'Payment Required', message: 'Pay first.' }
      )
    }
    await app.close()
  })

  it('sees what the store knows now: no session that ended in an earlier hook (G4: every door)', async () => {
    let isToEnd = false
    const seen: unknown[] = []
    const { app, operator } = await buildAdminApp({
      admin: {
        authorize ({ session: { user }, sessionSecurity }) {
          seen.push([user, sessionSecurity.status().state])
          return user === 'root'
        }
      },
      routes (app) { app.addHook('onRequest', async () => { if (isToEnd) await app.sessionSecurity.endUser('root') }) }
    })
    assert.equal((await operator.get(ADMIN)).statusCode, 200)
    isToEnd = true
    assert.equal((await operator.get(ADMIN)).json().code, 'FST_SESSION_SECURITY_NOT_AUTHORIZED')
    assert.deepEqual(seen, [['root', 'active'], [undefined, 'ended']])
    await app.close()
  })

  it('may decide by the method of the request', async () => {
    const { app, operator, submit } = await buildAdminApp({ admin: { authorize: request => request.method === 'GET' } })
    assert.equal((await operator.get(ADMIN)).statusCode, 200)
    assert.equal((await submit('/sweep')).json().code, 'FST_SESSION_SECURITY_NOT_AUTHORIZED')
    await app.close()
  })
})

describe('a form of the admin page', () => {
  const accepted: Array<Record<string, string>> = [
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'same-origin', origin: 'https://inside.example', host: 'behind-a-proxy:8080' },
    { origin: 'http://localhost:80' },
    { origin: 'https://bank.example', host: 'bank.example' },
    { origin: 'https://bank.example', host: 'bank.example:443' },
    { origin: 'http://bank.example:8080', host: 'bank.example:8080' }
  ]
  for (const headers of accepted) {
    it(`is accepted with ${JSON.stringify(headers)}`, async () => {
      const { app, submit } = await buildAdminApp()
      assert.equal((await submit('/sweep', {}, headers)).statusCode, 303)
      await app.close()
    })
  }

  const refused: Array<Record<string, string>> = [
    {},
    { 'sec-fetch-site': 'cross-site', origin: 'http://localhost:80' },
    { 'sec-fetch-site': 'same-site', origin: 'http://localhost:80' },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': '' },
    { origin: 'null' },
    { origin: '' },
    { origin: 'https://evil.example', host: 'bank.example' },
    { origin: 'https://bank.example.evil.example', host: 'bank.example' },
    { origin: 'https://bank.example:8443', host: 'bank.example' },
    { origin: 'file://', host: 'bank.example' },
    { referer: 'http://localhost:80/admin' }
  ]
  for (const headers of refused) {
    it(`ends nothing with ${JSON.stringify(headers)}`, async () => {
      const { app, store, signIn, submit } = await buildAdminApp()
      const handle = await signIn('ada')
      await store.tokens.track({ id: 'jti', user: 'ada', expiresAtMs: Date.UTC(2026, 5) })
      const forms = [
        [`/sessions/${handle}/end`, {}], ['/end-sessions', { handle }], ['/end-user', { user: 'ada', tokens: 'on' }],
        ['/tokens/revoke', { id: 'jti' }], ['/tokens/revoke-user', { user: 'ada' }], ['/sweep', {}]
      ] as const
      for (const [url, fields] of forms) {
        const answer = await submit(url, fields, headers)
        assert.deepEqual([answer.statusCode, answer.json().code], [403, 'FST_SESSION_SECURITY_CROSS_ORIGIN'], url)
      }
      assert.equal((await store.find(handle)).state, 'live')
      assert.equal((await store.tokens.find('jti'))?.state, 'active')
      await app.close()
    })
  }

  it('is refused from a site of allowedOrigins, which may use the application only', async () => {
    const { app, submit } = await buildAdminApp({ security: { allowedOrigins: ['https://app.example'] } })
    const origin = 'https://app.example'
    for (const headers of [{ origin }, { origin, 'sec-fetch-site': 'cross-site' }]) {
      assert.equal((await submit('/sweep', {}, headers)).json().code, 'FST_SESSION_SECURITY_CROSS_ORIGIN')
    }
    await app.close()
  })

  it('is refused by a page with the code, where the browser asks for a page', async () => {
    const { app, submit } = await buildAdminApp()
    const answer = await submit('/sweep', {}, { ...SAME_ORIGIN, 'sec-fetch-site': 'cross-site' })
    assert.equal(answer.statusCode, 403)
    assert.match(String(answer.headers['content-type']), /^text\/html/)
    assert.match(answer.body, /FST_SESSION_SECURITY_CROSS_ORIGIN/)
    await app.close()
  })

  for (const sessionPlugin of ['@fastify/session', '@fastify/cookie'] as const) {
    it(`needs the token of @fastify/csrf-protection too, kept by ${sessionPlugin}`, async () => {
      const { app, store, operator, signIn, submit } = await buildAdminApp({
        before (app) { app.register(csrfProtection, { sessionPlugin }) }
      })
      const handle = await signIn('ada')
      const url = `/sessions/${handle}/end`
      assert.match((await submit(url)).json().code, /^FST_CSRF_/, 'nobody has opened the page')
      const page = await operator.get(ADMIN)
      const [, token = ''] = /name="_csrf" value="([^"]+)"/.exec(page.body) ?? []
      for (const wrong of [{}, { _csrf: 'made-up' }]) {
        const answer = await submit(url, wrong)
        assert.deepEqual([answer.statusCode, answer.json().code], [403, 'FST_CSRF_INVALID_TOKEN'])
      }
      assert.equal((await submit(url, { _csrf: token }, {})).json().code, 'FST_SESSION_SECURITY_CROSS_ORIGIN')
      assert.equal((await store.find(handle)).state, 'live')
      assert.equal((await submit(url, { _csrf: token })).statusCode, 303)
      assert.equal((await store.find(handle)).state, 'ended')
      const forms = page.body.match(/<form[^>]*method="post"/g)?.length
      assert.equal(page.body.match(/name="_csrf"/g)?.length, forms)
      await app.close()
    })
  }
})

describe('the admin page without its store', () => {
  async function buildFailing (error: Error): Promise<AdminApp> {
    const steered = steeredKit(memoryKit)
    const built = await buildAdminApp({ kit: steered })
    steered.store.before = async verb => { if (verb === 'list') throw error }
    return built
  }

  it('reports that on a page, with Retry-After', async () => {
    const { app, operator } = await buildFailing(new StoreUnavailableError('10.0.0.7:6379 is away'))
    const page = await operator.get(ADMIN, { accept: 'text/html' })
    assert.deepEqual([page.statusCode, page.headers['retry-after']], [503, '5'])
    assert.match(page.body, /FST_SESSION_SECURITY_STORE_UNAVAILABLE/)
    assert.doesNotMatch(page.body, /10\.0\.0\.7/)
    assert.equal((await operator.get(ADMIN)).json().statusCode, 503)
    await app.close()
  })

  it('leaves unexpected errors to the application', async () => {
    const { app, operator } = await buildFailing(new TypeError('a bug'))
    const answer = await operator.get(ADMIN, { accept: 'text/html' })
    assert.deepEqual([answer.statusCode, answer.json().message], [500, 'a bug'])
    await app.close()
  })
})

describe('the headers of the admin page', () => {
  it('are strict on every page, and forbid caching', async () => {
    const { app, operator, signIn } = await buildAdminApp()
    const handle = await signIn('ada')
    for (const path of [...READS, `/sessions/${handle}`, '?state=none']) {
      const { headers } = await operator.get(`${ADMIN}${path}`, { accept: 'text/html' })
      assert.equal(headers['content-security-policy'], CSP, path)
      assert.equal(headers['cache-control'], 'no-store', path)
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.equal(headers['x-frame-options'], 'DENY')
      assert.equal(headers['referrer-policy'], 'same-origin')
    }
    await app.close()
  })

  it('let browsers cache the two files, at addresses that change with their contents', async () => {
    const { app, operator } = await buildAdminApp()
    const { body } = await operator.get(ADMIN)
    const types = { css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8' }
    for (const [extension, type] of Object.entries(types)) {
      const [, address = ''] = new RegExp(`"(/admin/admin-[\\w-]{12}\\.${extension})"`).exec(body) ?? []
      const file = await operator.get(address)
      assert.equal(file.statusCode, 200)
      assert.equal(file.headers['content-type'], type)
      assert.equal(file.headers['cache-control'], 'private, max-age=31536000, immutable')
      assert.equal(file.headers['x-content-type-options'], 'nosniff')
      const again = await operator.get(address, { 'if-none-match': String(file.headers.etag) })
      assert.deepEqual([again.statusCode, again.body], [304, ''])
      assert.equal(
        (await operator.send({ method: 'HEAD', url: address })).headers['content-length'],
        String(Buffer.byteLength(file.body))
      )
    }
    await app.close()
  })
})

describe('the operator\'s own session', () => {
  async function lastActivity (
    visit: (operator: Awaited<ReturnType<typeof buildAdminApp>>['operator'], body: string) => Promise<{
      statusCode: number
    }>
  ): Promise<number> {
    const { app, clock, operator } = await buildAdminApp()
    const { body } = await operator.get(ADMIN)
    clock.advance(60)
    assert.equal((await visit(operator, body)).statusCode, 200)
    const { idleFor } = (await operator.get('/session_security/ping')).json()
    await app.close()
    return idleFor
  }

  it('has activity when the page is opened', async () => {
    assert.equal(await lastActivity(async operator => await operator.get(ADMIN)), 0)
  })

  it('has none when the page asks for its times', async () => {
    assert.equal(await lastActivity(async operator => await operator.get(`${ADMIN}/live?handle=${SOME_HANDLE}`)), 60)
  })

  it('has none when the files of the page are fetched', async () => {
    assert.equal(
      await lastActivity(async (operator, body) => await operator.get(String(/src="([^"]+)"/.exec(body)?.[1]))), 60
    )
    assert.equal(
      await lastActivity(async (operator, body) =>
        await operator.get(String(/rel="stylesheet" href="([^"]+)"/.exec(body)?.[1]))
      ),
      60
    )
  })

  it('ends in time while its page goes on asking', async () => {
    const { app, clock, operator } = await buildAdminApp()
    await operator.get(ADMIN)
    for (let asked = 0; asked < 9; asked++) {
      clock.advance(60)
      assert.equal((await operator.get(`${ADMIN}/live`)).statusCode, 200)
    }
    clock.advance(60)
    assert.equal((await operator.get(`${ADMIN}/live`)).statusCode, 403)
    await app.close()
  })
})
