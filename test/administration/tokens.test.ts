import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import jwt from '@fastify/jwt'
import type { FastifyInstance } from 'fastify'
import { StoreUnavailableError } from '../../src/index.ts'
import type { TestApp } from '../helpers/app.ts'
import { SECRET, buildApp } from '../helpers/app.ts'
import { steeredKit } from '../helpers/steered-store.ts'
import type { StoreKit } from '../helpers/store-kits.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

for (const kit of [memoryKit, redisKit()]) {
  describe(`login JWTs of @fastify/jwt in the token registry, on ${kit.name}`, () => {
    it('let their bearer in until they are revoked, for good', async () => {
      const { app, logIn, whoIs } = await open()
      const [token, other] = [await logIn('ada'), await logIn('ada')]
      assert.deepEqual(await whoIs(token), [200, 'ada'])
      const { jti } = decode(app, token)
      assert.equal(await app.sessionSecurity.tokens.revoke(jti, { by: 'root' }), true)
      assert.equal((await whoIs(token))[0], 401)
      await app.sessionSecurity.tokens.track({ id: jti, user: 'ada', expiresAt: 4e9 })
      assert.equal((await whoIs(token))[0], 401)
      assert.deepEqual(await whoIs(other), [200, 'ada'])
      const revoked = await app.sessionSecurity.tokens.get(jti)
      assert.deepEqual([revoked?.state, revoked?.revokedBy], ['revoked', 'root'])
      await app.close()
    })

    it('let nobody in who was never tracked, however well it is signed', async () => {
      const { app, whoIs } = await open()
      assert.equal((await whoIs(app.jwt.sign({ user: 'ada', jti: 'forged' }, { expiresIn: 100 })))[0], 401)
      await app.close()
    })

    it('are revoked with the sessions of their user when that is asked for', async () => {
      const { app, logIn, whoIs, browser } = await open()
      await browser.post('/sign-in')
      const [adas, eves] = [await logIn('ada'), await logIn('eve')]
      assert.deepEqual(
        await app.sessionSecurity.endUser('ada').then(({ ended, tokens }) => [ended.length, tokens]), [1, 0]
      )
      assert.deepEqual(await whoIs(adas), [200, 'ada'])
      assert.equal((await app.sessionSecurity.endUser('ada', { tokens: true })).tokens, 1)
      assert.deepEqual([(await whoIs(adas))[0], await whoIs(eves)], [401, [200, 'eve']])
      assert.equal(await app.sessionSecurity.tokens.revokeUser('eve'), 1)
      assert.equal((await whoIs(eves))[0], 401)
      await app.close()
    })

    it('can be listed while they live', async () => {
      const { app, clock, logIn } = await open()
      await logIn('ada')
      await logIn('eve')
      const { tokens: [token], cursor } = await app.sessionSecurity.tokens.list({ user: 'ada' })
      assert.deepEqual([token?.user, token?.note, token?.state, cursor], ['ada', 'login', 'active', null])
      assert.equal((await app.sessionSecurity.stats()).tokens, 2)
      clock.advance(400 * 86_400) // the memory store's clock begins a year before the real one of @fastify/jwt
      await app.sessionSecurity.sweep()
      assert.deepEqual(await app.sessionSecurity.tokens.list(), { tokens: [], cursor: null })
      assert.equal((await app.sessionSecurity.stats()).tokens, 0)
      await app.close()
    })

    it('are refused by a coded error where an argument is none, and none is kept (G10)', async () => {
      const { app } = await open()
      const { tokens } = app.sessionSecurity
      const texts = ['', 'x'.repeat(257), '\ud800', 5, true, null, {}, new Date()]
      const expiries = [
        true, false, null, undefined, '', '4000000000', '2099-01-01', {}, [4e9], 4_000_000_000n, 0, -1, NaN, Infinity,
        4e12, new Date(NaN), new Date(0), { getTime: () => 4e12 }
      ]
      const calls: unknown[] = [
        ...expiries.map(expiresAt => ['track', { id: 'bad', expiresAt }]),
        ...texts.flatMap(text => [
          ['track', { id: text, expiresAt: 4e9 }], ['track', { id: 'bad', expiresAt: 4e9, note: text }],
          ['isActive', text], ['get', text], ['revoke', text],
          ['revoke', 'bad', { by: text }], ['revokeUser', 'ada', { by: text }]
        ]),
        ...['', '\ud800', NaN, new Date(), null].flatMap(user => [
          ['track', { id: 'bad', expiresAt: 4e9, user }], ['revokeUser', user], ['list', { user }]
        ]),
        ...['5', 0, 1001, 1.5, NaN, true, null, new Date()].map(limit => ['list', { limit }]),
        ...[5, true, null, new Date()].map(cursor => ['list', { cursor }]),
        ...[null, 5, 'root', true].flatMap(options => [
          ['track', options], ['revoke', 'bad', options], ['revokeUser', 'ada', options], ['list', options]
        ])
      ]
      const act = async (call: unknown): Promise<unknown> => {
        const [method, ...args] = call as [keyof typeof tokens, ...unknown[]]
        return await Reflect.apply(tokens[method], tokens, args)
      }
      for (const call of calls) {
        await assert.rejects(act(call), { code: 'FST_SESSION_SECURITY_BAD_OPTION', statusCode: 500 }, inspect(call))
      }
      for (const tokens of ['no', 0, null]) {
        const ending = app.sessionSecurity.endUser('ada', { tokens: tokens as unknown as boolean })
        await assert.rejects(ending, { code: 'FST_SESSION_SECURITY_BAD_OPTION' })
      }
      await assert.rejects(act(['revoke', 'bad', { By: 'root' }]), { code: 'FST_SESSION_SECURITY_UNKNOWN_OPTION' })
      assert.deepEqual(await tokens.list(), { tokens: [], cursor: null })
      const dated = await tokens.track({ id: 'good', expiresAt: new Date(4e12) })
      assert.equal(dated.expiresAtMs, 4e12)
      await app.close()
    })

    it('let nobody in while the store is away', async () => {
      const steered = steeredKit(kit)
      const { app, logIn, whoIs } = await open(steered)
      const token = await logIn('ada')
      steered.store.before = async () => { throw new StoreUnavailableError('gone') }
      const [status, body] = await whoIs(token)
      assert.deepEqual([status, JSON.parse(body).code], [503, 'FST_SESSION_SECURITY_STORE_UNAVAILABLE'])
      await app.close()
    })
  })

  async function open (given: StoreKit = kit): Promise<TestApp & {
    logIn: (user: string) => Promise<string>,
    whoIs: (token: string) => Promise<[number, string]>
  }> {
    const built = await buildApp({ kit: given, routes: addJwt })
    const { app } = built
    return {
      ...built,
      logIn: async user => (await app.inject({ method: 'POST', url: `/log-in/${user}` })).body,
      whoIs: async token => {
        const response = await app.inject({ url: '/who-am-i', headers: { authorization: `Bearer ${token}` } })
        return [response.statusCode, response.body]
      }
    }
  }
}

function addJwt (app: FastifyInstance): void {
  app.register(jwt, {
    secret: SECRET,
    trusted: async (_request, token) => 'jti' in token && await app.sessionSecurity.tokens.isActive(String(token.jti))
  })
  app.register(async app => {
    app.post<{ Params: { user: string } }>('/log-in/:user', async ({ params: { user } }) => {
      const token = app.jwt.sign({ user, jti: randomUUID() }, { expiresIn: 100 })
      const { jti, exp } = decode(app, token)
      await app.sessionSecurity.tokens.track({ id: jti, user, expiresAt: exp, note: 'login' })
      return token
    })
    app.get('/who-am-i', async request => {
      const { user } = await request.jwtVerify<{ user: string }>()
      return user
    })
  })
}

function decode (app: FastifyInstance, token: string): { jti: string, exp: number } {
  const claims = app.jwt.decode<{ jti: string, exp: number }>(token)
  assert.ok(claims !== null)
  return claims
}
