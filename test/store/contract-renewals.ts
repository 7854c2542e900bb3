import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ANONYMOUS_RETENTION_SECONDS, TOMBSTONES_PER_USER } from '../../src/store/limits.ts'
import type { SessionKey } from '../../src/store/store.ts'
import type { ContractHarness } from './contract-kit.ts'
import { TERMS, claimAll, handlesIn, renew, signIn, stateOf, statesOf } from './contract-kit.ts'

const terms = { ...TERMS, expireAfter: 5000, absoluteTimeout: false } as const
const OLDER = 20

/** The contract of tombstones of a session that was renewed often (G13: bounded work). */
export function renewalsContract (name: string, newHarness: () => ContractHarness): void {
  describe(`${name} keeps the contract of a session that is renewed again and again (G13)`, () => {
    it('the first and the latest predecessors stay known, and the others for ten minutes', async () => {
      const harness = newHarness()
      const store = await harness.open({ retention: 3600 })
      const empty = await harness.held(store)
      const first = await signIn(store, 'first', { terms })
      const keys: SessionKey[] = []
      for (let [i, key] = [0, first]; i <= TOMBSTONES_PER_USER + OLDER; i++) {
        key = await renew(store, key, `s${i}`, { terms })
        keys.push(key)
        await harness.advance(0.01)
      }
      const last = keys.pop() ?? ''
      await harness.advance(ANONYMOUS_RETENTION_SECONDS - 10)
      await claimAll(store)
      assert.deepEqual([...new Set(await statesOf(store, first, ...keys))], ['renewed'])
      await harness.advance(11)
      await claimAll(store)
      assert.deepEqual([...new Set(await statesOf(store, ...keys.slice(0, OLDER)))], ['unknown'])
      assert.equal(await stateOf(store, last), 'live')
      for (const key of [first, ...keys.slice(OLDER)]) {
        assert.deepEqual(await store.find(key), { state: 'renewed', successors: [last] })
      }
      assert.deepEqual(handlesIn(await store.end(first, 'logout')), [last])
      await store.acknowledge([last])
      for (let i = 0; i < 3; i++) {
        await harness.advance(3600)
        await claimAll(store)
      }
      assert.equal(await harness.held(store), empty)
    })
  })
}
