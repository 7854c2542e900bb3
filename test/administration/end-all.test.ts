import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { buildApp } from '../helpers/app.ts'
import { steeredKit } from '../helpers/steered-store.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'
import { recordNow, signIn, statesOf } from '../store/contract-kit.ts'

const SESSIONS = 450
const TERMS = { isAuthenticated: true, warnAfter: 300, expireAfter: 600, absoluteTimeout: false } as const

for (const kit of [memoryKit, redisKit()]) {
  describe(`the end of all sessions, on ${kit.name}`, () => {
    it('reaches everybody although timeouts get shorter between two pages, and nobody who comes later', async () => {
      const steered = steeredKit(kit)
      const { app, clock, store } = await buildApp({ kit: steered })
      const people = Array.from({ length: SESSIONS }, (_, i) => `user ${i}`)
      const before = await Promise.all(people.map(async user => await signIn(store, user, { user, terms: TERMS })))
      const later: string[] = []
      let pages = 0
      steered.store.after = async verb => {
        if (verb !== 'list' || ++pages > 4) return
        clock.advance(1)
        const { nowMs } = clock
        const timeouts = { warnAfter: 5, expireAfter: 600 - 100 * pages, absoluteTimeout: false } as const
        await Promise.all(before.map(async key => await steered.store.inner.recordActivity(key, nowMs, timeouts)))
        later.push(await signIn(steered.store.inner, `later ${pages}`, { user: 'user 7', terms: TERMS }))
      }
      assert.equal(await app.sessionSecurity.endAll(), SESSIONS)
      assert.deepEqual([...new Set(await statesOf(store, ...before))], ['ended'])
      assert.deepEqual([...new Set(await statesOf(store, ...later))], ['live'])
      assert.equal(later.length, Math.min(pages, 4))
      assert.equal((await recordNow(store, later[0] ?? '')).state, 'recorded')
      await app.close()
    })
  })
}
