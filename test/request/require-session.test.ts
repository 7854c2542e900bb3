import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import Fastify from 'fastify'
import type { FastifyReply, FastifyRequest, InjectOptions, LightMyRequestResponse } from 'fastify'
import { sameOriginPath } from '../../src/core/same-origin-path.ts'
import { sessionAdmin } from '../../src/admin/session-admin.ts'
import { sessionClient } from '../../src/browser-files/session-client.ts'
import type { RequireSessionOptions } from '../../src/request/require-session.ts'
import { requireSession } from '../../src/request/require-session.ts'
import { sessionSecurity } from '../../src/session-security.ts'
import type { TestApp, TestAppOptions } from '../helpers/app.ts'
import { SECRET, buildApp, gate, pass } from '../helpers/app.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

const NAVIGATION = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-site': 'same-origin' }
const SCRIPT = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', 'sec-fetch-site': 'same-origin' }
const HTMX = { ...SCRIPT, 'hx-request': 'true' }
const ACCEPT_PAGE = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

interface Site extends TestApp {
  /** The addresses that a handler behind the guard has answered. */
  readonly served: string[]
}

/** Builds a server that guards every address but sign-in, sign-out and public pages. */
async function guarded (options?: RequireSessionOptions, build: TestAppOptions = {}): Promise<Site> {
  const served: string[] = []
  const built = await buildApp({
    ...build,
    routes: app => {
      app.post('/visit', async request => {
        Object.assign(request.session, { _csrf: 'secret', cart: ['book'], returnTo: '/report' })
        return 'welcome'
      })
      app.post('/forget', async request => { delete request.session.user })
      const serve = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
        served.push(request.url)
        return await reply.send('served')
      }
      build.routes?.(app)
      const preHandler = requireSession(options)
      app.route({ method: ['GET', 'POST', 'PUT', 'DELETE'], url: '/*', preHandler, handler: serve })
    }
  })
  return { ...built, served }
}

type Options = RequireSessionOptions | undefined

async function ask (options: Options, request: InjectOptions): Promise<LightMyRequestResponse> {
  const { app, served } = await guarded(options)
  const response = await app.inject(request)
  assert.deepEqual(served, [], 'the guard let it through')
  await app.close()
  return response
}

async function getOverSocket (origin: string, path: string): Promise<{ statusCode: unknown, location: unknown }> {
  const { hostname, port } = new URL(origin)
  const request = get({ hostname, port, path, headers: NAVIGATION, agent: false })
  const [response]: IncomingMessage[] = await once(request, 'response')
  assert.ok(response !== undefined)
  response.resume()
  return { statusCode: response.statusCode, location: response.headers.location }
}

function assertRefused (response: LightMyRequestResponse, reason = 'none'): void {
  assert.equal(response.statusCode, 401)
  assert.match(String(response.headers['content-type']), /^application\/json/)
  const { statusCode, code, message } = response.json<Record<string, unknown>>()
  assert.deepEqual([statusCode, code], [401, 'FST_SESSION_SECURITY_NO_SESSION'])
  const hint = reason === 'none' ? '' : `: the session has ended (${reason})`
  assert.equal(message, `Sign in to go on${hint}.`)
  assert.equal(response.headers['session-end-reason'], reason === 'none' ? undefined : reason)
  assert.equal(response.headers.location, undefined)
  assert.equal(response.headers['cache-control'], 'no-store')
  assert.equal(response.headers['set-cookie'], undefined)
}

function assertRedirected (response: LightMyRequestResponse, location: string): void {
  assert.equal(response.statusCode, 303)
  assert.equal(response.headers.location, location)
  assert.equal(response.headers['cache-control'], 'no-store')
}

for (const kit of [memoryKit, redisKit()]) {
  describe(`the requests that the guard lets through, on ${kit.name}`, () => {
    test('those of a person who is signed in', async () => {
      const { app, served, browser } = await guarded({ loginUrl: '/login' }, { kit })
      await browser.post('/sign-in')
      const response = await browser.get('/report')
      assert.equal(response.statusCode, 200)
      assert.deepEqual(served, ['/report'])
      await app.close()
    })

    test('those of a person who is being warned', async () => {
      const { app, clock, browser } = await guarded(undefined, { kit })
      await browser.post('/sign-in')
      clock.advance(9.9)
      assert.equal((await browser.get('/report')).statusCode, 200)
      await app.close()
    })

    test('passive ones of a person who is signed in', async () => {
      const { app, browser } = await guarded(undefined, { kit })
      await browser.post('/sign-in')
      assert.equal((await browser.get('/report', { 'sec-purpose': 'prefetch' })).statusCode, 200)
      await app.close()
    })

    test('one that an earlier hook of the same request signs in, and its cookie goes out', async () => {
      const { app, served, browser } = await guarded(undefined, {
        kit,
        routes: app => {
          app.addHook('preHandler', async ({ headers, session }) => {
            if (headers['x-key'] === 'right') session.user = 'ada'
          })
        }
      })
      assert.equal((await browser.get('/report', { 'x-key': 'right' })).statusCode, 200)
      assert.equal((await browser.get('/report')).statusCode, 200)
      assert.equal(served.length, 2)
      await app.close()
    })

    test('none of a person who has been idle for too long', async () => {
      const { app, clock, served, browser } = await guarded({ loginUrl: '/login' }, { kit })
      await browser.post('/sign-in')
      clock.advance(10)
      assertRedirected(await browser.get('/report', NAVIGATION), '/login?next=%2Freport&reason=idle')
      assertRefused(await browser.get('/report', SCRIPT), 'idle')
      assert.deepEqual(served, [])
      await app.close()
    })

    test('none of an anonymous session, whatever it holds: a CSRF secret, a cart, the way back', async () => {
      const { app, served, browser } = await guarded(undefined, { kit })
      await browser.post('/visit')
      assert.ok('sessionId' in browser.cookies)
      assertRefused(await browser.get('/report'))
      assert.deepEqual(served, [])
      await app.close()
    })

    test('none of a session whose user was deleted, also by an earlier hook of the same request', async () => {
      const { app, served, browser } = await guarded(undefined, {
        kit,
        routes: app => {
          app.addHook('preHandler', async ({ url, session }) => { if (url === '/self-service') delete session.user })
        }
      })
      await browser.post('/sign-in')
      assert.equal((await browser.get('/self-service')).statusCode, 401)
      await browser.post('/sign-in')
      const cookies = { ...browser.cookies }
      await browser.post('/forget')
      assertRefused(await app.inject({ url: '/report', cookies }), 'logout')
      assert.deepEqual(served, [])
      await app.close()
    })

    test('none with a forged cookie, of whom nobody learns a reason', async () => {
      const { app, clock, browser } = await guarded(undefined, { kit })
      await browser.post('/sign-in')
      const { sessionId = '' } = browser.cookies
      clock.advance(10)
      const [id = ''] = sessionId.split('.')
      for (const forged of ['abc.def', `${id}.def`]) {
        assertRefused(await app.inject({ url: '/report', cookies: { sessionId: forged } }))
      }
      await app.close()
    })

    test('none whose session ends while the body arrives', async () => {
      const ends: Record<string, (site: Site) => Promise<unknown>> = {
        logout: async ({ browser }) => await browser.post('/sign-out'),
        revoked: async ({ app }) => await app.sessionSecurity.endUser('ada')
      }
      for (const [reason, end] of Object.entries(ends)) {
        const slow = gate()
        const site = await guarded(undefined, {
          kit,
          routes: app => {
            app.addHook('preParsing', async request => { if (request.url === '/upload') await pass(slow) })
          }
        })
        const { app, clock, served, browser } = site
        await browser.post('/sign-in')
        const cookies = { ...browser.cookies }
        const pending = app.inject({ method: 'POST', url: '/upload', cookies, payload: { a: 1 } })
        await slow.entered.opened
        clock.advance(1)
        await end(site)
        slow.leave.open()
        assertRefused(await pending, reason)
        assert.deepEqual(served, [])
        await app.close()
      }
    })

    test('none whose session ends while an earlier hook of its own kind takes its time', async () => {
      const [slow, served] = [gate(), [] as string[]]
      const { app, clock, browser } = await buildApp({
        kit,
        routes: app => {
          const hooks = [async () => await pass(slow), requireSession()]
          app.get('/slow', { preHandler: hooks }, async request => { served.push(request.url) })
        }
      })
      await browser.post('/sign-in')
      const pending = app.inject({ url: '/slow', cookies: { ...browser.cookies } })
      await slow.entered.opened
      clock.advance(1)
      await browser.post('/sign-out')
      slow.leave.open()
      assertRefused(await pending, 'logout')
      assert.deepEqual(served, [])
      await app.close()
    })

    test('and a refusal says why the session ended, whichever reason that is', async () => {
      const limited = { absoluteTimeout: 15, maxSessionsPerUser: 1 }
      const ends: Record<string, (site: Site) => Promise<unknown>> = {
        idle: async ({ clock }) => clock.advance(10),
        absolute: async ({ clock, browser }) => {
          clock.advance(8)
          await browser.get('/report')
          clock.advance(7)
        },
        logout: async ({ app, browser: { cookies } }) => {
          await app.inject({ method: 'POST', url: '/sign-out', cookies: { ...cookies } }) // from another tab
        },
        revoked: async ({ app }) => await app.sessionSecurity.endUser('ada'),
        displaced: async ({ newBrowser }) => await newBrowser().post('/sign-in')
      }
      for (const [reason, end] of Object.entries(ends)) {
        const site = await guarded({ loginUrl: '/login' }, { kit, security: limited })
        await site.browser.post('/sign-in')
        await end(site)
        site.clock.advance(1)
        assertRefused(await site.browser.get('/api/unread', SCRIPT), reason)
        assertRedirected(await site.browser.get('/report', NAVIGATION), `/login?next=%2Freport&reason=${reason}`)
        await site.app.close()
      }
    })
  })
}

describe('where the guard stands', () => {
  test('outside the context of the plugin it answers with a coded error that says where to register', async () => {
    const app = Fastify()
    const guard = requireSession({ loginUrl: '/login' })
    app.get('/outside', { preHandler: guard }, async () => assert.fail('the handler ran'))
    await app.register(async sibling => {
      sibling.get('/sibling', { onRequest: guard }, async () => assert.fail('the handler ran'))
    })
    await app.register(async inside => {
      await inside.register(sessionSecurity, {
        session: { secret: SECRET, cookie: { secure: false } }, userOf: session => session.user, sweep: false
      })
      inside.get('/inside', { preHandler: guard }, async () => assert.fail('the handler ran'))
    })
    for (const url of ['/outside', '/sibling']) {
      const response = await app.inject({ url, headers: NAVIGATION })
      const { code, message } = response.json()
      assert.deepEqual([response.statusCode, code], [500, 'FST_SESSION_SECURITY_NOT_REGISTERED'], url)
      assert.match(message, /^requireSession\(\) .*Register the plugin in the context of the route/)
    }
    assert.equal((await app.inject('/inside')).statusCode, 401)
    await app.close()
  })

  test('added as a hook before the plugin it answers with that error, which names this mistake too', async () => {
    const { app } = await buildApp({
      before: app => { app.addHook('onRequest', requireSession()) },
      routes: app => { app.get('/inside', async () => assert.fail('the handler ran')) }
    })
    const { statusCode, code, message } = (await app.inject('/inside')).json()
    assert.deepEqual([statusCode, code], [500, 'FST_SESSION_SECURITY_NOT_REGISTERED'])
    assert.match(message, /or as a hook that was added before the plugin\. .* before the route and before that hook\.$/)
    await app.close()
  })

  for (const hook of ['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const) {
    test(`as ${hook} it lets in, and refuses before any later hook`, async () => {
      const later: string[] = []
      const { app, browser } = await buildApp({
        routes: app => {
          app.get('/guarded', {
            [hook]: requireSession(),
            preSerialization: async () => { later.push('preSerialization') }
          }, async () => { later.push('handler'); return 'served' })
          app.addHook('preHandler', async () => {})
        }
      })
      assertRefused(await browser.get('/guarded'))
      assert.deepEqual(later, [])
      await browser.post('/sign-in')
      assert.equal((await browser.get('/guarded')).body, 'served')
      assert.deepEqual(later, ['handler'])
      await app.close()
    })
  }
})

describe('the guard of a whole application, as a hook at its root', () => {
  for (const hook of ['onRequest', 'preHandler'] as const) {
    async function site (prefix?: string): Promise<TestApp> {
      const placed = prefix === undefined ? {} : { prefix }
      return await buildApp({
        security: placed,
        routes: app => {
          const guard = requireSession({ loginUrl: '/login' })
          app.addHook(hook, async function (request, reply) {
            if (!['/login', '/sign-in'].includes(request.url)) await guard(request, reply)
          })
          app.register(sessionClient, placed)
          app.register(sessionAdmin, { authorize: () => true })
          app.get('/private', async () => 'private')
          app.get('/login', async () => app.sessionClient.tags())
        }
      })
    }

    test(`${hook}: the ping says that a session has ended, and why`, async () => {
      const places = [[undefined, '/session_security/ping'], ['/crm', '/crm/session_security/ping']] as const
      for (const [prefix, url] of places) {
        const { app, clock, browser } = await site(prefix)
        assert.deepEqual((await browser.get(url)).json(), { state: 'ended', reason: 'none' })
        await browser.post('/sign-in')
        assert.equal((await browser.get(url)).json().state, 'active')
        clock.advance(10)
        for (const address of [url, `${url}/`]) {
          const response = await browser.get(address, SCRIPT)
          assert.deepEqual([response.statusCode, response.json()], [200, { state: 'ended', reason: 'idle' }], address)
        }
        assert.equal((await browser.post(url, {})).json().reason, 'idle')
        assert.equal((await app.inject({ method: 'OPTIONS', url })).statusCode, 204)
        await app.close()
      }
    })

    test(`${hook}: the files of the browser client reach the page at which people sign in`, async () => {
      const { app } = await site()
      const { body } = await app.inject('/login')
      const linked = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => String(url))
      assert.equal(linked.length, 3)
      for (const url of [...linked, '/session_security/client.js', '/session_security/client.css']) {
        for (const method of ['GET', 'HEAD'] as const) {
          assert.equal((await app.inject({ method, url })).statusCode, 200, `${method} ${url}`)
        }
      }
      await app.close()
    })

    test(`${hook}: everything else is guarded, the admin page and what shares a path with the ping too`, async () => {
      const { app, browser } = await site()
      const urls = ['/private', '/session_security/admin', '/session_security/pings', '/session_security/client.map']
      for (const url of urls) assertRefused(await browser.get(url))
      assertRefused(await browser.send({ method: 'DELETE', url: '/session_security/ping' }))
      await browser.post('/sign-in')
      assert.equal((await browser.get('/private')).body, 'private')
      assert.equal((await browser.get('/session_security/admin')).statusCode, 200)
      await app.close()
    })
  }
})

describe('what the guard says about caching', () => {
  const routes = (app: TestApp['app']): void => {
    const preHandler = requireSession({ loginUrl: '/login' })
    app.get('/plain', { preHandler }, async () => 'plain')
    app.get('/lasting', { preHandler }, async (_request, reply) => {
      return await reply.header('cache-control', 'private, max-age=60').send('lasting')
    })
    const onRequest = async (_request: FastifyRequest, reply: FastifyReply): Promise<void> => {
      reply.header('cache-control', 'max-age=5')
    }
    app.get('/early', { onRequest, preHandler }, async () => 'early')
    app.get('/behind', { preHandler: [preHandler, onRequest] }, async () => 'behind')
  }

  test('no-store, unless the handler or a hook behind the guard says otherwise', async () => {
    const { app, browser } = await buildApp({ routes })
    await browser.post('/sign-in')
    const urls = {
      '/plain': 'no-store', '/early': 'no-store', '/lasting': 'private, max-age=60', '/behind': 'max-age=5'
    }
    for (const [url, expected] of Object.entries(urls)) {
      assert.equal((await browser.get(url)).headers['cache-control'], expected, url)
    }
    await app.close()
  })

  test('no-store also where all answers have a default, set before the plugin or after it', async () => {
    const byDefault = (app: TestApp['app']): void => {
      app.addHook('onRequest', async (_request, reply) => { reply.header('cache-control', 'public, max-age=60') })
    }
    for (const place of [{ before: byDefault }, { routes: byDefault }]) {
      const { app, browser } = await buildApp({ ...place, routes: app => { place.routes?.(app); routes(app) } })
      assertRefused(await browser.get('/plain'))
      await browser.post('/sign-in')
      assert.equal((await browser.get('/plain')).headers['cache-control'], 'no-store')
      assert.equal((await browser.get('/lasting')).headers['cache-control'], 'private, max-age=60')
      assert.equal((await browser.get('/')).headers['cache-control'], 'public, max-age=60', 'it is not guarded')
      await app.close()
    }
  })

  test('no-store on every refusal, also where the route lets its pages be kept', async () => {
    const { app, browser } = await buildApp({ routes })
    for (const url of ['/plain', '/lasting', '/early']) {
      for (const headers of [SCRIPT, NAVIGATION, HTMX]) {
        assert.equal((await browser.get(url, headers)).headers['cache-control'], 'no-store', url)
      }
    }
    await app.close()
  })
})

describe('what an API call is answered', () => {
  const calls: [string, Record<string, string>][] = [
    ['says nothing of itself', {}],
    ['accepts JSON', { accept: 'application/json' }],
    ['accepts anything', { accept: '*/*' }],
    ['is a fetch of the same origin', SCRIPT],
    ['is a fetch that accepts a page', { ...SCRIPT, accept: ACCEPT_PAGE }],
    ['is an XMLHttpRequest that accepts a page', { accept: ACCEPT_PAGE, 'x-requested-with': 'XMLHttpRequest' }],
    ['is an image', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image', accept: 'image/*' }]
  ]
  for (const [what, headers] of calls) {
    test(`a call that ${what} is answered 401 as JSON with a code`, async () => {
      assertRefused(await ask({ loginUrl: '/login' }, { url: '/api/unread', headers }))
    })
  }

  for (const method of ['POST', 'PUT', 'DELETE'] as const) {
    test(`a ${method} is answered 401 as well`, async () => {
      assertRefused(await ask({ loginUrl: '/login' }, { method, url: '/api/unread', headers: SCRIPT }))
    })
  }

  test('a HEAD is answered 401 without a body', async () => {
    const response = await ask({ loginUrl: '/login' }, { method: 'HEAD', url: '/api/unread', headers: SCRIPT })
    assert.equal(response.statusCode, 401)
    assert.equal(response.body, '')
    assert.equal(response.headers['cache-control'], 'no-store')
  })

  test('a HEAD after an idle end learns the reason from a header', async () => {
    const { app, clock, browser } = await guarded({ loginUrl: '/login' })
    await browser.post('/sign-in')
    clock.advance(10)
    const response = await browser.send({ method: 'HEAD', url: '/api/unread', headers: SCRIPT })
    assert.deepEqual([response.statusCode, response.body, response.headers['session-end-reason']], [401, '', 'idle'])
    await app.close()
  })

  test('without a loginUrl a page is answered 401 too', async () => {
    assertRefused(await ask(undefined, { url: '/report', headers: NAVIGATION }))
    assertRefused(await ask({}, { url: '/report', headers: { accept: ACCEPT_PAGE } }))
  })
})

describe('what htmx is answered', () => {
  const current = (address: string): Record<string, string> => ({ ...HTMX, 'hx-current-url': address })

  function assertSentTo (response: LightMyRequestResponse, address: string): void {
    assert.deepEqual([response.statusCode, response.headers['hx-redirect'], response.body], [401, address, ''])
    assert.equal(response.headers.location, undefined)
    assert.equal(response.headers['cache-control'], 'no-store')
  }

  test('it must go to the sign-in, and from there on to the page around the part', async () => {
    const headers = current('https://app.example/orders?page=2#row-7')
    const response = await ask({ loginUrl: '/login' }, { url: '/parts/unread', headers })
    assertSentTo(response, '/login?next=%2Forders%3Fpage%3D2')
  })

  test('it must do so with any method: the page itself can be asked for again', async () => {
    for (const method of ['POST', 'PUT', 'DELETE'] as const) {
      const headers = current('https://app.example/orders')
      const response = await ask({ loginUrl: '/login?tenant=acme' }, { method, url: '/parts/1', headers })
      assertSentTo(response, '/login?tenant=acme&next=%2Forders')
    }
  })

  test('without a page, or with one that leads elsewhere, it learns no next', async () => {
    const addresses = [
      '', 'nonsense', 'javascript:alert(1)', 'https://app.example//evil.example/x',
      'https://app.example/.//evil.example'
    ]
    for (const address of addresses) {
      assertSentTo(await ask({ loginUrl: '/login' }, { url: '/parts/unread', headers: current(address) }), '/login')
    }
    assertSentTo(await ask({ loginUrl: '/login' }, { url: '/parts/unread', headers: HTMX }), '/login')
  })

  test('the page of another site gives at most a path of this one', async () => {
    const headers = current('https://evil.example/orders')
    const response = await ask({ loginUrl: '/login' }, { url: '/parts/unread', headers })
    assertSentTo(response, '/login?next=%2Forders')
  })

  test('it learns why the session ended', async () => {
    const { app, clock, browser } = await guarded({ loginUrl: '/login' })
    await browser.post('/sign-in')
    clock.advance(10)
    const response = await browser.get('/parts/unread', current('https://app.example/orders'))
    assertSentTo(response, '/login?next=%2Forders&reason=idle')
    assert.equal(response.headers['session-end-reason'], 'idle')
    await app.close()
  })

  test('without a loginUrl it is answered 401 as an API call is', async () => {
    assertRefused(await ask(undefined, { url: '/parts/unread', headers: current('https://app.example/orders') }))
  })
})

describe('what a page is answered', () => {
  test('a navigation is redirected to the sign-in, which learns where to go on', async () => {
    const response = await ask({ loginUrl: '/login' }, { url: '/report', headers: NAVIGATION })
    assertRedirected(response, '/login?next=%2Freport')
  })

  test('a browser that sends no fetch metadata is known by what it accepts', async () => {
    const response = await ask({ loginUrl: '/login' }, { url: '/report', headers: { accept: ACCEPT_PAGE } })
    assertRedirected(response, '/login?next=%2Freport')
  })

  test('a navigation is known as one whatever it accepts', async () => {
    const response = await ask({ loginUrl: '/login' }, { url: '/report', headers: { ...NAVIGATION, accept: '*/*' } })
    assertRedirected(response, '/login?next=%2Freport')
  })

  test('the query string comes along, as one value', async () => {
    const url = '/report?year=2026&of=a%26b&next=/x'
    const response = await ask({ loginUrl: '/login' }, { url, headers: NAVIGATION })
    assertRedirected(response, '/login?next=%2Freport%3Fyear%3D2026%26of%3Da%2526b%26next%3D%2Fx')
    const location = new URL(String(response.headers.location), 'https://app.example')
    assert.deepEqual([...location.searchParams], [['next', '/report?year=2026&of=a%26b&next=/x']])
  })

  test('a loginUrl with a query keeps it', async () => {
    const response = await ask({ loginUrl: '/login?tenant=acme' }, { url: '/report', headers: NAVIGATION })
    assertRedirected(response, '/login?tenant=acme&next=%2Freport')
  })

  test('the root page may be gone on to', async () => {
    const { app, browser } = await buildApp({
      routes: app => { app.addHook('preHandler', requireSession({ loginUrl: '/login' })) }
    })
    assertRedirected(await browser.get('/', NAVIGATION), '/login?next=%2F')
    await app.close()
  })

  test('the address before a rewrite comes along: the browser knows no other', async t => {
    const app = Fastify({ rewriteUrl: ({ url = '' }) => url.replace('/office', '') })
    t.after(() => app.close())
    await app.register(sessionSecurity, { session: { secret: SECRET }, userOf: session => session.user })
    app.get('/report', { preHandler: requireSession({ loginUrl: '/office/login' }) }, async () => 'served')
    const response = await app.inject({ url: '/office/report?page=2', headers: NAVIGATION })
    assertRedirected(response, '/office/login?next=%2Foffice%2Freport%3Fpage%3D2')
  })

  test('a form that was sent is redirected without a next: it cannot be sent again', async () => {
    for (const loginUrl of ['/login', '/login?tenant=acme']) {
      assertRedirected(await ask({ loginUrl }, { method: 'POST', url: '/report', headers: NAVIGATION }), loginUrl)
    }
  })

  test('a HEAD of a page is redirected as the page is', async () => {
    const response = await ask({ loginUrl: '/login' }, { method: 'HEAD', url: '/report', headers: NAVIGATION })
    assertRedirected(response, '/login?next=%2Freport')
    assert.equal(response.body, '')
  })

  const foreign = [
    '//evil.example/report', '///evil.example', '/\\evil.example', '/report\\evil', 'http://evil.example/report',
    '/.//evil.example', '/a/..//evil.example'
  ]
  for (const path of foreign) {
    test(`a request for ${path} is redirected without a next`, async t => {
      const { app } = await guarded({ loginUrl: '/login' })
      t.after(() => app.close())
      const origin = await app.listen({ port: 0, host: '127.0.0.1' })
      // The request goes over a socket: inject() would read the address as a browser does, and so mend it.
      const { statusCode, location } = await getOverSocket(origin, path)
      assert.deepEqual({ statusCode, location }, { statusCode: 303, location: '/login' })
    })
  }

  test('an encoded line break comes along encoded twice, and makes no header', async () => {
    const response = await ask({ loginUrl: '/login' }, { url: '/report%0d%0aset-cookie:x=1', headers: NAVIGATION })
    assertRedirected(response, '/login?next=%2Freport%250d%250aset-cookie%3Ax%3D1')
    assert.equal(response.cookies.length, 0)
  })
})

describe('the option loginUrl', () => {
  const bad: [unknown, string][] = [
    ['https://evil', 'https://evil'], ['//evil', '//evil'], ['/\\evil', '/\\evil'],
    ['login', 'login'], ['', ''], ['/login#form', '/login#form'],
    ['/übersicht', '/übersicht'], ['/log in', '/log in'], ['/login\n', '/login\n'],
    ['javascript:alert(1)', 'javascript:alert(1)'], [null, 'null'], [5, '5'], [true, 'true'], [{}, ''], [['/login'], '']
  ]
  for (const [loginUrl, received] of bad) {
    test(`${JSON.stringify(loginUrl)} is refused at once`, () => {
      assert.throws(() => requireSession({ loginUrl } as RequireSessionOptions), (error: unknown) => {
        assert.ok(error instanceof TypeError)
        assert.equal(Reflect.get(error, 'code'), 'FST_SESSION_SECURITY_BAD_OPTION')
        assert.ok(error.message.startsWith('Option "loginUrl" must be '), error.message)
        assert.ok(error.message.includes(JSON.stringify(received).slice(1, -1)), error.message)
        return true
      })
    })
  }

  test('an option of another name is refused by that name', () => {
    assert.throws(
      () => requireSession({ loginURL: '/login' } as RequireSessionOptions),
      { code: 'FST_SESSION_SECURITY_UNKNOWN_OPTION', message: /loginURL/ }
    )
  })

  test('options that are no object are refused as such', () => {
    for (const options of [null, 5, '/login', true]) {
      assert.throws(
        () => requireSession(options as RequireSessionOptions),
        { code: 'FST_SESSION_SECURITY_BAD_OPTION', message: /^Option "options" must be an object/ }
      )
    }
  })

  for (const loginUrl of ['/', '/login', '/a/b/login', '/login?tenant=acme', '/%E2%9C%93']) {
    test(`${loginUrl} is accepted`, () => {
      assert.equal(typeof requireSession({ loginUrl }), 'function')
    })
  }
})

describe('the way there and back', () => {
  test('what the guard puts into next is what was asked for, and may be followed', async () => {
    const { app } = await guarded({ loginUrl: '/login?tenant=acme' })
    const paths = fc.tuple(fc.webPath(), fc.webQueryParameters()).map(([path, query]) => `/app${path}?q&${query}`)
    await fc.assert(fc.asyncProperty(paths, async url => {
      const response = await app.inject({ url, headers: NAVIGATION })
      const location = new URL(String(response.headers.location), 'https://app.example')
      assert.equal(location.origin, 'https://app.example')
      assert.equal(location.searchParams.get('tenant'), 'acme')
      const next = location.searchParams.get('next')
      assert.equal(sameOriginPath(next), next)
      assert.equal(new URL(String(next), 'https://app.example').href, new URL(url, 'https://app.example').href)
    }))
  })
})
