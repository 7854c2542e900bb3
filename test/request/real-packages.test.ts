import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import csrf from '@fastify/csrf-protection'
import flash from '@fastify/flash'
import proxy from '@fastify/http-proxy'
import jwt from '@fastify/jwt'
import multipart from '@fastify/multipart'
import { Authenticator } from '@fastify/passport'
import rateLimit from '@fastify/rate-limit'
import websocket from '@fastify/websocket'
import type { FastifyInstance } from 'fastify'
import { Strategy as LocalStrategy } from 'passport-local'
import { Strategy as OAuth2Strategy } from 'passport-oauth2'
import { requireSession } from '../../src/request/require-session.ts'
import type { EndedSession } from '../../src/store/store.ts'
import type { TestApp, TestAppOptions } from '../helpers/app.ts'
import { buildApp as buildTestApp, SECRET } from '../helpers/app.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

type Passport = InstanceType<typeof Authenticator>

declare module 'fastify' {
  interface Session {
    passport?: string
  }
}

for (const kit of [memoryKit, redisKit()]) {
  describe(`real packages beside it on ${kit.name}`, () => {
    const ends: EndedSession[] = []

    function buildApp (options: TestAppOptions = {}): Promise<TestApp> {
      ends.length = 0
      return buildTestApp({
        kit, ...options, security: { onSessionEnd: ended => ends.push(ended), ...options.security }
      })
    }

    describe('@fastify/passport', () => {
      function passport (): Passport {
        const authenticator = new Authenticator()
        authenticator.registerUserSerializer(async user => String(Reflect.get(Object(user), 'id')))
        authenticator.registerUserDeserializer(async id => ({ id }))
        authenticator.use('local', new LocalStrategy((name, password, done) => {
          if (password === 'right') done(null, { id: name })
          else done(null, false, { message: 'wrong password' })
        }))
        return authenticator
      }

      async function withPassport (
        addRoutes: (app: FastifyInstance, authenticator: Passport) => void
      ): Promise<TestApp> {
        const authenticator = passport()
        return await buildApp({
          security: { userOf: session => session.passport },
          routes: app => {
            app.register(authenticator.initialize())
            app.register(authenticator.secureSession())
            app.register(async child => {
              child.post('/cart', async request => { Object.assign(request.session, { cart: ['book'] }); return 'ok' })
              child.get(
                '/mine', { preHandler: requireSession() }, async request => ({ user: request.session.passport })
              )
              child.post('/leave', async request => { await request.logout(); return 'bye' })
              child.post('/leave-unawaited', async request => { request.logout().catch(() => {}); return 'bye' })
              addRoutes(child, authenticator)
            })
          }
        })
      }

      it('local: signs in under a new id over a cart, is listed, and leaves no session at sign-out', async () => {
        const { app, browser, held } = await withPassport((app, authenticator) => {
          app.post('/in', { preValidation: authenticator.authenticate('local', { authInfo: false }) }, async () => 'in')
        })
        for (const leave of ['/leave', '/leave-unawaited']) {
          await browser.post('/cart')
          const planted = { ...browser.cookies }
          await browser.post('/in', { username: 'ada', password: 'right' })
          assert.notEqual(browser.cookies['sessionId'], planted['sessionId'])
          assert.equal((await app.inject({ url: '/mine', cookies: planted })).statusCode, 401)
          assert.deepEqual((await browser.get('/mine')).json(), { user: 'ada' })
          assert.equal((await app.sessionSecurity.list({ user: 'ada' })).sessions.length, 1)
          await browser.post(leave)
          assert.equal(browser.cookies['sessionId'], undefined, 'the cookie is taken away')
          assert.equal((await browser.get('/mine')).statusCode, 401)
          assert.deepEqual((await app.sessionSecurity.list()).sessions, [])
        }
        await app.close()
        assert.deepEqual(ends.map(({ user, reason }) => [user, reason]), [['ada', 'logout'], ['ada', 'logout']])
        assert.ok(await held() >= 0)
      })

      it('local with failureMessage: no handler runs behind a refused password; one line goes out', async () => {
        let ran = 0
        const { app, browser } = await withPassport((app, authenticator) => {
          app.patch(
            '/todo',
            { preValidation: authenticator.authenticate('local', { failureMessage: true, failureRedirect: '/login' }) },
            async () => { ran++; return 'changed' }
          )
          app.patch(
            '/api', { preValidation: authenticator.authenticate('local', { failureMessage: true, authInfo: false }) },
            async () => { ran++; return 'changed' }
          )
        })
        for (const [url, status] of [['/todo', 302], ['/api', 401]] as const) {
          const response = await browser.send({ method: 'PATCH', url, payload: { username: 'ada', password: 'wrong' } })
          assert.equal(response.statusCode, status)
          assert.ok([response.headers['set-cookie'] ?? []].flat().length <= 1)
          assert.equal((await browser.get('/mine')).statusCode, 401, 'a refused password is no sign-in')
        }
        assert.equal(ran, 0)
        await app.close()
      })

      it('local: ends idle like any other session', async () => {
        const { app, clock, browser } = await withPassport((app, authenticator) => {
          app.post('/in', { preValidation: authenticator.authenticate('local', { authInfo: false }) }, async () => 'in')
        })
        await browser.post('/in', { username: 'ada', password: 'right' })
        clock.advance(10)
        assert.equal((await browser.get('/mine')).headers['session-end-reason'], 'idle')
        await app.close()
      })

      it('OAuth2: keeps its state in an anonymous session that no guard lets pass; sign-in: a new id', async () => {
        const provider = http.createServer((_request, response) => {
          response.setHeader('content-type', 'application/json')
          response.end(JSON.stringify({ access_token: 'token', token_type: 'bearer' }))
        }).listen(0, '127.0.0.1').unref()
        await once(provider, 'listening')
        const { port } = provider.address() as AddressInfo
        const { app, browser } = await withPassport((app, authenticator) => {
          authenticator.use('oauth2', new OAuth2Strategy({
            authorizationURL: `http://127.0.0.1:${port}/authorize`,
            tokenURL: `http://127.0.0.1:${port}/token`,
            clientID: 'id',
            clientSecret: 'secret',
            callbackURL: 'http://localhost/callback',
            state: true
          }, (_token: string, _refresh: string, _profile: unknown, done: (error: null, user: object) => void) => done(
            null, { id: 'ada' }
          )))
          app.get(
            '/go', { preValidation: authenticator.authenticate('oauth2', { authInfo: false }) }, async () => 'never'
          )
          app.get(
            '/callback', { preValidation: authenticator.authenticate('oauth2', { authInfo: false }) }, async () => 'in'
          )
        })
        const going = await browser.get('/go')
        assert.equal(going.statusCode, 302)
        const before = browser.cookies['sessionId']
        assert.ok(before !== undefined)
        assert.equal((await browser.get('/mine')).statusCode, 401)
        assert.ok(going.headers.location !== undefined)
        assert.equal((await browser.get('/callback?code=c&state=forged')).statusCode, 403)
        assert.equal((await browser.get('/mine')).statusCode, 401)
        const state = new URL(String((await browser.get('/go')).headers.location)).searchParams.get('state') ?? ''
        const response = await browser.get(`/callback?code=c&state=${encodeURIComponent(state)}`)
        assert.deepEqual([response.statusCode, response.body], [200, 'in'])
        assert.notEqual(browser.cookies['sessionId'], before)
        assert.deepEqual((await browser.get('/mine')).json(), { user: 'ada' })
        await app.close()
        provider.close()
      })
    })

    it('@fastify/csrf-protection: a planted token is refused after the sign-in; a fresh one passes', async () => {
      const { app, browser, newBrowser } = await buildApp({
        routes: app => {
          app.register(csrf, { sessionPlugin: '@fastify/session' })
          app.register(async child => {
            child.get('/form', async (_request, reply) => reply.generateCsrf())
            child.post(
              '/pay', { preValidation: (request, reply, done) => child.csrfProtection(request, reply, done) },
              async () => 'paid'
            )
          })
        }
      })
      const attacker = newBrowser()
      const planted = (await attacker.get('/form')).body
      Object.assign(browser.cookies, attacker.cookies)
      await browser.post('/sign-in')
      assert.equal((await browser.post('/pay', {}, { 'csrf-token': planted })).statusCode, 403)
      const fresh = (await browser.get('/form')).body
      assert.equal((await browser.post('/pay', {}, { 'csrf-token': fresh })).body, 'paid')
      assert.equal((await browser.post('/pay', {}, { 'csrf-token': planted })).statusCode, 403)
      await app.close()
    })

    it('@fastify/csrf-protection: a token in the answer of a sign-in is good after regenerate()', async () => {
      const { app, browser } = await buildApp({
        routes: app => {
          app.register(csrf, { sessionPlugin: '@fastify/session' })
          app.register(async child => {
            child.get('/form', async (_request, reply) => reply.generateCsrf())
            child.post('/in', async (request, reply) => {
              await request.session.regenerate()
              request.session.user = 'ada'
              return reply.generateCsrf()
            })
            child.post('/pay', {
              preValidation: (request, reply, done) => child.csrfProtection(request, reply, done)
            }, async () => 'paid')
          })
        }
      })
      await browser.get('/form')
      const token = (await browser.post('/in')).body
      assert.equal((await browser.post('/pay', {}, { 'csrf-token': token })).body, 'paid')
      await app.close()
    })

    it('@fastify/flash: a message for an anonymous session and for an authenticated one is shown once', async () => {
      const { app, browser } = await buildApp({
        routes: app => {
          app.register(flash)
          app.register(async child => {
            child.post(
              '/say', async (request, reply) => { request.flash('info', 'saved'); return reply.redirect('/read') }
            )
            child.get('/read', async (_request, reply) => reply.flash('info'))
          })
        }
      })
      for (const isSignedIn of [false, true]) {
        if (isSignedIn) await browser.post('/sign-in')
        await browser.post('/say')
        assert.deepEqual((await browser.get('/read')).json(), ['saved'])
        assert.deepEqual((await browser.get('/read')).json(), [])
      }
      assert.equal((await browser.get('/')).json().user, 'ada')
      await app.close()
    })

    it('@fastify/jwt: a bearer of a token has no session, and the session of a browser is left alone', async () => {
      const { app, browser } = await buildApp({
        routes: app => {
          app.register(jwt, { secret: SECRET })
          app.register(async child => {
            child.get('/token', async () => child.jwt.sign({ sub: 'machine' }))
            child.get('/api', async request => { await request.jwtVerify(); return request.user })
          })
        }
      })
      const token = (await browser.get('/token')).body
      const response = await browser.get('/api', { authorization: `Bearer ${token}` })
      assert.equal(response.json().sub, 'machine')
      assert.equal(response.headers['set-cookie'], undefined)
      await app.close()
    })

    it('@fastify/websocket: a handshake is passive, sees the session, and is refused without one', async () => {
      const { app, clock, browser } = await buildApp({
        routes: app => {
          app.register(websocket)
          app.register(async child => {
            child.get(
              '/socket', { websocket: true, preValidation: requireSession() },
              (socket, request) => { socket.send(request.session.user ?? '') }
            )
          })
        }
      })
      await browser.post('/sign-in')
      clock.advance(4)
      let said = ''
      const socket = await app.injectWS('/socket', {
        headers: { cookie: `sessionId=${encodeURIComponent(browser.cookies['sessionId'] ?? '')}` }
      }, {
        onInit: socket => { socket.on('message', (data: Buffer) => { said = String(data) }) }
      })
      if (said === '') await once(socket, 'message').catch(() => {})
      assert.equal(said, 'ada')
      assert.equal((await browser.get('/session_security/ping')).json().idleFor, 4)
      socket.terminate()
      await assert.rejects(async () => await app.injectWS('/socket'), /401/)
      await app.close()
    })

    it('@fastify/http-proxy: only signed-in people reach the proxied application; its answer passes', async () => {
      const upstream = http.createServer((request, response) => {
        const cookies = request.headers.cookie === undefined ? 'no cookie' : 'a cookie'
        response.end(`upstream ${request.url ?? ''} ${cookies}`)
      }).listen(0, '127.0.0.1').unref()
      await once(upstream, 'listening')
      const { port } = upstream.address() as AddressInfo
      const { app, browser } = await buildApp({
        routes: app => {
          const options = { upstream: `http://127.0.0.1:${port}`, preHandler: requireSession() }
          app.register(proxy, { ...options, prefix: '/legacy' })
          const rewriteRequestHeaders = (_: unknown, headers: IncomingHttpHeaders): IncomingHttpHeaders => {
            return { ...headers, cookie: undefined }
          }
          app.register(proxy, { ...options, prefix: '/secret', replyOptions: { rewriteRequestHeaders } })
        }
      })
      assert.equal((await browser.get('/legacy/x')).statusCode, 401)
      await browser.post('/sign-in')
      const response = await browser.get('/legacy/x')
      assert.deepEqual(
        [response.statusCode, response.body, response.headers['set-cookie']],
        [200, 'upstream /x a cookie', undefined]
      )
      assert.equal((await browser.get('/secret/x')).body, 'upstream /x no cookie')
      await app.close()
      upstream.close()
    })

    it('@fastify/multipart: an upload of somebody signed in is read, one of nobody is refused', async () => {
      const { app, browser } = await buildApp({
        routes: app => {
          app.register(multipart)
          app.register(async child => {
            child.post('/upload', { preHandler: requireSession() }, async request => {
              const file = await request.file()
              request.session.user = request.session.user ?? ''
              return String(await file?.toBuffer())
            })
          })
        }
      })
      const payload = '--b\r\nContent-Disposition: form-data; name="f"; filename="f.txt"\r\n' +
        'Content-Type: text/plain\r\n\r\nhello\r\n--b--\r\n'
      const headers = { 'content-type': 'multipart/form-data; boundary=b' }
      assert.equal((await browser.post('/upload', payload, headers)).statusCode, 401)
      await browser.post('/sign-in')
      assert.equal((await browser.post('/upload', payload, headers)).body, 'hello')
      await app.close()
    })

    for (const hook of ['onRequest', 'preHandler'] as const) {
      it(`@fastify/rate-limit in ${hook}: one request too many is 429, signs nobody out, and is activity`, async () => {
        const { app, clock, browser } = await buildApp({
          routes: app => {
            app.register(rateLimit, { max: 2, hook, global: false })
            app.register(async child => {
              child.get('/limited', { config: { rateLimit: { max: 1 } } }, async request => request.session.user)
            })
          }
        })
        await browser.post('/sign-in')
        assert.equal((await browser.get('/limited')).body, 'ada')
        clock.advance(4)
        const refused = await browser.get('/limited')
        assert.deepEqual([refused.statusCode, refused.headers['set-cookie']], [429, undefined])
        assert.deepEqual(
          (({ state, idleFor }) => [state, idleFor])((await browser.get('/session_security/ping')).json()),
          ['active', 0]
        )
        await app.close()
      })
    }
  })
}
