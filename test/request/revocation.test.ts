import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { requireSession } from '../../src/request/require-session.ts'
import type { EndedSession } from '../../src/store/store.ts'
import { MOST_SUCCESSORS } from '../../src/store/limits.ts'
import { buildApp as buildTestApp, gate, pass } from '../helpers/app.ts'
import type { TestApp, TestAppOptions } from '../helpers/app.ts'
import { latch } from '../helpers/latch.ts'
import type { Latch } from '../helpers/latch.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

const REVOKED = 'FST_SESSION_SECURITY_REVOKED'

interface Revocations extends TestApp {
  /** Opens when a password is being checked, and holds the check. */
  readonly inside: Latch
  readonly checked: Latch
}

for (const kit of [memoryKit, redisKit()]) {
  async function buildApp (options: Partial<TestAppOptions> = {}): Promise<Revocations> {
    const [inside, checked] = [latch(), latch()]
    const app = await buildTestApp({
      kit,
      ...options,
      routes: app => {
        app.get('/me', { preHandler: requireSession() }, async ({ session }) => session.user)
        app.post('/slow-sign-in', async request => {
          inside.open()
          await checked.opened
          request.session.user = 'ada'
          return 'in'
        })
        options.routes?.(app)
      }
    })
    return { ...app, inside, checked }
  }

  describe(`the end of all sessions of a user on ${kit.name}`, () => {
    for (const [what, end] of Object.entries({
      'an administrator': async ({ app }: TestApp) => { await app.sessionSecurity.endUser('ada') },
      'the person in another browser': async ({ newBrowser }: TestApp) => {
        const other = newBrowser()
        await other.post('/sign-in')
        await other.post('/end-others')
        assert.equal((await other.get('/me')).statusCode, 200)
      }
    })) {
      it(`by ${what} refuses the sign-in whose password is being checked: 401, no cookie, nothing kept`, async () => {
        const app = await buildApp({
          routes: app => { app.post('/end-others', async request => await request.sessionSecurity.endOtherSessions()) }
        })
        const { browser, inside, checked } = app
        const answer = browser.post('/slow-sign-in')
        await inside.opened
        await end(app)
        checked.open()
        const response = await answer
        assert.deepEqual([response.statusCode, response.json().code], [401, REVOKED])
        assert.equal(response.headers['set-cookie'], undefined)
        assert.equal((await browser.get('/me')).statusCode, 401)
        assert.equal((await browser.post('/sign-in')).statusCode, 200) // a new sign-in succeeds
        assert.equal((await browser.get('/me')).statusCode, 200)
        await app.app.close()
      })
    }

    it('leaves the sign-in of another user alone, and one that comes right behind it', async () => {
      const { app, browser, inside, checked } = await buildApp()
      const answer = browser.post('/slow-sign-in')
      await inside.opened
      await app.sessionSecurity.endUser('eve')
      checked.open()
      assert.equal((await answer).statusCode, 200)
      for (let i = 0; i < 20; i++) {
        await app.sessionSecurity.endUser('ada')
        assert.equal((await browser.post('/sign-in')).statusCode, 200)
        assert.equal((await browser.get('/me')).statusCode, 200)
      }
      await app.close()
    })

    it('refuses the sign-in by the same request too: that signs in first, and ends the others then', async () => {
      const { app, browser } = await buildApp({
        routes: app => {
          app.post('/reset', async request => {
            await app.sessionSecurity.endUser('ada')
            request.sessionSecurity.reauthenticated()
            request.session.user = 'ada'
            return 'in'
          })
        }
      })
      assert.equal((await browser.post('/reset')).json().code, REVOKED)
      await app.close()
    })

    for (const order of [
      ['reauthenticate', 'end'], ['end', 'reauthenticate'], ['regenerate', 'end'], ['end', 'regenerate']
    ]) {
      it(`by the person (${order.join(', ')}) ends a stolen session, also during its renewal`, async () => {
        const slow = gate()
        const { app, browser, newBrowser } = await buildApp({
          routes: app => {
            app.post('/password', async request => {
              for (const step of order) {
                if (step === 'reauthenticate') request.sessionSecurity.reauthenticated()
                if (step === 'regenerate') await request.session.regenerate(['user'])
                if (step === 'end') await request.sessionSecurity.endOtherSessions()
              }
              return 'ok'
            })
            app.post('/slow-renewal', async request => {
              await pass(slow)
              await request.session.regenerate(['user'])
              return 'ok'
            })
          }
        })
        const thief = newBrowser()
        await browser.post('/sign-in')
        Object.assign(thief.cookies, browser.cookies)
        const theft = thief.post('/slow-renewal')
        await slow.entered.opened
        await browser.post('/password')
        slow.leave.open()
        await theft
        const isSame = thief.cookies['sessionId'] === browser.cookies['sessionId'] // nothing was renewed
        assert.equal((await browser.get('/me')).statusCode, 200)
        if (!isSame) assert.equal((await thief.get('/me')).statusCode, 401)
        assert.equal((await app.sessionSecurity.list({ user: 'ada' })).sessions.length, 1)
        await app.close()
      })
    }

    it('does not stop the session that a sign-in in the same request begins before it ends the others', async () => {
      const ends: EndedSession[] = []
      const { app, browser, newBrowser } = await buildApp({
        security: { onSessionEnd: ended => ends.push(ended) },
        routes: app => {
          app.post('/reset', async request => {
            request.session.user = 'ada'
            const ended = await request.sessionSecurity.endOtherSessions()
            return { ended: ended.length, mine: await request.sessionSecurity.sessions() }
          })
        }
      })
      const other = newBrowser()
      await other.post('/sign-in')
      const { ended, mine } = (await browser.post('/reset')).json()
      assert.equal(ended, 1)
      assert.deepEqual(mine.map(({ current }: { current: boolean }) => current), [true])
      assert.deepEqual([(await browser.get('/me')).statusCode, (await other.get('/me')).statusCode], [200, 401])
      assert.deepEqual(ends.map(({ reason }) => reason), ['revoked'])
      await app.close()
    })

    it('is not for a session that was ended itself, by a request of it that is still under way', async () => {
      const [inside, go] = [latch(), latch()]
      const { app, browser, newBrowser } = await buildApp({
        routes: app => {
          app.post('/end-others', async request => (await request.sessionSecurity.endOtherSessions()).length)
          app.post('/slowly-end-others', { preHandler: requireSession() }, async request => {
            inside.open()
            await go.opened
            return (await request.sessionSecurity.endOtherSessions()).length
          })
        }
      })
      const thief = newBrowser()
      await thief.post('/sign-in')
      await browser.post('/sign-in')
      const answer = thief.post('/slowly-end-others')
      await inside.opened
      assert.equal((await browser.post('/end-others')).body, '1')
      go.open()
      assert.equal((await answer).body, '0')
      assert.deepEqual([(await browser.get('/me')).statusCode, (await thief.get('/me')).statusCode], [200, 401])
      await app.close()
    })

    it('is no match for renewals: none that is under way, or comes later, goes on', async () => {
      const go = latch()
      let waiting = 0
      const many = 3 * MOST_SUCCESSORS
      const { app, browser } = await buildApp({
        routes: app => {
          app.post('/renew', async request => {
            if (++waiting === many) go.open()
            await go.opened
            await request.session.regenerate(['user'])
            return 'ok'
          })
        }
      })
      await browser.post('/sign-in')
      const old = { ...browser.cookies }
      const answers = Array.from({ length: many }, async () => await browser.post('/renew'))
      await go.opened
      await app.sessionSecurity.endUser('ada')
      await Promise.all(answers)
      assert.deepEqual((await app.sessionSecurity.list({ user: 'ada' })).sessions, [])
      for (const cookies of [old, { ...browser.cookies }]) {
        Object.assign(browser.cookies, cookies)
        await browser.post('/renew')
        assert.equal((await browser.get('/me')).statusCode, 401)
      }
      await app.close()
    })
  })

  describe(`renewals at once where no more sessions are allowed, on ${kit.name}`, () => {
    it('are one: the others go on as the first, with their edits, and nobody is signed out', async () => {
      const go = latch()
      const many = 2 * MOST_SUCCESSORS
      let waiting = 0
      const { app, browser } = await buildApp({
        security: { maxSessionsPerUser: 1, atMaxSessions: 'refuse' },
        routes: app => {
          app.post<{ Querystring: { key: string } }>('/renew', async request => {
            if (++waiting === many) go.open()
            await go.opened
            await request.session.regenerate(['user'])
            Object.assign(request.session, { [request.query.key]: true })
            return { handle: request.sessionSecurity.handle }
          })
          app.get(
            '/all', { preHandler: requireSession() },
            async ({ session, sessionSecurity: { handle } }) => ({ ...session, handle })
          )
        }
      })
      await browser.post('/sign-in')
      const answers = await Promise.all(Array.from(
        { length: many }, async (_, i) => await browser.post(`/renew?key=k${i}`)
      ))
      assert.deepEqual(new Set(answers.map(({ statusCode }) => statusCode)), new Set([200]))
      assert.equal(answers.filter(({ headers }) => headers['set-cookie'] !== undefined).length, 1)
      assert.equal((await app.sessionSecurity.list({ user: 'ada' })).sessions.length, 1)
      const all = (await browser.get('/all')).json()
      assert.deepEqual(Object.keys(all).filter(key => /^k\d$/.test(key)).length, many)
      await app.close()
    })
  })
}
