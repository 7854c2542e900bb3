import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { StoreUnavailableError } from '../../src/errors.ts'
import type { AuditEvent } from '../../src/index.ts'
import { CLAIM_LEASE_MS } from '../../src/store/limits.ts'
import type { TestApp, TestAppOptions } from '../helpers/app.ts'
import { buildApp, gate, pass } from '../helpers/app.ts'
import { BrowserJar } from '../helpers/browser-jar.ts'
import { listenToAudit, shown } from '../helpers/channels.ts'
import type { Steer, Verb } from '../helpers/steered-store.ts'
import { steeredKit } from '../helpers/steered-store.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

interface TwoNodes {
  readonly here: TestApp
  readonly there: TestApp
  /** Returns the same browser, as the other node sees it. */
  over (browser: BrowserJar): BrowserJar
  close (): Promise<void>
}

for (const kit of [memoryKit, redisKit()]) {
  /** Two servers on one store, each with its own notifications. */
  async function twoNodes (options: Omit<TestAppOptions, 'kit'> = {}): Promise<TwoNodes> {
    const opened = kit.open()
    const node = (): Promise<TestApp> => buildApp({ ...options, kit: { name: kit.name, open: () => opened } })
    const [here, there] = [await node(), await node()]
    return {
      here,
      there,
      over: browser => Object.assign(new BrowserJar(there.app), { cookies: browser.cookies }),
      close: async () => { await here.app.close(); await there.app.close() }
    }
  }

  describe(`the audit trail of what happens at once, on ${kit.name}`, () => {
    it('has a renewal that another node\'s revocation overtakes as a refusal, and the end once', async t => {
      const slow = gate()
      const { here, there, close } = await twoNodes({ routes: app => slowly(app, slow) })
      await here.browser.post('/sign-in')
      const heard = listenToAudit(t)
      const renewing = here.browser.post('/renew-slowly')
      await slow.entered.opened
      await there.app.sessionSecurity.endUser('ada', { by: 'ruth' })
      slow.leave.open()
      assert.equal((await renewing).headers['set-cookie'], undefined)
      await close()
      assert.deepEqual(shown(heard, 'what', 'reason', 'code'), [
        ['revocation', 'user', 'revoked', undefined], ['end', undefined, 'revoked', undefined],
        ['refusal', 'renewal', 'revoked', undefined]
      ])
      assert.equal(heard[2]?.handle, heard[1]?.handle)
    })

    it('has a renewal of what another request renewed, when that has been revoked, as a refusal', async t => {
      const slow = gate()
      const { here, there, over, close } = await twoNodes({ routes: app => slowly(app, slow) })
      await here.browser.post('/sign-in')
      const renewing = here.browser.copy().post('/renew-slowly')
      await slow.entered.opened
      await over(here.browser).post('/renew')
      await there.app.sessionSecurity.endUser('ada')
      const heard = listenToAudit(t)
      slow.leave.open()
      assert.equal((await renewing).headers['set-cookie'], undefined)
      await close()
      assert.deepEqual(shown(heard, 'what', 'reason', 'user'), [['refusal', 'renewal', 'revoked', 'ada']])
    })

    it('has a sign-in that another node\'s revocation overtakes as a refusal, and no start', async t => {
      const slow = gate()
      const { here, there, close } = await twoNodes({ routes: app => slowly(app, slow) })
      const heard = listenToAudit(t)
      const signingIn = here.browser.post('/sign-in-slowly')
      await slow.entered.opened
      await there.app.sessionSecurity.endUser('ada')
      slow.leave.open()
      assert.equal((await signingIn).statusCode, 401)
      await close()
      assert.deepEqual(shown(heard, 'what', 'user', 'code'), [
        ['revocation', 'user', 'ada', undefined], ['refusal', 'sign-in', 'ada', 'FST_SESSION_SECURITY_REVOKED']
      ])
    })

    it('has an edit that comes after the end as one refusal, however often it is saved', async t => {
      const slow = gate()
      const { here, over, close } = await twoNodes({ routes: app => slowly(app, slow) })
      await here.browser.post('/sign-in')
      const heard = listenToAudit(t)
      const editing = here.browser.post('/edit-slowly')
      await slow.entered.opened
      await over(here.browser).post('/sign-out')
      slow.leave.open()
      assert.equal((await editing).statusCode, 200)
      await close()
      assert.deepEqual(shown(heard, 'what', 'reason'), [
        ['sign-out', undefined, undefined], ['end', undefined, 'logout'], ['refusal', 'save', 'logout']
      ])
    })

    it('has a sign-in that the store could not save as one refusal, and no start', async t => {
      const steered = steeredKit(kit)
      const { app, browser } = await buildApp({ kit: steered })
      const heard = listenToAudit(t)
      steered.store.before = failing('begin')
      assert.equal((await browser.post('/sign-in')).statusCode, 503)
      await app.close()
      assert.deepEqual(shown(heard, 'what', 'code'), [['refusal', 'request', 'FST_SESSION_SECURITY_STORE_UNAVAILABLE']])
    })

    it('has one sign-out and one end where two tabs sign out at two nodes', async t => {
      const { here, over, close } = await twoNodes()
      await here.browser.post('/sign-in')
      const tabs = [here.browser.copy(), over(here.browser)]
      const heard = listenToAudit(t)
      await Promise.all(tabs.map(async tab => await tab.post('/sign-out')))
      await close()
      assert.deepEqual(shown(heard).flat(), ['sign-out', 'end'])
    })

    it('has each eviction and its end once, where many sign-ins of one user come at two nodes', async t => {
      const { here, there, close } = await twoNodes({ security: { maxSessionsPerUser: 3 } })
      const heard = listenToAudit(t)
      const browsers = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? here : there).newBrowser())
      await Promise.all(browsers.map(async browser => await browser.post('/sign-in')))
      const live = (await here.app.sessionSecurity.list({ user: 'ada' })).sessions.map(({ handle }) => handle)
      await close()
      const [starts = [], evicted = [], ended = []] = ['start', 'eviction', 'end'].map(name => handlesOf(heard, name))
      assert.deepEqual([starts.length, new Set(starts).size, live.length], [20, 20, 3])
      assert.deepEqual(evicted, starts.filter(handle => !live.includes(handle)))
      assert.deepEqual(ended, evicted)
      const successors = heard.flatMap(event => event.event === 'eviction' ? [event.successor] : [])
      assert.ok(successors.every(handle => starts.includes(handle)))
    })

    it('has each renewal that made a session once, where several requests renew it at two nodes', async t => {
      const { here, over, close } = await twoNodes({ routes: app => slowly(app) })
      await here.browser.post('/sign-in')
      const heard = listenToAudit(t)
      const tabs = Array.from({ length: 4 }, () => [here.browser.copy(), over(here.browser.copy())]).flat()
      await Promise.all(tabs.map(async tab => await tab.post('/renew')))
      const live = (await here.app.sessionSecurity.list({ user: 'ada' })).sessions.map(({ handle }) => handle)
      await close()
      assert.deepEqual(handlesOf(heard, 'renewal'), live.sort())
      assert.equal(new Set(heard.map(event => Reflect.get(event, 'predecessor'))).size, 1)
    })

    it('has each end once, where two nodes sweep at the same time', async t => {
      const { here, there, close } = await twoNodes()
      for (let i = 0; i < 60; i++) await here.newBrowser().post('/sign-in')
      const heard = listenToAudit(t)
      here.clock.advance(20)
      await Promise.all([here, there].map(async ({ app }) => await app.sessionSecurity.sweep()))
      await close()
      const handles = handlesOf(heard, 'end')
      assert.deepEqual([handles.length, new Set(handles).size], [60, 60])
    })

    it('has the end that a node was about to notify when it died, from another node, once', async t => {
      const { here, there, close } = await twoNodes()
      await here.browser.post('/sign-in')
      here.clock.advance(20)
      const { sessions } = await here.store.claimEnds(10) // that node does nothing more
      assert.equal(sessions.length, 1)
      const heard = listenToAudit(t)
      await there.app.sessionSecurity.sweep()
      assert.deepEqual(heard, [])
      here.clock.advance(CLAIM_LEASE_MS / 1000 + 1)
      for (const { app } of [there, here, there]) await app.sessionSecurity.sweep()
      await close()
      assert.deepEqual(shown(heard, 'by', 'reason'), [['end', 'deadline', 'idle']])
    })

    it('has an end twice, to the letter, where a node died before it could note that it had notified', async t => {
      const steered = steeredKit(kit)
      const { app, clock, browser } = await buildApp({ kit: steered })
      await browser.post('/sign-in')
      clock.advance(20)
      const heard = listenToAudit(t)
      steered.store.before = failing('acknowledge')
      await assert.rejects(app.sessionSecurity.sweep())
      steered.store.before = () => undefined
      clock.advance(CLAIM_LEASE_MS / 1000 + 1)
      for (let sweeps = 0; sweeps < 2; sweeps++) await app.sessionSecurity.sweep()
      await app.close()
      const [first, second, ...others] = heard
      assert.equal(first?.event, 'end')
      assert.deepEqual([second, others], [first, []])
    })
  })
}

/** Adds routes that answer at once, and routes that wait. */
function slowly (app: FastifyInstance, slow = gate()): void {
  app.post('/renew', async ({ session }) => { await session.regenerate(['user']) })
  app.post('/renew-slowly', async ({ session }) => {
    await session.regenerate(['user'])
    await pass(slow)
  })
  app.post('/sign-in-slowly', async ({ session }) => {
    await pass(slow)
    session.user = 'ada'
  })
  app.post('/edit-slowly', async ({ session }) => {
    await pass(slow)
    session.a = 1
    await session.save()
    session.b = 2
    return 'edited'
  })
}

/** Takes the store away for that verb. */
function failing (failed: Verb): Steer {
  return verb => {
    if (verb === failed) throw new StoreUnavailableError('away')
    return undefined
  }
}

function handlesOf (heard: readonly AuditEvent[], name: string): string[] {
  return heard.filter(({ event }) => event === name).map(({ handle = '' }) => handle).sort()
}
