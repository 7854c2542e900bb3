import assert from 'node:assert/strict'
import { get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import Fastify from 'fastify'
import type { FastifyInstance, FastifyRequest, FastifyServerOptions } from 'fastify'
import { routerOptionsOf } from '../../src/http/router-path.ts'
import { passiveRule, reconnects } from '../../src/request/passive-requests.ts'
import type { PassiveOptions, PassiveReason } from '../../src/request/passive-requests.ts'

interface Seen {
  readonly reason: PassiveReason | null
  /** The pattern of the route that took the request. */
  readonly route?: string
}

/** Builds a server that tells by which rule each request is passive. An `onRequest` hook asks. */
function serve (options: PassiveOptions, add: (app: FastifyInstance) => void,
  server: FastifyServerOptions = {}): FastifyInstance {
  const app = Fastify(server)
  const rule = passiveRule(options, routerOptionsOf(app.initialConfig))
  const seen = new WeakMap<FastifyRequest, PassiveReason | null>()
  app.addHook('onRequest', async function judge (request) { seen.set(request, rule(request)) })
  app.addHook('onSend', async function report (request, reply, payload) {
    if (reply.statusCode === 500) return payload
    reply.code(200).type('application/json')
    return JSON.stringify({ reason: seen.get(request) ?? null, route: request.routeOptions.url })
  })
  add(app)
  return app
}

function routes (...urls: string[]): (app: FastifyInstance) => void {
  return app => { for (const url of urls) app.get(url, async () => '') }
}

async function ask (app: FastifyInstance, url: string, headers: Readonly<Record<string, string>> = {}): Promise<Seen> {
  return (await app.inject({ url, headers })).json<Seen>()
}

const CROSS_SITE = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
const NAVIGATION = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

describe('what a browser says', () => {
  const cases: Array<[what: string, headers: Record<string, string>, reason: PassiveReason | null]> = [
    ['a request that says nothing', {}, null],
    ['a prefetch', { 'sec-purpose': 'prefetch' }, 'prefetch'],
    ['a prerendered link from another site', {
      ...NAVIGATION,
      'sec-purpose': 'prefetch;prerender',
      'sec-fetch-site': 'cross-site'
    }, 'prefetch'],
    ['a prefetch that has another purpose before it', { 'sec-purpose': 'other, prefetch' }, 'prefetch'],
    ['a preview of an older Safari', { 'x-purpose': 'preview' }, 'prefetch'],
    ['another site\'s script', CROSS_SITE, 'cross-site'],
    ['another site\'s request that says no more', { 'sec-fetch-site': 'cross-site' }, 'cross-site'],
    ['another site\'s frame', { ...NAVIGATION, 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'iframe' },
      'cross-site'],
    ['a link from another site', { ...NAVIGATION, 'sec-fetch-user': '?1', 'sec-fetch-site': 'cross-site' }, null],
    ['another site\'s script that navigates', { ...NAVIGATION, 'sec-fetch-site': 'cross-site' }, 'cross-site'],
    ['a script of the same site', { ...CROSS_SITE, 'sec-fetch-site': 'same-site' }, null],
    ['a script of the same origin', { ...CROSS_SITE, 'sec-fetch-site': 'same-origin' }, null],
    ['a typed address', { ...NAVIGATION, 'sec-fetch-site': 'none' }, null],
    ['plain http, a foreign Origin', { host: 'bank.example', origin: 'http://evil.example' }, 'cross-site'],
    ['plain http, an opaque Origin', { host: 'bank.example', origin: 'null' }, 'cross-site'],
    ['plain http, another port', { host: 'bank.example', origin: 'http://bank.example:8080' }, 'cross-site'],
    ['plain http, the own Origin', { host: 'bank.example', origin: 'http://bank.example' }, null],
    ['TLS ended by a proxy', { host: 'bank.example', origin: 'https://bank.example' }, null],
    ['a script of an allowed origin', { ...CROSS_SITE, origin: 'https://app.example' }, null],
    ['plain http, an allowed origin', { origin: 'https://app.example' }, null],
    ['an image on a page of an allowed origin', { ...CROSS_SITE, referer: 'https://app.example/' }, 'cross-site'],
    ['a prefetch of an allowed origin', { ...CROSS_SITE, origin: 'https://app.example', purpose: 'prefetch' },
      'prefetch'],
    ['a WebSocket handshake', { connection: 'Upgrade', upgrade: 'websocket' }, 'reconnect'],
    ['a WebSocket handshake in capitals', { connection: 'upgrade', upgrade: 'WebSocket' }, 'reconnect'],
    ['a WebSocket handshake, as a browser names it',
      { 'sec-fetch-mode': 'websocket', 'sec-fetch-site': 'same-origin' }, 'reconnect'],
    ['an upgrade to HTTP/2', { connection: 'upgrade', upgrade: 'h2c' }, null],
    ['an event stream', { accept: 'text/event-stream' }, 'reconnect'],
    ['an event stream among others', { accept: 'application/json, Text/Event-Stream;q=0.5' }, 'reconnect'],
    ['a script of a service worker', { 'service-worker': 'script' }, 'reconnect'],
    ['a service worker', { 'sec-fetch-dest': 'serviceworker', 'sec-fetch-site': 'same-origin' }, 'reconnect'],
    ['a manifest', { 'sec-fetch-dest': 'manifest' }, 'reconnect'],
    ['a report', { 'sec-fetch-dest': 'report' }, 'reconnect'],
    ['a report, on plain http', { 'content-type': 'application/csp-report' }, 'reconnect'],
    ['reports, on plain http', { 'content-type': 'application/reports+json; charset=utf-8' }, 'reconnect'],
    ['a worker that is not a service worker', { 'sec-fetch-dest': 'worker' }, null],
    ['a page', { accept: 'text/html,*/*' }, null]
  ]
  for (const [what, headers, reason] of cases) {
    test(`${what} is ${reason === null ? 'active' : `passive: ${reason}`}`, async () => {
      const app = serve({ allowedOrigins: ['https://app.example'] }, routes('/page'))
      assert.deepEqual(await ask(app, '/page', headers), { reason, route: '/page' })
    })
  }

  test('a WebSocket handshake over HTTP/2 (RFC 8441) is known by its pseudo-header', () => {
    assert.equal(reconnects({ ':protocol': 'websocket' }), true)
    assert.equal(reconnects({ ':protocol': 'connect-udp' }), false)
  })
})

describe('the order of the rules', () => {
  const SOCKET = { connection: 'upgrade', upgrade: 'websocket' }

  test('prefetching and cross-site outweigh a route that says it is not passive', async () => {
    const app = serve({}, app => app.get('/page', { config: { sessionSecurity: { passive: false } } }, async () => ''))
    assert.equal((await ask(app, '/page', { purpose: 'prefetch' })).reason, 'prefetch')
    assert.equal((await ask(app, '/page', CROSS_SITE)).reason, 'cross-site')
    assert.equal((await ask(app, '/page', { origin: 'http://evil.example' })).reason, 'cross-site')
  })

  test('a route that says it is not passive overrules all that follows', async () => {
    const app = serve({ passiveUrls: ['/page', /./], isPassive: () => assert.fail('asked') }, app => {
      app.get('/page', { config: { sessionSecurity: { passive: false } } }, async () => '')
    })
    for (const headers of [{}, SOCKET, { accept: 'text/event-stream' }, { 'service-worker': 'script' },
      { 'sec-fetch-dest': 'manifest' }]) {
      assert.equal((await ask(app, '/page', headers)).reason, null)
    }
  })

  test('a route that says it is passive is, and isPassive is not asked', async () => {
    const app = serve({ isPassive: () => assert.fail('asked') }, app => {
      app.get('/poll', { config: { sessionSecurity: { passive: true } } }, async () => '')
    })
    assert.equal((await ask(app, '/poll')).reason, 'route')
    assert.equal((await ask(app, '/poll', NAVIGATION)).reason, 'route')
  })

  test('a route whose config says nothing of it is left to the other rules', async () => {
    const app = serve({ passiveUrls: ['/a'] }, app => {
      for (const url of ['/a', '/b']) app.get(url, { config: { sessionSecurity: {} } }, async () => '')
    })
    assert.equal((await ask(app, '/a')).reason, 'passiveUrls')
    assert.equal((await ask(app, '/b')).reason, null)
  })

  test('an address that no route takes is passive, also for a person\'s navigation and another method', async () => {
    const app = serve({ isPassive: () => assert.fail('asked') }, routes('/page'))
    assert.deepEqual(await ask(app, '/favicon.ico'), { reason: 'not-found' })
    assert.deepEqual(await ask(app, '/else', { ...NAVIGATION, 'sec-fetch-site': 'same-origin' }),
      { reason: 'not-found' })
    assert.equal((await app.inject({ method: 'POST', url: '/page' })).json<Seen>().reason, 'not-found')
  })

  test('isPassive is asked last, and only where nothing else decided', async () => {
    const asked: string[] = []
    const isPassive = (request: FastifyRequest): boolean => {
      asked.push(request.url)
      return request.headers['x-poll'] === '1'
    }
    const app = serve({ passiveUrls: ['/poll'], isPassive }, routes('/poll', '/page'))
    assert.equal((await ask(app, '/poll')).reason, 'passiveUrls')
    assert.equal((await ask(app, '/page', SOCKET)).reason, 'reconnect')
    assert.equal((await ask(app, '/gone')).reason, 'not-found')
    assert.deepEqual(asked, [])
    assert.equal((await ask(app, '/page', { 'x-poll': '1' })).reason, 'isPassive')
    assert.equal((await ask(app, '/page')).reason, null)
    assert.deepEqual(asked, ['/page', '/page'])
  })
})

describe('the answer of isPassive', () => {
  for (const [answer, reason] of [[true, 'isPassive'], [1, 'isPassive'], ['yes', 'isPassive'], [['x'], 'isPassive'],
    [false, null], [undefined, null], [null, null], [0, null], ['', null]] as const) {
    test(`${JSON.stringify(answer)} is ${reason === null ? 'no' : 'yes'}`, async () => {
      assert.equal((await ask(serve({ isPassive: () => answer }, routes('/page')), '/page')).reason, reason)
    })
  }

  const promises: Array<[what: string, isPassive: () => unknown]> = [
    ['a promise', async () => false],
    ['a promise that is rejected', async () => { throw new Error('rejected') }],
    ['a thenable', () => ({ then () {} })],
    ['a thenable that rejects', () => ({
      then (_: unknown,
        reject: (error: Error) => void) { reject(new Error('rejected')) }
    })]
  ]
  for (const [what, isPassive] of promises) {
    test(`${what} is a coded error, and ends no process`, async () => {
      const unhandled: unknown[] = []
      const note = (error: unknown): void => { unhandled.push(error) }
      process.on('unhandledRejection', note)
      try {
        const answer = await serve({ isPassive }, routes('/page')).inject('/page')
        assert.equal(answer.statusCode, 500)
        assert.equal(answer.json().code, 'FST_SESSION_SECURITY_BAD_OPTION')
        assert.match(answer.json().message, /^Option "isPassive" must be a function that gives true or false at once/)
        await new Promise(resolve => { setImmediate(resolve) })
        assert.deepEqual(unhandled, [])
      } finally {
        process.off('unhandledRejection', note)
      }
    })
  }

  test('an error that it throws is an error of that request', async () => {
    const app = serve({ isPassive () { throw new Error('on purpose') } }, routes('/page'))
    assert.equal((await app.inject('/page')).json().message, 'on purpose')
  })
})

describe('passiveUrls on a server', () => {
  test('match non-ASCII paths as the router does (audit/30)', async () => {
    const app = serve({ passiveUrls: ['/büro/*', /^\/straße\//, '/größe', '/%C3%A4nderung'] },
      routes('/büro/:id', '/straße/:id', '/größe', '/änderung', '/buro/:id'))
    for (const url of ['/b%C3%BCro/7', '/b%c3%bcro/7', '/stra%C3%9Fe/7', '/gr%C3%B6%C3%9Fe', '/%C3%A4nderung?x=1']) {
      assert.equal((await ask(app, url)).reason, 'passiveUrls', url)
    }
    assert.deepEqual(await ask(app, '/buro/7'), { reason: null, route: '/buro/:id' })
  })

  test('a pattern counts with the prefix of the plugin that its route is in', async () => {
    const app = serve({ passiveUrls: ['/v1/jobs/:id', '/v3'] }, app => {
      for (const prefix of ['/v1', '/v2', '/v3']) {
        app.register(async api => {
          api.get('/', async () => '')
          api.get('/jobs/:id', async () => '')
        }, { prefix })
      }
    })
    assert.equal((await ask(app, '/v1/jobs/7')).reason, 'passiveUrls')
    assert.equal((await ask(app, '/v2/jobs/7')).reason, null)
    for (const url of ['/v3', '/v3/']) assert.equal((await ask(app, url)).reason, 'passiveUrls')
  })

  test('a URL that was rewritten counts as it was rewritten', async () => {
    const app = serve({ passiveUrls: ['/poll'] }, routes('/poll', '/page'),
      { rewriteUrl: ({ url = '' }) => url.replace('/old', '') })
    assert.equal((await ask(app, '/old/poll')).reason, 'passiveUrls')
    assert.equal((await ask(app, '/old/page')).reason, null)
  })

  test('a proxy\'s request that names the whole address counts by its path', async () => {
    const app = serve({ passiveUrls: ['/poll', '/büro/*'] }, routes('/poll', '/büro/x', '/page', '/'))
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const whole = async (path: string): Promise<Seen> => await new Promise((resolve, reject) => {
      get({ port, host: '127.0.0.1', path }, response => {
        let text = ''
        response.setEncoding('utf8').on('data', chunk => { text += chunk }).on('end',
          () => { resolve(JSON.parse(text)) })
      }).on('error', reject)
    })
    try {
      assert.deepEqual(await whole('http://bank.example/poll?x'), { reason: 'passiveUrls', route: '/poll' })
      assert.deepEqual(await whole('HTTPS://bank.example:8080/b%C3%BCro/x'),
        { reason: 'passiveUrls', route: '/büro/x' })
      assert.deepEqual(await whole('http://bank.example/page?/poll'), { reason: null, route: '/page' })
      assert.deepEqual(await whole('http://bank.example/'), { reason: null, route: '/' })
    } finally {
      await app.close()
    }
  })

  test('a path that cannot be decoded matches nothing, and fails nothing', async () => {
    const app = serve({ passiveUrls: ['/*', /./] }, routes('/page'))
    assert.equal((await app.inject('/%E0%A4%A')).json<{ code?: string }>().code, 'FST_ERR_BAD_URL')
    assert.equal((await ask(app, '/page')).reason, 'passiveUrls')
  })
})
