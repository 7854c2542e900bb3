import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { buildApp } from '../helpers/app.ts'
import { answered } from '../helpers/answers.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

for (const kit of [memoryKit, redisKit()]) {
  describe(`request.sessionSecurity after session.destroy(), on ${kit.name}`, () => {
    const open = () => buildApp({
      kit,
      security: { warnAfter: 5, expireAfter: request => request.session.a === 1 ? 100 : 10 },
      routes: app => {
        app.post('/cart', async ({ session }) => { session.a = 1 })
        app.post('/destroy', async ({ session, sessionSecurity }) => {
          await session.destroy()
          return {
            recorded: await sessionSecurity.recordActivity(),
            idle: await sessionSecurity.reportIdle(0),
            reason: await sessionSecurity.endReason(),
            confirmed: (await sessionSecurity.confirm()).state,
            sessions: await sessionSecurity.sessions()
          }
        })
      }
    })
    const OVER = { recorded: false, idle: false, confirmed: 'ended', sessions: [] }

    it('records no activity, though a timeout is asked of the session, and says that somebody signed out', async () => {
      const { app, browser } = await open()
      await browser.post('/sign-in')
      const answer = await answered(browser.post('/destroy'))
      assert.deepEqual([answer.statusCode, answer.json()], [200, { ...OVER, reason: 'logout' }])
      await app.close()
    })

    it('names no reason where nobody was signed in', async () => {
      const { app, browser, newBrowser } = await open()
      await browser.post('/cart')
      for (const who of [browser, newBrowser()]) {
        const answer = await answered(who.post('/destroy'))
        assert.deepEqual([answer.statusCode, answer.json()], [200, { ...OVER, reason: 'none' }])
      }
      await app.close()
    })
  })
}
