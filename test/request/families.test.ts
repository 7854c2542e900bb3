import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { linesOf } from '../helpers/answers.ts'
import type { TestAppOptions } from '../helpers/app.ts'
import { buildStepApp, confirm, regenerate, save, signInAs } from '../helpers/steps.ts'
import type { StoreKit } from '../helpers/store-kits.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

const REVOKED = 'FST_SESSION_SECURITY_REVOKED'
const HOUR = 3600
const DAY = 24 * HOUR

/** Lets an application choose the id of a session, also a bad one. */
const CHOSEN_IDS: TestAppOptions['session'] = {
  idGenerator: request => String(request?.headers['x-id'] ?? `another-id-${Math.random()}`)
}
const TAKEN = { 'x-id': 'the-id-of-a-living-session' }

for (const kit of [memoryKit, redisKit()]) {
  describe(`a log-out on ${kit.name}`, () => {
    it('ends the twin of a session too, a day after both were renewed from one that is long over', async () => {
      const day = { warnAfter: HOUR, expireAfter: 2 * HOUR, absoluteTimeout: false } as const
      const { app, store, clock, browser, ask, hold, who } = await buildStepApp({ kit, security: day })
      await browser.post('/sign-in')
      const twin = browser.copy()
      const renewal = await hold(twin, regenerate)
      await ask(browser, regenerate)
      await renewal.finish()
      for (let hours = 0; hours < 30; hours++) {
        clock.advance(HOUR)
        await browser.get('/')
        await twin.get('/')
        await store.claimEnds(100)
      }
      assert.deepEqual([await who(browser), await who(twin)], ['ada', 'ada'])
      await browser.post('/sign-out')
      assert.equal(await who(twin), null)
      await app.close()
    })
  })

  describe(`a sign-in that is slow, on ${kit.name}`, () => {
    for (const minutes of [1, 11, 23 * 60]) {
      it(`is refused ${minutes} minutes after an end of all sessions of its user that it arrived before`, async () => {
        const { app, clock, newBrowser, hold, living } = await buildStepApp({ kit })
        const browser = newBrowser()
        const slow = await hold(browser, signInAs('ada'))
        clock.advance(1)
        await app.sessionSecurity.endUser('ada')
        clock.advance(60 * minutes)
        const answer = await slow.finish()
        assert.deepEqual([answer.statusCode, answer.json().code, linesOf(answer)], [401, REVOKED, []])
        assert.equal(await living('ada'), 0)
        await app.close()
      })
    }

    it('is refused after more than a day, as nobody knows any more what was ended meanwhile', async () => {
      const { app, clock, newBrowser, hold } = await buildStepApp({ kit })
      const [patient, late] = [await hold(newBrowser(), signInAs('ada')), await hold(newBrowser(), signInAs('eve'))]
      clock.advance(DAY - HOUR)
      assert.equal((await patient.finish()).statusCode, 200)
      clock.advance(2 * HOUR)
      assert.deepEqual((await late.finish()).json().code, REVOKED)
      await app.close()
    })
  })

  describe(`an idGenerator that gives an id which is somebody else's, on ${kit.name}`, () => {
    const open = async (kit: StoreKit) => {
      const built = await buildStepApp({
        kit,
        session: CHOSEN_IDS,
        routes: app => {
          app.post('/bob', async ({ session }) => { session.user = 'bob' })
          app.post('/visit', async ({ session }) => { session.a = 1 })
          app.post('/renew', async ({ session }) => { await session.regenerate(['user']) })
        }
      })
      const victim = built.newBrowser()
      await victim.post('/sign-in', undefined, TAKEN)
      return { ...built, victim }
    }

    for (const [what, before, url] of [
      ['a sign-in', [], '/bob'], ['a renewal', ['/bob'], '/renew'], ['a visit', [], '/visit']
    ] as const) {
      it(`hands that session out to nobody by ${what}, and it goes on as it was`, async () => {
        const { app, victim, newBrowser, who, living } = await open(kit)
        const mallory = newBrowser()
        for (const first of before) await mallory.post(first)
        await mallory.post(url, undefined, TAKEN)
        assert.notEqual(mallory.cookies['sessionId'], victim.cookies['sessionId'])
        assert.notEqual(await who(mallory), 'ada')
        assert.deepEqual([await who(victim), await living('ada')], ['ada', 1])
        await app.close()
      })
    }
  })

  describe(`a ping with a cookie that was renewed, on ${kit.name}`, () => {
    for (const [seconds, learns, state] of [[59, 'learns', 'active'], [61, 'does not learn', 'ended']] as const) {
      it(`${learns} how idle the owner is ${seconds} seconds later`, async () => {
        const { app, clock, browser, ask } = await buildStepApp({ kit, security: { warnAfter: 540, expireAfter: 600 } })
        await browser.post('/sign-in')
        const old = browser.copy()
        await ask(browser, regenerate, save)
        clock.advance(seconds - 7)
        await ask(browser, confirm)
        clock.advance(7)
        const view = (await old.get('/session_security/ping')).json()
        assert.equal(view.state, state)
        assert.equal(view.idleFor === 7, state === 'active')
        await app.close()
      })
    }
  })
}
