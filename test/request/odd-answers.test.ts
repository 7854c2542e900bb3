import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import cookie from '@fastify/cookie'
import type { SessionOptions, SessionSecurityOptions } from '../../src/options/options.ts'
import { buildApp } from '../helpers/app.ts'
import { answered, linesOf, throwing, unheard } from '../helpers/answers.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

const BAD_OPTION = 'FST_SESSION_SECURITY_BAD_OPTION'

/** Answers that throw `undefined` when they are read. A hook that throws so makes Fastify pass the next guard. */
const ODD: Readonly<Record<string, () => unknown>> = {
  'a "then" that throws undefined when it is read': () => ({ get then () { return throwing(undefined) } }),
  'a "then" that throws undefined when it is called': () => ({ then: () => throwing(undefined) }),
  'a getter that throws undefined': () => ({ get address () { return throwing(undefined) } }),
  'a Proxy whose keys cannot be read': () => new Proxy({}, { ownKeys: () => throwing(undefined) }),
  'a Proxy that was revoked': () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    return proxy
  }
}

interface Asked {
  /** Returns the options of a server whose functions answer well until it is signed in. */
  options (answer: () => unknown): { security?: Partial<SessionSecurityOptions>, session?: Partial<SessionOptions> }
  /** Names the requests for which the function is asked. */
  readonly asks: 'everybody' | 'strangers' | 'sign-ins'
}

const ASKED: Readonly<Record<string, Asked>> = {
  isPassive: { asks: 'everybody', options: answer => ({ security: { isPassive: answer as never } }) },
  deviceOf: { asks: 'sign-ins', options: answer => ({ security: { deviceOf: answer as never } }) },
  'session.idGenerator': { asks: 'strangers', options: answer => ({ session: { idGenerator: answer as never } }) }
}

for (const kit of [memoryKit, redisKit()]) {
  describe(`an answer that cannot be read, on ${kit.name}`, () => {
    for (const [option, { options, asks }] of Object.entries(ASKED)) {
      it(`of ${option} is a coded error, and no later guard is passed`, async () => {
        for (const [what, odd] of Object.entries(ODD)) {
          let isOdd = false
          let ids = 0
          const { app, browser, newBrowser } = await buildApp({
            kit,
            ...options(() => isOdd ? odd() : option === 'session.idGenerator' ? `id ${ids++}` : null),
            routes: app => {
              app.addHook('onRequest', async (request, reply) => {
                if (request.url === '/guarded') await reply.code(401).send('not you')
              })
              app.get('/guarded', async () => 'the secret')
            }
          })
          await browser.post('/sign-in')
          isOdd = true
          assert.deepEqual(await unheard(async () => {
            for (const who of [browser, newBrowser()]) {
              const guarded = await answered(who.get('/guarded'))
              const isAsked = asks === 'everybody' || (asks === 'strangers' && who !== browser)
              if (isAsked) assert.deepEqual([guarded.statusCode, guarded.json().code], [500, BAD_OPTION], what)
              assert.ok([401, 500].includes(guarded.statusCode), what)
            }
            const signIn = await answered(newBrowser().post('/sign-in'))
            assert.deepEqual([signIn.statusCode, signIn.json().code, linesOf(signIn)], [500, BAD_OPTION, []], what)
          }), [])
          isOdd = false
          await app.close()
        }
      })
    }

    it('of deviceOf is refused where a promise lies deep in it, whose rejection ends no process', async () => {
      const late = (): unknown => Promise.reject(new Error('late'))
      for (const answer of [
        () => ({ address: late() }), () => ({ address: { a: late() } }), () => ({ address: [{ a: late() }] })
      ]) {
        const { app, browser, held } = await buildApp({ kit, security: { deviceOf: answer as never } })
        assert.deepEqual(await unheard(async () => {
          const { statusCode, body } = await answered(browser.post('/sign-in'))
          assert.deepEqual([statusCode, JSON.parse(body).code], [500, BAD_OPTION])
        }), [])
        assert.equal(await held(), 0)
        await app.close()
      }
    })

    it('is not needed of request.cookies: a hook may have frozen them', async () => {
      const { app, browser } = await buildApp({
        kit,
        before: app => {
          app.register(cookie)
          app.after(() => { app.addHook('onRequest', async request => { Object.freeze(request.cookies) }) })
        }
      })
      await browser.post('/sign-in')
      const { statusCode, body } = await answered(browser.get('/'))
      assert.deepEqual([statusCode, JSON.parse(body).user], [200, 'ada'])
      await app.close()
    })
  })
}
