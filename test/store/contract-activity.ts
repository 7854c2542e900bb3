import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ActivityStore } from '../../src/store/activity-store.ts'
import type { Recorded, SessionKey } from '../../src/store/store.ts'
import { CLAIM_LEASE_MS } from '../../src/store/limits.ts'
import type { ContractHarness, Started } from './contract-kit.ts'
import {
  AT_ONCE, TERMS, activityOf, alive, beginAnonymous, claimAll, contentsOf, handlesIn, keyFor, live, nowOf, reasonOf,
  recordNow, renew, signIn, start as startWith
} from './contract-kit.ts'

const BAD_OPTION = { code: 'FST_SESSION_SECURITY_BAD_OPTION' }

/** The contract of activities: of requests as they load, and of reported ones. */
export function activityContract (name: string, newHarness: () => ContractHarness): void {
  const start = async (): Promise<Started> => await startWith(newHarness)

  describe(`${name} keeps the contract of activity`, () => {
    describe('a load with an activity', () => {
      it('records its own moment, and says which activity was known before', async () => {
        const { store, harness } = await start()
        const key = await signIn(store, 's')
        const startedAtMs = await activityOf(store, key)
        await harness.advance(4)
        const loaded = alive(await store.load(key, AT_ONCE))
        assert.deepEqual(
          [loaded.activityBeforeMs, loaded.record.lastActivityMs, loaded.nowMs],
          [startedAtMs, startedAtMs + 4000, startedAtMs + 4000])
        assert.deepEqual([loaded.user, loaded.contents], ['ada', { user: '"ada"' }])
        assert.deepEqual(live(await store.find(key)).record, loaded.record)
        await harness.advance(9)
        assert.equal(alive(await store.load(key, AT_ONCE)).activityBeforeMs, startedAtMs + 4000)
      })

      it('without one records nothing, and says the same of the activity before', async () => {
        const { store, harness } = await start()
        const key = await signIn(store, 's')
        const startedAtMs = await activityOf(store, key)
        await harness.advance(4)
        const loaded = alive(await store.load(key, null))
        assert.deepEqual([loaded.activityBeforeMs, loaded.record.lastActivityMs], [startedAtMs, startedAtMs])
        assert.equal(await activityOf(store, key), startedAtMs)
      })

      it('writes nothing while the last activity is younger than the throttle', async () => {
        const { store, harness } = await start()
        const key = await signIn(store, 's')
        const startedAtMs = await activityOf(store, key)
        await harness.advance(1.999)
        const within = alive(await store.load(key, { throttleMs: 2000, timeouts: TERMS }))
        assert.deepEqual([within.activityBeforeMs, within.record.lastActivityMs], [startedAtMs, startedAtMs])
        await harness.advance(0.001)
        const after = alive(await store.load(key, { throttleMs: 2000, timeouts: TERMS }))
        assert.deepEqual([after.activityBeforeMs, after.record.lastActivityMs], [startedAtMs, startedAtMs + 2000])
      })

      it('takes over timeouts that differ from the record\'s, also within the throttle', async () => {
        const { store, harness } = await start()
        const key = await signIn(store, 's')
        const startedAtMs = await activityOf(store, key)
        await harness.advance(1)
        const timeouts = { warnAfter: 2, expireAfter: 4, absoluteTimeout: 20 }
        const { record } = alive(await store.load(key, { throttleMs: 2000, timeouts }))
        assert.deepEqual(record, { isAuthenticated: true, startedAtMs, lastActivityMs: startedAtMs, ...timeouts })
        assert.deepEqual(live(await store.find(key)).record, record)
        await harness.advance(3)
        assert.equal(reasonOf(await store.find(key)), 'idle')
        assert.deepEqual(handlesIn(await claimAll(store)), [key], 'the sweep is not late')
      })

      it('takes over longer timeouts, and those without an absolute deadline', async () => {
        const { store, harness } = await start()
        const key = await signIn(store, 's')
        const timeouts = { warnAfter: 50, expireAfter: 100, absoluteTimeout: false } as const
        await store.load(key, { throttleMs: 0, timeouts })
        await harness.advance(99)
        assert.equal((await store.load(key, AT_ONCE)).state, 'live')
        assert.equal(live(await store.find(key)).record.expireAfter, 100)
        await harness.advance(99)
        assert.equal((await store.load(key, null)).state, 'live')
      })

      for (const [what, timeouts] of Object.entries({
        idle: { ...TERMS, warnAfter: 2, expireAfter: 4 },
        absolute: { ...TERMS, absoluteTimeout: 4 }
      })) {
        it(`does not change a session that is over only by stricter timeouts (${what})`, async () => {
          const { store, harness } = await start()
          const key = await signIn(store, 's')
          const { record } = live(await store.find(key))
          await harness.advance(4)
          for (let i = 0; i < 2; i++) {
            const loaded = alive(await store.load(key, { throttleMs: 0, timeouts }))
            assert.deepEqual([loaded.record, loaded.activityBeforeMs], [record, record.lastActivityMs])
          }
          assert.deepEqual(live(await store.find(key)).record, record)
          assert.deepEqual(handlesIn(await store.end(key, what === 'idle' ? 'idle' : 'absolute')), [key])
        })
      }

      it('records nothing for an anonymous session, whatever the timeouts', async () => {
        const { store, harness } = await start()
        const key = await beginAnonymous(store, 'v', { _csrf: '"x"' })
        const { record } = live(await store.find(key))
        await harness.advance(50)
        const loaded = alive(await store.load(key, { throttleMs: 0, timeouts: TERMS }))
        assert.deepEqual([loaded.record, loaded.activityBeforeMs], [record, record.lastActivityMs])
        assert.deepEqual(loaded.contents, { _csrf: '"x"' })
        assert.deepEqual(live(await store.find(key)).record, record)
      })

      it('returns the tombstone of a session that is over', async () => {
        const { store, harness } = await start()
        const [ended, renewed] = [await signIn(store, 's'), await signIn(store, 'before')]
        await store.end(ended, 'revoked')
        const successor = await renew(store, renewed, 'after')
        await harness.advance(3)
        for (const activity of [null, AT_ONCE]) {
          const loaded = await store.load(ended, activity)
          assert.equal(loaded.state === 'ended' ? loaded.ended.reason : loaded.state, 'revoked')
          const gone = await store.load(renewed, activity)
          assert.deepEqual(gone, { state: 'renewed', successors: [successor], renewedForMs: 3000 })
          assert.deepEqual(await store.load(keyFor(store, 'none', 'ada'), activity), { state: 'unknown' })
        }
      })

      it('of several at once moves the activity forward once, and each is given the contents', async () => {
        const { store, harness } = await start()
        const key = await signIn(store, 's')
        const startedAtMs = await activityOf(store, key)
        await harness.advance(5)
        const load = async (): Promise<ReturnType<typeof alive>> => alive(await store.load(key, { throttleMs: 1000 }))
        const loads = await Promise.all(Array.from({ length: 5 }, load))
        assert.equal(loads.filter(({ activityBeforeMs }) => activityBeforeMs === startedAtMs).length, 1)
        for (const { record, contents } of loads) {
          assert.deepEqual([record.lastActivityMs, contents], [startedAtMs + 5000, { user: '"ada"' }])
        }
      })

      it('keeps contents, user and device', async () => {
        const { store, harness } = await start()
        const device = { address: '203.0.113.7', userAgent: 'x' }
        const key = await signIn(store, 's', { device, contents: { a: '1' } })
        await harness.advance(1)
        const first = alive(await store.load(key, AT_ONCE))
        const second = alive(await store.load(key, null))
        for (const loaded of [first, second]) {
          assert.deepEqual([loaded.user, loaded.device, loaded.contents], ['ada', device, { a: '1' }])
        }
      })
    })

    describe('a reported activity', () => {
      it('never moves the last one back, in whatever order reports come (G1: monotone)', async () => {
        const { store, harness } = await start()
        const key = await signIn(store, 's')
        await harness.advance(6)
        const nowMs = await nowOf(store)
        for (const ago of [4000, 1000, 5000, 3000]) await store.recordActivity(key, nowMs - ago)
        assert.equal(await activityOf(store, key), nowMs - 1000)
      })

      it('returns the activity before, so that only one of several at once finds the session idle', async () => {
        const { store, harness } = await start()
        const key = await signIn(store, 's')
        const startedMs = await activityOf(store, key)
        await harness.advance(6)
        const nowMs = await nowOf(store)
        const report = async (): Promise<Recorded> => await store.recordActivity(key, nowMs - 1000)
        const recorded = await Promise.all([report(), report(), report()])
        const expected = [startedMs, nowMs - 1000, nowMs - 1000]
          .map(beforeMs => ({ state: 'recorded', beforeMs, lastActivityMs: nowMs - 1000, nowMs }))
        assert.deepEqual(recorded, expected)
      })

      it('never lies in the future', async () => {
        const { store } = await start()
        const key = await signIn(store, 's')
        await store.recordActivity(key, await nowOf(store) + 3_600_000)
        await store.recordActivity(key, Number.MAX_SAFE_INTEGER)
        const { record, nowMs } = live(await store.find(key))
        assert.equal(record.lastActivityMs, nowMs)
      })

      it('gives the session the timeouts that come with it, also stricter ones', async () => {
        const { store, harness } = await start()
        const key = await signIn(store, 's')
        await store.recordActivity(key, await nowOf(store), { ...TERMS, warnAfter: 1, expireAfter: 2 })
        await harness.advance(2)
        assert.equal((await store.load(key, null)).state, 'ended')
        assert.deepEqual(handlesIn(await claimAll(store)), [key], 'the sweep is not late')
      })

      it('may put the deadline into the past: the session has then ended when the store is asked next', async () => {
        const { store, harness } = await start()
        const key = await signIn(store, 's')
        await harness.advance(8)
        const recorded = await store.recordActivity(key, 0, { ...TERMS, warnAfter: 1, expireAfter: 2 })
        assert.equal(recorded.state, 'recorded')
        assert.equal(reasonOf(await store.find(key)), 'idle')
      })

      it('leaves the timeouts as they stand when it brings none', async () => {
        const { store } = await start()
        const key = await signIn(store, 's')
        await store.recordActivity(key, 0, { ...TERMS, expireAfter: 7 })
        await recordNow(store, key)
        assert.equal(live(await store.find(key)).record.expireAfter, 7)
      })

      it('does not change an anonymous session, and returns the tombstone of one that is over', async () => {
        const { store } = await start()
        const key = await beginAnonymous(store, 'v', { _csrf: '"x"' })
        const before = live(await store.find(key)).record
        const session = await store.recordActivity(key, before.lastActivityMs + 1000, TERMS)
        assert.deepEqual([session.state, live(await store.find(key)).record], ['live', before])
        assert.deepEqual(await recordNow(store, keyFor(store, 'none', 'ada')), { state: 'unknown' })
        assert.deepEqual(await store.find(keyFor(store, 'none', 'ada')), { state: 'unknown' })
        const [ended, renewed] = [await signIn(store, 's'), await signIn(store, 'before')]
        await store.end(ended, 'revoked')
        await renew(store, renewed, 'after')
        const fates = [await recordNow(store, ended), await recordNow(store, renewed)]
        assert.deepEqual(fates.map(({ state }) => state), ['ended', 'renewed'])
      })
    })

    describe('a session that began while the clock was ahead', () => {
      const AHEAD = 600
      const acts = {
        'a load with an activity': async (store: ActivityStore, key: SessionKey) => {
          await store.load(key, { throttleMs: 4000 })
        },
        'an activity that is reported': recordNow
      }
      for (const [act, perform] of Object.entries(acts)) {
        it(`begins now for ${act}, and ends at the absolute deadline that follows (G12)`, async () => {
          const { store, harness } = await start()
          await harness.advance(AHEAD)
          const key = await signIn(store, 's')
          await harness.advance(-AHEAD)
          await perform(store, key)
          const { record, nowMs } = live(await store.find(key))
          assert.deepEqual([record.startedAtMs, record.lastActivityMs], [nowMs, nowMs])
          for (let i = 0; i < 5; i++) {
            await harness.advance(5)
            await perform(store, key)
          }
          await harness.advance(4.999)
          assert.deepEqual([(await store.find(key)).state, await claimAll(store)], ['live', []])
          await harness.advance(0.001)
          assert.equal(reasonOf(await store.find(key)), 'absolute')
          assert.deepEqual(handlesIn(await claimAll(store)), [key], 'the sweep is not late')
        })
      }

      it('has not begun after its end', async () => {
        const { store, harness } = await start()
        await harness.advance(AHEAD)
        const keys = [await signIn(store, 'one'), await signIn(store, 'another')]
        await harness.advance(-AHEAD)
        const ended = [...await store.end(keys[0] ?? '', 'logout'), ...await store.endUser('ada', 'revoked')]
        assert.deepEqual(handlesIn(ended), keys.toSorted())
        for (const { startedAtMs, lastActivityMs, endedAtMs } of ended) {
          assert.deepEqual([startedAtMs, lastActivityMs], [endedAtMs, endedAtMs])
        }
      })
    })

    describe('a time that is no finite number', () => {
      for (const bad of [NaN, Infinity, -Infinity]) {
        it(`is refused before anything is kept, and the sweep goes on for everybody (${bad})`, async () => {
          const { store, harness } = await start()
          const key = await signIn(store, 's')
          const { record } = live(await store.find(key))
          await assert.rejects(store.recordActivity(key, bad), BAD_OPTION)
          for (const times of [{ startedAtMs: bad }, { lastActivityMs: bad }]) {
            await assert.rejects(signIn(store, 't', times), BAD_OPTION)
          }
          assert.deepEqual(live(await store.find(key)).record, record)
          assert.deepEqual(await store.find(keyFor(store, 't', 'ada')), { state: 'unknown' })
          assert.deepEqual(await contentsOf(store, key), { user: '"ada"' })
          const other = await signIn(store, 'other')
          await harness.advance(CLAIM_LEASE_MS / 1000)
          assert.deepEqual(handlesIn(await claimAll(store)), [key, other].toSorted())
        })
      }
    })
  })
}
