import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import session from '@fastify/session'
import type { FastifyInstance } from 'fastify'
import type { EndedSession, SessionSecurityOptions } from '../../src/index.ts'
import { BadOptionError, NoListingStoreError, fromSessionStore, requireSession } from '../../src/index.ts'
import { resolveOptions } from '../../src/options/resolve-options.ts'
import type { TestApp, TestAppOptions } from '../helpers/app.ts'
import { SECRET, buildApp, gate, pass } from '../helpers/app.ts'
import type { BrowserJar } from '../helpers/browser-jar.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

const TERMS = { warnAfter: 300, expireAfter: 600, throttle: 0 } as const

for (const kit of [memoryKit, redisKit()]) {
  const open = (security: TestAppOptions['security'] = {}, options: TestAppOptions = {}): Promise<Administered> =>
    openApp({ kit, ...options, security })

  describe(`administration, on ${kit.name}`, () => {
    it('lists who is signed in, since when, how long idle and until when', async () => {
      const { app, clock, signIn } = await open({
        deviceOf: ({ ip, headers }) => ({ address: ip, userAgent: headers['user-agent'] })
      })
      const startedAtMs = (await (await signIn('ada')).get('/times')).json().startedAtMs
      clock.advance(100)
      await signIn('eve')
      const { sessions, cursor } = await app.sessionSecurity.list({ order: 'ends-first' })
      assert.equal(cursor, null)
      assert.deepEqual(sessions.map(session => session.user), ['ada', 'eve'])
      const [adas] = sessions
      assert.ok(adas?.state === 'live')
      assert.deepEqual({ ...adas, handle: '' }, {
        state: 'live',
        handle: '',
        user: 'ada',
        address: '127.0.0.1',
        userAgent: 'lightMyRequest',
        startedAtMs,
        lastActivityMs: startedAtMs,
        idleFor: 100,
        expiresIn: 500,
        endsBy: 'idle',
        authenticatedAtMs: startedAtMs
      })
      assert.deepEqual(await app.sessionSecurity.get(adas.handle), adas)
      assert.equal(await app.sessionSecurity.count(), 2)
      assert.deepEqual(
        await app.sessionSecurity.stats(), { live: 2, ended: 0, expired: 0, pending: 0, lag: 0, tokens: 0 }
      )
      await app.close()
    })

    it('shows no id, no contents, and no device unless it is asked for', async () => {
      const { app, signIn } = await open()
      const browser = await signIn('ada')
      const text = JSON.stringify([
        await app.sessionSecurity.list(), await app.sessionSecurity.endUser('ada'),
        await app.sessionSecurity.list({ state: 'all' })
      ])
      const [id = ''] = String(browser.cookies['sessionId']).split('.')
      assert.ok(!text.includes(id) && !text.includes('secret plan') && !/address|userAgent|device/.test(text))
      await app.close()
    })

    it('cuts what is recorded of a device, and refuses what is none', async () => {
      const { app, signIn } = await open({ deviceOf: () => ({ address: '', userAgent: 'x'.repeat(1000) }) })
      await signIn('ada')
      const [row] = (await app.sessionSecurity.list()).sessions
      assert.deepEqual([row?.address, row?.userAgent], [undefined, 'x'.repeat(200)])
      await app.close()
      for (const bad of ['x', { host: 'x' }, { address: 7 }]) {
        const { app, newBrowser } = await open({ deviceOf: () => JSON.parse(JSON.stringify(bad)) })
        const response = await newBrowser().post('/sign-in-as/ada')
        assert.equal(response.json().code, 'FST_SESSION_SECURITY_BAD_OPTION')
        assert.match(response.json().message, /deviceOf/)
        assert.equal(response.headers['set-cookie'], undefined)
        assert.equal(await app.sessionSecurity.count(), 0)
        await app.close()
      }
    })

    it('ends a session for a request in flight too, which sets no cookie; the next ping has the reason', async () => {
      const slow = gate()
      const { app, signIn, notified } = await open({}, {
        routes: app => app.get('/slow', async request => {
          await pass(slow)
          Object.assign(request.session, { note: 'written late' })
          return 'done'
        })
      })
      const browser = await signIn('ada')
      const tab = { ...browser.cookies }
      const underWay = browser.get('/slow')
      await slow.entered.opened
      const handle = (await app.sessionSecurity.list()).sessions[0]?.handle ?? ''
      assert.equal((await app.sessionSecurity.end(handle))?.reason, 'revoked')
      slow.leave.open()
      assert.equal((await underWay).headers['set-cookie'], undefined)
      const ping = await app.inject({ url: '/session_security/ping?idleFor=0', cookies: tab })
      assert.deepEqual(ping.json(), { state: 'ended', reason: 'revoked' })
      assert.equal((await app.inject({ url: '/', cookies: tab })).json().user, null)
      assert.deepEqual(await app.sessionSecurity.end(handle), null)
      const ended = await app.sessionSecurity.get(handle)
      assert.deepEqual([ended?.state, ended?.state === 'ended' && ended.reason], ['ended', 'revoked'])
      await app.close()
      assert.deepEqual(notified.map(end => end.reason), ['revoked'])
    })

    it('ends all of a user\'s, but the one that is spared, and notifies of each', async () => {
      const { app, signIn, notified } = await open()
      const [first, second] = [await signIn('ada'), await signIn('ada')]
      const eve = await signIn('eve')
      const spared = (await first.get('/handle')).body
      const { ended, tokens } = await app.sessionSecurity.endUser('ada', { except: spared })
      assert.deepEqual([ended.length, tokens], [1, 0])
      assert.deepEqual([await userOf(first), await userOf(second), await userOf(eve)], ['ada', null, 'eve'])
      assert.equal((await app.sessionSecurity.endUser('ada')).ended.length, 1)
      assert.equal((await app.sessionSecurity.endUser('nobody')).ended.length, 0)
      await app.close()
      assert.deepEqual(notified.map(end => `${end.user} ${end.reason}`), ['ada revoked', 'ada revoked'])
    })

    it('ends everybody\'s, and notifies of each', async () => {
      const { app, signIn, notified } = await open()
      const browsers = await Promise.all(['ada', 'eve', 'ida'].map(signIn))
      assert.equal(await app.sessionSecurity.endAll(), 3)
      assert.equal(await app.sessionSecurity.count(), 0)
      assert.deepEqual(await Promise.all(browsers.map(userOf)), [null, null, null])
      await app.close()
      assert.deepEqual(notified.map(end => end.user).toSorted(), ['ada', 'eve', 'ida'])
    })

    it('refuses bad arguments with a code, and names them', async () => {
      const { app } = await open()
      const { sessionSecurity } = app
      for (const [name, call] of Object.entries({
        state: () => sessionSecurity.list(JSON.parse('{"state":"over"}')),
        order: () => sessionSecurity.list(JSON.parse('{"order":"up"}')),
        limit: () => sessionSecurity.list({ limit: 0 }),
        'limit ': () => sessionSecurity.sweep({ limit: 1.5 }),
        cursor: () => sessionSecurity.list({ cursor: 'x' }),
        'cursor ': () => sessionSecurity.list(JSON.parse('{"cursor":5}')),
        'cursor  ': () => sessionSecurity.tokens.list(JSON.parse('{"cursor":5}')),
        'state ': () => sessionSecurity.list(JSON.parse('{"state":["live"]}')),
        'user ': () => sessionSecurity.list(JSON.parse('{"user":["ada"]}')),
        'user  ': () => sessionSecurity.endUser(JSON.parse('[]')[0]),
        'user   ': () => sessionSecurity.tokens.list(JSON.parse('{"user":{}}')),
        except: () => sessionSecurity.endUser('ada', { except: JSON.parse('[null]') }),
        'except ': () => sessionSecurity.endUser('ada', { except: new Array<string>(101).fill('x') }),
        handle: () => sessionSecurity.end(JSON.parse('[]')[0]),
        'handle ': () => sessionSecurity.get(JSON.parse('[]')[0]),
        reason: () => sessionSecurity.end('x', JSON.parse('{ "reason": "by the boss" }')),
        id: () => sessionSecurity.tokens.track({ id: '', expiresAt: 2e9 }),
        expiresAt: () => sessionSecurity.tokens.track({ id: 'a', expiresAt: Date.now() }), // milliseconds: 56,000 years
        user: () => sessionSecurity.tokens.track({ id: 'a', user: 'x'.repeat(257), expiresAt: 2e9 }),
        note: () => sessionSecurity.tokens.track({ id: 'a', note: 'x'.repeat(257), expiresAt: 2e9 }),
        by: () => sessionSecurity.tokens.revoke('a', { by: '' })
      })) {
        await assert.rejects(
          call, { code: 'FST_SESSION_SECURITY_BAD_OPTION', message: new RegExp(`"${name.trim()}"`) }, name
        )
      }
      await app.close()
    })

    it('knows a user by a number too', async () => {
      for (const user of [42, 42n]) {
        const { app, newBrowser } = await open({ userOf: session => session.user === undefined ? undefined : user })
        await newBrowser().post('/sign-in')
        assert.deepEqual((await app.sessionSecurity.list({ user: 42 })).sessions.map(session => session.user), ['42'])
        assert.equal((await app.sessionSecurity.endUser(user)).ended.length, 1)
        await app.close()
      }
    })

    describe('one\'s own sessions', () => {
      it('are the user\'s, with the one in use marked, and no anonymous session has any', async () => {
        const { app, signIn, newBrowser } = await open()
        const [first, second] = [await signIn('ada'), await signIn('ada')]
        await signIn('eve')
        for (const browser of [first, second]) {
          const own = (await browser.get('/mine')).json<Array<{ user: string, handle: string, current: boolean }>>()
          assert.deepEqual(own.map(session => session.user), ['ada', 'ada'])
          assert.deepEqual(
            own.filter(session => session.current).map(session => session.handle), [(await browser.get('/handle')).body]
          )
        }
        const anonymous = newBrowser()
        await anonymous.post('/flash')
        for (const browser of [newBrowser(), anonymous]) {
          assert.deepEqual((await browser.get('/mine')).json(), [])
          assert.deepEqual((await browser.post('/end-others')).json(), [])
        }
        await app.close()
      })

      it('are shown newest first, a thousand at most, and the end of all others is notified', async () => {
        const { app, clock, store, notified, signIn } = await open()
        const terms = { ...TERMS, isAuthenticated: true, absoluteTimeout: false } as const
        for (let i = 0; i < 1005; i++) {
          const key = store.keyOf(store.idFor(`begun-${i}`, 'ada'))
          await store.begin(key, { contents: { user: '"ada"' }, terms, user: 'ada' })
        }
        clock.advance(1)
        const browser = await signIn('ada')
        const own = (await browser.get('/mine')).json<Array<{ startedAtMs: number, current: boolean }>>()
        assert.equal(own.length, 1000)
        assert.equal(own[0]?.current, true)
        assert.equal((await browser.post('/end-others')).json().length, 1005)
        await app.close()
        assert.equal(notified.length, 1005)
      })

      it('end everywhere else, also when the password change renews the session before or after', async () => {
        for (const route of ['/end-others', '/renew-and-end-others', '/end-others-and-renew']) {
          const { app, signIn } = await open()
          const [mine, stolen, eves] = [await signIn('ada'), await signIn('ada'), await signIn('eve')]
          assert.equal((await mine.post(route)).json().length, 1, route)
          assert.deepEqual([await userOf(mine), await userOf(stolen), await userOf(eves)], ['ada', null, 'eve'], route)
          await app.close()
        }
      })

      it('end everywhere else, and not the caller\'s own that was renewed in the request before', async () => {
        const { app, signIn } = await open()
        const [mine, stolen] = [await signIn('ada'), await signIn('ada')]
        await mine.post('/renew')
        assert.equal((await mine.post('/end-others')).json().length, 1)
        assert.deepEqual([await userOf(mine), await userOf(stolen)], ['ada', null])
        await app.close()
      })

      it('are those of who has just signed in over another person\'s session', async () => {
        const { app, signIn } = await open()
        const [shared, adas, eves] = [await signIn('ada'), await signIn('ada'), await signIn('eve')]
        const { mine, ended } = (await shared.post('/sign-in-over/eve')).json<Record<string, Array<{ user: string }>>>()
        assert.deepEqual(
          [mine, ended].map(sessions => sessions?.map(session => session.user)), [['eve', 'eve'], ['eve']]
        )
        assert.deepEqual([await userOf(shared), await userOf(adas), await userOf(eves)], ['eve', 'ada', null])
        await app.close()
      })

      it('cannot be listed without the name of their user', async () => {
        const isAuthenticated = ({ user }: { user?: string }): boolean => user !== undefined
        const { app, signIn } = await open({ userOf: () => undefined, isAuthenticated })
        const browser = await signIn('ada')
        for (const response of [await browser.get('/mine'), await browser.post('/end-others')]) {
          assert.equal(response.json().code, 'FST_SESSION_SECURITY_NO_USER')
        }
        await app.close()
      })
    })

    describe('with maxSessionsPerUser', () => {
      it('displaces the oldest, whose browser learns the reason, and notifies the application', async () => {
        const { app, signIn, notified, clock } = await open({ maxSessionsPerUser: 2 })
        const browsers: BrowserJar[] = []
        for (let i = 0; i < 4; i++) {
          browsers.push(await signIn('ada'))
          clock.advance(1)
        }
        const eve = await signIn('eve')
        assert.deepEqual(
          (await browsers[0]?.get('/session_security/ping'))?.json(), { state: 'ended', reason: 'displaced' }
        )
        assert.deepEqual(await Promise.all([...browsers, eve].map(userOf)), [null, null, 'ada', 'ada', 'eve'])
        assert.equal((await app.sessionSecurity.list({ user: 'ada' })).sessions.length, 2)
        await app.close()
        assert.deepEqual(notified.map(end => `${end.user} ${end.reason}`), ['ada displaced', 'ada displaced'])
      })

      it('refuses a sign-in beyond it when that is configured: no cookie, no session, no end', async () => {
        const { app, signIn, newBrowser, notified, clock, log } = await open({
          maxSessionsPerUser: 1, atMaxSessions: 'refuse'
        })
        const first = await signIn('ada')
        const second = newBrowser()
        const refused = await second.post('/sign-in-as/ada')
        assert.deepEqual(
          [refused.statusCode, refused.json().code, refused.headers['set-cookie']],
          [403, 'FST_SESSION_SECURITY_TOO_MANY_SESSIONS', undefined]
        )
        assert.equal(await userOf(first), 'ada')
        await signIn('eve')
        assert.equal((await first.post('/sign-in-as/ada')).statusCode, 200) // ada signs in over her own session
        assert.equal((await first.post('/renew')).statusCode, 200)
        assert.equal(await userOf(first), 'ada')
        assert.deepEqual(
          (await app.sessionSecurity.list({ user: 'ada', state: 'all' })).sessions.map(session => session.state),
          ['live']
        )
        await first.post('/sign-out')
        assert.equal((await second.post('/sign-in-as/ada')).statusCode, 200)
        await second.post('/sign-out')
        clock.advance(1000)
        await app.sessionSecurity.sweep()
        await setImmediate()
        await app.close()
        assert.deepEqual(notified.map(end => `${end.user} ${end.reason}`), ['ada logout', 'ada logout', 'eve idle'])
        assert.deepEqual(log.ours(40), [])
      })

      it('refuses one over an anonymous session too, which goes on as it was', async () => {
        const { app, signIn, newBrowser } = await open({ maxSessionsPerUser: 1, atMaxSessions: 'refuse' })
        await signIn('ada')
        const anonymous = newBrowser()
        await anonymous.post('/flash')
        const refused = await anonymous.post('/sign-in-as/ada')
        assert.deepEqual([refused.statusCode, refused.headers['set-cookie']], [403, undefined])
        assert.deepEqual((await anonymous.get('/held')).json(), { flash: { info: ['x'] } })
        await app.close()
      })

      it('changes no anonymous session in which a new userOf finds a user, and refuses no request', async () => {
        let isKnown = false
        const { app, newBrowser, notified } = await open({
          maxSessionsPerUser: 1, atMaxSessions: 'refuse', userOf: session => isKnown ? session.user : undefined
        })
        const [first, second] = [newBrowser(), newBrowser()]
        for (const browser of [first, second]) await browser.post('/sign-in-as/ada')
        assert.equal(await app.sessionSecurity.count(), 0)
        isKnown = true
        for (let i = 0; i < 2; i++) {
          assert.equal((await first.get('/private')).statusCode, 401, 'what an anonymous session held proves nothing')
        }
        await first.post('/sign-in-as/ada')
        assert.equal((await first.get('/private')).statusCode, 200)
        for (const url of ['/passive', '/', '/private']) {
          const answer = await second.get(url)
          assert.deepEqual(
            [answer.statusCode, answer.headers['set-cookie']], [url === '/private' ? 401 : 200, undefined]
          )
        }
        assert.equal(await app.sessionSecurity.count(), 1)
        assert.equal(await userOf(first), 'ada')
        await app.close()
        assert.deepEqual(notified, [])
      })

      it('gives nobody the id of a session that was refused, whatever signs it has', async () => {
        let made = 0
        const { app, signIn, newBrowser } = await open(
          { maxSessionsPerUser: 1, atMaxSessions: 'refuse' },
          { session: { idGenerator: () => `node:1/${made++} of many` } }
        )
        await signIn('ada')
        const refused = await newBrowser().post('/sign-in-as/ada')
        assert.deepEqual([refused.statusCode, refused.headers['set-cookie']], [403, undefined])
        await app.close()
      })
    })
  })
}

describe('maxSessionsPerUser', () => {
  const refusal = (options: object): unknown => {
    try {
      resolveOptions({ session: { secret: SECRET }, ...options } as SessionSecurityOptions)
    } catch (error) {
      return error
    }
    return undefined
  }

  it('needs userOf, and a store that can list', async () => {
    const isAuthenticated = (): boolean => true
    const nameless = refusal({ maxSessionsPerUser: 2, isAuthenticated })
    assert.ok(nameless instanceof BadOptionError)
    assert.match(nameless.message, /userOf/)
    const userOf = (): string => 'ada'
    const unlisted = refusal({ maxSessionsPerUser: 2, userOf, store: fromSessionStore(new session.MemoryStore()) })
    assert.ok(unlisted instanceof NoListingStoreError)
    for (const bad of [0, 1001, 1.5, '2']) {
      const error = refusal({ maxSessionsPerUser: bad, userOf })
      assert.ok(error instanceof BadOptionError)
      assert.match(error.message, /"maxSessionsPerUser"/)
    }
  })
})

interface Administered extends TestApp {
  readonly notified: EndedSession[]
  /** Signs in from a new browser. */
  signIn (user: string): Promise<BrowserJar>
}

async function openApp (options: TestAppOptions): Promise<Administered> {
  const notified: EndedSession[] = []
  const built = await buildApp({
    ...options,
    security: { ...TERMS, onSessionEnd: ended => { notified.push(ended) }, ...options.security },
    routes: app => {
      addRoutes(app)
      options.routes?.(app)
    }
  })
  return {
    ...built,
    notified,
    signIn: async user => {
      const browser = built.newBrowser()
      assert.equal((await browser.post(`/sign-in-as/${user}`)).statusCode, 200)
      return browser
    }
  }
}

function addRoutes (app: FastifyInstance): void {
  app.post<{ Params: { user: string } }>('/sign-in-as/:user', async request => {
    Object.assign(request.session, { user: request.params.user, plan: 'secret plan' })
    return 'welcome'
  })
  app.post('/renew', async request => {
    await request.session.regenerate(['user'])
    return 'renewed'
  })
  app.post('/flash', async request => {
    Object.assign(request.session, { flash: { info: ['x'] } })
    return 'ok'
  })
  app.get('/held', async ({ session }) => ({ flash: Reflect.get(session, 'flash') }))
  app.get('/private', { preHandler: requireSession() }, async () => 'private')
  app.get('/handle', async request => request.sessionSecurity.handle ?? '')
  app.get('/times', async request => ({ startedAtMs: request.session._session_security?.startedAtMs }))
  app.get('/mine', async request => await request.sessionSecurity.sessions())
  app.post('/end-others', async request => await request.sessionSecurity.endOtherSessions())
  app.post<{ Params: { user: string } }>('/sign-in-over/:user', async request => {
    await request.session.regenerate()
    Object.assign(request.session, { user: request.params.user })
    return { mine: await request.sessionSecurity.sessions(), ended: await request.sessionSecurity.endOtherSessions() }
  })
  app.post('/renew-and-end-others', async request => {
    await request.session.regenerate(['user'])
    return await request.sessionSecurity.endOtherSessions()
  })
  app.post('/end-others-and-renew', async request => {
    const ended = await request.sessionSecurity.endOtherSessions()
    await request.session.regenerate(['user'])
    return ended
  })
}

async function userOf (browser: BrowserJar): Promise<string | null> {
  return (await browser.get('/')).json().user
}
