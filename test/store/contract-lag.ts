import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Terms } from '../../src/core/terms.ts'
import type { ActivityStore } from '../../src/store/activity-store.ts'
import { CLAIM_LEASE_MS } from '../../src/store/limits.ts'
import type { ContractHarness, Started } from './contract-kit.ts'
import {
  AT_ONCE, beginAnonymous, claimAll, handlesIn, listAll, recordNow, signIn, start as startWith
} from './contract-kit.ts'

const TERMS: Terms = { isAuthenticated: true, warnAfter: 50, expireAfter: 100, absoluteTimeout: 300 }

/**
 * Declares the contract of the lag of sweeps. The lag is the time since the first deadline of the expired sessions. It
 * shows that sweeps fall behind.
 */
export function lagContract (name: string, newHarness: () => ContractHarness): void {
  const start = async (): Promise<Started> => await startWith(newHarness)

  describe(`${name} keeps the contract of the lag of sweeps`, () => {
    it('is 0 while no session is expired: live, anonymous and ended sessions do not count', async () => {
      const { store, harness } = await start()
      assert.equal(await lagOf(store), 0)
      await beginAnonymous(store, 'anonymous')
      await harness.advance(150)
      const ended = await signIn(store, 'ended', { terms: TERMS })
      await signIn(store, 'live', { terms: TERMS })
      await store.end(ended, 'logout')
      await harness.advance(99.999)
      assert.equal(await lagOf(store), 0)
    })

    it('counts from the deadline, and stays what it is while others expire later', async () => {
      const { store, harness } = await start()
      await signIn(store, 'first', { terms: TERMS })
      await harness.advance(20)
      await signIn(store, 'second', { user: 'eve', terms: TERMS })
      await harness.advance(80)
      assert.equal(await lagOf(store), 0, 'at the very deadline')
      await harness.advance(0.5)
      assert.equal(await lagOf(store), 0.5)
      await harness.advance(30)
      assert.equal(await lagOf(store), 30.5)
    })

    it('counts from the absolute deadline if that comes first', async () => {
      const { store, harness } = await start()
      const key = await signIn(store, 'one', { terms: TERMS })
      for (let i = 0; i < 3; i++) {
        await harness.advance(90)
        await recordNow(store, key)
      }
      await harness.advance(40)
      assert.equal(await lagOf(store), 10)
    })

    // An index moves an entry only when that is ten seconds too early. Of 'first', it says 100 where the deadline is
    // 108.
    it('goes by the deadline and not by the score in an index, whichever comes first', async () => {
      const { store, harness } = await start()
      const first = await signIn(store, 'first', { terms: TERMS })
      await harness.advance(3)
      await signIn(store, 'second', { terms: TERMS })
      await harness.advance(5)
      await recordNow(store, first)
      await harness.advance(94)
      assert.equal(await lagOf(store), 0, 'at 102, when the index says that the first one is over')
      await harness.advance(8)
      assert.equal(await lagOf(store), 7, 'at 110: that of the second one')
      const lags = []
      for (let more = true; more;) {
        const batch = await store.claimEnds(1)
        lags.push(batch.lagMs)
        more = batch.more
      }
      assert.deepEqual(lags.filter(lag => lag > 0).toSorted(), [2000, 7000])
    })

    it('is that of the shard in which it is longest', async () => {
      const { store, harness } = await start()
      for (let i = 0; i < 30; i++) {
        await signIn(store, `s${i}`, { user: `user ${i}`, terms: TERMS })
        await harness.advance(1)
      }
      await harness.advance(80)
      assert.equal(await lagOf(store), 10)
      let longest = 0
      for (let more = true; more;) {
        const { sessions, lagMs, ...batch } = await store.claimEnds(4)
        assert.ok(sessions.every(({ endedAtMs }) => endedAtMs > 0))
        longest = Math.max(longest, lagMs)
        more = batch.more
      }
      assert.deepEqual([longest, await lagOf(store)], [10_000, 0])
    })

    it('ends with the claim: an end that waits for its acknowledgement does not count', async () => {
      const { store, harness } = await start()
      await signIn(store, 'one', { terms: TERMS })
      await harness.advance(130)
      assert.equal((await store.claimEnds(10)).lagMs, 30_000)
      assert.deepEqual([await lagOf(store), (await store.stats()).pending], [0, 1])
      await harness.advance(CLAIM_LEASE_MS / 1000)
      assert.deepEqual([await lagOf(store), (await store.stats()).pending], [0, 1])
      const { sessions, lagMs } = await store.claimEnds(10)
      assert.deepEqual([sessions.length, lagMs], [1, 0])
    })

    it('does not count a pending end that is no expiry', async () => {
      const { store, harness } = await start()
      await store.end(await signIn(store, 'one', { terms: TERMS }), 'revoked', 'root')
      await harness.advance(CLAIM_LEASE_MS / 1000)
      const { sessions, lagMs } = await store.claimEnds(10)
      assert.deepEqual([sessions.length, lagMs], [1, 0])
    })

    it('does not end when a load, a look-up or a list finds the session', async () => {
      const { store, harness } = await start()
      const key = await signIn(store, 'one', { terms: TERMS })
      await harness.advance(110)
      for (const look of [
        () => store.find(key), () => store.load(key, AT_ONCE), () => recordNow(store, key),
        () => store.update(key, { set: { a: '1' }, remove: [] }), () => store.end(key, 'logout'),
        () => store.endUser('ada', 'revoked'), () => listAll(store, { state: 'ended', limit: 5 })
      ]) {
        await look()
        const { expired, pending, lag } = await store.stats()
        assert.deepEqual({ expired, pending, lag }, { expired: 1, pending: 1, lag: 10 })
        assert.deepEqual(handlesIn(await listAll(store, { state: 'expired', limit: 5 })), [key])
      }
      await harness.advance(5)
      assert.equal((await store.claimEnds(10)).lagMs, 15_000)
      assert.deepEqual(await claimAll(store), [])
    })
  })
}

async function lagOf (store: ActivityStore): Promise<number> {
  return (await store.stats()).lag
}
