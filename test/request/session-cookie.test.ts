import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import cookie, { signerFactory } from '@fastify/cookie'
import session from '@fastify/session'
import Fastify from 'fastify'
import type { LightMyRequestResponse } from 'fastify'
import { MemoryStore } from '../../src/store/memory/memory-store.ts'
import type { TestApp, TestAppOptions } from '../helpers/app.ts'
import { SECRET, buildApp as buildTestApp } from '../helpers/app.ts'
import type { SteeredStore } from '../helpers/steered-store.ts'
import { steeredKit } from '../helpers/steered-store.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

/** The number of cookies of the session's name that are looked up. */
const MOST_CANDIDATES = 4

const OURS = signerFactory(SECRET)

for (const kit of [memoryKit, redisKit()]) {
  describe(`several cookies of the session's name, on ${kit.name}`, () => {
    it('the one that names a live session counts, wherever it stands', async () => {
      const built = await open()
      const { app, browser } = built
      await browser.post('/sign-in')
      const live = String(browser.cookies['sessionId'])
      const dead = [await signedOut(built), OURS.sign('nobody-ever-had-this'), 'forged.cookie', '']
      for (let at = 0; at <= dead.length - 1; at++) {
        const values = [...dead.slice(0, at), live, ...dead.slice(at, MOST_CANDIDATES - 1)]
        const response = await app.inject({ url: '/seen', headers: { cookie: headerOf(values) } })
        assert.deepEqual(response.json(), { user: 'ada', cookie: live }, `at ${at}`)
        assert.equal(response.headers['set-cookie'], undefined)
      }
      await app.close()
    })

    it('of two that name live sessions, the first counts, and the other one\'s activity is not recorded', async () => {
      const { app, clock, browser, newBrowser } = await open()
      const other = newBrowser()
      await browser.post('/sign-in')
      await other.post('/sign-in')
      const [first, second] = [browser, other].map(({ cookies }) => String(cookies['sessionId']))
      clock.advance(4)
      const response = await app.inject({ url: '/seen', headers: { cookie: headerOf([first ?? '', second ?? '']) } })
      assert.equal(response.json().cookie, first)
      const pings = [await browser.get('/session_security/ping'), await other.get('/session_security/ping')]
      assert.deepEqual(pings.map(ping => ping.json().idleFor), [0, 4])
      await app.close()
    })

    it('no more than four are looked up, however many come', async () => {
      const { app, store, browser } = await open()
      await browser.post('/sign-in')
      const live = String(browser.cookies['sessionId'])
      const strangers = Array.from({ length: 100 }, (_, i) => OURS.sign(`stranger-${i}`))
      store.calls.length = 0
      const late = await app.inject({ url: '/seen', headers: { cookie: headerOf([...strangers, live]) } })
      assert.equal(late.json().user, null)
      assert.equal(store.calls.filter(call => call.startsWith('load')).length, MOST_CANDIDATES)
      const early = await app.inject({ url: '/seen', headers: { cookie: headerOf([live, ...strangers]) } })
      assert.equal(early.json().user, 'ada')
      await app.close()
    })

    it('forged ones are not looked up at all', async () => {
      const { app, store } = await open()
      store.calls.length = 0
      const values = ['', 'x', 'a.b', `${OURS.sign('a')}x`, signerFactory('another secret, also long enough').sign('a')]
      for (const value of values) await app.inject({ url: '/seen', headers: { cookie: headerOf([value]) } })
      assert.deepEqual(store.calls, [])
      await app.close()
    })

    it('where none is alive, one that ended tells why, whatever stands before it', async () => {
      const built = await open()
      const ended = await signedOut(built)
      const unknown = OURS.sign('nobody-ever-had-this')
      for (const values of [[unknown, ended], [ended, unknown]]) {
        const headers = { cookie: headerOf(values) }
        const response = await built.app.inject({ url: '/session_security/ping', headers })
        assert.deepEqual(response.json(), { state: 'ended', reason: 'logout' })
      }
      await built.app.close()
    })

    it('where none is alive, and one goes on under another id, no anonymous session takes its place', async () => {
      const built = await open()
      const { app, browser } = built
      const ended = await signedOut(built)
      await browser.post('/sign-in')
      const renewed = String(browser.cookies['sessionId'])
      await browser.post('/renew')
      for (const values of [[ended, renewed], [renewed, ended]]) {
        const response = await app.inject({ method: 'POST', url: '/cart', headers: { cookie: headerOf(values) } })
        assert.deepEqual([response.statusCode, response.headers['set-cookie']], [200, undefined])
      }
      await app.close()
    })

    it('where none is alive, and an anonymous one was signed in from, no other takes its place', async () => {
      const built = await open()
      const { app, browser } = built
      const ended = await signedOut(built)
      await browser.post('/cart')
      const anonymous = String(browser.cookies['sessionId'])
      await browser.post('/sign-in')
      for (const values of [[ended, anonymous], [anonymous, ended]]) {
        const response = await app.inject({ method: 'POST', url: '/cart', headers: { cookie: headerOf(values) } })
        assert.deepEqual([response.statusCode, response.headers['set-cookie']], [200, undefined])
      }
      await app.close()
    })

    it('with more signed cookies than are looked up, no anonymous session replaces an unknown one', async () => {
      const { app, browser } = await open()
      await browser.post('/sign-in')
      const live = String(browser.cookies['sessionId'])
      const unknown = Array.from({ length: MOST_CANDIDATES }, (_, i) => OURS.sign(`stranger-${i}`))
      const response = await app.inject({
        method: 'POST', url: '/cart', headers: { cookie: headerOf([...unknown, live]) }
      })
      assert.deepEqual([response.statusCode, response.headers['set-cookie']], [200, undefined])
      const alone = await app.inject({ method: 'POST', url: '/cart', headers: { cookie: headerOf(unknown) } })
      assert.match(String(alone.headers['set-cookie']), /^sessionId=./)
      await app.close()
    })

    it('a log-out ends the one that lives', async () => {
      const built = await open()
      const { app, browser } = built
      const ended = await signedOut(built)
      await browser.post('/sign-in')
      const live = String(browser.cookies['sessionId'])
      const headers = { cookie: headerOf([ended, live]) }
      const response = await app.inject({ method: 'POST', url: '/sign-out', headers })
      assert.match(String(response.headers['set-cookie']), /^sessionId=;/)
      assert.equal((await browser.get('/seen')).json().user, null)
      await app.close()
    })
  })

  describe(`cookies beside the session's, on ${kit.name}`, () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`other${i}`, `value-${i}`]))

    it('sixty of them change nothing of what is seen, what a ping says, and what the store is asked', async () => {
      const { app, clock, store, browser } = await open()
      await browser.post('/sign-in')
      Object.assign(browser.cookies, many)
      store.calls.length = 0
      assert.equal((await browser.get('/seen')).json().user, 'ada')
      assert.equal(store.calls.filter(call => call.startsWith('load')).length, 1)
      clock.advance(10)
      assert.deepEqual((await browser.get('/session_security/ping')).json(), { state: 'ended', reason: 'idle' })
      await app.close()
    })

    it('those whose name only ends or begins like the session\'s are others', async () => {
      const { app, store, browser } = await open()
      await browser.post('/sign-in')
      const live = String(browser.cookies['sessionId'])
      store.calls.length = 0
      const decoys = ['xsessionId', 'sessionIdx', '__Host-sessionId', 'SESSIONID']
      const pairs = [...decoys.map(name => `${name}=${OURS.sign('decoy')}`), headerOf([live])]
      const response = await app.inject({ url: '/seen', headers: { cookie: pairs.join('; ') } })
      assert.deepEqual(response.json(), { user: 'ada', cookie: live })
      assert.equal(store.calls.filter(call => call.startsWith('load')).length, 1)
      await app.close()
    })

    it('one that holds the session id is left alone by the log-out, which takes the session\'s away', async () => {
      const { app, browser } = await open()
      await browser.post('/sign-in')
      const live = String(browser.cookies['sessionId'])
      Object.assign(browser.cookies, many, { copy: live, id: live.split('.')[0] ?? '' })
      const response = await browser.post('/sign-out')
      assert.deepEqual(response.cookies.map(({ name, value }) => [name, value]), [['sessionId', '']])
      await app.close()
    })
  })

  describe(`a cookie prefix, on ${kit.name}`, () => {
    it('stands before the signed id in every line, and is what a cookie must begin with', async () => {
      const { app, browser, store } = await open({ session: { cookiePrefix: 's:' } })
      const response = await browser.post('/sign-in')
      const value = String(browser.cookies['sessionId'])
      assert.ok(value.startsWith('s:'))
      assert.match(String(response.headers['set-cookie']), /^sessionId=s:/)
      assert.equal((await browser.get('/seen')).json().user, 'ada')
      store.calls.length = 0
      for (const wrong of [value.slice(2), `t:${value.slice(2)}`, `s:${value}`, 's:', 's']) {
        const response = await app.inject({ url: '/seen', headers: { cookie: headerOf([wrong]) } })
        assert.deepEqual([response.json().user, response.headers['set-cookie']], [null, undefined], wrong)
      }
      assert.deepEqual(store.calls, [])
      const header = headerOf([value.slice(2), `s:${OURS.sign('x')}`, value])
      const several = await app.inject({ url: '/seen', headers: { cookie: header } })
      assert.equal(several.json().user, 'ada')
      await browser.post('/renew')
      assert.ok(browser.cookies['sessionId']?.startsWith('s:'))
      assert.notEqual(browser.cookies['sessionId'], value)
      await browser.post('/sign-out')
      assert.deepEqual(browser.cookies, {})
      await app.close()
    })
  })

  /** Adds routes that show the cookie, renew, and begin an anonymous session. The store counts. */
  async function open (options: TestAppOptions = {}): Promise<TestApp & { store: SteeredStore }> {
    const steered = steeredKit(kit)
    const built = await buildTestApp({ ...options, kit: steered, routes: addRoutes })
    return { ...built, store: steered.store }
  }
}

describe('the value of the cookie', () => {
  it('is what @fastify/session by itself writes for that id: a new registration signs nobody out', async () => {
    const options = {
      secret: SECRET,
      cookieName: 'sid',
      cookiePrefix: 's:',
      cookie: { secure: false, sameSite: 'lax' } as const,
      idGenerator: () => 'an-id-that-is-always-the-same'
    }
    const plain = Fastify()
    await plain.register(cookie)
    await plain.register(session, options)
    plain.post('/cart', async request => { request.session.a = 1 })
    const { app } = await buildTestApp({ session: options, routes: addRoutes })
    const post = { method: 'POST', url: '/cart' } as const
    const [theirs, ours] = [(await plain.inject(post)).cookies, (await app.inject(post)).cookies]
    assert.equal(ours?.length, 1)
    assert.deepEqual(ours, theirs)
    await Promise.all([app.close(), plain.close()])
  })
})

describe('the path of the cookie', () => {
  const URLS = [
    '/app', '/app/', '/app?x=1', '/app/?x', '/app/page', '/app/page?next=/x', '/apple', '/ap', '/APP', '/app%2Fpage',
    '/x/app', '//app', '/app//x', '/x'
  ]

  for (const path of ['/', '/app', '/app/', '/app/page', '/a']) {
    it(`${path}: a request has a session where @fastify/session by itself gives it one`, async () => {
      const plain = Fastify()
      await plain.register(cookie)
      await plain.register(session, { secret: SECRET, cookie: { secure: false, path } })
      plain.get('/*', async request => ({ hasSession: typeof request.session.sessionId === 'string' }))
      const { app } = await buildTestApp({
        session: { cookie: { secure: false, path } },
        routes: app => {
          app.get('/*', async request => ({ hasSession: typeof request.session.sessionId === 'string' }))
        }
      })
      for (const url of URLS) {
        const [ours, theirs] = await Promise.all([app.inject({ url }), plain.inject({ url })])
        assert.deepEqual(ours.json(), theirs.json(), url)
      }
      await Promise.all([app.close(), plain.close()])
    })
  }

  it('that leaves the ping out is pointed out at start, by both addresses', async () => {
    const cases = [
      ['/app', {}, '/session_security/ping'], ['/app/', { prefix: '/apple' }, '/apple/session_security/ping'],
      ['/session_security/ping/', {}, '/session_security/ping'], ['/app', { prefix: '/app' }, null],
      ['/app/', { pingUrl: '/app/ping' }, null], ['/session_security', {}, null], ['/', {}, null], ['', {}, null]
    ] as const
    for (const [path, security, pingUrl] of cases) {
      const { app, log } = await buildTestApp({ session: { cookie: { secure: false, path } }, security })
      const warned = log.ours(40).map(({ msg, ...said }) => {
        assert.match(msg, /^the ping lies outside the path of the session cookie/)
        return [said['cookiePath'], said['pingUrl']]
      })
      assert.deepEqual(warned, pingUrl === null ? [] : [[path, pingUrl]], `${path} ${JSON.stringify(security)}`)
      await app.close()
    }
  })

  for (const path of ['/', '/app', '/app/', '/app/page', '/a']) {
    it(`${path}: somebody who is signed in is so within it, and the store is asked nowhere else`, async () => {
      const steered = steeredKit(memoryKit)
      const { app } = await buildTestApp({
        kit: steered,
        session: { cookie: { secure: false, path } },
        routes: app => {
          app.post('/*', async request => { request.session.user = 'ada' })
          app.get('/*', async request => {
            return { hasSession: typeof request.session.sessionId === 'string', user: request.session.user ?? null }
          })
        }
      })
      const [line] = (await app.inject({ method: 'POST', url: `${path}/in`.replaceAll('//', '/') })).cookies
      for (const url of URLS) {
        steered.store.calls.length = 0
        const { hasSession, user } = (await app.inject({ url, cookies: { sessionId: line?.value ?? '' } })).json()
        assert.deepEqual(
          [user, steered.store.calls.includes('load+activity')], [hasSession ? 'ada' : null, hasSession], url
        )
      }
      await app.close()
    })
  }

  it('outside of it nobody is signed in, the store is not asked, and nothing is saved or set', async () => {
    const steered = steeredKit(memoryKit)
    const { app } = await buildTestApp({
      kit: steered,
      session: { cookie: { secure: false, path: '/app' } },
      routes: app => {
        app.post('/app/sign-in', async request => { request.session.user = 'ada' })
        app.get('/outside', async request => {
          request.session.user = 'eva'
          const { sessionSecurity } = request
          const { state } = sessionSecurity.status()
          const recorded = await sessionSecurity.recordActivity()
          return { state, handle: sessionSecurity.handle, recorded, line: sessionSecurity.cookieLine() }
        })
        app.get('/app/inside', async request => ({ user: request.session.user ?? null }))
      }
    })
    const line = (await app.inject({ method: 'POST', url: '/app/sign-in' })).cookies[0]
    assert.equal(line?.path, '/app')
    const cookies = { sessionId: line?.value ?? '' }
    steered.store.calls.length = 0
    const response = await app.inject({ url: '/outside', cookies })
    assert.deepEqual(response.json(), { state: 'ended', handle: null, recorded: false, line: null })
    assert.equal(response.headers['set-cookie'], undefined)
    assert.deepEqual(steered.store.calls, [])
    assert.equal((await app.inject({ url: '/app/inside', cookies })).json().user, 'ada')
    await app.close()
  })
})

describe('the attributes of the cookie', () => {
  const maxAge = 3_600_000
  const STRICT = 'SameSite=Strict'
  const kinds: Record<string, NonNullable<TestAppOptions['session']>> = {
    'the defaults': { cookie: {} },
    '__Host-': { cookieName: '__Host-sid', cookie: { secure: true, path: '/' } },
    '__Secure- with a domain': { cookieName: '__Secure-sid', cookie: { secure: true, domain: 'app.example' } },
    Partitioned: { cookieName: '__Host-sid', cookie: { secure: true, sameSite: 'none', partitioned: true } },
    'a path and a domain': { cookie: { secure: true, path: '/app', domain: 'app.example' } },
    'SameSite as browsers see fit': { cookie: { secure: true, sameSite: false } },
    'SameSite=Strict, readable by scripts': { cookie: { secure: true, sameSite: 'strict', httpOnly: false } },
    'an age': { cookie: { secure: true, maxAge } },
    'secure: auto': { cookie: { secure: 'auto', sameSite: 'strict' } }
  }
  for (const [kind, options] of Object.entries(kinds)) {
    it(`${kind}: a sign-in and a renewal set it as configured, and a log-out takes it away with the same`, async () => {
      const { app } = await overHttps(options)
      const { cookieName: name = 'sessionId', cookie: configured = {} } = options
      const { path = '/', domain, sameSite = 'lax', partitioned, httpOnly = true } = configured
      const signedIn = await lineOf(app, '/app/sign-in')
      const renewed = await lineOf(app, '/app/renew', { [name]: valueIn(signedIn) })
      const gone = await lineOf(app, '/app/sign-out', { [name]: valueIn(renewed) })
      for (const line of [signedIn, renewed, gone]) {
        const [pair = '', ...attributes] = line.split('; ')
        assert.ok(pair.startsWith(`${name}=`))
        const lasting = attributes.filter(attribute => !/^(?:Expires|Max-Age)=/.test(attribute)).sort()
        assert.deepEqual(lasting, [
          `Path=${path}`, 'Secure',
          ...(domain === undefined ? [] : [`Domain=${domain}`]),
          ...(httpOnly ? ['HttpOnly'] : []),
          ...(partitioned === true ? ['Partitioned'] : []),
          ...(sameSite === false ? [] : [{ none: 'SameSite=None', lax: 'SameSite=Lax' }[String(sameSite)] ?? STRICT])
        ].sort())
      }
      for (const line of [signedIn, renewed]) assert.equal(/Expires=/.test(line), kind === 'an age')
      assert.match(gone, new RegExp(`^${name}=; .*Expires=Thu, 01 Jan 1970`))
      await app.close()
    })
  }

  it('secure: auto sends a cookie with SameSite=Lax and without Secure over http', async () => {
    const { app, browser } = await buildTestApp({ session: { cookie: { secure: 'auto', sameSite: 'strict' } } })
    const signedIn = await browser.post('/sign-in')
    const gone = await browser.post('/sign-out')
    for (const { headers } of [signedIn, gone]) {
      assert.match(String(headers['set-cookie']), /SameSite=Lax/)
      assert.doesNotMatch(String(headers['set-cookie']), /Secure/)
    }
    await app.close()
  })

  it('a sign-in over http with secure: true is a coded error, and leaves nothing behind', async () => {
    const { app, browser, held } = await buildTestApp({ session: { cookie: { secure: true } } })
    const response = await browser.post('/sign-in')
    assert.deepEqual([response.statusCode, response.json().code], [500, 'FST_SESSION_SECURITY_INSECURE_COOKIE'])
    assert.match(response.json().message, /trustProxy.*"auto"/)
    assert.deepEqual([response.headers['set-cookie'], await held()], [undefined, 0])
    await app.close()
  })

  const broken: Record<string, object> = {
    'an age that is no number': { maxAge: NaN },
    'an age that no date can have': { maxAge: 1e300 },
    'an expiry that is no date': { expires: new Date('nonsense') },
    'a domain with a line break': { domain: 'app.example\r\nset-cookie: x=1' },
    'a path with a semicolon': { path: '/; Domain=evil.example' },
    'a SameSite that is none': { sameSite: 'sometimes' }
  }
  for (const [what, attributes] of Object.entries(broken)) {
    it(`${what}, given by a handler, is that request's coded error: nothing is saved`, async () => {
      for (const explicitly of [false, true]) {
        const store = new MemoryStore()
        const { app, browser } = await buildTestApp({
          security: { store },
          routes: app => {
            app.post('/broken', async request => {
              request.session.user = 'ada'
              Object.assign(request.session.cookie, attributes)
              if (explicitly) await request.session.save()
            })
          }
        })
        const response = await browser.post('/broken')
        assert.deepEqual([response.statusCode, response.json().code], [500, 'FST_SESSION_SECURITY_BAD_COOKIE'])
        assert.deepEqual([response.headers['set-cookie'], store.size], [undefined, 0])
        assert.equal((await browser.post('/sign-in')).statusCode, 200)
        await app.close()
      }
    })
  }
})

describe('@fastify/cookie that parses later, or not at all', () => {
  const hooks = ['onRequest', 'preParsing', 'preValidation', 'preHandler', false] as const
  for (const hook of hooks) {
    for (const by of ['the plugin', 'the application'] as const) {
      it(`hook: ${hook}, registered by ${by}: all works as ever, from the sign-in to the log-out`, async () => {
        const { app, browser } = await openWith(hook, by)
        assert.equal((await browser.get('/seen')).json().user, null)
        assert.equal((await browser.get('/session_security/ping')).json().reason, 'none')
        const signedIn = await browser.post('/sign-in')
        assert.equal(signedIn.cookies.length, 1)
        assert.equal((await browser.get('/seen')).json().user, 'ada')
        assert.equal((await browser.get('/session_security/ping')).json().state, 'active')
        assert.equal((await browser.post('/cart')).headers['set-cookie'], undefined)
        assert.equal((await browser.post('/renew')).cookies.length, 1)
        assert.equal((await browser.get('/seen')).json().user, 'ada')
        const signedOut = await browser.post('/sign-out')
        assert.deepEqual(signedOut.cookies.map(({ name, value }) => [name, value]), [['sessionId', '']])
        assert.equal((await browser.get('/seen')).json().user, null)
        await app.close()
      })

      it(`hook: ${hook}, registered by ${by}: of several cookies of the name, the live one counts`, async () => {
        const { app, browser } = await openWith(hook, by)
        await browser.post('/sign-in')
        const live = String(browser.cookies['sessionId'])
        const header = headerOf([OURS.sign('nobody-ever-had-this'), live])
        assert.equal((await app.inject({ url: '/seen', headers: { cookie: header } })).json().user, 'ada')
        const gone = await app.inject({ method: 'POST', url: '/sign-out', headers: { cookie: header } })
        assert.match(String(gone.headers['set-cookie']), /^sessionId=;/)
        assert.equal((await browser.get('/seen')).json().user, null)
        await app.close()
      })
    }
  }

  async function openWith (hook: typeof hooks[number], by: 'the plugin' | 'the application'): Promise<TestApp> {
    return await buildTestApp({
      ...(by === 'the plugin'
        ? { security: { cookie: { hook } } }
        : { before: app => { app.register(cookie, { hook }) } }),
      routes: addRoutes
    })
  }
})

function addRoutes (app: TestApp['app']): void {
  app.get('/seen', async ({ session: { user = null }, cookies }) => ({ user, cookie: cookies?.['sessionId'] ?? null }))
  app.post('/renew', async request => { await request.session.regenerate(['user']) })
  app.post('/cart', async request => { request.session.a = 1 })
}

/** Returns the cookie of a session that was signed out. */
async function signedOut ({ newBrowser }: TestApp): Promise<string> {
  const browser = newBrowser()
  await browser.post('/sign-in')
  const value = String(browser.cookies['sessionId'])
  await browser.post('/sign-out')
  return value
}

function headerOf (values: readonly string[]): string {
  return values.map(value => `sessionId=${encodeURIComponent(value)}`).join('; ')
}

/** Opens a server as behind a proxy that ends TLS. */
async function overHttps (session: NonNullable<TestAppOptions['session']>): Promise<TestApp> {
  return await buildTestApp({
    session,
    before: app => {
      app.addHook('onRequest', async request => { Object.defineProperty(request, 'protocol', { value: 'https' }) })
    },
    routes: app => {
      app.post('/app/sign-in', async request => { request.session.user = 'ada' })
      app.post('/app/renew', async request => { await request.session.regenerate(['user']) })
      app.post('/app/sign-out', async request => { await request.session.destroy() })
    }
  })
}

async function lineOf (app: TestApp['app'], url: string, cookies: Record<string, string> = {}): Promise<string> {
  const { headers, statusCode }: LightMyRequestResponse = await app.inject({ method: 'POST', url, cookies })
  const line = headers['set-cookie']
  assert.equal(statusCode, 200)
  assert.ok(typeof line === 'string', `${url} answered with ${JSON.stringify(line)}`)
  return line
}

function valueIn (line: string): string {
  return decodeURIComponent(/=([^;]*)/.exec(line)?.[1] ?? '')
}
