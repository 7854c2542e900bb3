import assert from 'node:assert/strict'
import type { FastifyRequest } from 'fastify'
import { describe, it } from 'node:test'
import { latch } from '../helpers/latch.ts'
import { regenerate } from '../helpers/steps.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'
import type { ConnectionsApp } from './connections-app.ts'
import { buildConnectionsApp } from './connections-app.ts'

const redis = redisKit()

/** A request that goes on for as long as its socket would. */
async function held (built: ConnectionsApp): Promise<{ readonly request: FastifyRequest, close (): Promise<unknown> }> {
  const [begun, over] = [latch(), latch()]
  let held: FastifyRequest | undefined
  const answer = built.ask(built.browser.copy(), async request => {
    held = request
    begun.open()
    await over.opened
  })
  await begun.opened
  assert.ok(held !== undefined)
  return { request: held, close: async () => { over.open(); return await answer } }
}

for (const kit of [memoryKit, redis]) {
  describe(`messages on a socket, on ${kit.name}`, () => {
    it('count while the socket is open, through renewals by other requests, until the session ends', async () => {
      const built = await buildConnectionsApp({ kit, security: { absoluteTimeout: 4 * 3600 } })
      const { browser, ask, attach, pass, clock, app } = built
      await browser.post('/sign-in')
      const target = await attach(browser)
      const { request: { sessionSecurity }, close } = await held(built)
      for (let seconds = 0; seconds < 3 * 3600; seconds += 9) {
        await pass(9)
        assert.equal(await sessionSecurity.recordActivity(), true, `after ${seconds} s`)
        if (seconds % 900 === 0) await ask(browser, regenerate)
      }
      assert.deepEqual(target.reasons, [])
      await browser.post('/sign-out')
      clock.advance(1) // for so long knowledge is fresh
      assert.equal(await sessionSecurity.recordActivity(), false)
      await close()
      await app.close()
    })

    it('are no activity by themselves: who only listens is signed out', async () => {
      const built = await buildConnectionsApp({ kit })
      await built.browser.post('/sign-in')
      const target = await built.attach(built.browser)
      for (let i = 0; i < 3; i++) await built.pass(5)
      assert.deepEqual(target.reasons, ['idle'])
      await built.app.close()
    })
  })
}

describe('ten thousand messages a second', () => {
  it('cost one command of Redis', async () => {
    const built = await buildConnectionsApp({ kit: redis, security: { expireAfter: 600, warnAfter: 300 } })
    const { browser, clock, app } = built
    await browser.post('/sign-in')
    const { request: { sessionSecurity }, close } = await held(built)
    clock.advance(1)
    await sessionSecurity.recordActivity() // so that Redis knows the script
    const client = redis.client()
    await client.config('RESETSTAT')
    for (let second = 0; second < 3; second++) {
      clock.advance(1)
      for (let i = 0; i < 10; i++) {
        const calls = Array.from({ length: 1000 }, async () => await sessionSecurity.recordActivity())
        const counted = await Promise.all(calls)
        assert.ok(counted.every(isAlive => isAlive))
      }
    }
    const stats = await client.info('commandstats')
    assert.equal(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1], '3')
    await close()
    await app.close()
  })
})
