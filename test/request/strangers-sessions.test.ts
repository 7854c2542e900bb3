import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import websocket from '@fastify/websocket'
import type { FastifyInstance, FastifyRequest, Session } from 'fastify'
import type { SessionSecurityOptions, UserOf } from '../../src/options/options.ts'
import type { EndedSession } from '../../src/store/store.ts'
import { MOST_SUCCESSORS } from '../../src/store/limits.ts'
import { buildApp, gate, pass } from '../helpers/app.ts'
import { answered, linesOf, unheard } from '../helpers/answers.ts'
import type { BrowserJar } from '../helpers/browser-jar.ts'
import { latch } from '../helpers/latch.ts'
import { SteeredStore, steeredKit } from '../helpers/steered-store.ts'
import type { StoreKit } from '../helpers/store-kits.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

declare module 'fastify' {
  interface Session {
    messages?: string[]
    email?: string
    tenant?: string
  }
}

const LATE = 'FST_SESSION_SECURITY_LATE_SIGN_IN'

/** Ways to write one `userOf`. Some read every key. Without the tenant nobody is signed in. */
const USER_OF: Record<string, UserOf> = {
  'by name': session => session.tenant === undefined ? undefined : session.user,
  'by destructuring': ({ user, ...rest }) => rest.tenant === undefined ? undefined : user,
  'by spreading': session => { const copy = { ...session }; return copy.tenant === undefined ? undefined : copy.user },
  'by JSON': session => {
    const copy: { user?: string, tenant?: string } = JSON.parse(JSON.stringify(session))
    return copy.tenant === undefined ? undefined : copy.user
  }
}

function cookieOf ({ cookies }: BrowserJar): string {
  return `sessionId=${encodeURIComponent(cookies['sessionId'] ?? '')}`
}

for (const kit of [memoryKit, redisKit()]) {
  describe(`a user change on ${kit.name}`, () => {
    for (const [how, userOf] of Object.entries(USER_OF)) {
      it(`drops the former user's keys where userOf asks ${how}, and keeps one that the sign-in needs`, async () => {
        const { app, browser } = await buildApp({
          kit,
          security: { userOf },
          routes: app => {
            app.post(
              '/ada',
              async request => {
                Object.assign(request.session, { user: 'ada', tenant: 'x', messages: ['ada\'s'], a: 1 })
                return 'in'
              }
            )
            app.post('/bob', async request => { Object.assign(request.session, { user: 'bob', b: 2 }); return 'in' })
            app.get(
              '/holds', async ({ session: { user, tenant, messages, a, b } }) => ({ user, tenant, messages, a, b })
            )
          }
        })
        await browser.post('/ada')
        await browser.post('/bob')
        assert.deepEqual((await browser.get('/holds')).json(), { user: 'bob', tenant: 'x', b: 2 })
        assert.deepEqual((await app.sessionSecurity.list()).sessions.map(({ user }) => user), ['bob'])
        await app.close()
      })
    }
  })

  describe(`a late edit on ${kit.name}`, () => {
    for (const when of ['before the request came', 'while its handler ran']) {
      it(`with the cookie of an anonymous session that signed in ${when} sets no line and begins nothing`, async () => {
        const held = gate()
        const { app, browser, held: count } = await buildApp({
          kit,
          routes: app => {
            app.post('/cart', async request => { request.session.a = 1; return 'ok' })
            app.post('/late', async request => { await pass(held); request.session.b = 2; return 'ok' })
          }
        })
        await browser.post('/cart')
        const old = { ...browser.cookies }
        const edit = (): Promise<{ headers: Record<string, unknown>, statusCode: number }> =>
          app.inject({ method: 'POST', url: '/late', cookies: old })
        const early = when === 'while its handler ran' ? edit() : null
        if (early !== null) await held.entered.opened
        await browser.post('/sign-in')
        const before = await count()
        held.leave.open()
        const response = await (early ?? edit())
        assert.deepEqual([response.statusCode, linesOf(response), await count()], [200, [], before])
        assert.equal((await browser.get('/')).json().user, 'ada')
        await app.close()
      })
    }

    for (const [what, end] of [
      ['idle', 'an idle end'], ['revoked', 'a revocation'], ['logout', 'a log-out']
    ] as const) {
      for (const saves of [false, true]) {
        it(`does the same after ${end} during the handler${saves ? ', by an explicit save() too' : ''}`, async () => {
          const held = gate()
          const { app, browser, clock, held: count } = await buildApp({
            kit,
            routes: app => {
              app.post('/late', async request => {
                await pass(held)
                await request.sessionSecurity.confirm() // the request goes on as anonymous
                request.session.b = 2
                if (saves) await request.session.save()
                return 'ok'
              })
            }
          })
          await browser.post('/sign-in')
          const late = browser.post('/late')
          await held.entered.opened
          if (what === 'idle') clock.advance(11)
          else if (what === 'revoked') await app.sessionSecurity.endUser('ada')
          else await app.inject({ method: 'POST', url: '/sign-out', cookies: { ...browser.cookies } })
          const before = await count()
          held.leave.open()
          const response = await late
          assert.deepEqual([response.statusCode, linesOf(response), await count()], [200, [], before])
          await app.close()
        })
      }
    }
  })

  describe(`more than ${MOST_SUCCESSORS} parallel renewals on ${kit.name}`, () => {
    for (const [who, ends] of [
      ['end() of the first handle', 'end'], ['a log-out with the new cookie', 'new'],
      ['a log-out with the old cookie', 'old']
    ] as const) {
      it(`make at most ${MOST_SUCCESSORS} sessions, the browser stays signed in, and ${who} ends all`, async () => {
        const go = latch()
        let inside = 0
        const many = 3 * MOST_SUCCESSORS
        const notified: EndedSession[] = []
        const { app, browser } = await buildApp({
          kit,
          security: { onSessionEnd: ended => notified.push(ended) },
          routes: app => {
            app.post('/renew', async request => {
              if (++inside === many) go.open()
              await go.opened
              await request.session.regenerate(['user'])
              return 'ok'
            })
            app.get('/handle', async request => ({ handle: request.sessionSecurity.handle }))
          }
        })
        await browser.post('/sign-in')
        const old = { ...browser.cookies }
        const { handle } = (await browser.get('/handle')).json()
        await Promise.all(Array.from({ length: many }, async () => await browser.post('/renew')))
        const live = (await app.sessionSecurity.list()).sessions.length
        assert.ok(live >= 1 && live <= MOST_SUCCESSORS, String(live))
        assert.equal((await browser.get('/')).json().user, 'ada')

        if (ends === 'end') await app.sessionSecurity.end(handle)
        else if (ends === 'new') await browser.post('/sign-out')
        else await app.inject({ method: 'POST', url: '/sign-out', cookies: old })
        assert.deepEqual((await app.sessionSecurity.list()).sessions, [])
        assert.equal((await browser.get('/')).json().user, null)
        await app.close()
        assert.equal(notified.length, live)
        assert.equal(new Set(notified.map(({ handle }) => handle)).size, live)
      })
    }
  })

  describe(`a sign-in that no cookie can follow, on ${kit.name}`, () => {
    for (const who of ['somebody who is signed in', 'nobody']) {
      it(`in an open WebSocket of ${who} is refused, and the former session goes on`, async () => {
        const said: unknown[] = []
        const done = latch()
        const { app, browser, held } = await buildApp({
          kit,
          routes: app => {
            app.register(websocket)
            app.register(async child => {
              child.get('/socket', { websocket: true }, (_socket, request) => {
                setTimeout(10).then(async () => {
                  request.session.user = 'bob'
                  await request.session.save()
                }).then(
                  () => said.push('saved'), (error: unknown) => said.push(Reflect.get(Object(error), 'code'))
                ).finally(done.open)
              })
            })
          }
        })
        if (who !== 'nobody') await browser.post('/sign-in')
        const before = await held()
        const socket = await app.injectWS('/socket', { headers: who === 'nobody' ? {} : { cookie: cookieOf(browser) } })
        await done.opened
        assert.deepEqual(said, [LATE])
        assert.equal(await held(), before)
        assert.equal((await browser.get('/')).json().user, who === 'nobody' ? null : 'ada')
        socket.terminate()
        await app.close()
      })

      it(`after reply.raw.writeHead() for ${who} is refused, and the former session goes on`, async () => {
        const { app, browser, held } = await buildApp({
          kit,
          routes: app => {
            app.post('/raw', async (request, reply) => {
              reply.hijack()
              reply.raw.writeHead(200, { 'content-type': 'text/plain' })
              request.session.user = 'bob'
              const said = await request.session.save().then(
                () => 'saved', (error: unknown) => String(Reflect.get(Object(error), 'code'))
              )
              reply.raw.end(said)
            })
          }
        })
        if (who !== 'nobody') await browser.post('/sign-in')
        const before = await held()
        const response = await browser.post('/raw')
        assert.deepEqual([response.body, linesOf(response), await held()], [LATE, [], before])
        assert.equal((await browser.get('/')).json().user, who === 'nobody' ? null : 'ada')
        await app.close()
      })
    }
  })

  describe(`a session that decryptSession() gave, on ${kit.name}`, () => {
    const addRoutes = (app: FastifyInstance): void => {
      app.post('/cart', async request => { request.session.b = 1; return 'ok' })
      app.post('/edit', async request => { request.session.a = 1; return 'ok' })
      app.get('/holds', async ({ session: { user, a, b } }) => ({ user, a, b }))
    }

    for (const [who, url, users] of [['nobody', '/cart', []], ['somebody else', '/sign-in', ['ada']]] as const) {
      it(`of ${who} cannot be signed in to: a coded error, and nothing is written`, async () => {
        const { app, browser, held } = await buildApp({ kit, routes: addRoutes })
        await browser.post(url)
        const before = await held()
        for (const renews of [false, true]) {
          const socket = await decrypted(app, browser)
          if (renews) await socket.session.regenerate()
          socket.session.user = 'bob'
          await assert.rejects(async () => await socket.session.save(), { code: LATE })
        }
        assert.equal(await held(), before)
        assert.deepEqual((await app.sessionSecurity.list()).sessions.map(({ user }) => user), users)
        await app.close()
      })
    }

    it('keeps its own edits and those of another request, and ends when its user is deleted', async () => {
      const ends: EndedSession[] = []
      const { app, browser } = await buildApp({
        kit, security: { onSessionEnd: ended => ends.push(ended) }, routes: addRoutes
      })
      await browser.post('/sign-in')
      const socket = await decrypted(app, browser)
      await browser.post('/edit')
      socket.session.b = 2
      await socket.session.save()
      assert.deepEqual((await browser.get('/holds')).json(), { user: 'ada', a: 1, b: 2 })
      assert.equal(socket.session.a, undefined)
      await socket.session.reload()
      assert.equal(socket.session.a, 1)
      socket.session.b = 3
      await socket.session.save()
      assert.deepEqual((await browser.get('/holds')).json(), { user: 'ada', a: 1, b: 3 })

      delete socket.session.user
      await socket.session.save()
      assert.deepEqual((await browser.get('/holds')).json(), {})
      await app.close()
      assert.deepEqual(ends.map(({ user, reason }) => [user, reason]), [['ada', 'logout']])
    })

    it('ends no process by a save() that is refused, and that nobody awaits', async () => {
      const { app, browser } = await buildApp({ kit })
      await browser.post('/sign-in')
      const { session } = await decrypted(app, browser)
      session.user = 'bob'
      const calls: unknown[] = []
      assert.deepEqual(await unheard(async () => { calls.push(session.save()) }), [])
      assert.equal(calls.length, 1)
      await app.close()
    })

    it('has what a callback throws in the log: it ends no process', async () => {
      const { app, browser, log } = await buildApp({ kit })
      await browser.post('/sign-in')
      const { session } = await decrypted(app, browser)
      const heard = await unheard(async () => { session.save(() => { throw new Error('thrown by a callback') }) })
      assert.deepEqual(heard, [])
      assert.match(log.raw.join(''), /thrown by a callback.*decryptSession/)
      await app.close()
    })
  })

  describe(`plain values for sessionStore.set(), on ${kit.name}`, () => {
    const REFUSED = 'FST_SESSION_SECURITY_OUTSIDE_SAVE'

    /** Opens a server with a route that sets the sent values, under any id. */
    const open = (security: Partial<SessionSecurityOptions> = {}) => {
      const steered = steeredKit(kit)
      return buildApp({
        kit: steered,
        security: security as never,
        routes: app => {
          app.post('/cart', async request => { request.session.a = 1; return 'ok' })
          app.post('/remember', async request => {
            Object.assign(request.session, { user: 'ada', a: 1 })
            request.session.cookie.maxAge = 3_600_000
            return 'ok'
          })
          app.post('/set', async request => {
            const { id = request.session.sessionId, values } = request.body as { id?: string, values: Session }
            steered.store.calls.length = 0
            const error = await new Promise(resolve => request.sessionStore.set(id, values, resolve))
            return { code: Reflect.get(Object(error), 'code') ?? null, writes: steered.store.writes }
          })
          app.get('/holds', async ({ session: { user, a, cookie } }) => ({ user, a, age: cookie.originalMaxAge }))
        }
      })
    }

    it('change what a session holds, and neither who is signed in nor the age of the cookie', async () => {
      const { app, browser, newBrowser } = await open()
      await browser.post('/remember')
      const set = async (values: object, jar = browser): Promise<unknown> => (await jar.post('/set', { values })).json()
      assert.deepEqual(await set({ user: 'ada', a: 1 }), { code: null, writes: [] })
      assert.deepEqual(
        await set({ user: 'ada', a: 2, cookie: { originalMaxAge: 5 } }), { code: null, writes: ['update'] }
      )
      for (const values of [{ user: 'bob', a: 3 }, { a: 3 }]) {
        assert.deepEqual(await set(values), { code: REFUSED, writes: [] })
      }
      assert.deepEqual((await browser.get('/holds')).json(), { user: 'ada', a: 2, age: 3_600_000 })

      const shopper = newBrowser()
      await shopper.post('/cart')
      assert.deepEqual(await set({ user: 'ada', a: 3 }, shopper), { code: REFUSED, writes: [] })
      assert.deepEqual(await set({ a: 3 }, shopper), { code: null, writes: ['update'] })
      assert.deepEqual((await shopper.get('/holds')).json(), { a: 3, age: null })
      await app.close()
    })

    it('sign nobody in or out where only isAuthenticated says who is', async () => {
      const isAuthenticated = ({ user }: { user?: string }): boolean => user !== undefined
      const { app, browser, newBrowser } = await open({ userOf: () => undefined, isAuthenticated })
      await browser.post('/remember')
      assert.equal((await browser.post('/set', { values: { a: 2 } })).json().code, REFUSED)
      const shopper = newBrowser()
      await shopper.post('/cart')
      assert.equal((await shopper.post('/set', { values: { user: 'ada' } })).json().code, REFUSED)
      await app.close()
    })

    it('begin an anonymous session under an id that nobody had, with the age of their cookie', async () => {
      const { app, browser, clock, store } = await open()
      const begin = async (id: string, values: object): Promise<unknown> =>
        (await browser.post('/set', { id, values })).json()
      const begun = { code: null, writes: ['begin'] }
      const lives = async (id: string): Promise<boolean> => (await store.find(store.keyOf(id))).state === 'live'
      const later = new Date(Date.now() + 60_000) // the expiry of a cookie is a time of day
      assert.deepEqual(await begin('with an age', { a: 1, cookie: { originalMaxAge: 60_000, expires: later } }), begun)
      assert.deepEqual(await begin('without', { a: 1, cookie: { originalMaxAge: -5 } }), begun)
      for (const expires of [new Date(), Date.now() - 1]) {
        const values = { a: 1, cookie: { expires: new Date(expires).toISOString() } }
        assert.deepEqual(await begin('over', values), { code: null, writes: [] })
      }
      assert.deepEqual(await begin('of a person', { user: 'ada' }), { code: REFUSED, writes: [] })
      const large = await begin('large', { text: 'x'.repeat(70_000) })
      const many = await begin('many', Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`k${i}`, 1])))
      assert.deepEqual([large, many], Array(2).fill({ code: 'FST_SESSION_SECURITY_SESSION_TOO_LARGE', writes: [] }))
      clock.advance(59)
      assert.deepEqual([await lives('with an age'), await lives('without')], [true, true])
      clock.advance(1)
      assert.deepEqual([await lives('with an age'), await lives('without')], [false, true])
      await app.close()
    })

    it('bring no session back that is over', async () => {
      const { app, browser, held } = await open()
      await browser.post('/cart')
      const [id = ''] = String(browser.cookies['sessionId']).split('.')
      await browser.post('/sign-in')
      const before = await held()
      assert.deepEqual((await browser.post('/set', { id, values: { a: 1 } })).json(), { code: null, writes: [] })
      assert.equal(await held(), before)
      await app.close()
    })
  })

  describe(`worthless cookies before the live one, on ${kit.name}`, () => {
    for (const [many, isSeen] of [[15, true], [16, false], [20, false]] as const) {
      it(`${many} of them ${isSeen ? 'do not hide it' : 'hide it, and no anonymous session begins'}`, async () => {
        const { app, browser, held } = await buildApp({
          kit,
          routes: app => {
            app.post('/edit', async request => { request.session.a = 1; return { user: request.session.user ?? null } })
          }
        })
        await browser.post('/sign-in')
        const before = await held()
        const cookie = [
          ...Array.from({ length: many }, (_, i) => `sessionId=worthless${i}`), cookieOf(browser)
        ].join('; ')
        const response = await app.inject({ method: 'POST', url: '/edit', headers: { cookie } })
        assert.deepEqual(response.json(), { user: isSeen ? 'ada' : null })
        assert.deepEqual([linesOf(response), await held()], [[], before])
        assert.equal((await browser.get('/')).json().user, 'ada')
        await app.close()
      })
    }
  })

  describe(`two nodes with different userOf on ${kit.name}`, () => {
    for (const [what, userOf] of Object.entries<UserOf>({
      'names nobody': ({ email }) => email,
      throws: ({ user, email }) => { if (user !== undefined) throw new Error('what is that?'); return email }
    })) {
      it(`where the other's ${what}: its requests sign nobody in or out, notify and write nothing`, async () => {
        const notified: unknown[] = []
        const { here, there, store } = await twoNodes(kit, { userOf }, notified)
        await here.browser.post('/sign-in')
        const lines = []
        for (const [method, url] of [
          ['GET', '/'], ['GET', '/passive'], ['POST', '/edit'], ['POST', '/edit-and-save'],
          ['GET', '/session_security/ping?idleFor=0']
        ] as const) {
          store.calls.length = 0
          const response = await there.app.inject({ method, url, cookies: { ...here.browser.cookies } })
          assert.equal(response.statusCode, 200, url)
          lines.push(...linesOf(response))
          assert.deepEqual(store.calls.filter(call => ['begin', 'update', 'end'].includes(call)), [], url)
          assert.equal((await here.browser.get('/')).json().user, 'ada', url)
        }
        await there.app.close()
        await here.app.close()
        assert.deepEqual([lines, notified], [[], []])
      })

      it(`where the other's ${what}: it counts as none for decryptSession() there too, and stays`, async () => {
        const { here, there, store } = await twoNodes(kit, { userOf }, [])
        await here.browser.post('/sign-in')
        await here.browser.post('/edit')
        store.calls.length = 0
        const socket = await answered(decrypted(there.app, here.browser))
        assert.deepEqual([socket.session.user, socket.session.a], [undefined, undefined])
        await socket.session.save()
        assert.deepEqual(store.writes, [])
        assert.deepEqual((await here.browser.get('/holds')).json(), { user: 'ada', a: 1 })
        await there.app.close()
        await here.app.close()
      })

      it(`where the other's ${what}, with shorter timeouts: it ends no session that counts as none there`, async () => {
        const { here, there } = await twoNodes(kit, { userOf, warnAfter: 1, expireAfter: 2 }, [])
        await here.browser.post('/sign-in')
        here.clock.advance(4)
        const response = await there.app.inject({ url: '/', cookies: { ...here.browser.cookies } })
        assert.equal(response.json().user, null)
        assert.equal((await here.browser.get('/')).json().user, 'ada')
        await there.app.close()
        await here.app.close()
      })

      it(`where the other's ${what}: a sign-in there ends the former session`, async () => {
        const notified: EndedSession[] = []
        const { here, there } = await twoNodes(kit, { userOf }, notified)
        await here.browser.post('/sign-in')
        const old = { ...here.browser.cookies }
        const response = await there.app.inject({ method: 'POST', url: '/sign-in-by-email', cookies: old })
        assert.deepEqual([response.statusCode, linesOf(response).length], [200, 1])
        assert.equal((await here.browser.get('/')).json().user, null)
        await there.app.close()
        await here.app.close()
        assert.deepEqual(notified.map(({ user, reason }) => [user, reason]), [['ada', 'logout']])
      })
    }
  })

  describe(`two nodes of which one names the same person otherwise, on ${kit.name}`, () => {
    const byNumber: UserOf = ({ user }) => user === undefined ? undefined : `#${user}`

    it('by another id: a passive request changes nothing; an active one goes on under that id', async () => {
      const notified: unknown[] = []
      const { here, there, store } = await twoNodes(kit, { userOf: byNumber }, notified)
      await here.browser.post('/sign-in')
      await here.browser.post('/edit')
      for (const url of ['/passive', '/session_security/ping']) {
        store.calls.length = 0
        const response = await there.app.inject({ url, cookies: { ...here.browser.cookies } })
        assert.deepEqual([response.statusCode, linesOf(response), store.writes], [200, [], []], url)
        if (url !== '/passive') assert.equal(response.json().state, 'active')
      }
      const socket = await decrypted(there.app, here.browser)
      socket.session.b = 2
      await socket.session.save()
      const response = await there.app.inject({ url: '/holds', cookies: { ...here.browser.cookies } })
      assert.deepEqual([response.json(), linesOf(response).length], [{ user: 'ada', a: 1, b: 2 }, 1])
      assert.deepEqual((await there.app.sessionSecurity.list()).sessions.map(({ user }) => user), ['#ada'])
      const [{ name = '', value = '' } = {}] = response.cookies
      const next = await there.app.inject({ url: '/holds', cookies: { [name]: value } })
      assert.deepEqual([next.json(), linesOf(next)], [{ user: 'ada', a: 1, b: 2 }, []])
      await there.app.close()
      await here.app.close()
      assert.deepEqual(notified, [])
    })

    it('by another id: a renewal is none to another user, and ends nothing', async () => {
      const notified: unknown[] = []
      const { here, there } = await twoNodes(kit, { userOf: byNumber }, notified)
      await here.browser.post('/sign-in')
      const cookies = { ...here.browser.cookies }
      assert.equal((await there.app.inject({ method: 'POST', url: '/renew', cookies })).cookies.length, 1)
      assert.deepEqual((await there.app.sessionSecurity.list()).sessions.map(({ user }) => user), ['#ada'])
      await there.app.close()
      await here.app.close()
      assert.deepEqual(notified, [])
    })

    it('by isAuthenticated alone: requests renew nothing, and a renewal keeps the name', async () => {
      const notified: unknown[] = []
      const isAuthenticated = ({ user }: { user?: string }): boolean => user !== undefined
      const { here, there } = await twoNodes(kit, { userOf: () => undefined, isAuthenticated }, notified)
      await here.browser.post('/sign-in')
      for (const method of ['GET', 'POST'] as const) {
        const url = method === 'GET' ? '/holds' : '/edit'
        const response = await there.app.inject({ method, url, cookies: { ...here.browser.cookies } })
        assert.deepEqual([response.statusCode, linesOf(response)], [200, []], url)
      }
      const response = await there.app.inject({ method: 'POST', url: '/renew', cookies: { ...here.browser.cookies } })
      assert.equal(linesOf(response).length, 1)
      assert.deepEqual((await here.app.sessionSecurity.list()).sessions.map(({ user }) => user), ['ada'])
      await there.app.close()
      await here.app.close()
      assert.deepEqual(notified, [])
    })
  })

  describe(`a sign-in where userOf has no name for who was signed in, on ${kit.name}`, () => {
    it('of somebody else ends that session, and inherits nothing', async () => {
      const notified: EndedSession[] = []
      const isAuthenticated = ({ user, email }: {
        user?: string,
        email?: string
      }): boolean => (user ?? email) !== undefined
      const { here, there } = await twoNodes(kit, { userOf: ({ email }) => email, isAuthenticated }, notified)
      await here.browser.post('/sign-in')
      await here.browser.post('/edit')
      const cookies = { ...here.browser.cookies }
      const response = await there.app.inject({ method: 'POST', url: '/sign-in-by-email', cookies })
      const [{ name = '', value = '' } = {}] = response.cookies
      const holds = await there.app.inject({ url: '/holds', cookies: { [name]: value } })
      assert.deepEqual(holds.json(), {})
      assert.deepEqual((await here.app.sessionSecurity.list()).sessions.map(({ user }) => user), ['ada@example'])
      await there.app.close()
      await here.app.close()
      assert.deepEqual(notified.map(({ user, reason }) => [user, reason]), [['ada', 'logout']])
    })
  })

  describe(`a close on ${kit.name}`, () => {
    it('notifies each end once before an onClose hook that was added later closes the store\'s client', async () => {
      const steered = steeredKit(kit)
      const ends: EndedSession[] = []
      let isClosed = false
      const onSessionEnd = async (ended: EndedSession): Promise<void> => { await setTimeout(30); ends.push(ended) }
      const { app, clock, browser, newBrowser } = await buildApp({
        kit: steered,
        security: { onSessionEnd },
        routes: app => { app.addHook('onClose', async () => { isClosed = true }) }
      })
      steered.store.before = async () => { if (isClosed) throw new Error('the client is closed') }
      const other = newBrowser()
      for (const jar of [browser, other]) await jar.post('/sign-in')
      for (const jar of [browser, other]) await jar.post('/sign-out')
      await app.close()
      assert.equal(ends.length, 2)
      assert.equal(steered.store.calls.filter(call => call === 'acknowledge').length, 2)

      const next = await buildApp({
        kit: { name: kit.name, open: () => ({ store: steered.store.inner, clock, held: async () => 0 }) },
        security: { onSessionEnd }
      })
      clock.advance(120) // past every lease
      await next.app.sessionSecurity.sweep()
      await next.app.close()
      assert.equal(ends.length, 2)
    })
  })
}

/** Returns a socket's view of the browser's session. */
async function decrypted (
  app: FastifyInstance, { cookies }: BrowserJar
): Promise<{ session: FastifyRequest['session'] }> {
  const socket: { session?: FastifyRequest['session'] } = {}
  await new Promise<void>((resolve, reject) => {
    app.decryptSession(cookies['sessionId'] ?? '', socket, error => { error == null ? resolve() : reject(error) })
  })
  const { session } = socket
  assert.ok(session !== undefined)
  return Object.assign(socket, { session })
}

async function twoNodes (kit: StoreKit, who: Partial<SessionSecurityOptions>, notified: unknown[]) {
  const opened = kit.open()
  const store = new SteeredStore(opened.store)
  const shared = (store: SteeredStore): StoreKit => ({ name: kit.name, open: () => ({ ...opened, store }) })
  const onSessionEnd = (ended: EndedSession): void => { notified.push(ended) }
  const addEdits = (app: FastifyInstance): void => {
    app.post('/edit', async request => { request.session.a = 1; return 'ok' })
    app.post('/edit-and-save', async request => { request.session.a = 1; await request.session.save(); return 'ok' })
    app.post('/renew', async request => { await request.session.regenerate(['user']); return 'ok' })
    app.get('/holds', async ({ session: { user, a, b } }) => ({ user, a, b }))
  }
  const here = await buildApp({
    kit: shared(new SteeredStore(opened.store)), security: { onSessionEnd }, routes: addEdits
  })
  const there = await buildApp({
    kit: shared(store),
    security: { onSessionEnd, ...who } as Partial<SessionSecurityOptions>,
    routes: app => {
      addEdits(app)
      app.post('/sign-in-by-email', async request => { request.session.email = 'ada@example'; return 'in' })
    }
  })
  return { here, there, store }
}
