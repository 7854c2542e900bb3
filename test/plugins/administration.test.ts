import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { EndedSession, SessionSecurityOptions } from '../../src/index.ts'
import type { TestApp, TestAppOptions } from '../helpers/app.ts'
import { buildApp, gate, pass } from '../helpers/app.ts'
import type { BrowserJar } from '../helpers/browser-jar.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

const TERMS: SessionSecurityOptions = { warnAfter: 300, expireAfter: 600, throttle: 0 }

for (const kit of [memoryKit, redisKit()]) {
  const open = (security: SessionSecurityOptions = {}, options: TestAppOptions = {}): Promise<Administered> => openApp({ kit, ...options, security })

  describe(`administration, on ${kit.name}`, () => {
    it('lists who is signed in, since when, how long idle and until when', async () => {
      const { app, clock, signIn } = await open({ originOf: request => ({ address: request.ip, userAgent: request.headers['user-agent'] }) })
      const startedAtMs = (await (await signIn('ada')).get('/times')).json().startedAtMs
      clock.advance(100)
      await signIn('eve')
      const { sessions, cursor } = await app.sessionSecurity.list({ order: 'oldest' })
      assert.equal(cursor, null)
      assert.deepEqual(sessions.map(session => session.user), ['ada', 'eve'])
      const [adas] = sessions
      assert.ok(adas?.state === 'live')
      assert.deepEqual({ ...adas, handle: '' }, {
        state: 'live', handle: '', user: 'ada', address: '127.0.0.1', userAgent: 'lightMyRequest', startedAtMs, lastActivityMs: startedAtMs, idleFor: 100, expiresIn: 500, endsBy: 'idle'
      })
      assert.deepEqual(await app.sessionSecurity.get(adas.handle), adas)
      assert.equal(await app.sessionSecurity.count(), 2)
      assert.deepEqual(await app.sessionSecurity.stats(), { live: 2, due: 0, ended: 0, untold: 0, tokens: 0 })
      await app.close()
    })

    it('shows no id, no contents, and no origin unless it is asked for', async () => {
      const { app, signIn } = await open()
      const browser = await signIn('ada')
      const text = JSON.stringify([await app.sessionSecurity.list(), await app.sessionSecurity.endUser('ada'), await app.sessionSecurity.list({ state: 'all' })])
      const [id = ''] = String(browser.cookies['sessionId']).split('.')
      assert.ok(!text.includes(id) && !text.includes('secret plan') && !/address|userAgent|origin/.test(text))
      await app.close()
    })

    it('cuts what is recorded of an origin, and refuses what is none', async () => {
      const { app, signIn } = await open({ originOf: () => ({ address: '', userAgent: 'x'.repeat(1000) }) })
      await signIn('ada')
      const [row] = (await app.sessionSecurity.list()).sessions
      assert.deepEqual([row?.address, row?.userAgent], [undefined, 'x'.repeat(200)])
      await app.close()
      for (const bad of ['x', { host: 'x' }, { address: 7 }]) {
        const { app, newBrowser } = await open({ originOf: () => JSON.parse(JSON.stringify(bad)) })
        const response = await newBrowser().post('/sign-in-as/ada')
        assert.equal(response.json().code, 'FST_SESSION_SECURITY_BAD_OPTION')
        assert.match(response.json().message, /originOf/)
        await app.close()
      }
    })

    it('ends a session for a request in flight too, whose response takes the cookie away, and says why to the next ping', async () => {
      const slow = gate()
      const { app, signIn, told } = await open({}, {
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
      assert.match(String((await underWay).headers['set-cookie']), /sessionId=;/)
      const ping = await app.inject({ url: '/session_security/ping?idleFor=0', cookies: tab })
      assert.deepEqual(ping.json(), { state: 'ended', reason: 'revoked' })
      assert.equal((await app.inject({ url: '/', cookies: tab })).json().user, null)
      assert.deepEqual(await app.sessionSecurity.end(handle), null)
      const ended = await app.sessionSecurity.get(handle)
      assert.deepEqual([ended?.state, ended?.state === 'ended' && ended.reason], ['ended', 'revoked'])
      await app.close()
      assert.deepEqual(told.map(end => end.reason), ['revoked'])
    })

    it('ends all of a user\'s, but the one that is spared, and tells of each', async () => {
      const { app, signIn, told } = await open()
      const [first, second] = [await signIn('ada'), await signIn('ada')]
      const eve = await signIn('eve')
      const spared = (await first.get('/handle')).body
      const { ended, tokens } = await app.sessionSecurity.endUser('ada', { except: spared })
      assert.deepEqual([ended.length, tokens], [1, 0])
      assert.deepEqual([await userOf(first), await userOf(second), await userOf(eve)], ['ada', null, 'eve'])
      assert.equal((await app.sessionSecurity.endUser('ada')).ended.length, 1)
      assert.equal((await app.sessionSecurity.endUser('nobody')).ended.length, 0)
      await app.close()
      assert.deepEqual(told.map(end => `${end.user} ${end.reason}`), ['ada revoked', 'ada revoked'])
    })

    it('ends everybody\'s, and tells of each', async () => {
      const { app, signIn, told } = await open()
      const browsers = await Promise.all(['ada', 'eve', 'ida'].map(signIn))
      assert.equal(await app.sessionSecurity.endAll(), 3)
      assert.equal(await app.sessionSecurity.count(), 0)
      assert.deepEqual(await Promise.all(browsers.map(userOf)), [null, null, null])
      await app.close()
      assert.deepEqual(told.map(end => end.user).toSorted(), ['ada', 'eve', 'ida'])
    })

    it('refuses bad arguments with a code, and names them', async () => {
      const { app } = await open()
      const { sessionSecurity } = app
      for (const [name, call] of Object.entries({
        state: () => sessionSecurity.list(JSON.parse('{"state":"due"}')),
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
        handle: () => sessionSecurity.end(JSON.parse('[]')[0]),
        'handle ': () => sessionSecurity.get(JSON.parse('[]')[0]),
        reason: () => sessionSecurity.end('x', JSON.parse('"by the boss"')),
        id: () => sessionSecurity.tokens.track({ id: '', expiresAt: 2e9 }),
        expiresAt: () => sessionSecurity.tokens.track({ id: 'a', expiresAt: Date.now() }), // milliseconds: 56,000 years
        user: () => sessionSecurity.tokens.track({ id: 'a', user: 'x'.repeat(257), expiresAt: 2e9 }),
        note: () => sessionSecurity.tokens.track({ id: 'a', note: 'x'.repeat(257), expiresAt: 2e9 }),
        by: () => sessionSecurity.tokens.revoke('a', { by: '' })
      })) {
        await assert.rejects(call, { code: 'FST_SESSION_SECURITY_BAD_OPTION', message: new RegExp(`"${name.trim()}"`) }, name)
      }
      await app.close()
    })

    it('knows a user by a number too', async () => {
      const { app, newBrowser } = await open({ userOf: () => 42 })
      await newBrowser().post('/sign-in')
      assert.deepEqual((await app.sessionSecurity.list({ user: 42 })).sessions.map(session => session.user), ['42'])
      assert.equal((await app.sessionSecurity.endUser(42)).ended.length, 1)
      await app.close()
    })

    describe('one\'s own sessions', () => {
      it('are the user\'s, with the one in use marked, and no visitor has any', async () => {
        const { app, signIn, newBrowser } = await open()
        const [first, second] = [await signIn('ada'), await signIn('ada')]
        await signIn('eve')
        for (const browser of [first, second]) {
          const own = (await browser.get('/mine')).json<Array<{ user: string, handle: string, current: boolean }>>()
          assert.deepEqual(own.map(session => session.user), ['ada', 'ada'])
          assert.deepEqual(own.filter(session => session.current).map(session => session.handle), [(await browser.get('/handle')).body])
        }
        assert.deepEqual((await newBrowser().get('/mine')).json(), [])
        assert.deepEqual((await newBrowser().post('/end-others')).json(), [])
        await app.close()
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
        assert.deepEqual([mine, ended].map(sessions => sessions?.map(session => session.user)), [['eve'], ['eve']])
        assert.deepEqual([await userOf(shared), await userOf(adas), await userOf(eves)], ['eve', 'ada', null])
        await app.close()
      })

      it('cannot be told without knowing whose they are', async () => {
        const { app, signIn } = await open({}, { security: {} })
        const { app: nameless, newBrowser } = await openApp({ kit, security: { userOf: () => undefined } })
        const browser = newBrowser()
        await browser.post('/sign-in-as/ada')
        for (const response of [await browser.get('/mine'), await browser.post('/end-others')]) assert.equal(response.json().code, 'FST_SESSION_SECURITY_NO_USER')
        await signIn('ada')
        await Promise.all([app.close(), nameless.close()])
      })
    })

    describe('with maxSessionsPerUser', () => {
      it('displaces the oldest, whose browser is told, and tells the application', async () => {
        const { app, signIn, told, clock } = await open({ maxSessionsPerUser: 2 })
        const browsers: BrowserJar[] = []
        for (let i = 0; i < 4; i++) {
          browsers.push(await signIn('ada'))
          clock.advance(1)
        }
        const eve = await signIn('eve')
        assert.deepEqual((await browsers[0]?.get('/session_security/ping'))?.json(), { state: 'ended', reason: 'displaced' })
        assert.deepEqual(await Promise.all([...browsers, eve].map(userOf)), [null, null, 'ada', 'ada', 'eve'])
        assert.equal((await app.sessionSecurity.list({ user: 'ada' })).sessions.length, 2)
        await app.close()
        assert.deepEqual(told.map(end => `${end.user} ${end.reason}`), ['ada displaced', 'ada displaced'])
      })

      it('refuses a sign-in beyond it when that is configured: no cookie, no session, no end to be told', async () => {
        const { app, signIn, newBrowser, told, clock, log } = await open({ maxSessionsPerUser: 1, atMaxSessions: 'refuse' })
        const first = await signIn('ada')
        const second = newBrowser()
        const refused = await second.post('/sign-in-as/ada')
        assert.deepEqual([refused.statusCode, refused.json().code, refused.headers['set-cookie']], [403, 'FST_SESSION_SECURITY_TOO_MANY_SESSIONS', undefined])
        assert.equal(await userOf(first), 'ada')
        await signIn('eve')
        assert.equal((await first.post('/sign-in-as/ada')).statusCode, 200) // the same session once more
        assert.equal((await first.post('/renew')).statusCode, 200)
        assert.equal(await userOf(first), 'ada')
        assert.deepEqual((await app.sessionSecurity.list({ user: 'ada', state: 'all' })).sessions.map(session => session.state), ['live'])
        await first.post('/sign-out')
        assert.equal((await second.post('/sign-in-as/ada')).statusCode, 200)
        await second.post('/sign-out')
        clock.advance(1000)
        await app.sessionSecurity.sweep()
        await setImmediate()
        await app.close()
        assert.deepEqual(told.map(end => `${end.user} ${end.reason}`), ['ada logout', 'ada logout', 'eve idle'])
        assert.deepEqual(log.ours(40), [])
      })

      it('refuses one over a visitor\'s session too, which is then over', async () => {
        const { app, signIn, newBrowser } = await open({ maxSessionsPerUser: 1, atMaxSessions: 'refuse' })
        await signIn('ada')
        const visitor = newBrowser()
        await visitor.post('/flash')
        assert.equal((await visitor.post('/sign-in-as/ada')).statusCode, 403)
        assert.equal(await userOf(visitor), null)
        await app.close()
      })

      it('refuses a session whose user only becomes known, once it is known: its cookie goes, and its end is told', async () => {
        let isKnown = false
        const { app, newBrowser, told } = await open({ maxSessionsPerUser: 1, atMaxSessions: 'refuse', userOf: request => isKnown ? request.session.user : undefined })
        const [first, second] = [newBrowser(), newBrowser()]
        for (const browser of [first, second]) await browser.post('/sign-in-as/ada')
        isKnown = true
        assert.equal(await userOf(first), 'ada')
        const refused = await second.get('/')
        assert.equal(refused.statusCode, 403)
        assert.match(String(refused.headers['set-cookie']), /^sessionId=;/)
        assert.equal(await userOf(second), null)
        assert.equal(await userOf(first), 'ada')
        await app.close()
        assert.deepEqual(told.map(end => end.reason), ['displaced'])
      })

      it('gives nobody the id of a session that was refused, whatever signs it has', async () => {
        let made = 0
        const { app, signIn, newBrowser } = await open({ maxSessionsPerUser: 1, atMaxSessions: 'refuse' }, { session: { idGenerator: () => `node:1/${made++} of many` } })
        await signIn('ada')
        const refused = await newBrowser().post('/sign-in-as/ada')
        assert.deepEqual([refused.statusCode, refused.headers['set-cookie']], [403, undefined])
        await app.close()
      })
    })
  })
}

describe('maxSessionsPerUser', () => {
  it('needs to know the user, and a store of this package', async () => {
    await assert.rejects(buildApp({ security: { maxSessionsPerUser: 2 } }), { code: 'FST_SESSION_SECURITY_BAD_OPTION', message: /userOf/ })
    await assert.rejects(buildApp({ store: 'foreign', security: { maxSessionsPerUser: 2, userOf: () => 'ada' } }), { code: 'FST_SESSION_SECURITY_NO_ACTIVITY_STORE' })
    for (const bad of [0, 1001, 1.5, '2']) {
      await assert.rejects(buildApp({ security: { maxSessionsPerUser: JSON.parse(JSON.stringify(bad)), userOf: () => 'ada' } }), { code: 'FST_SESSION_SECURITY_BAD_OPTION', message: /"maxSessionsPerUser"/ })
    }
  })
})

interface Administered extends TestApp {
  readonly told: EndedSession[]
  /** In a new browser. */
  signIn (user: string): Promise<BrowserJar>
}

async function openApp (options: TestAppOptions): Promise<Administered> {
  const told: EndedSession[] = []
  const built = await buildApp({
    ...options,
    security: { ...TERMS, userOf: request => request.session.user, onSessionEnd: ended => { told.push(ended) }, ...options.security },
    routes: app => {
      addRoutes(app)
      options.routes?.(app)
    }
  })
  return {
    ...built,
    told,
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
  app.get('/handle', async request => request.sessionSecurity.handle ?? '')
  app.get('/times', async request => ({ startedAtMs: request.session._session_security?.startedAtMs }))
  app.get('/mine', async request => await request.sessionSecurity.mine())
  app.post('/end-others', async request => await request.sessionSecurity.endOthers())
  app.post<{ Params: { user: string } }>('/sign-in-over/:user', async request => {
    await request.session.regenerate()
    Object.assign(request.session, { user: request.params.user })
    return { mine: await request.sessionSecurity.mine(), ended: await request.sessionSecurity.endOthers() }
  })
  app.post('/renew-and-end-others', async request => {
    await request.session.regenerate(['user'])
    return await request.sessionSecurity.endOthers()
  })
  app.post('/end-others-and-renew', async request => {
    const ended = await request.sessionSecurity.endOthers()
    await request.session.regenerate(['user'])
    return ended
  })
}

async function userOf (browser: BrowserJar): Promise<string | null> {
  return (await browser.get('/')).json().user
}
