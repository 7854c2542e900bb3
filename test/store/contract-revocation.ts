import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Arrival } from '../../src/store/store.ts'
import type { ContractHarness, Started } from './contract-kit.ts'
import {
  beginAnonymous, beginAs, handlesIn, predecessorOf, keyFor, listAll, reasonOf, reasonsIn, recordNow, renew, signIn,
  stateOf, statesOf, start as startWith
} from './contract-kit.ts'

/** Declares the contract of `endUser`: it refuses sessions that had begun before. */
export function revocationContract (name: string, newHarness: () => ContractHarness): void {
  const start = async (): Promise<Started> => await startWith(newHarness)

  describe(`${name} keeps the contract of revocations`, () => {
    describe('a sign-in', () => {
      it('whose request arrived before the end of all sessions is refused, and writes nothing', async () => {
        const { store } = await start()
        const arrival = store.arrival()
        const anonymous = await beginAnonymous(store, 'anonymous')
        await store.endUser('ada', 'revoked')
        for (const predecessor of [undefined, predecessorOf(anonymous, 'dropped')]) {
          const inPlace = predecessor === undefined ? {} : { predecessor }
          const { key, ...begun } = await beginAs(store, 'late', { arrival, ...inPlace })
          assert.deepEqual(begun, { state: 'revoked' })
          assert.equal(await stateOf(store, key), 'unknown')
        }
        assert.equal(await stateOf(store, anonymous), 'live')
        assert.deepEqual(await listAll(store, { state: 'live', user: 'ada', limit: 9 }), [])
        await signIn(store, 'eve', { user: 'eve', arrival })
      })

      it('whose request arrived right after that is kept, in the same tick', async () => {
        const { store } = await start()
        for (let i = 0; i < 20; i++) {
          const before = await signIn(store, `before ${i}`)
          await store.endUser('ada', 'revoked')
          const after = await signIn(store, `after ${i}`, { arrival: store.arrival() })
          assert.deepEqual(await statesOf(store, before, after), ['ended', 'live'])
        }
      })

      it('is refused when its request arrived longer ago than such an end is remembered', async () => {
        const { store } = await start()
        const hoursAgo = (hours: number): Arrival => {
          const { order, atMs } = store.arrival()
          return { order, atMs: atMs - 3_600_000 * hours }
        }
        assert.equal((await beginAs(store, 'patient', { arrival: hoursAgo(23) })).state, 'begun')
        assert.equal((await beginAs(store, 'late', { arrival: hoursAgo(25) })).state, 'revoked')
        await beginAnonymous(store, 'anonymous')
      })

      it('is not refused for ends of single sessions, nor for a log-out', async () => {
        const { store } = await start()
        const arrival = store.arrival()
        await store.end(await signIn(store, 'one'), 'logout')
        await store.end(await signIn(store, 'two'), 'revoked')
        await signIn(store, 'three', { arrival })
      })
    })

    describe('a renewal', () => {
      it('of a spared session is kept, before and after', async () => {
        const { store } = await start()
        const own = await signIn(store, 'own')
        const before = await renew(store, own, 'before')
        const other = await signIn(store, 'other')
        await store.endUser('ada', 'revoked', { except: [before] })
        const after = await renew(store, before, 'after')
        assert.deepEqual(await statesOf(store, other, after), ['ended', 'live'])
        await store.endUser('ada', 'revoked', { except: [after] })
        assert.equal(await stateOf(store, await renew(store, after, 'at last')), 'live')
      })

      it('of an ended session is refused, and of an older one of its family', async () => {
        const { store } = await start()
        const old = await signIn(store, 'old')
        const newer = await renew(store, old, 'newer')
        await store.endUser('ada', 'revoked')
        for (const key of [old, newer]) {
          const { state } = await beginAs(store, `in place of ${key}`, { predecessor: predecessorOf(key, 'renewed') })
          assert.equal(state, 'over')
        }
        assert.deepEqual(await listAll(store, { state: 'live', user: 'ada', limit: 9 }), [])
      })

      it('keeps the beginning, and does not escape a later end', async () => {
        const { store } = await start()
        let newest = await signIn(store, 'first', { arrival: store.arrival() })
        for (let i = 0; i < 30; i++) newest = await renew(store, newest, `renewed ${i}`)
        assert.deepEqual(handlesIn(await store.endUser('ada', 'revoked')), [newest])
      })
    })

    it('ends any number of sessions of a user, also the twins of the spared one', async () => {
      const { store } = await start()
      const own = await signIn(store, 'own')
      const [left, right] = [await renew(store, own, 'left'), await renew(store, own, 'right')]
      const many = await Promise.all(Array.from({ length: 130 }, async (_, i) => await signIn(store, `s${i}`)))
      const eves = await signIn(store, 'eves', { user: 'eve' })
      const arrival = store.arrival()
      const ended = await store.endUser('ada', 'revoked', { except: [left] })
      assert.deepEqual(reasonsIn(ended), [...many, right].map(key => `${key} revoked`).toSorted())
      assert.deepEqual(await statesOf(store, left, right, eves), ['live', 'ended', 'live'])
      for (const key of [own, left]) {
        const late = await beginAs(store, 'late', { arrival, predecessor: predecessorOf(key, 'renewed') })
        assert.equal(late.state, 'revoked', 'a renewal that was under way')
      }
      assert.equal(await stateOf(store, await renew(store, left, 'further')), 'live')
      assert.equal((await store.endUser('ada', 'revoked')).length, 1)
      assert.deepEqual(await store.endUser('ada', 'revoked'), [])
      assert.equal(reasonOf(await store.find(own)), undefined)
    })

    describe('but one', () => {
      it('ends no session if the named one is over, renewed or another user\'s, and refuses no sign-in', async () => {
        const { store, harness } = await start()
        const own = await signIn(store, 'own')
        const left = await renew(store, own, 'left')
        const [revoked, expired] = [await signIn(store, 'revoked'), await signIn(store, 'expired')]
        const eves = await signIn(store, 'eves', { user: 'eve' })
        await store.end(revoked, 'revoked')
        await harness.advance(5)
        for (const key of [left, eves]) await recordNow(store, key)
        await harness.advance(5)
        const arrival = store.arrival()
        for (const key of [revoked, expired, own, eves, keyFor(store, 'none', 'ada')]) {
          assert.equal(await store.endOthers(key, 'ada', 'revoked'), null)
        }
        assert.equal(await stateOf(store, left), 'live')
        await signIn(store, 'late', { arrival })
      })

      it('ends no session right after an end of all, and refuses no sign-in in the same tick', async () => {
        const { store } = await start()
        for (let i = 0; i < 3; i++) {
          const own = await signIn(store, `own ${i}`)
          await store.endUser('ada', 'revoked')
          const arrival = store.arrival()
          assert.equal(await store.endOthers(own, 'ada', 'revoked'), null)
          await signIn(store, `before ${i}`, { arrival })
          await signIn(store, `after ${i}`, { arrival: store.arrival() })
        }
      })

      it('ends all others, its twins too, and records the name of the person', async () => {
        const { store } = await start()
        const own = await signIn(store, 'own')
        const [left, right] = [await renew(store, own, 'left'), await renew(store, own, 'right')]
        const other = await signIn(store, 'other')
        const ended = await store.endOthers(right, 'ada', 'revoked', 'ada')
        assert.deepEqual(handlesIn(ended ?? []), [left, other].toSorted())
        assert.deepEqual((ended ?? []).map(({ by }) => by), ['ada', 'ada'])
        assert.equal(await stateOf(store, right), 'live')
      })

      it('removes it from its family: the handles of its predecessors end nothing', async () => {
        const { store } = await start()
        const root = await signIn(store, 'root')
        const middle = await renew(store, root, 'middle')
        const own = await renew(store, middle, 'own')
        assert.deepEqual(await store.endOthers(own, 'ada', 'revoked'), [])
        for (const old of [root, middle]) {
          assert.deepEqual(await store.find(old), { state: 'renewed', successors: [] })
          assert.deepEqual(await store.end(old, 'logout'), [])
          assert.equal((await beginAs(store, 'late', { predecessor: predecessorOf(old, 'renewed') })).state, 'over')
        }
        const next = await renew(store, own, 'next')
        assert.deepEqual(await store.find(own), { state: 'renewed', successors: [next] })
        assert.deepEqual(handlesIn(await store.end(own, 'logout')), [next])
      })
    })

    it('spares no session if the named one is another user\'s or unknown', async () => {
      const { store } = await start()
      const key = await signIn(store, 'one')
      const eves = await signIn(store, 'eves', { user: 'eve' })
      assert.deepEqual(
        handlesIn(await store.endUser(
          'ada', 'revoked', { except: [eves, 'none', await signIn(store, 'bob', { user: 'bob' })] }
        )),
        [key]
      )
      assert.equal(await stateOf(store, eves), 'live')
    })
  })
}
