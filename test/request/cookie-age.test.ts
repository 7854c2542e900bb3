import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { buildApp } from '../helpers/app.ts'
import { answered, linesOf } from '../helpers/answers.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

const DAY_MS = 86_400_000
const DATE = Date.UTC(2090, 0, 2, 3, 4, 5)

/** Values that are no age, and no date. */
const WRONG: Readonly<Record<string, object>> = {
  'maxAge = NaN': { maxAge: NaN },
  'maxAge = Infinity': { maxAge: Infinity },
  'maxAge = {}': { maxAge: {} },
  'maxAge = "600000"': { maxAge: '600000' },
  'expires = an invalid date': { expires: new Date(NaN) },
  'expires = "tomorrow"': { expires: 'tomorrow' },
  'expires = 5': { expires: 5 },
  'originalMaxAge = 1n': { maxAge: 1000, originalMaxAge: 1n },
  'originalMaxAge = NaN': { maxAge: 1000, originalMaxAge: NaN }
}

function addRoutes (app: FastifyInstance): void {
  app.post('/age', async ({ session }) => { session.cookie.maxAge = DAY_MS })
  app.post('/wrong', async ({ session, body }) => {
    Object.assign(session.cookie, WRONG[String(Object(body).what)])
    session.a = 1
  })
  app.post('/renew', async ({ session }) => { await session.regenerate(['user']) })
  app.get('/holds', async ({ session: { a = null, cookie } }) => ({ a, age: cookie.originalMaxAge }))
  app.post('/bob', async ({ session }) => { session.user = 'bob' })
}

for (const kit of [memoryKit, redisKit()]) {
  describe(`the age of a session's cookie, on ${kit.name}`, () => {
    for (const what of Object.keys(WRONG)) {
      it(`cannot become ${what}: a coded error, nothing is saved, and the former age stays`, async () => {
        const { app, browser } = await buildApp({ kit, routes: addRoutes })
        await browser.post('/sign-in')
        await browser.post('/age')
        const answer = await answered(browser.post('/wrong', { what }))
        assert.deepEqual(
          [answer.statusCode, answer.json().code, linesOf(answer)], [500, 'FST_SESSION_SECURITY_BAD_COOKIE', []]
        )
        assert.deepEqual((await browser.get('/holds')).json(), { a: null, age: DAY_MS })
        const [line] = (await browser.post('/renew')).cookies
        assert.ok(line?.expires !== undefined && Math.abs(line.expires.getTime() - Date.now() - DAY_MS) < 60_000)
        await app.close()
      })
    }

    for (const expires of [new Date(DATE), new Date(DATE).toISOString(), new Date(DATE).toUTCString(), DATE]) {
      it(`is the configured date, given as ${JSON.stringify(expires)}: also when another user signs in`, async () => {
        const session = { cookie: { secure: false, expires: expires as Date } }
        const { app, browser } = await buildApp({ kit, session, routes: addRoutes })
        for (const url of ['/sign-in', '/bob']) {
          const answer = await answered(browser.post(url))
          assert.deepEqual([answer.statusCode, answer.cookies[0]?.expires?.getTime()], [200, DATE], url)
        }
        assert.equal((await browser.get('/')).json().user, 'bob')
        await browser.post('/age') // bob's cookie must not get ada's age
        const back = await answered(browser.post('/sign-in'))
        assert.deepEqual([back.statusCode, back.cookies[0]?.expires?.getTime()], [200, DATE])
        await app.close()
      })
    }
  })
}
