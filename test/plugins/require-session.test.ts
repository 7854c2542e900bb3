import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { describe, test } from 'node:test'
import cookie from '@fastify/cookie'
import session from '@fastify/session'
import fc from 'fast-check'
import Fastify from 'fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest, InjectOptions, LightMyRequestResponse } from 'fastify'
import { sameOriginPath } from '../../src/core/same-origin-path.ts'
import type { RequireSessionOptions } from '../../src/plugins/require-session.ts'
import { requireSession } from '../../src/plugins/require-session.ts'
import { sessionSecurity } from '../../src/session-security.ts'
import { MemoryStore } from '../../src/store/memory-store.ts'

const NAVIGATION = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-site': 'same-origin' }
const SCRIPT = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', 'sec-fetch-site': 'same-origin' }
const ACCEPT_PAGE = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

interface Site {
  readonly app: FastifyInstance
  /** The urls that a handler behind the guard has answered. */
  readonly served: string[]
  /** Lets the site's clock go on. */
  readonly wait: (seconds: number) => void
}

/** A server whose every address is behind the guard, but for the sign-in and the visitor's page. */
async function guarded (options?: RequireSessionOptions): Promise<Site> {
  let now = Date.UTC(2026, 0, 15, 12)
  const store = new MemoryStore({ clock: () => now })
  const served: string[] = []
  const app = Fastify()
  await app.register(cookie)
  await app.register(session, { secret: 'a secret that is long enough for it', cookie: { secure: false }, store, saveUninitialized: false })
  await app.register(sessionSecurity, { store, sweep: false })
  app.post('/sign-in', async request => {
    Object.assign(request.session, { user: 'ann' })
    return 'signed in'
  })
  app.post('/visit', async request => {
    Object.assign(request.session, { _csrf: 'secret' })
    return 'welcome'
  })
  const serve = async (request: FastifyRequest, reply: FastifyReply) => {
    served.push(request.url)
    return await reply.send('served')
  }
  const preHandler = requireSession(options)
  app.route({ method: ['GET', 'POST', 'PUT', 'DELETE'], url: '/*', preHandler, handler: serve })
  return { app, served, wait: seconds => { now += seconds * 1000 } }
}

async function cookiesOf ({ app }: Site, url: '/sign-in' | '/visit'): Promise<Record<string, string>> {
  const response = await app.inject({ method: 'POST', url })
  assert.ok(response.cookies.length > 0, 'no session was begun')
  return Object.fromEntries(response.cookies.map(({ name, value }) => [name, value]))
}

async function ask (options: RequireSessionOptions | undefined, request: InjectOptions): Promise<LightMyRequestResponse> {
  const site = await guarded(options)
  const response = await site.app.inject(request)
  assert.deepEqual(site.served, [], 'the guard let it through')
  return response
}

async function getOverSocket (origin: string, path: string): Promise<{ statusCode: number | undefined, location: string | undefined }> {
  const { hostname, port } = new URL(origin)
  const request = get({ hostname, port, path, headers: NAVIGATION, agent: false })
  const [response]: IncomingMessage[] = await once(request, 'response')
  assert.ok(response !== undefined)
  response.resume()
  return { statusCode: response.statusCode, location: response.headers.location }
}

function assertRefused (response: LightMyRequestResponse): void {
  assert.equal(response.statusCode, 401)
  assert.match(String(response.headers['content-type']), /^application\/json/)
  const { statusCode, code, message } = response.json<Record<string, unknown>>()
  assert.deepEqual({ statusCode, code, message }, { statusCode: 401, code: 'FST_SESSION_SECURITY_NO_SESSION', message: 'Sign in to go on.' })
  assert.equal(response.headers.location, undefined)
}

function assertRedirected (response: LightMyRequestResponse, location: string): void {
  assert.equal(response.statusCode, 303)
  assert.equal(response.headers.location, location)
  assert.equal(response.headers['cache-control'], 'no-store')
}

describe('who is let through', () => {
  test('a person who is signed in is', async () => {
    const site = await guarded({ loginUrl: '/login' })
    const cookies = await cookiesOf(site, '/sign-in')
    const response = await site.app.inject({ url: '/report', cookies })
    assert.equal(response.statusCode, 200)
    assert.deepEqual(site.served, ['/report'])
  })

  test('a person who is being warned still is', async () => {
    const site = await guarded()
    const cookies = await cookiesOf(site, '/sign-in')
    site.wait(599)
    assert.equal((await site.app.inject({ url: '/report', cookies })).statusCode, 200)
  })

  test('a person who has been idle for too long is not', async () => {
    const site = await guarded({ loginUrl: '/login' })
    const cookies = await cookiesOf(site, '/sign-in')
    site.wait(600)
    assertRedirected(await site.app.inject({ url: '/report', cookies, headers: NAVIGATION }), '/login?next=%2Freport&reason=idle')
    assertRefused(await site.app.inject({ url: '/report', cookies, headers: SCRIPT }))
    assert.deepEqual(site.served, [])
  })

  test('a visitor is not, though there is a session', async () => {
    const site = await guarded()
    const cookies = await cookiesOf(site, '/visit')
    assertRefused(await site.app.inject({ url: '/report', cookies }))
    assert.deepEqual(site.served, [])
  })

  test('a forged cookie is not', async () => {
    assertRefused(await ask(undefined, { url: '/report', cookies: { sessionId: 'abc.def' } }))
  })

  test('a passive request of a person who is signed in is', async () => {
    const site = await guarded()
    const cookies = await cookiesOf(site, '/sign-in')
    assert.equal((await site.app.inject({ url: '/report', cookies, headers: { 'sec-purpose': 'prefetch' } })).statusCode, 200)
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
  })

  test('without a loginUrl a page is answered 401 too', async () => {
    assertRefused(await ask(undefined, { url: '/report', headers: NAVIGATION }))
    assertRefused(await ask({}, { url: '/report', headers: { accept: ACCEPT_PAGE } }))
  })
})

describe('what a page is answered', () => {
  test('a navigation is redirected to the sign-in, which learns where to go on', async () => {
    assertRedirected(await ask({ loginUrl: '/login' }, { url: '/report', headers: NAVIGATION }), '/login?next=%2Freport')
  })

  test('a browser that sends no fetch metadata is known by what it accepts', async () => {
    assertRedirected(await ask({ loginUrl: '/login' }, { url: '/report', headers: { accept: ACCEPT_PAGE } }), '/login?next=%2Freport')
  })

  test('a navigation is known as one whatever it accepts', async () => {
    assertRedirected(await ask({ loginUrl: '/login' }, { url: '/report', headers: { ...NAVIGATION, accept: '*/*' } }), '/login?next=%2Freport')
  })

  test('the query string comes along, as one value', async () => {
    const response = await ask({ loginUrl: '/login' }, { url: '/report?year=2026&of=a%26b&next=/x', headers: NAVIGATION })
    assertRedirected(response, '/login?next=%2Freport%3Fyear%3D2026%26of%3Da%2526b%26next%3D%2Fx')
    const location = new URL(String(response.headers.location), 'https://app.example')
    assert.deepEqual([...location.searchParams], [['next', '/report?year=2026&of=a%26b&next=/x']])
  })

  test('a loginUrl with a query keeps it', async () => {
    assertRedirected(await ask({ loginUrl: '/login?tenant=acme' }, { url: '/report', headers: NAVIGATION }), '/login?tenant=acme&next=%2Freport')
  })

  test('the root page may be gone on to', async () => {
    assertRedirected(await ask({ loginUrl: '/login' }, { url: '/', headers: NAVIGATION }), '/login?next=%2F')
  })

  test('a form that was sent is redirected without a next: it cannot be sent again', async () => {
    assertRedirected(await ask({ loginUrl: '/login' }, { method: 'POST', url: '/report', headers: NAVIGATION }), '/login')
    assertRedirected(await ask({ loginUrl: '/login?tenant=acme' }, { method: 'POST', url: '/report', headers: NAVIGATION }), '/login?tenant=acme')
  })

  test('a HEAD of a page is redirected without a next', async () => {
    const response = await ask({ loginUrl: '/login' }, { method: 'HEAD', url: '/report', headers: NAVIGATION })
    assertRedirected(response, '/login')
    assert.equal(response.body, '')
  })

  for (const path of ['//evil.example/report', '///evil.example', '/\\evil.example', '/report\\evil', 'http://evil.example/report']) {
    test(`a request for ${path} is redirected without a next`, async t => {
      const { app } = await guarded({ loginUrl: '/login' })
      t.after(() => app.close())
      const origin = await app.listen({ port: 0, host: '127.0.0.1' })
      // Over a socket, since inject() would read the address as a browser does, and so mend it.
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
    ['https://evil', 'https://evil'], ['//evil', '//evil'], ['/\\evil', '/\\evil'], ['login', 'login'], ['', ''], ['/login#form', '/login#form'], ['/übersicht', '/übersicht'], ['/log in', '/log in'], ['/login\n', '/login\n'],
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
    assert.throws(() => requireSession({ loginURL: '/login' } as RequireSessionOptions), { code: 'FST_SESSION_SECURITY_UNKNOWN_OPTION', message: /loginURL/ })
  })

  for (const loginUrl of ['/', '/login', '/a/b/login', '/login?tenant=acme', '/%E2%9C%93']) {
    test(`${loginUrl} is accepted`, () => {
      assert.equal(typeof requireSession({ loginUrl }), 'function')
    })
  }
})

describe('sameOriginPath', () => {
  for (const next of ['/', '/report', '/report?year=2026#top', '/a//b', '/a/../b', '/.', '/%0a', '/%0d%0aset-cookie:x=1', '/%5cevil', '/%2f/evil', '/?next=https://evil.example', '/@evil', '/:80', '/./evil', '/.//evil']) {
    test(`${next} may be followed`, () => {
      assert.equal(sameOriginPath(next), next)
    })
  }

  const elsewhere = [
    '', 'report', '//evil', '///evil', '////evil', '//evil@app.example', 'https:evil', 'https:/evil', 'https://evil', 'HTTPS://evil', 'http://app.example/report',
    'javascript:alert(1)', 'data:text/html,x', '/\\evil', '\\/evil', '\\\\evil', '\\evil', '/report\\..', '?next=/x', '#top', './report', '../report',
    '\r/evil', '\n/evil', '\t/evil', ' /evil', '\u0000/evil', '/\r/evil', '/\n/evil', '/\t/evil', '/\u0000/evil', '/report\r\nset-cookie: x=1', '/report\n', '/report\r', '/report\t',
    '/ /evil', '/report ', '/\u007f', '/\u001f/evil', '\u00a0//evil', '\ufeff//evil', '/ünïcode'
  ]
  for (const next of elsewhere) {
    test(`${JSON.stringify(next)} may not be followed`, () => {
      assert.equal(sameOriginPath(next), null)
    })
  }

  for (const next of [undefined, null, 0, 5, true, false, {}, [], ['/report'], ['/report', '/other'], Symbol('/report'), 1n, () => '/report', Object('/report'), new URL('https://app.example/report')]) {
    test(`${String(next)} of type ${typeof next} may not be followed`, () => {
      assert.equal(sameOriginPath(next), null)
    })
  }

  /** Texts out of which addresses that lead elsewhere are made. */
  const hostile = fc.string({
    unit: fc.constantFrom(...'/\\:@?#.%&=-;', '\t', '\n', '\r', '\u0000', ' ', '\u00a0', '\ufeff', '／', '＼', '。', 'evil.example', 'https', 'javascript', '%2f', '%5c', '%0a', '%00', '..', 'a'),
    maxLength: 10
  })
  const candidates = fc.oneof(fc.webPath(), fc.string({ unit: 'binary' }), fc.webUrl(), hostile, hostile.map(text => `/${text}`))

  test('what may be followed keeps the origin, whatever it looks like', () => {
    fc.assert(fc.property(candidates, text => {
      const next = sameOriginPath(text)
      if (next === null) return
      const address = new URL(next, 'https://app.example')
      assert.equal(address.origin, 'https://app.example')
      assert.equal(address.username + address.password, '')
    }), { numRuns: 20_000 })
  })

  test('what may be followed is handed on unchanged, and makes no second header', () => {
    fc.assert(fc.property(candidates, text => {
      const next = sameOriginPath(text)
      if (next === null) return
      assert.equal(next, text)
      assert.doesNotMatch(next, /[\r\n]/)
    }), { numRuns: 5000 })
  })

  test('a plain path of this site is never refused', () => {
    fc.assert(fc.property(fc.webPath(), fc.webQueryParameters(), (path, query) => {
      const next = `/app${path}?${query}`
      assert.equal(sameOriginPath(next), next)
    }))
  })

  test('anything at all is a path or null, and never throws', () => {
    fc.assert(fc.property(fc.anything(), value => {
      const next = sameOriginPath(value)
      assert.ok(next === null || next === value)
    }), { numRuns: 2000 })
  })
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
