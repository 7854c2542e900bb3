import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { answered, linesOf } from '../helpers/answers.ts'
import { buildApp } from '../helpers/app.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

declare module 'fastify' {
  interface Session {
    account?: { id: string, passwordHash: string }
  }
}

const LATE = 'FST_SESSION_SECURITY_LATE_SIGN_IN'

for (const kit of [memoryKit, redisKit()]) {
  describe(`what is said of a save, on ${kit.name}`, () => {
    it('shows nothing of an object that userOf gave: neither the answer nor the log has the hash', async () => {
      const { app, browser, log } = await buildApp({
        kit,
        security: { userOf: (({ account }: { account?: object }) => account) as never },
        routes: app => {
          app.post(
            '/in',
            async request => { request.session.account = { id: 'ada', passwordHash: 'S3CR3T-HASH' }; return 'in' }
          )
        }
      })
      const response = await answered(browser.post('/in'))
      assert.deepEqual([response.statusCode, response.json().code], [500, 'FST_SESSION_SECURITY_BAD_OPTION'])
      assert.doesNotMatch(response.body + log.raw.join(''), /S3CR3T-HASH/)
      await app.close()
    })

    it('shows nothing of what userOf threw over a stored session: one warning names the kind of error', async () => {
      let isStrict = false
      const { app, browser, log } = await buildApp({
        kit,
        security: {
          userOf: session => {
            if (isStrict && session.user !== undefined) throw new RangeError(JSON.stringify(session))
            return session.user
          }
        },
        routes: app => {
          app.post('/in', async request => {
            request.session.user = 'ada'
            request.session.account = { id: 'ada', passwordHash: 'S3CR3T-HASH' }
            return 'in'
          })
        }
      })
      await browser.post('/in')
      isStrict = true
      const response = await answered(browser.get('/'))
      assert.deepEqual([response.statusCode, response.json().user], [200, null])
      assert.deepEqual(log.ours(40).map(({ level, why }) => [level, why]), [[40, 'RangeError']])
      assert.doesNotMatch(log.raw.join(''), /S3CR3T-HASH/)
      await app.close()
    })

    it('has no late sign-in in it when the session limit refused it', async () => {
      const { app, browser, newBrowser, log } = await buildApp({
        kit, security: { maxSessionsPerUser: 1, atMaxSessions: 'refuse' }
      })
      await browser.post('/sign-in')
      const refused = await newBrowser().post('/sign-in')
      await setTimeout(20)
      assert.deepEqual(
        [refused.statusCode, refused.json().code, linesOf(refused)], [403, 'FST_SESSION_SECURITY_TOO_MANY_SESSIONS', []]
      )
      assert.equal(log.raw.some(line => line.includes(LATE)), false)
      await app.close()
    })

    it('is one info line when the session ended during the edit; the answer is 200 without a cookie', async () => {
      const test = await buildApp({
        kit,
        routes: app => {
          app.post('/edit-and-save', async request => {
            request.session.a = 1
            await app.sessionSecurity.endUser('ada')
            await request.session.save()
            return 'edited'
          })
          app.post('/renew', async request => {
            await request.session.regenerate(['user'])
            await app.sessionSecurity.endUser('ada')
            return 'edited'
          })
          app.post('/edit', async request => {
            request.session.a = 1
            await app.sessionSecurity.endUser('ada')
            return 'edited'
          })
        }
      })
      for (const url of ['/edit', '/edit-and-save', '/renew']) {
        await test.browser.post('/sign-in')
        test.log.raw.length = 0
        const response = await test.browser.post(url)
        await setTimeout(20)
        assert.deepEqual([response.statusCode, response.body, linesOf(response)], [200, 'edited', []], url)
        const said = test.log.ours().filter(({ msg }) => /not saved/.test(msg))
        assert.deepEqual(said.map(({ level }) => level), [30], url)
        assert.equal(test.log.raw.some(line => line.includes(LATE)), false)
      }
      await test.app.close()
    })
  })
}
