import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import Fastify from 'fastify'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { SessionSecurityOptions } from '../../src/options/options.ts'
import { sessionSecurity } from '../../src/session-security.ts'
import { MemoryStore } from '../../src/store/memory/memory-store.ts'
import { SECRET } from '../helpers/app.ts'

interface Visit {
  readonly method?: 'GET' | 'POST' | 'HEAD'
  readonly url: string
  readonly headers?: Record<string, string>
}

interface Seen {
  /** The value of `request.sessionSecurity.passive` in the handler. */
  readonly passive: boolean
  /** Tells whether the store holds the time of the visit as the last activity. */
  readonly recorded: boolean
}

const ANYWHERE = Date.UTC(2026, 0, 15, 12)

/**
 * A server with the plugin, and a person who is signed in to it.
 *
 * Its clock goes on 5 s before each visit.
 */
class Site {
  readonly app: FastifyInstance
  readonly logged: Record<string, unknown>[] = []
  #now = ANYWHERE
  readonly #store = new MemoryStore({ clock: () => this.#now })
  #cookies: Record<string, string> = {}
  #passive: boolean | undefined
  readonly #options: Partial<SessionSecurityOptions>

  constructor (options: Partial<SessionSecurityOptions>) {
    this.#options = options
    this.app = Fastify({
      logger: { level: 'warn', stream: { write: (line: string) => { this.logged.push(JSON.parse(line)) } } }
    })
  }

  async open (): Promise<this> {
    await this.app.register(sessionSecurity, {
      session: { secret: SECRET, cookie: { secure: false } },
      store: this.#store,
      userOf: session => session.user,
      sweep: false,
      throttle: 0,
      ...this.#options
    })
    this.app.post('/sign-in', async request => {
      Object.assign(request.session, { user: 'ann' })
      return 'signed in'
    })
    this.app.setNotFoundHandler(async (request, reply) => await reply.code(404).send(await this.see(request)))
    return this
  }

  /** The handler of every route here. */
  readonly see = async (request: FastifyRequest): Promise<{ handle: string | null }> => {
    this.#passive = request.sessionSecurity.passive
    return { handle: request.sessionSecurity.handle }
  }

  async signIn (): Promise<void> {
    const response = await this.app.inject({ method: 'POST', url: '/sign-in' })
    this.#cookies = Object.fromEntries(response.cookies.map(({ name, value }) => [name, value]))
  }

  async visit (visit: Visit): Promise<Seen> {
    const handle = await this.#handle()
    this.#now += 5000
    this.#passive = undefined
    await this.app.inject({ method: 'GET', cookies: this.#cookies, ...visit })
    const session = await this.app.sessionSecurity.get(handle)
    assert.ok(session?.state === 'live')
    assert.ok(this.#passive !== undefined, 'no handler ran')
    return { passive: this.#passive, recorded: session.lastActivityMs === this.#now }
  }

  /** Returns the handle, asked by a prefetch, which leaves no trace. */
  async #handle (): Promise<string> {
    const response = await this.app.inject({
      url: '/who-is-this', cookies: this.#cookies, headers: { 'sec-purpose': 'prefetch' }
    })
    const { handle } = response.json<{ handle: string | null }>()
    assert.ok(handle !== null, 'nobody is signed in')
    return handle
  }
}

const ACTIVE: Seen = { passive: false, recorded: true }
const PASSIVE: Seen = { passive: true, recorded: false }

/** A site with some routes, and a person signed in to it. */
async function siteWith (options: Partial<SessionSecurityOptions>, ...routes: string[]): Promise<Site> {
  const site = await new Site(options).open()
  for (const url of routes) site.app.get(url, site.see)
  await site.signIn()
  return site
}

describe('passiveUrls', () => {
  test('without any, a request is activity and is recorded', async () => {
    const site = await siteWith({}, '/report')
    assert.deepEqual(await site.visit({ url: '/report' }), ACTIVE)
  })

  test('a path is passive, and no other', async () => {
    const site = await siteWith({ passiveUrls: ['/unread'] }, '/unread', '/unread/list', '/unreads', '/')
    assert.deepEqual(await site.visit({ url: '/unread' }), PASSIVE)
    for (const url of ['/unread/list', '/unreads', '/']) assert.deepEqual(await site.visit({ url }), ACTIVE)
  })

  test('a prefix takes all that lies below it, and not itself', async () => {
    const site = await siteWith(
      { passiveUrls: ['/health/*'] }, '/health/live', '/health/db/primary', '/health/', '/health', '/healthy'
    )
    for (const url of ['/health/live', '/health/db/primary', '/health/']) {
      assert.deepEqual(await site.visit({ url }), PASSIVE)
    }
    for (const url of ['/health', '/healthy']) assert.deepEqual(await site.visit({ url }), ACTIVE)
  })

  test('a route pattern takes every address of that route', async () => {
    const site = await siteWith({ passiveUrls: ['/api/jobs/:id'] }, '/api/jobs/:id', '/api/jobs/:id/log', '/api/jobs')
    for (const url of ['/api/jobs/7', '/api/jobs/a%20b', '/api/jobs/:id']) {
      assert.deepEqual(await site.visit({ url }), PASSIVE)
    }
    for (const url of ['/api/jobs/7/log', '/api/jobs']) assert.deepEqual(await site.visit({ url }), ACTIVE)
  })

  test('an address of a pattern is passive alone', async () => {
    const site = await siteWith({ passiveUrls: ['/api/jobs/7'] }, '/api/jobs/:id')
    assert.deepEqual(await site.visit({ url: '/api/jobs/7' }), PASSIVE)
    assert.deepEqual(await site.visit({ url: '/api/jobs/8' }), ACTIVE)
  })

  test('a route pattern with a wildcard takes what the route takes', async () => {
    const site = await siteWith({ passiveUrls: ['/files/*'] }, '/files/*', '/other/*')
    assert.deepEqual(await site.visit({ url: '/files/a/b.png' }), PASSIVE)
    assert.deepEqual(await site.visit({ url: '/other/a/b.png' }), ACTIVE)
  })

  test('a pattern counts with the prefix of the plugin that its route is in', async () => {
    const site = await new Site({ passiveUrls: ['/v1/jobs/:id'] }).open()
    await site.app.register(async api => { api.get('/jobs/:id', site.see) }, { prefix: '/v1' })
    await site.app.register(async api => { api.get('/jobs/:id', site.see) }, { prefix: '/v2' })
    await site.signIn()
    assert.deepEqual(await site.visit({ url: '/v1/jobs/7' }), PASSIVE)
    assert.deepEqual(await site.visit({ url: '/v2/jobs/7' }), ACTIVE)
  })

  test('an expression is tested against the path', async () => {
    const site = await siteWith({ passiveUrls: [/^\/api\/\w+\/poll$/] }, '/api/mail/poll', '/api/mail/polls')
    assert.deepEqual(await site.visit({ url: '/api/mail/poll' }), PASSIVE)
    assert.deepEqual(await site.visit({ url: '/api/mail/polls' }), ACTIVE)
  })

  for (const flags of ['g', 'y', 'gy']) {
    test(`an expression with the flag ${flags} says the same however often it is asked`, async () => {
      const expression = new RegExp('/poll', flags)
      const site = await siteWith({ passiveUrls: [expression] }, '/poll')
      for (let time = 0; time < 4; time++) assert.deepEqual(await site.visit({ url: '/poll' }), PASSIVE)
      assert.equal(expression.lastIndex, 0)
    })
  }

  test('the flags that say what an expression matches are kept', async () => {
    const site = await siteWith({ passiveUrls: [/^\/POLL$/gi] }, '/poll')
    assert.deepEqual(await site.visit({ url: '/poll' }), PASSIVE)
  })

  test('the query string makes no difference', async () => {
    const site = await siteWith(
      { passiveUrls: ['/unread', '/health/*', '/api/jobs/:id', /poll$/] }, '/unread', '/health/live', '/api/jobs/:id',
      '/poll', '/page'
    )
    for (const url of ['/unread?since=5', '/health/live?x', '/api/jobs/7?full=1', '/poll?']) {
      assert.deepEqual(await site.visit({ url }), PASSIVE)
    }
    for (const url of ['/page?next=/unread', '/page?/poll', '/page?to=/poll']) {
      assert.deepEqual(await site.visit({ url }), ACTIVE)
    }
  })

  test('any of several will do', async () => {
    const site = await siteWith({ passiveUrls: ['/a', '/b/*', /c$/] }, '/a', '/b/x', '/abc', '/d')
    for (const url of ['/a', '/b/x', '/abc']) assert.deepEqual(await site.visit({ url }), PASSIVE)
    assert.deepEqual(await site.visit({ url: '/d' }), ACTIVE)
  })

  test('it counts for every method', async () => {
    const site = await new Site({ passiveUrls: ['/beat'] }).open()
    site.app.route({ method: ['GET', 'POST'], url: '/beat', handler: site.see })
    await site.signIn()
    for (const method of ['GET', 'HEAD', 'POST'] as const) {
      assert.deepEqual(await site.visit({ method, url: '/beat' }), PASSIVE)
    }
  })

  test('an address that no route takes is passive, whether it is listed or not', async () => {
    const site = await siteWith({ passiveUrls: ['/gone', '/old/*'] }, '/pages/*')
    for (const url of ['/gone', '/old/page', '/else']) assert.deepEqual(await site.visit({ url }), PASSIVE)
    assert.deepEqual(await site.visit({ url: '/pages/none' }), ACTIVE, 'a route takes it')
  })
})

describe('what else decides', () => {
  test('a route that says that it is passive is', async () => {
    const site = await siteWith({}, '/page')
    const polled = await new Site({}).open()
    polled.app.get('/poll', { config: { sessionSecurity: { passive: true } } }, polled.see)
    await polled.signIn()
    assert.deepEqual(await polled.visit({ url: '/poll' }), PASSIVE)
    assert.deepEqual(await site.visit({ url: '/page' }), ACTIVE)
  })

  test('a route that says that it is not passive outranks passiveUrls and isPassive', async () => {
    const site = await new Site({ passiveUrls: ['/api/*'], isPassive: () => true }).open()
    site.app.get('/api/save', { config: { sessionSecurity: { passive: false } } }, site.see)
    site.app.get('/api/poll', site.see)
    await site.signIn()
    assert.deepEqual(await site.visit({ url: '/api/save' }), ACTIVE)
    assert.deepEqual(await site.visit({ url: '/api/poll' }), PASSIVE)
  })

  test('a route that says that it is passive outranks isPassive', async () => {
    const site = await new Site({ isPassive: () => false }).open()
    site.app.get('/poll', { config: { sessionSecurity: { passive: true } } }, site.see)
    await site.signIn()
    assert.deepEqual(await site.visit({ url: '/poll' }), PASSIVE)
  })

  test('a route whose config says nothing of it is left to the other rules', async () => {
    const site = await new Site({ passiveUrls: ['/a'] }).open()
    site.app.get('/a', { config: { sessionSecurity: {} } }, site.see)
    site.app.get('/b', { config: { sessionSecurity: {} } }, site.see)
    await site.signIn()
    assert.deepEqual(await site.visit({ url: '/a' }), PASSIVE)
    assert.deepEqual(await site.visit({ url: '/b' }), ACTIVE)
  })

  test('isPassive decides per request, before the session is loaded', async () => {
    const sessions: unknown[] = []
    const isPassive = (request: FastifyRequest) => {
      sessions.push(request.session)
      return request.headers['x-poll'] === '1'
    }
    const site = await siteWith({ isPassive }, '/data')
    sessions.length = 0
    assert.deepEqual(await site.visit({ url: '/data', headers: { 'x-poll': '1' } }), PASSIVE)
    assert.deepEqual(await site.visit({ url: '/data' }), ACTIVE)
    assert.deepEqual(sessions, [null, null])
  })

  test('isPassive is asked last, and not at all when the rest has decided', async () => {
    const asked: string[] = []
    const site = await new Site({
      passiveUrls: ['/poll'], isPassive: request => { asked.push(request.url); return false }
    }).open()
    site.app.get('/poll', site.see)
    site.app.get('/said', { config: { sessionSecurity: { passive: false } } }, site.see)
    site.app.get('/page', site.see)
    await site.signIn()
    asked.length = 0
    for (const url of ['/poll', '/said', '/page']) await site.visit({ url })
    await site.visit({ url: '/page', headers: { 'sec-fetch-site': 'cross-site' } })
    assert.deepEqual(asked, ['/page'])
  })
})

describe('what the browser says', () => {
  const cases: { what: string, headers: Record<string, string>, seen: Seen }[] = [
    { what: 'a prefetch', headers: { 'sec-purpose': 'prefetch' }, seen: PASSIVE },
    { what: 'a prerender', headers: { 'sec-purpose': 'prefetch;prerender' }, seen: PASSIVE },
    {
      what: 'a prefetch by way of a private proxy',
      headers: { 'sec-purpose': 'prefetch;anonymous-client-ip' },
      seen: PASSIVE
    },
    { what: 'a prefetch of an older browser', headers: { purpose: 'prefetch' }, seen: PASSIVE },
    { what: 'a prefetch of an older Firefox', headers: { 'x-moz': 'prefetch' }, seen: PASSIVE },
    {
      what: 'a prefetched navigation of the same site',
      headers: {
        'sec-purpose': 'prefetch',
        'sec-fetch-site': 'same-origin',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document'
      },
      seen: PASSIVE
    },
    { what: 'another purpose', headers: { 'sec-purpose': 'other' }, seen: ACTIVE },
    {
      what: 'another site\'s image',
      headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
      seen: PASSIVE
    },
    {
      what: 'another site\'s script',
      headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
      seen: PASSIVE
    },
    { what: 'another site\'s request that says no more', headers: { 'sec-fetch-site': 'cross-site' }, seen: PASSIVE },
    {
      what: 'a link from another site',
      headers: {
        'sec-fetch-site': 'cross-site',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
        'sec-fetch-user': '?1'
      },
      seen: ACTIVE
    },
    {
      what: 'another site\'s script that navigates',
      headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
      seen: PASSIVE
    },
    {
      what: 'another site\'s frame',
      headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
      seen: PASSIVE
    },
    {
      what: 'another site\'s old-style frame',
      headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'frame' },
      seen: PASSIVE
    },
    {
      what: 'another site\'s embedded object',
      headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'object' },
      seen: PASSIVE
    },
    {
      what: 'a prefetched link from another site',
      headers: {
        'sec-purpose': 'prefetch',
        'sec-fetch-site': 'cross-site',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document'
      },
      seen: PASSIVE
    },
    {
      what: 'a script of the same origin',
      headers: { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
      seen: ACTIVE
    },
    {
      what: 'a script of the same site',
      headers: { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
      seen: ACTIVE
    },
    { what: 'a script that opens an event stream', headers: { accept: 'text/event-stream' }, seen: PASSIVE },
    { what: 'a WebSocket handshake', headers: { connection: 'upgrade', upgrade: 'websocket' }, seen: PASSIVE },
    { what: 'the update of a service worker', headers: { 'service-worker': 'script' }, seen: PASSIVE },
    { what: 'a manifest', headers: { 'sec-fetch-dest': 'manifest' }, seen: PASSIVE },
    { what: 'a report of the browser', headers: { 'sec-fetch-dest': 'report' }, seen: PASSIVE },
    { what: 'another origin\'s script on plain http', headers: { origin: 'http://evil.example' }, seen: PASSIVE },
    {
      what: 'a form of this origin on plain http',
      headers: { host: 'a.example', origin: 'http://a.example' },
      seen: ACTIVE
    },
    {
      what: 'a typed address',
      headers: { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
      seen: ACTIVE
    }
  ]
  for (const { what, headers, seen } of cases) {
    test(`${what} is ${seen.passive ? 'passive' : 'activity'}`, async () => {
      const site = await siteWith({}, '/page')
      assert.deepEqual(await site.visit({ url: '/page', headers }), seen)
    })
  }

  test('what the browser says outranks a route that says that it is not passive', async () => {
    const site = await new Site({}).open()
    site.app.get('/page', { config: { sessionSecurity: { passive: false } } }, site.see)
    await site.signIn()
    assert.deepEqual(await site.visit({ url: '/page', headers: { 'sec-purpose': 'prefetch' } }), PASSIVE)
    assert.deepEqual(await site.visit({ url: '/page', headers: { 'sec-fetch-site': 'cross-site' } }), PASSIVE)
    assert.deepEqual(await site.visit({ url: '/page' }), ACTIVE)
  })

  test('a script of an allowed origin is activity, and an image on its page is not', async () => {
    const site = await siteWith({ allowedOrigins: ['https://app.example'] }, '/page')
    const script = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
    assert.deepEqual(await site.visit({ url: '/page', headers: { ...script, origin: 'https://app.example' } }), ACTIVE)
    assert.deepEqual(await site.visit({ url: '/page', headers: { ...script, origin: 'https://evil.example' } }),
      PASSIVE)
    const image = { ...script, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image', referer: 'https://app.example/' }
    assert.deepEqual(await site.visit({ url: '/page', headers: image }), PASSIVE)
  })

  test('a route that says that it is not passive outranks what reconnects by itself', async () => {
    const site = await new Site({}).open()
    site.app.get('/chat', { config: { sessionSecurity: { passive: false } } }, site.see)
    await site.signIn()
    assert.deepEqual(await site.visit({ url: '/chat', headers: { accept: 'text/event-stream' } }), ACTIVE)
  })

  test('a link from another site to a passive address is passive all the same', async () => {
    const site = await siteWith({ passiveUrls: ['/poll'] }, '/poll')
    assert.deepEqual(
      await site.visit({
        url: '/poll',
        headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
      }),
      PASSIVE
    )
  })
})

describe('a passive URL that matches no route', () => {
  function reported (site: Site): unknown[] {
    return site.logged.filter(({ msg }) =>
      msg === 'a passive URL matches no route that was added after this plugin'
    ).map(({ passiveUrl }) => passiveUrl)
  }

  test('is reported once, when the server is ready', async () => {
    const site = await new Site({ passiveUrls: ['/api/unred', '/helth/*', '/api/jbos/:id', /^\/pol$/] }).open()
    for (const url of ['/api/unread', '/health/live', '/api/jobs/:id', '/poll']) site.app.get(url, site.see)
    assert.deepEqual(reported(site), [])
    await site.app.ready()
    assert.deepEqual(reported(site), ['/api/unred', '/helth/*', '/api/jbos/:id', '/^\\/pol$/'])
    await site.signIn()
    await site.visit({ url: '/poll' })
    assert.equal(reported(site).length, 4)
  })

  test('one that matches is not reported, however it matches', async () => {
    const passiveUrls = [
      '/api/unread', '/health/*', '/api/jobs/:id', '/api/jobs/7', '/api/jobs/7/log', '/files/a/b.png', '/files/*',
      /^\/poll$/g, /^\/api\/jobs\/\d+$/
    ]
    const site = await new Site({ passiveUrls }).open()
    for (const url of [
      '/api/unread', '/health/live', '/api/jobs/:id', '/api/jobs/:id/log', '/files/*', '/poll'
    ]) site.app.get(url, site.see)
    await site.app.ready()
    assert.deepEqual(reported(site), [])
  })

  test('one that the router decodes is not reported, and counts (audit/30)', async () => {
    const site = await siteWith({ passiveUrls: ['/büro/*', /^\/straße\//] }, '/büro/:id', '/straße/:id')
    for (const url of ['/b%C3%BCro/7', '/stra%C3%9Fe/7']) assert.deepEqual(await site.visit({ url }), PASSIVE)
    assert.deepEqual(reported(site), [])
  })

  test('a route that was declared before the plugin counts as well', async () => {
    const site = new Site({ passiveUrls: ['/early', '/early/:id'] })
    site.app.get('/early', site.see)
    site.app.put('/early/:id', site.see)
    await site.open()
    await site.app.ready()
    assert.deepEqual(reported(site), [])
  })

  test('routes that are added while the plugin waits to be loaded count, however an entry matches them', async () => {
    const passiveUrls = [/^\/poll\/\d+\/x$/, /^\/$/, '/files/*', '/poll/7/x', /^\/poll\/$/, /^\/pull\//, '/file/*']
    const site = new Site({ passiveUrls })
    const opened = site.open() // register() is not awaited, as in a script without top-level await
    for (const url of ['/poll/:id(^\\d+$)/x', '/poll/:id/y', '/', '/files/a']) site.app.get(url, site.see)
    await opened
    await site.app.ready()
    assert.deepEqual(reported(site), ['/^\\/poll\\/$/', '/^\\/pull\\//', '/file/*'])
  })

  test('a route of a plugin that is registered later counts with its prefix', async () => {
    const site = await new Site({ passiveUrls: ['/v1/poll', '/poll'] }).open()
    await site.app.register(async api => { api.get('/poll', site.see) }, { prefix: '/v1' })
    await site.app.ready()
    assert.deepEqual(reported(site), ['/poll'])
  })
})
