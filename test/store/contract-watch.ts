import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ActivityStore } from '../../src/store/activity-store.ts'
import type { SessionKey } from '../../src/store/store.ts'
import type { EndSubscription } from '../../src/store/watched.ts'
import { until } from '../helpers/redis-process.ts'
import type { ContractHarness } from './contract-kit.ts'
import {
  beginAnonymous, beginAs, claimAll, contentsOf, predecessorOf, live, reasonOf, renew, signIn, start, statesOf
} from './contract-kit.ts'

/** The contract of sessions that have connections, and of the reports of their ends. */
export function watchContract (name: string, newHarness: () => ContractHarness): void {
  describe(`${name} keeps the contract of sessions that have connections`, () => {
    it('reads many at once, in their order, each as find() does', async () => {
      const { store } = await start(newHarness)
      const keys: SessionKey[] = []
      for (let i = 0; i < 60; i++) keys.push(await signIn(store, `s${i}`, { user: `user ${i % 7}` }))
      const [first = '', second = '', third = ''] = keys
      const next = await renew(store, second, 'next', { user: 'user 1' })
      await store.end(third, 'logout')
      const anonymous = await beginAnonymous(store, 'anonymous')
      const asked = [...keys, anonymous, next, store.keyOf(store.idFor('unknown')), first]
      const watched = await store.watch(asked)
      assert.deepEqual(watched.map(answer => answer?.session.state), await statesOf(store, ...asked))
      assert.equal(reasonOf(watched[2]?.session ?? { state: 'unknown' }), 'logout')
      assert.deepEqual(await store.watch([]), [])
    })

    it('names the family of a live session by its first session; endOthers() makes another family', async () => {
      const { store } = await start(newHarness)
      const familyOf = async (key: SessionKey): Promise<SessionKey | undefined> => (await store.watch([key]))[0]?.family
      const first = await signIn(store, 'first')
      assert.equal(await familyOf(first), first)
      const second = await renew(store, first, 'second')
      const third = await renew(store, second, 'third')
      assert.equal(await familyOf(third), first)
      await store.endOthers(third, 'ada', 'revoked')
      assert.equal(await familyOf(third), third)
    })

    it('changes nothing in the records that other verbs return', async () => {
      const { store } = await start(newHarness)
      const device = { address: '::1', userAgent: 'Browser 1.0' }
      const authentication = { atMs: 1000, methods: ['pwd', 'otp'] }
      const cases = [{}, { device }, { authentication }, { device, authentication }]
      const { reported, watch, close } = listenTo(store)
      for (const [i, signedIn] of cases.entries()) {
        const { key } = await beginAs(store, `s${i}`, signedIn)
        const before = live(await store.find(key))
        const contents = await contentsOf(store, key)
        for (let times = 0; times < 2; times++) {
          assert.deepEqual((await store.watch([key])).map(answer => answer?.session), [before])
        }
        assert.deepEqual(live(await store.find(key)), before)
        assert.deepEqual(await contentsOf(store, key), contents)
        await store.update(key, { set: { a: '1' }, remove: [] })
        assert.deepEqual(live(await store.find(key)), before)
        await watch?.add(key)
        const next = await renew(store, key, `next ${i}`, signedIn)
        const { record, device } = live(await store.find(next))
        assert.deepEqual([record, device], [before.record, before.device])
        const [ended] = await store.end(next, 'revoked')
        assert.deepEqual(ended?.device, before.device)
        const current = await store.find(next)
        assert.deepEqual(current.state === 'ended' && current.ended.device, before.device)
        if (watch !== null) await until('the end is reported', () => reported.includes(key))
      }
      close()
    })

    for (const [what, end] of [
      ['end()', async (store, key) => await store.end(key, 'revoked')],
      ['a log-out', async (store, key) => await store.end(key, 'logout')],
      ['endUser()', async store => await store.endUser('ada', 'revoked')],
      ['endOthers() of another', async store => await store.endOthers(await signIn(store, 'other'), 'ada', 'revoked')],
      ['endOthers() of its own', async (store, key) => await store.endOthers(key, 'ada', 'revoked')],
      ['a sign-in beyond the limit', async store => {
        await beginAs(store, 'one more', { limit: { max: 1, whenFull: 'displace' } })
      }],
      ['the sign-in of another user', async (store, key) => {
        await beginAs(store, 'eve', { user: 'eve', predecessor: predecessorOf(key, 'ended') })
      }],
      ['a sweep', async (store, _key, harness) => { await harness.advance(11); await claimAll(store) }]
    ] as ReadonlyArray<[string, End]>) {
      it(`publishes what ${what} does, by the family, to another node too`, async t => {
        const { store, harness } = await start(newHarness)
        const first = await signIn(store, 'first')
        const { reported, watch, close } = listenTo(store)
        if (watch === null) return t.skip('its client has no sharded Pub/Sub')
        await store.watch([first])
        assert.equal(await watch.add(first), true)
        const key = await renew(store, first, 'next')
        await end(name === 'MemoryStore' ? store : await harness.open(), key, harness)
        await until('the end is reported', () => reported.includes(first))
        close()
      })
    }
  })
}

type End = (store: ActivityStore, key: SessionKey, harness: ContractHarness) => Promise<unknown>

interface Heard {
  readonly reported: readonly SessionKey[]
  readonly watch: EndSubscription | null
  close (): void
}

function listenTo (store: ActivityStore): Heard {
  const reported: SessionKey[] = []
  const watch = store.subscribeToEnds(family => reported.push(family))
  return { reported, watch, close: () => watch?.close() }
}
