import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { LONGEST_ANSWER_MS } from '../../src/request/load-session.ts'
import type { EndedSession } from '../../src/store/store.ts'
import type { TestApp } from '../helpers/app.ts'
import { buildApp } from '../helpers/app.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

const MINUTE = LONGEST_ANSWER_MS / 1000

/** Adds a sign-in form that keeps a value in the session, as CSRF secrets are. */
function addForm (app: FastifyInstance): void {
  app.get('/form', async request => { request.session.a = 1; return 'form' })
  app.post('/form', async ({ session, session: { a } }, reply) => {
    if (a !== 1) return await reply.code(403).send('the form is not of this session')
    session.user = 'ada'
    return 'in'
  })
  app.post('/cart', async request => { request.session.b = 1; return 'ok' })
  app.post('/renew', async request => { await request.session.regenerate(['user']); return 'ok' })
}

/** Requests whose answers never arrive, with their effects on the session. */
const LOST: Record<string, (test: TestApp) => Promise<unknown>> = {
  'a sign-in over an anonymous session': async ({ browser }) => {
    await browser.post('/cart')
    const before = { ...browser.cookies }
    await browser.post('/sign-in')
    Object.assign(browser.cookies, before)
  },
  'a renewal': async ({ browser }) => {
    await browser.post('/sign-in')
    const before = { ...browser.cookies }
    await browser.post('/renew')
    Object.assign(browser.cookies, before)
  }
}

for (const kit of [memoryKit, redisKit()]) {
  describe(`a browser that never got the answer, on ${kit.name}`, () => {
    for (const [what, lose] of Object.entries(LOST)) {
      it(`to ${what} begins no anonymous session while it may be on its way, and can sign in later`, async () => {
        const ended: EndedSession[] = []
        const test = await buildApp({
          kit,
          security: { expireAfter: 600, warnAfter: 300, onSessionEnd: session => ended.push(session) },
          routes: addForm
        })
        const { app, browser, clock } = test
        await lose(test)
        const before = { ...browser.cookies }
        clock.advance(MINUTE - 1)
        const early = await browser.get('/form')
        assert.deepEqual([early.statusCode, early.headers['set-cookie']], [200, undefined])
        assert.equal((await browser.post('/form')).statusCode, 403)
        clock.advance(1)
        await browser.get('/form')
        assert.notDeepEqual(browser.cookies, before)
        assert.equal((await browser.post('/form')).statusCode, 200)
        assert.equal((await browser.get('/')).json().user, 'ada')
        await app.close()
      })
    }

    it('to a renewal ends by its sign-in what the session went on as, also where one session is allowed', async () => {
      const ended: EndedSession[] = []
      const test = await buildApp({
        kit,
        security: {
          expireAfter: 600,
          warnAfter: 300,
          maxSessionsPerUser: 1,
          atMaxSessions: 'refuse',
          onSessionEnd: session => ended.push(session)
        },
        routes: addForm
      })
      const { app, browser, clock } = test
      await LOST['a renewal']?.(test)
      clock.advance(2 * MINUTE)
      assert.equal((await browser.post('/sign-in')).statusCode, 200)
      assert.equal((await browser.get('/')).json().user, 'ada')
      await app.close()
      assert.deepEqual(ended.map(({ reason }) => reason), ['logout'])
    })
  })
}
