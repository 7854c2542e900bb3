import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { requireSession } from '../../src/request/require-session.ts'
import type { TestApp, TestAppOptions } from '../helpers/app.ts'
import { buildApp as buildTestApp, gate, pass } from '../helpers/app.ts'
import type { BrowserJar } from '../helpers/browser-jar.ts'
import { latch } from '../helpers/latch.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

declare module 'fastify' {
  interface Session {
    note?: string
    isRemembered?: boolean
  }
}

/** Events in the session while a slow request is under way. */
const MEANWHILE: Record<string, (app: FastifyInstance, browser: BrowserJar) => Promise<unknown>> = {
  async 'a log-out and a sign-in' (_app, browser) {
    await browser.post('/sign-out')
    await browser.post('/sign-in')
  },
  async 'an end by an administrator and a sign-in' (app, browser) {
    await app.sessionSecurity.endUser('ada')
    await browser.post('/sign-in')
  },
  async 'a renewal' (_app, browser) {
    await browser.post('/renew')
  },
  async 'two renewals' (_app, browser) {
    await browser.post('/renew')
    await browser.post('/renew')
  },
  async 'a sign-in by somebody else' (_app, browser) {
    await browser.post('/sign-in-as-bob')
  }
}

/** The last act of the slow request. */
const ENDINGS = ['nothing', 'edit', 'save', 'reload'] as const

function cookieLine (response: LightMyRequestResponse): unknown {
  return response.headers['set-cookie']
}

for (const kit of [memoryKit, redisKit()]) {
  describe(`the cookie is the browser's on ${kit.name}`, () => {
    const buildApp = (options: TestAppOptions = {}): Promise<TestApp> => buildTestApp({
      kit,
      ...options,
      routes (app) {
        app.post('/renew', async request => { await request.session.regenerate(['user']); return 'ok' })
        app.post('/sign-in-as-bob', async request => { request.session.user = 'bob'; return 'ok' })
        app.post('/edit', async request => { request.session.note = 'x'; return 'ok' })
        app.get('/me', { preHandler: requireSession() }, async request => request.session.user)
        options.routes?.(app)
      }
    })

    for (const [what, happens] of Object.entries(MEANWHILE)) {
      for (const ending of ENDINGS) {
        for (const passive of [true, false]) {
          it(`a slow ${passive ? 'passive' : 'active'} request (${ending}) leaves it alone after ${what}`, async () => {
            const slow = gate()
            const { app, browser } = await buildApp({
              routes: app => {
                app.post('/slow', { config: { sessionSecurity: { passive } } }, async request => {
                  await pass(slow)
                  if (ending === 'edit') request.session.note = 'late'
                  if (ending === 'save') { request.session.note = 'late'; await request.session.save() }
                  if (ending === 'reload') await request.session.reload()
                  return 'slow'
                })
              }
            })
            await browser.post('/sign-in')
            const answer = app.inject({ method: 'POST', url: '/slow', cookies: { ...browser.cookies } })
            await slow.entered.opened
            await happens(app, browser)
            slow.leave.open()
            const response = await answer
            assert.equal(response.statusCode, 200)
            assert.equal(cookieLine(response), undefined)
            assert.equal((await browser.get('/me')).statusCode, 200)
            await app.close()
          })
        }
      }
    }

    for (const url of [
      '/', '/passive', '/session_security/ping', '/session_security/ping?idleFor=0', '/nowhere', '/me'
    ]) {
      it(`GET ${url} sets none: alive, ended, revoked, renewed meanwhile or unknown`, async () => {
        const { app, clock, browser } = await buildApp()
        await browser.post('/sign-in')
        assert.equal(cookieLine(await browser.get(url)), undefined)
        const old = { ...browser.cookies }
        await browser.post('/renew')
        assert.equal(cookieLine(await app.inject({ url, cookies: old })), undefined)
        clock.advance(10)
        assert.equal(cookieLine(await browser.get(url)), undefined)
        for (const sessionId of ['', 'garbage', 'x.y', `${old.sessionId}x`]) {
          assert.equal(cookieLine(await app.inject({ url, cookies: { sessionId } })), undefined)
        }
        await app.close()
      })
    }

    it('an edit sets none', async () => {
      const { app, browser } = await buildApp()
      await browser.post('/sign-in')
      assert.equal(cookieLine(await browser.post('/edit')), undefined)
      await app.close()
    })

    it('an anonymous session begins without a cookie, or if its session is over and has no successor', async () => {
      const { app, clock, browser, newBrowser } = await buildApp()
      assert.match(String(cookieLine(await newBrowser().post('/edit'))), /^sessionId=./)
      await browser.post('/sign-in')
      const old = { ...browser.cookies }
      await browser.post('/renew')
      assert.equal(cookieLine(await app.inject({ method: 'POST', url: '/edit', cookies: old })), undefined)
      clock.advance(10)
      assert.match(String(cookieLine(await browser.post('/edit'))), /^sessionId=./)
      assert.equal((await browser.get('/')).json().user, null)
      await app.close()
    })

    it('a late edit with a cookie from before renewal, log-out and sign-in begins no anonymous session', async () => {
      const { app, browser } = await buildApp()
      await browser.post('/sign-in')
      const old = { ...browser.cookies }
      await browser.post('/renew')
      await browser.post('/sign-out')
      await browser.post('/sign-in')
      assert.equal(cookieLine(await app.inject({ method: 'POST', url: '/edit', cookies: old })), undefined)
      await app.close()
    })

    it('the line of a session that was revoked while its sign-in was being answered does not go out', async () => {
      const slow = gate()
      const { app, clock, browser } = await buildApp({
        routes: app => {
          app.post('/slow-sign-in', async request => {
            request.session.user = 'ada'
            await request.session.save()
            await pass(slow)
            return 'ok'
          })
        }
      })
      const answer = browser.post('/slow-sign-in')
      await slow.entered.opened
      await app.sessionSecurity.endUser('ada')
      clock.advance(1.5)
      slow.leave.open()
      assert.equal(cookieLine(await answer), undefined)
      await app.close()
    })

    it('session.rolling renews its age for activity in an authenticated session, and for nothing else', async () => {
      const { app, clock, browser } = await buildApp({
        session: { rolling: true, cookie: { secure: false, maxAge: 20_000 } }
      })
      await browser.post('/sign-in')
      assert.match(String(cookieLine(await browser.get('/'))), /Expires=/)
      assert.equal(cookieLine(await browser.get('/passive')), undefined)
      clock.advance(4)
      assert.equal(cookieLine(await browser.get('/session_security/ping')), undefined)
      assert.equal(cookieLine(await browser.get('/session_security/ping?idleFor=4')), undefined)
      assert.match(String(cookieLine(await browser.get('/session_security/ping?idleFor=1'))), /Expires=/)
      await app.close()
    })

    it('a session\'s own age is kept through edits and renewals, and is what session.rolling renews', async () => {
      const days = 14 * 86_400_000
      const ageIn = (response: LightMyRequestResponse): number => {
        const [expires = ''] = /Expires=[^;]+/.exec(String(cookieLine(response))) ?? []
        return Math.round((Date.parse(expires.slice(8)) - Date.now()) / 86_400_000)
      }
      for (const rolling of [true, false]) {
        const { app, browser } = await buildApp({
          session: { rolling, cookie: { secure: false, maxAge: 20_000 } },
          routes: app => {
            app.post('/remember', async request => {
              request.session.user = 'ada'
              request.session.cookie.maxAge = days
              return 'ok'
            })
            app.get('/age', async ({ session }) => session.cookie.originalMaxAge)
          }
        })
        assert.equal(ageIn(await browser.post('/remember')), 14)
        assert.equal((await browser.get('/age')).json(), days)
        const edited = await browser.post('/edit')
        if (rolling) assert.equal(ageIn(edited), 14)
        else assert.equal(cookieLine(edited), undefined)
        assert.equal((await browser.get('/age')).json(), days)
        assert.equal(ageIn(await browser.post('/renew')), 14)
        assert.equal((await browser.get('/age')).json(), days)
        await app.close()
      }
    })

    it('session.rolling renews it for no anonymous session, nor for one that ended during the request', async () => {
      const held = gate()
      const { app, clock, browser } = await buildApp({
        session: { rolling: true, cookie: { secure: false, maxAge: 20_000 } },
        routes: app => {
          app.post('/basket', async request => { request.session.a = 1; return 'ok' })
          app.get('/slow', async () => { await pass(held); return 'ok' })
        }
      })
      assert.notEqual(cookieLine(await browser.post('/basket')), undefined)
      assert.equal(cookieLine(await browser.get('/')), undefined)
      await browser.post('/sign-in')
      const slow = browser.get('/slow')
      await held.entered.opened
      await app.sessionSecurity.endUser('ada')
      clock.advance(2)
      held.leave.open()
      assert.equal(cookieLine(await slow), undefined)
      await app.close()
    })

    it('a changed configuration reaches a browser with the next line: the configured age is not stored', async () => {
      const kiloseconds = (response: LightMyRequestResponse): number => {
        const [expires = ''] = /Expires=[^;]+/.exec(String(cookieLine(response))) ?? []
        return Math.round((Date.parse(expires.slice(8)) - Date.now()) / 1_000_000)
      }
      const before = await buildApp({ session: { cookie: { secure: false, maxAge: 20_000_000 } } })
      const { store, browser } = before
      assert.equal(kiloseconds(await browser.post('/sign-in')), 20)
      await browser.post('/edit')
      const { app } = await buildApp({
        session: { cookie: { secure: false, maxAge: 40_000_000 } }, security: { store }
      })
      const renewed = await app.inject({ method: 'POST', url: '/renew', cookies: { ...browser.cookies } })
      assert.equal(kiloseconds(renewed), 40)
      await Promise.all([app.close(), before.app.close()])
    })

    for (const maxAge of [undefined, 20_000]) {
      it(`no other user gets the age; others have ${maxAge === undefined ? 'none' : 'a short one'}`, async () => {
        const { app, browser } = await buildApp({
          session: { cookie: { secure: false, ...(maxAge === undefined ? {} : { maxAge }) } },
          routes: app => {
            app.post('/remember', async request => {
              request.session.user = 'ada'
              request.session.cookie.maxAge = 14 * 86_400_000
            })
            app.post('/bob', async request => { request.session.user = 'bob' })
            app.post('/bob-renewed', async request => {
              await request.session.regenerate()
              request.session.user = 'bob'
            })
            app.post('/bob-remembered', async request => {
              request.session.user = 'bob'
              request.session.cookie.maxAge = 14 * 86_400_000
            })
            app.get('/age', async ({ session }) => ({ age: session.cookie.originalMaxAge }))
          }
        })
        for (const [url, age] of [
          ['/bob', maxAge ?? null], ['/bob-renewed', maxAge ?? null], ['/bob-remembered', 14 * 86_400_000]
        ]) {
          await browser.post('/remember')
          const line = String(cookieLine(await browser.post(String(url))))
          assert.equal(/Expires/.test(line), age !== null, String(url))
          assert.deepEqual((await browser.get('/age')).json(), { age }, String(url))
          await browser.post('/sign-out')
        }
        await app.close()
      })
    }

    for (const sameSite of ['lax', 'strict', undefined] as const) {
      it(`a form of another site without a cookie (SameSite=${sameSite}) begins no anonymous session`, async () => {
        const { app, browser, newBrowser } = await buildApp({
          session: { cookie: { secure: false, ...(sameSite === undefined ? {} : { sameSite }) } },
          routes: app => { app.post('/cart', async request => { request.session.a = 1; return 'ok' }) }
        })
        await browser.post('/sign-in')
        const foreign = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
        assert.equal(cookieLine(await newBrowser().post('/cart', undefined, foreign)), undefined)
        const own = { ...foreign, 'sec-fetch-site': 'same-origin' }
        assert.match(String(cookieLine(await newBrowser().post('/cart', undefined, own))), /sessionId=/)
        await app.close()
      })
    }

    it('a form of another site that brings every cookie along (SameSite=None) begins one', async () => {
      const { app, newBrowser } = await buildApp({
        session: { cookie: { secure: 'auto', sameSite: 'none' } },
        routes: app => { app.post('/cart', async request => { request.session.a = 1; return 'ok' }) }
      })
      const response = await newBrowser().post('/cart', undefined, { 'sec-fetch-site': 'cross-site' })
      assert.match(String(cookieLine(response)), /sessionId=/)
      await app.close()
    })

    it('a failed sign-in behind regenerate(), pressed twice, leaves the cookie of the successful one', async () => {
      const [inside, go] = [latch(), latch()]
      const { app, browser } = await buildApp({
        routes: app => {
          app.post('/cart', async request => { request.session.a = 1; return 'ok' })
          app.post('/fails', async (request, reply) => {
            inside.open()
            await go.opened
            await request.session.regenerate()
            return await reply.code(401).send('wrong')
          })
        }
      })
      await browser.post('/cart')
      const late = browser.post('/fails')
      await inside.opened
      await browser.post('/sign-in')
      go.open()
      assert.equal(cookieLine(await late), undefined)
      assert.equal((await browser.get('/')).json().user, 'ada')
      await app.close()
    })

    it('a session that is to go with the browser has no age, though others have one', async () => {
      const { app, browser } = await buildApp({
        session: { cookie: { secure: false, maxAge: 20_000 } },
        routes: app => {
          app.post('/in', async request => {
            request.session.user = (request.query as { user?: string }).user ?? 'ada'
            request.session.cookie.expires = null
            return 'ok'
          })
        }
      })
      assert.doesNotMatch(String(cookieLine(await browser.post('/in'))), /Expires/)
      assert.doesNotMatch(String(cookieLine(await browser.post('/in?user=bob'))), /Expires/)
      assert.doesNotMatch(String(cookieLine(await browser.post('/renew'))), /Expires/)
      await app.close()
    })

    for (const [name, { session, url, must }] of Object.entries({
      '__Host-': {
        session: { cookieName: '__Host-sid', cookie: { secure: true, path: '/', sameSite: 'lax' } },
        url: '',
        must: [/Secure/, /Path=\/(;|$)/]
      },
      Partitioned: {
        session: { cookieName: 'sid', cookie: { secure: true, sameSite: 'none', partitioned: true } },
        url: '',
        must: [/Secure/, /Partitioned/, /SameSite=None/]
      },
      'Domain and Path': {
        session: { cookieName: 'sid', cookie: { secure: true, domain: 'example.com', path: '/app' } },
        url: '/app',
        must: [/Domain=example\.com/, /Path=\/app/]
      }
    } as const)) {
      it(`${name}: a log-out takes it away with the attributes that it was set with`, async () => {
        const { app } = await buildApp({
          session,
          routes: app => {
            app.post('/app/sign-in', async request => { request.session.user = 'ada'; return 'ok' })
            app.post('/app/sign-out', async request => { await request.session.destroy(); return 'ok' })
          },
          before: app => app.addHook(
            'onRequest', async request => { Object.defineProperty(request, 'protocol', { value: 'https' }) }
          )
        })
        const set = await app.inject({ method: 'POST', url: `${url}/sign-in` })
        const cookies = Object.fromEntries(set.cookies.map(({ name, value }) => [name, value]))
        const cleared = await app.inject({ method: 'POST', url: `${url}/sign-out`, cookies })
        for (const response of [set, cleared]) {
          for (const attribute of must) assert.match(String(cookieLine(response)), attribute)
        }
        assert.match(String(cookieLine(cleared)), /=;.*Expires=Thu, 01 Jan 1970/)
        await app.close()
      })
    }
  })
}
