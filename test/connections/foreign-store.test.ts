import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MemoryStore as PlainStore } from '@fastify/session'
import { fromSessionStore } from '../../src/store/from-session-store.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { regenerate } from '../helpers/steps.ts'
import type { StoreKit } from '../helpers/store-kits.ts'
import { buildConnectionsApp } from './connections-app.ts'

const kit: StoreKit = {
  name: 'a store of another package',
  open () {
    const clock = new FakeClock()
    return { store: fromSessionStore(new PlainStore(), { clock: clock.now }), clock, held: async () => 0 }
  }
}

describe('a connection on a store of another package', () => {
  it('is closed by the next look after its session has ended, by a log-out or by itself', async () => {
    for (const [end, reason] of [['/sign-out', 'none'], [null, 'idle']] as const) {
      const { app, browser, attach, pass } = await buildConnectionsApp({ kit })
      await browser.post('/sign-in')
      const target = await attach(browser)
      await pass(5)
      assert.deepEqual(target.reasons, [])
      if (end !== null) await browser.post(end)
      await pass(6)
      assert.deepEqual(target.reasons, [reason])
      await app.close()
    }
  })

  it('is closed when its session is renewed, as nobody can tell what that goes on as', async () => {
    const { app, browser, ask, attach, pass } = await buildConnectionsApp({ kit })
    await browser.post('/sign-in')
    const target = await attach(browser)
    await ask(browser, regenerate)
    await pass(5)
    assert.deepEqual(target.reasons, ['none'])
    const next = await attach(browser)
    await pass(5)
    assert.deepEqual(next.reasons, [])
    await app.close()
  })
})
