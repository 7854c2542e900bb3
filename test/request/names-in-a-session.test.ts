import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import session from '@fastify/session'
import type { FastifyInstance } from 'fastify'
import { fromSessionStore } from '../../src/store/from-session-store.ts'
import { buildApp } from '../helpers/app.ts'
import { answered, linesOf, unheard } from '../helpers/answers.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import type { StoreKit } from '../helpers/store-kits.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

/** A store of @fastify/session, which cannot count sessions. */
const foreignKit: StoreKit = {
  name: 'fromSessionStore()',
  open () {
    const clock = new FakeClock()
    return { store: fromSessionStore(new session.MemoryStore(), { clock: clock.now }), clock, held: async () => NaN }
  }
}

const LONE = ['\ud800', 'a\udc00', '\udc00\ud800', 'cart\ud83d']
const PAIRED = ['😀', 'ä', 'a b', '日本']

function addRoutes (app: FastifyInstance): void {
  app.post<{ Querystring: { at: string } }>('/name', async ({ session, query }) => {
    Object.assign(session, { a: 1, [[...LONE, ...PAIRED][Number(query.at)] ?? '']: 1 })
  })
  app.post<{ Querystring: { at: string } }>('/sign-in-with', async ({ session, query }) => {
    Object.assign(session, { user: 'ada', [LONE[Number(query.at)] ?? '']: 1 })
  })
  app.get('/holds', async ({ session: { cookie, ...held } }) =>
    Object.fromEntries(Object.entries(held).filter(([name]) => name !== '_session_security')))
}

for (const kit of [memoryKit, redisKit(), foreignKit]) {
  describe(`a name in a session, on ${kit.name}`, () => {
    it('has no lone surrogate, which the store would change: a coded error, and nothing is saved', async () => {
      const { app, browser, newBrowser } = await buildApp({ kit, routes: addRoutes })
      await browser.post('/sign-in')
      for (const at of LONE.keys()) {
        for (const answer of [
          await answered(browser.post(`/name?at=${at}`)), await answered(newBrowser().post(`/sign-in-with?at=${at}`)),
          await answered(newBrowser().post(`/name?at=${at}`))
        ]) {
          assert.deepEqual([answer.statusCode, answer.json().code], [500, 'FST_SESSION_SECURITY_NOT_SERIALIZABLE'])
          assert.deepEqual(linesOf(answer), [])
        }
        assert.deepEqual((await browser.get('/holds')).json(), { user: 'ada' })
      }
      for (const at of PAIRED.keys()) assert.equal((await browser.post(`/name?at=${LONE.length + at}`)).statusCode, 200)
      assert.deepEqual((await browser.get('/holds')).json(), { user: 'ada', a: 1, '😀': 1, ä: 1, 'a b': 1, 日本: 1 })
      await app.close()
    })
  })

  describe(`the names that regenerate() keeps, on ${kit.name}`, () => {
    const WRONG: Readonly<Record<string, readonly unknown[]>> = {
      'a symbol': ['user', Symbol('a')],
      'an array': ['user', ['a']],
      null: ['user', null],
      'a number': ['user', 5],
      'an object': ['user', { toString: () => 'a' }],
      'a hole': Object.assign(['user'], { 2: 'a' }),
      'more than 1000': ['user', ...Array.from({ length: 1000 }, (_, i) => `k${i}`)]
    }
    for (const [what, keys] of Object.entries(WRONG)) {
      it(`are texts, and not ${what}: a coded error, and the session stays what it was`, async () => {
        const regenerate = (session: object, ...more: unknown[]): unknown =>
          Reflect.apply(Reflect.get(session, 'regenerate'), session, [keys, ...more])
        const { app, browser } = await buildApp({
          kit,
          routes: app => {
            addRoutes(app)
            app.post('/forgotten', async ({ session }) => { regenerate(session) })
            app.post('/awaited', async ({ session }) => { await regenerate(session) })
            app.post(
              '/called',
              ({ session }, reply) => { regenerate(session, (error: unknown) => reply.send(error ?? 'renewed')) }
            )
          }
        })
        await browser.post('/sign-in')
        assert.deepEqual(await unheard(async () => {
          for (const url of ['/forgotten', '/awaited', '/called']) {
            const answer = await answered(browser.post(url))
            assert.deepEqual([answer.statusCode, answer.json().code], [500, 'FST_SESSION_SECURITY_BAD_OPTION'], url)
            assert.deepEqual(linesOf(answer), [])
          }
        }), [])
        assert.deepEqual((await browser.get('/holds')).json(), { user: 'ada' })
        await app.close()
      })
    }

    it('may be a thousand, also some that the session does not hold', async () => {
      const { app, browser } = await buildApp({
        kit,
        routes: app => {
          addRoutes(app)
          app.post('/renew', async ({ session }) => {
            await session.regenerate(['user', 'a', ...Array.from({ length: 998 }, (_, i) => `k${i}`)])
          })
        }
      })
      await browser.post('/sign-in')
      await browser.post(`/name?at=${LONE.length}`)
      assert.equal((await browser.post('/renew')).statusCode, 200)
      assert.deepEqual((await browser.get('/holds')).json(), { user: 'ada', a: 1 })
      await app.close()
    })
  })
}
