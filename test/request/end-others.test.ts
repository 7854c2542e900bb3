import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { linesOf } from '../helpers/answers.ts'
import type { TestAppOptions } from '../helpers/app.ts'
import type { BrowserJar } from '../helpers/browser-jar.ts'
import type { Step, StepApp } from '../helpers/steps.ts'
import {
  buildStepApp, confirm, endOthers, reauthenticate, recordActivity, regenerate, save, signInAs
} from '../helpers/steps.ts'
import type { StoreKit } from '../helpers/store-kits.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

const REVOKED = 'FST_SESSION_SECURITY_REVOKED'
const CHANGE = [regenerate, save, endOthers]

/** The orders of steps in which an application may change a password. */
const ORDERS: ReadonlyArray<readonly [name: string, steps: readonly Step[]]> = [
  ['regenerate, end others', [regenerate, endOthers]],
  ['regenerate, save, end others', CHANGE],
  ['re-authenticate, end others', [reauthenticate, endOthers]],
  ['re-authenticate, save, end others', [reauthenticate, save, endOthers]],
  ['end others', [endOthers]],
  ['end others, regenerate', [endOthers, regenerate]]
]

const LIMITS: ReadonlyArray<readonly [name: string, security: TestAppOptions['security'], devices: number]> = [
  ['without a limit', {}, 1],
  ['where one session is allowed', { maxSessionsPerUser: 1 }, 1],
  ['where all three sessions are in use', { maxSessionsPerUser: 3, atMaxSessions: 'refuse' }, 3]
]

/** Renews the session with a copied cookie. @returns the cookies that the thief gets */
type Theft = (app: StepApp, stolen: BrowserJar) => Promise<readonly BrowserJar[]>

const THEFTS: ReadonlyArray<readonly [name: string, theft: Theft]> = [
  ['once', async (app, stolen) => await renewAtOnce(app, stolen, 1)],
  ['four times at once', async (app, stolen) => await renewAtOnce(app, stolen, 4)],
  ['four times in a row', async ({ ask }, stolen) => {
    const jars: BrowserJar[] = []
    for (let jar = stolen.copy(); jars.length < 4; jar = jar.copy()) {
      await ask(jar, regenerate)
      jars.push(jar)
    }
    return jars
  }]
]

async function renewAtOnce ({ hold }: StepApp, stolen: BrowserJar, times: number): Promise<readonly BrowserJar[]> {
  const jars = Array.from({ length: times }, () => stolen.copy())
  const renewals = await Promise.all(jars.map(async jar => await hold(jar, regenerate)))
  await Promise.all(renewals.map(async renewal => await renewal.finish()))
  return jars
}

async function open (kit: StoreKit, options: TestAppOptions = {}): Promise<StepApp> {
  const app = await buildStepApp({ kit, ...options })
  await app.browser.post('/sign-in')
  return app
}

for (const kit of [memoryKit, redisKit()]) {
  for (const [limited, security = {}, devices] of LIMITS) {
    describe(`a password change ${limited}, on ${kit.name}`, () => {
      for (const [order, steps] of ORDERS) {
        for (const [often, theft] of THEFTS) {
          it(`(${order}) leaves only the owner signed in though a thief renewed the session ${often}`, async () => {
            const app = await open(kit, { security })
            const { browser, newBrowser, hold, who } = app
            const others = Array.from({ length: devices - 1 }, () => newBrowser())
            for (const other of others) assert.equal((await other.post('/sign-in')).statusCode, 200)
            const stolen = browser.copy()
            const change = await hold(browser, ...steps)
            const thieves = await theft(app, stolen)
            assert.equal((await change.finish()).statusCode, 200)
            assert.equal(await who(browser), 'ada')
            for (const jar of [stolen, ...thieves, ...others]) assert.equal(await who(jar), null)
            assert.equal(await app.living('ada'), 1)
            await app.app.close()
          })
        }
      }
    })
  }

  for (const [order, steps] of ORDERS.slice(0, 4)) {
    it(`a password change (${order}) leaves the old cookie nothing before its answer, on ${kit.name}`, async () => {
      const { app, browser, ask, hold, who, living } = await open(kit)
      const thief = browser.copy()
      const change = await hold(browser, ...steps)
      for (let taken = 0; taken < steps.length; taken++) await change.step()
      await ask(thief, regenerate)
      await change.finish()
      assert.deepEqual([await who(thief), await who(browser), await living('ada')], [null, 'ada', 1])
      await app.close()
    })
  }

  describe(`two password changes at once in two tabs of a browser, on ${kit.name}`, () => {
    for (const last of [0, 1]) {
      it(`leave it signed in with one session in any order of steps, the answer of tab ${last + 1} last`, async () => {
        const app = await open(kit)
        for (const turns of interleavings(CHANGE.length)) {
          const browser = app.newBrowser()
          await browser.post('/sign-in')
          const tabs = [await app.hold(browser.copy(), ...CHANGE), await app.hold(browser.copy(), ...CHANGE)]
          for (const turn of turns) await tabs[turn]?.step()
          const answers = [await tabs[1 - last]?.finish(), await tabs[last]?.finish()]
          for (const answer of answers) if (answer !== undefined) browser.receive(answer)
          assert.deepEqual([await app.who(browser), await app.living('ada')], ['ada', 1], turns.join(' '))
        }
        await app.app.close()
      })
    }

    it('make one cookie line: an answer whose session the other has ended sets none', async () => {
      const { app, browser, hold, who } = await open(kit)
      const [early, late] = [browser.copy(), browser.copy()]
      const ended = await hold(early, ...CHANGE)
      const ends = await hold(late, ...CHANGE)
      for (const change of [ended, ends, ended, ends, ends, ended]) await change.step()
      const answers = [await ended.finish(), await ends.finish()]
      assert.deepEqual(answers.map(answer => linesOf(answer).length), [0, 1])
      assert.deepEqual([await who(early), await who(late)], [null, 'ada'])
      await app.close()
    })
  })

  describe(`a request that is open while the owner changes the password, on ${kit.name}`, () => {
    const hijack: Step = (_, reply) => { reply.hijack() }
    const write: Step = async ({ session }) => {
      session.a = 1
      await session.save()
    }
    for (const [what, first] of [['is held', []], ['streams its answer', [hijack]]] as const) {
      it(`and ${what} hears that its session has ended, records no activity, and writes to no session`, async () => {
        const { app, browser, ask, hold } = await open(kit, {
          routes: app => { app.get('/holds', async ({ session: { user, a = null } }) => ({ user, a })) }
        })
        const held = await hold(browser.copy(), ...first, confirm, recordActivity, write)
        if (first.length > 0) await held.step()
        await ask(browser, ...CHANGE)
        const said: unknown[] = JSON.parse((await held.finish()).body)
        assert.deepEqual(said.filter(word => word !== null), ['ended', false])
        assert.deepEqual((await browser.get('/holds')).json(), { user: 'ada', a: null })
        await app.close()
      })
    }

    it('cannot sign the owner out with the old cookie, nor can a request that comes later', async () => {
      const { app, browser, ask, hold, who } = await open(kit)
      const old = browser.copy()
      const held = await hold(old.copy(), async ({ session }) => { await session.destroy() })
      await ask(browser, ...CHANGE)
      await held.finish()
      await old.post('/sign-out')
      assert.equal(await who(browser), 'ada')
      await app.close()
    })

    it('ends nobody else when its headers are gone and another tab has renewed the session', async () => {
      const { app, browser, ask, hold, who, living } = await open(kit)
      const stream: Step = (_, reply) => { reply.hijack().raw.writeHead(200).flushHeaders() }
      const held = await hold(browser.copy(), stream, endOthers)
      await held.step()
      await ask(browser, regenerate)
      await held.finish()
      assert.deepEqual([await who(browser), await living('ada')], ['ada', 1])
      await app.close()
    })

    it('is out also when it has followed the session that is spared: as one on a socket does', async () => {
      const { app, browser, clock, ask, hold, who, living } = await open(kit)
      const edit: Step = ({ session }) => { session.a = 1 }
      const read: Step = async ({ session }) => session.a ?? 'nothing'
      for (const steps of [[confirm], [recordActivity], [edit, save], [edit], [endOthers], [regenerate]]) {
        const held = await hold(browser.copy(), confirm, ...steps, confirm)
        await ask(browser, regenerate)
        clock.advance(2)
        await held.step()
        assert.equal((await ask(browser, endOthers)).json()[0], 0)
        clock.advance(2)
        const answer = await held.finish()
        assert.equal(answer.json()[1], 'active', 'it has followed')
        assert.equal(answer.json().at(-2), 'ended')
        assert.deepEqual(linesOf(answer), [])
        assert.deepEqual((await ask(browser, read)).json(), ['nothing'])
        assert.deepEqual([await who(browser), await living('ada')], ['ada', 1])
      }
      await app.close()
    })

    it('gets no session when it ends other sessions itself before it renews its own', async () => {
      const { app, browser, ask, hold, who, living } = await open(kit)
      const thief = browser.copy()
      const held = await hold(thief, endOthers, regenerate)
      await ask(browser, ...CHANGE)
      await held.finish()
      assert.deepEqual([await who(thief), await who(browser), await living('ada')], [null, 'ada', 1])
      await app.close()
    })

    it('is not let in as that user after it has ended the sessions of another one', async () => {
      const { app, newBrowser, ask, hold, living } = await open(kit)
      const mallory = newBrowser()
      await ask(mallory, signInAs('mallory'))
      const held = await hold(mallory, endOthers, signInAs('ada'), save)
      await app.sessionSecurity.endUser('ada')
      const answer = await held.finish()
      assert.deepEqual([answer.statusCode, answer.json().code], [401, REVOKED])
      assert.equal(await living('ada'), 0)
      await app.close()
    })
  })
}

/** Returns all orders of two requests with so many steps each, as lists of turns. */
function interleavings (steps: number): number[][] {
  const all = Array.from({ length: 2 ** (2 * steps) }, (_, bits) => {
    return Array.from({ length: 2 * steps }, (_, i) => (bits >> i) & 1)
  })
  return all.filter(turns => turns.filter(turn => turn === 1).length === steps)
}
