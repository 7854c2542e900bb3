import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import swagger from '@fastify/swagger'
import Fastify from 'fastify'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { sessionSecurity } from '../../src/session-security.ts'
import type { TestApp, TestAppOptions } from '../helpers/app.ts'
import { SECRET, buildApp as buildTestApp } from '../helpers/app.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

const PING = '/session_security/ping'

for (const kit of [memoryKit, redisKit()]) {
  describe(`the ping on ${kit.name}`, () => {
    const buildApp = (options: TestAppOptions = {}): Promise<TestApp> => buildTestApp({ kit, ...options })

    it('answers with the server\'s view, which nobody may store', async () => {
      const { app, clock, browser } = await buildApp({ security: { warnAfter: 540, expireAfter: 600 } })
      await browser.post('/sign-in')
      clock.advance(20)
      const response = await browser.get(`${PING}?idleFor=12`)
      const { tag, user, ...view } = response.json()
      assert.match(tag, /^[\w-]{12}$/)
      assert.match(user, /^[\w-]{22}$/)
      assert.deepEqual(view, {
        state: 'active',
        idleFor: 12,
        warnAfter: 540,
        expireAfter: 600,
        warnsIn: 528,
        expiresIn: 588,
        extendable: true,
        endsBy: 'idle'
      })
      assert.equal(response.headers['cache-control'], 'no-store')
      await app.close()
    })

    it('answers nothing that may be stored, a refusal neither, whatever all answers say by default', async () => {
      const byDefault = async (_request: FastifyRequest, reply: FastifyReply): Promise<void> => {
        reply.header('cache-control', 'public, max-age=60')
      }
      const { app, browser } = await buildApp({ before: app => { app.addHook('onRequest', byDefault) } })
      const answers = [
        [200, await browser.get(PING)],
        [400, await browser.get(`${PING}?idleFor=x`)],
        [400, await browser.post(PING, '{', { 'content-type': 'text/plain' })],
        [415, await browser.post(PING, '<a/>', { 'content-type': 'application/xml' })],
        [403, await browser.get(PING, { 'sec-fetch-site': 'cross-site' })],
        [204, await browser.send({ method: 'OPTIONS', url: PING })]
      ] as const
      for (const [status, { statusCode, headers }] of answers) {
        assert.deepEqual([statusCode, headers['cache-control']], [status, 'no-store'])
      }
      await app.close()
    })

    it('gives the session a tag, another one after each sign-in, and none when it is over', async () => {
      const { app, clock, browser } = await buildApp()
      const tags = new Set<string>()
      for (let times = 0; times < 2; times++) {
        await browser.post('/sign-in')
        const { tag } = (await browser.get(PING)).json()
        tags.add(tag)
        await browser.post('/sign-out')
        clock.advance(1)
      }
      assert.equal(tags.size, 2)
      await browser.post('/sign-in')
      clock.advance(10)
      assert.deepEqual((await browser.get(PING)).json(), { state: 'ended', reason: 'idle' })
      await app.close()
    })

    it('takes a claim by GET and by POST, as JSON and as a beacon, with and without a slash at the end', async () => {
      const { app, clock, browser } = await buildApp()
      const claims = [
        () => browser.get(`${PING}?idleFor=1.5`),
        () => browser.get(`${PING}/?idleFor=1.5`),
        () => browser.post(PING, { idleFor: 1.5 }),
        () => browser.post(`${PING}/`, { idleFor: 1.5 }),
        () => browser.post(PING, '{"idleFor":1.5}', { 'content-type': 'text/plain;charset=UTF-8' }),
        () => browser.post(`${PING}?idleFor=1.5`),
        () => browser.post(`${PING}?idleFor=1.5`, '', { 'content-type': 'application/json' })
      ]
      await browser.post('/sign-in')
      for (const claim of claims) {
        clock.advance(4)
        const response = await claim()
        assert.deepEqual([response.statusCode, response.json().idleFor], [200, 1.5])
      }
      await app.close()
    })

    it('changes nothing without idleFor', async () => {
      const { app, clock, browser } = await buildApp()
      await browser.post('/sign-in')
      clock.advance(3)
      for (const read of [
        browser.get(PING), browser.post(PING), browser.post(PING, {}), browser.post(PING, { other: 1 })
      ]) {
        assert.equal((await read).json().idleFor, 3)
      }
      await app.close()
    })

    it('decides expiry first, on what it knew, and merges the claim after', async () => {
      const { app, clock, browser } = await buildApp()
      await browser.post('/sign-in')
      clock.advance(10)
      assert.deepEqual((await browser.get(`${PING}?idleFor=0`)).json(), { state: 'ended', reason: 'idle' })
      await app.close()
    })

    it('cannot move activity into the future or back', async () => {
      const { app, clock, browser } = await buildApp()
      await browser.post('/sign-in')
      clock.advance(3)
      await browser.get(`${PING}?idleFor=1`)
      assert.equal((await browser.get(`${PING}?idleFor=1e300`)).json().idleFor, 1)
      assert.equal((await browser.get(`${PING}?idleFor=2`)).json().idleFor, 1)
      await app.close()
    })

    it('says which deadline is the nearer, and when activity no longer helps', async () => {
      const { app, clock, browser } = await buildApp({ security: { absoluteTimeout: 12 } })
      await browser.post('/sign-in')
      clock.advance(4)
      const view = (await browser.get(`${PING}?idleFor=0`)).json()
      assert.deepEqual([view.endsBy, view.expiresIn, view.extendable, view.state], ['absolute', 8, false, 'active'])
      clock.advance(4)
      assert.equal((await browser.get(`${PING}?idleFor=0`)).json().state, 'warning')
      await app.close()
    })

    it('tells the holder of the cookie why the session ended, every time', async () => {
      const { app, clock, browser } = await buildApp()
      await browser.post('/sign-in')
      const cookies = { ...browser.cookies }
      clock.advance(10)
      for (let tab = 0; tab < 3; tab++) {
        const response = await app.inject({ url: PING, cookies })
        assert.deepEqual(response.json(), { state: 'ended', reason: 'idle' })
        assert.equal(response.headers['set-cookie'], undefined)
      }
      await app.close()
    })

    it('with the cookie of before a renewal, answers with the state of the successor until that is over', async () => {
      const { app, clock, browser } = await buildApp({
        routes: app => {
          app.post('/renew', async request => { await request.session.regenerate(['user']); return 'ok' })
        }
      })
      await browser.post('/sign-in')
      const cookies = { ...browser.cookies }
      const late = async (): Promise<unknown> => {
        const response = await app.inject({ url: PING, cookies })
        assert.equal(response.headers['set-cookie'], undefined)
        const { state, reason, idleFor } = response.json()
        return { state, reason, idleFor }
      }
      await browser.post('/renew')
      clock.advance(3)
      assert.deepEqual(await late(), { state: 'active', reason: undefined, idleFor: 3 })
      clock.advance(3)
      assert.deepEqual(await late(), { state: 'warning', reason: undefined, idleFor: 6 })
      await browser.post('/sign-out')
      assert.deepEqual(await late(), { state: 'ended', reason: 'logout', idleFor: undefined })
      await app.close()
    })

    it('says why the session ended with 60 other cookies around, and sets no cookie line', async () => {
      const { app, clock, browser, newBrowser } = await buildApp()
      const others = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`other${i}`, `value.${i}`]))
      const signedOut = newBrowser()
      for (const one of [browser, signedOut]) await one.post('/sign-in')
      const cookies = { ...signedOut.cookies }
      await signedOut.post('/sign-out')
      clock.advance(10)
      for (const [own, reason] of [[browser.cookies, 'idle'], [cookies, 'logout']] as const) {
        for (const around of [{ ...own, ...others }, { ...others, ...own }]) {
          for (const query of ['', '?idleFor=0']) {
            const response = await app.inject({ url: PING + query, cookies: around })
            assert.deepEqual(response.json(), { state: 'ended', reason })
            assert.equal(response.headers['set-cookie'], undefined)
          }
        }
      }
      await app.close()
    })

    it('tells of a log-out and of a revocation too', async () => {
      const { app, browser, newBrowser } = await buildApp({
        routes: app => { app.get('/handle', async request => request.sessionSecurity.handle) }
      })
      await browser.post('/sign-in')
      const cookies = { ...browser.cookies }
      await browser.post('/sign-out')
      assert.equal((await app.inject({ url: PING, cookies })).json().reason, 'logout')
      const other = newBrowser()
      await other.post('/sign-in')
      await app.sessionSecurity.end((await other.get('/handle')).body)
      assert.equal((await other.get(PING)).json().reason, 'revoked')
      await app.close()
    })

    it('finds the cookie under any name, and behind the prefix of express-session', async () => {
      const { app, clock, browser } = await buildApp({
        session: { cookieName: '__Host-sid', cookiePrefix: 's:', cookie: { secure: 'auto' } }
      })
      await browser.post('/sign-in')
      assert.equal((await browser.get(PING)).json().state, 'active')
      clock.advance(10)
      assert.equal((await browser.get(PING)).json().reason, 'idle')
      await app.close()
    })

    it('creates no session and no cookie for a request that presents none', async () => {
      const { app, held } = await buildApp()
      for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS'] as const) {
        const response = await app.inject({ method, url: `${PING}?idleFor=${method === 'OPTIONS' ? 'abc' : 1}` })
        assert.equal(response.headers['set-cookie'], undefined, method)
      }
      const crossSite = { 'sec-fetch-site': 'cross-site' }
      for (const refused of [{ url: `${PING}?idleFor=abc` }, { url: PING, headers: crossSite }]) {
        assert.equal((await app.inject(refused)).headers['set-cookie'], undefined)
      }
      assert.equal(await held(), 0)
      await app.close()
    })

    it('begins no session for what a hook of the application writes during a ping, answered or refused', async () => {
      const { app, held } = await buildApp({
        before: app => { app.addHook('preValidation', async request => { request.session.a = 1 }) }
      })
      for (const [query, status] of [['', 200], ['?idleFor=1', 200], ['?idleFor=abc', 400]] as const) {
        const response = await app.inject({ url: PING + query })
        assert.deepEqual([response.statusCode, response.headers['set-cookie'], await held()], [status, undefined, 0])
      }
      const options = await app.inject({ method: 'OPTIONS', url: PING })
      assert.deepEqual([options.statusCode, options.headers['set-cookie'], await held()], [204, undefined, 0])
      await app.close()
    })

    it('keeps what a hook of the application writes into a session during a ping, answered or refused', async () => {
      let next = 0
      const { app, browser } = await buildApp({
        before: app => {
          app.addHook('preValidation', async ({ url, session }) => { if (url.startsWith(PING)) session.a = ++next })
        },
        routes: app => { app.get('/written', async ({ session }) => ({ a: session.a })) }
      })
      await browser.post('/sign-in')
      for (const [method, query] of [
        ['GET', ''], ['GET', '?idleFor=1'], ['GET', '?idleFor=abc'], ['OPTIONS', '']
      ] as const) {
        await browser.send({ method, url: PING + query })
        assert.deepEqual((await browser.get('/written')).json(), { a: next }, method + query)
      }
      assert.equal(next, 4)
      await app.close()
    })

    it('answers a request without a cookie and one with a forged cookie alike (G10)', async () => {
      const { app, held, browser } = await buildApp()
      await browser.post('/sign-in')
      const id = String(browser.cookies['sessionId']).split('.')[0]
      const sizeBefore = await held()
      const none = await app.inject({ url: PING })
      for (const sessionId of [`${id}.forged`, 'x.y', 'nothing', `${id}.`, '']) {
        const forged = await app.inject({ url: PING, cookies: { sessionId } })
        assert.deepEqual([forged.statusCode, forged.body], [none.statusCode, none.body])
        assert.deepEqual(withoutDate(forged.headers), withoutDate(none.headers))
      }
      assert.equal(await held(), sizeBefore)
      await app.close()
    })

    const bad: Array<[string, string, string | undefined, string | undefined]> = [
      ['idleFor=abc', '?idleFor=abc', undefined, undefined],
      ['idleFor empty', '?idleFor=', undefined, undefined],
      ['a negative number', '?idleFor=-1', undefined, undefined],
      ['Infinity', '?idleFor=Infinity', undefined, undefined],
      ['1e400', '?idleFor=1e400', undefined, undefined],
      ['idleFor given twice', '?idleFor=1&idleFor=2', undefined, undefined],
      ['an array', '', '{"idleFor":[1,2]}', 'application/json'],
      ['an object', '', '{"idleFor":{}}', 'application/json'],
      ['null', '', '{"idleFor":null}', 'application/json'],
      ['true', '', '{"idleFor":true}', 'application/json'],
      ['a number as a text', '', '{"idleFor":"1"}', 'application/json'],
      ['a number as a text in a beacon', '', '{"idleFor":"1"}', 'text/plain'],
      ['1e400 as JSON', '', '{"idleFor":1e400}', 'application/json'],
      ['a bare number', '', '12', 'application/json'],
      ['null alone', '', 'null', 'application/json'],
      ['a list alone', '', '[]', 'application/json'],
      ['broken JSON', '', '{"idleFor":', 'application/json'],
      ['a beacon that is no JSON', '', 'hello', 'text/plain'],
      ['a claim in query and body', '?idleFor=1', '{"idleFor":1}', 'application/json'],
      ['a body of 1 MB', '', `{"idleFor":1,"x":"${'x'.repeat(1_000_000)}"}`, 'application/json']
    ]
    for (const [what, query, payload, type] of bad) {
      it(`refuses ${what} with a coded 400, and changes nothing`, async () => {
        const { app, clock, browser, log } = await buildApp()
        await browser.post('/sign-in')
        const cookies = { ...browser.cookies }
        clock.advance(4)
        const response = payload === undefined
          ? await browser.get(PING + query)
          : await browser.post(PING + query, payload, { 'content-type': String(type) })
        assert.deepEqual([response.statusCode, response.json().code], [400, 'FST_SESSION_SECURITY_BAD_PING'])
        assert.equal((await browser.get(PING)).json().idleFor, 4)
        assert.deepEqual(browser.cookies, cookies)
        assert.equal(log.ours().filter(line => line.msg === 'ping refused').length, 1)
        await app.close()
      })
    }

    it('refuses a body of another type as Fastify does, 415', async () => {
      const { app } = await buildApp()
      const response = await app.inject({
        method: 'POST',
        url: PING,
        payload: 'idleFor=1',
        headers: { 'content-type': 'application/x-www-form-urlencoded' }
      })
      assert.equal(response.statusCode, 415)
      await app.close()
    })

    it('refuses a cross-site ping with a coded 403, and changes nothing (G11)', async () => {
      const { app, clock, browser } = await buildApp()
      await browser.post('/sign-in')
      clock.advance(4)
      for (const response of [
        await browser.get(`${PING}?idleFor=0`, { 'sec-fetch-site': 'cross-site' }),
        await browser.post(PING, { idleFor: 0 }, { 'sec-fetch-site': 'cross-site' })
      ]) assert.deepEqual([response.statusCode, response.json().code], [403, 'FST_SESSION_SECURITY_CROSS_SITE'])
      assert.equal((await browser.get(PING, { 'sec-fetch-site': 'same-origin' })).json().idleFor, 4)
      await app.close()
    })

    it('refuses a foreign Origin on a plain-http site, which gets no Sec-Fetch-Site, and changes nothing', async () => {
      const { app, clock, browser } = await buildApp()
      await browser.post('/sign-in')
      clock.advance(4)
      const host = 'crm.example'
      const foreign = ['http://evil.ex', 'https://evil.ex', `http://${host}:8080`, `http://${host}.evil.ex`, 'null']
      for (const origin of foreign) {
        const response = await browser.post(PING, { idleFor: 0 }, { host, origin })
        assert.deepEqual([response.statusCode, response.json().code], [403, 'FST_SESSION_SECURITY_CROSS_SITE'], origin)
        assert.match(response.json().message, /allowedOrigins/)
        assert.equal(response.headers['set-cookie'], undefined)
      }
      assert.equal((await browser.get(PING)).json().idleFor, 4)
      assert.equal((await browser.post(PING, { idleFor: 0 }, { host, origin: `http://${host}` })).json().idleFor, 0)
      await app.close()
    })

    it('takes a ping from a page of one of allowedOrigins, and from no other site', async () => {
      const { app, clock, browser } = await buildApp({ security: { allowedOrigins: ['https://app.example'] } })
      await browser.post('/sign-in')
      const origin = 'https://app.example'
      for (const headers of [{ origin, 'sec-fetch-site': 'cross-site' }, { origin }]) {
        clock.advance(4)
        const response = await browser.post(PING, { idleFor: 1 }, headers)
        assert.deepEqual([response.statusCode, response.json().idleFor], [200, 1])
      }
      for (const headers of [
        { origin: 'https://other.example', 'sec-fetch-site': 'cross-site' },
        { origin: 'http://app.example' },
        { 'sec-fetch-site': 'cross-site' }
      ]) {
        const response = await browser.post(PING, { idleFor: 0 }, headers)
        const { code } = response.json()
        assert.deepEqual([response.statusCode, code], [403, 'FST_SESSION_SECURITY_CROSS_SITE'], JSON.stringify(headers))
      }
      assert.equal((await browser.get(PING)).json().idleFor, 1)
      await app.close()
    })

    it('records nothing of a claim that a browser fetched ahead of a person, and answers it', async () => {
      const { app, clock, browser } = await buildApp()
      await browser.post('/sign-in')
      clock.advance(4)
      const ahead = [
        { 'sec-purpose': 'prefetch' },
        { 'sec-purpose': 'prefetch;prerender' },
        { purpose: 'prefetch' },
        { 'x-moz': 'prefetch' }
      ]
      for (const headers of ahead) {
        const response = await browser.get(`${PING}?idleFor=0`, headers)
        assert.deepEqual([response.statusCode, response.json().idleFor], [200, 4])
      }
      assert.equal((await browser.get(PING)).json().idleFor, 4)
      await app.close()
    })

    it('answers HEAD without a body, and OPTIONS with what is allowed', async () => {
      const { app } = await buildApp()
      const head = await app.inject({ method: 'HEAD', url: PING })
      assert.deepEqual([head.statusCode, head.body, head.headers['cache-control']], [200, '', 'no-store'])
      const options = await app.inject({ method: 'OPTIONS', url: PING })
      assert.deepEqual([options.statusCode, options.headers['allow']], [204, 'GET, HEAD, POST, OPTIONS'])
      await app.close()
    })

    it('lets the application\'s own error handler format what it refuses', async () => {
      for (const status of [400, 418]) {
        const { app } = await buildApp({
          before: app => {
            app.setErrorHandler(async (error, _request, reply) =>
              await reply.code(status).send({ own: (error as { code?: string }).code })
            )
          }
        })
        const response = await app.inject({ url: `${PING}?idleFor=abc` })
        assert.deepEqual([response.statusCode, response.json()], [status, { own: 'FST_SESSION_SECURITY_BAD_PING' }])
        await app.close()
      }
    })

    it('repeats no more than the beginning of what it refuses', async () => {
      const { app } = await buildApp()
      const { message } = (await app.inject({ url: `${PING}?idleFor=${'x'.repeat(5000)}` })).json()
      assert.match(message, /x{70}/)
      assert.doesNotMatch(message, /x{81}/)
      await app.close()
    })

    it('answers where the application serializes, wraps and identifies in its own way', async () => {
      const { app, browser } = await buildApp({
        session: {
          idGenerator: request => `${String(request?.session?.user)}${Math.random()}`.padEnd(32, 'x')
            .replaceAll('.', '')
        },
        before: app => {
          app.setSerializerCompiler(() => { throw new Error('not a schema of mine') })
          app.removeContentTypeParser('application/json')
          app.addContentTypeParser('application/json', { parseAs: 'string' }, async () => 'parsed otherwise')
          app.addHook('preSerialization', async (_request, _reply, payload) => ({ data: payload }))
          app.addHook('onSend', async request => { request.log.trace({ user: request.session.user }) })
          app.setErrorHandler(async (error, request, reply) =>
            await reply.code((error as { statusCode?: number }).statusCode ?? 500)
              .send({ user: request.session.user ?? null })
          )
        }
      })
      assert.deepEqual(
        (await app.inject({ url: PING, cookies: { x: 'a.b' } })).json(), { state: 'ended', reason: 'none' }
      )
      assert.equal((await app.inject(`${PING}?idleFor=abc`)).statusCode, 400)
      await browser.post('/sign-in')
      assert.equal((await browser.get(PING)).json().state, 'active')
      assert.equal((await browser.post(PING, { idleFor: 0 })).json().state, 'active')
      await app.close()
    })

    it('leaves stricter timeouts that were given meanwhile as they are', async () => {
      const { app, browser, clock } = await buildApp({
        security: { expireAfter: request => request.url === '/kiosk' ? 6 : 100 },
        // It happens between the ping's arrival and the write of its activity.
        before: app => {
          app.addHook('preHandler', async ({ url }) => { if (url === `${PING}?idleFor=0`) await browser.get('/kiosk') })
        },
        routes: app => { app.get('/kiosk', async () => 'k') }
      })
      await browser.post('/sign-in')
      clock.advance(2)
      await browser.get(`${PING}?idleFor=0`)
      assert.equal((await browser.get(PING)).json().expireAfter, 6)
      await app.close()
    })

    it('carries a line for a lasting cookie only if it reports news and session.rolling is set (G14)', async () => {
      for (const rolling of [false, true]) {
        const cookie = { secure: false, maxAge: 3_600_000 }
        const { app, clock, browser } = await buildApp({ session: { rolling, cookie } })
        await browser.post('/sign-in')
        for (const query of ['', '?idleFor=0']) {
          clock.advance(3)
          const line = (await browser.get(PING + query)).headers['set-cookie']
          if (rolling && query !== '') assert.match(String(line), /Expires=/)
          else assert.equal(line, undefined, query)
        }
        await app.close()
      }
    })

    it('carries no line for a lasting cookie where it brings no news, though nothing is throttled (G14)', async () => {
      const { app, clock, browser } = await buildApp({
        session: { rolling: true, cookie: { secure: false, maxAge: 3_600_000 } }, security: { throttle: 0 }
      })
      await browser.post('/sign-in')
      clock.advance(3)
      assert.equal((await browser.get(`${PING}?idleFor=3`)).headers['set-cookie'], undefined)
      assert.match(String((await browser.get(`${PING}?idleFor=2`)).headers['set-cookie']), /Expires=/)
      await app.close()
    })

    it('shows in @fastify/swagger, once, with its query, body and answers', async () => {
      const { app } = await buildApp({ before: app => { app.register(swagger, { openapi: {} }) } })
      const paths = app.swagger().paths ?? {}
      const pings = Object.keys(paths).filter(path => path.startsWith('/session_security'))
      assert.deepEqual(pings, [PING])
      const document = JSON.stringify(paths[PING])
      for (const word of [
        '"get"', '"post"', 'idleFor', 'requestBody', 'text/plain', 'expiresIn', '"400"', '"403"'
      ]) assert.ok(document.includes(word), word)
      await app.close()
    })

    it('has a path of its own and respects a prefix, and works where the router ignores trailing slashes', async () => {
      const { app, browser } = await buildApp({ security: { prefix: '/crm', pingUrl: '/alive/' } })
      await browser.post('/sign-in')
      assert.equal((await browser.get('/crm/alive')).json().state, 'active')
      assert.equal((await browser.get('/crm/alive/')).json().state, 'active')
      assert.equal((await browser.get(PING)).statusCode, 404)
      await app.close()
    })

    it('is where fastify.sessionSecurity.pingUrl says, also in a context with a prefix', async () => {
      const app = Fastify()
      let pingUrl: string | undefined
      await app.register(async child => {
        const { store } = kit.open()
        const session = { secret: SECRET, cookie: { secure: false } }
        await child.register(
          sessionSecurity, { session, store, sweep: false, userOf: ({ user }) => user, prefix: '/crm' }
        )
        pingUrl = child.sessionSecurity.pingUrl
      }, { prefix: '/tenant' })
      assert.equal(pingUrl, `/tenant/crm${PING}`)
      assert.deepEqual((await app.inject(pingUrl)).json(), { state: 'ended', reason: 'none' })
      await app.close()
    })
  })
}

describe('the ping in the format of django-session-security', () => {
  const seconds = (): Promise<TestApp> => buildTestApp({ security: { pingFormat: 'seconds' } })

  // The numbers come from tests/test_views.py of the original: warn 5, expire 10.
  for (const [server, client, answer] of [[1, 4, '1'], [3, 2, '2'], [5, 5, '5'], [12, 14, '"logout"']] as const) {
    it(`answers ${answer} when the server saw nothing for ${server} s and the client for ${client} s`, async () => {
      const { app, clock, browser } = await seconds()
      await browser.post('/sign-in')
      clock.advance(server)
      const response = await browser.get(`${PING}/?idleFor=${client}`)
      assert.equal(response.body, answer)
      assert.match(String(response.headers['content-type']), /^application\/json/)
      assert.equal((await browser.get('/')).json().user, answer === '"logout"' ? null : 'ada')
      await app.close()
    })
  }

  it('answers "logout" to a request without a session', async () => {
    const { app } = await seconds()
    assert.equal((await app.inject(`${PING}/?idleFor=1`)).body, '"logout"')
    await app.close()
  })

  it('ignores what is no integer, and takes a negative number for 0', async () => {
    const { app, clock, browser } = await seconds()
    await browser.post('/sign-in')
    clock.advance(4)
    for (const ignored of ['abc', '1.5', '', 'Infinity', '1&idleFor=2']) {
      assert.equal((await browser.get(`${PING}?idleFor=${ignored}`)).body, '4')
    }
    assert.equal((await browser.get(`${PING}?idleFor=-3`)).body, '0')
    await app.close()
  })

  it('neither logs out nor reports a huge number when the last activity lies in the future', async () => {
    const { app, clock, browser } = await seconds()
    await browser.post('/sign-in')
    clock.advance(-3600)
    assert.equal((await browser.get(PING)).body, '0')
    clock.advance(3)
    assert.equal((await browser.get(`${PING}?idleFor=1`)).body, '0')
    await app.close()
  })
})

function withoutDate (headers: object): object {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'date'))
}
