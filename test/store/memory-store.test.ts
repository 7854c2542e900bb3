import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ActivityStore } from '../../src/store/activity-store.ts'
import { MemoryStore } from '../../src/store/memory/memory-store.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import {
  AT_ONCE, alive, beginAnonymous, beginAs, claimAll, handlesIn, live, predecessorOf, reasonOf, recordNow, renew, signIn
} from './contract-kit.ts'
import { fieldsContract } from './contract-fields.ts'
import { historyContract } from './contract-history.ts'
import type { ContractHarness } from './contract-kit.ts'
import { watchContract } from './contract-watch.ts'
import { renewalsContract } from './contract-renewals.ts'
import { storeContract } from './contract.ts'
import { assertHeapStays, heapBytes } from './heap.ts'

const YEAR = 365 * 86_400

function newHarness (): ContractHarness {
  const clock = new FakeClock()
  return {
    open: async options => new MemoryStore({ ...options, clock: clock.now }),
    advance: async seconds => clock.advance(seconds),
    held: async (store: ActivityStore) => store instanceof MemoryStore ? store.size : NaN
  }
}

storeContract('MemoryStore', newHarness)
fieldsContract('MemoryStore', newHarness)
historyContract('MemoryStore', newHarness)
renewalsContract('MemoryStore', newHarness)
watchContract('MemoryStore', newHarness)

const TERMS = { isAuthenticated: true, warnAfter: 5, expireAfter: 10, absoluteTimeout: false } as const

describe('MemoryStore stays bounded', () => {
  it(
    'leaves the heap where it was after a hundred thousand sessions came and went', async () => await assertHeapStays(2)
  )

  it('takes about a kilobyte for a session', async () => {
    const store = new MemoryStore()
    const before = heapBytes()
    for (let i = 0; i < 20_000; i++) {
      const user = JSON.stringify({ id: i, name: 'x'.repeat(80) })
      await store.begin(`session-${i}`, { contents: { user, cart: JSON.stringify([i, 'y'.repeat(80)]) }, terms: TERMS })
    }
    const bytes = (heapBytes() - before) / 20_000
    assert.equal(store.size, 20_000)
    assert.ok(bytes < 1300, `${bytes} bytes for each`)
  })

  it('stays bounded without a sweep', async () => {
    const clock = new FakeClock()
    const store = new MemoryStore({ clock: clock.now, retention: 60 })
    for (let i = 0; i < 20_000; i++) {
      await store.begin(`s${i}`, { contents: { user: '1' }, terms: TERMS })
      clock.advance(0.1)
    }
    assert.ok(store.size < 1000, `${store.size} sessions are held`)
  })

  it('keeps the ends of ten minutes of a user who signs in and out all day, also without a sweep', async () => {
    const clock = new FakeClock()
    const store = new MemoryStore({ clock: clock.now })
    let most = 0
    for (let i = 0; i < 50_000; i++) {
      const key = await signIn(store, `s${i}`)
      await store.acknowledge(handlesIn(await store.end(key, 'logout')))
      clock.advance(0.5)
      most = Math.max(most, store.size)
    }
    assert.ok(most < 2 * 600 + 200, `${most} sessions were held`)
  })

  it('keeps the predecessors of ten minutes of a session that is renewed all day, also without a sweep', async () => {
    const clock = new FakeClock()
    const store = new MemoryStore({ clock: clock.now })
    let key = await signIn(store, 'first', { terms: TERMS })
    for (let i = 0; i < 20_000; i++) {
      key = await renew(store, key, `s${i}`, { terms: TERMS })
      clock.advance(0.5)
    }
    assert.ok(store.size < 2 * 600 + 200, `${store.size} sessions are held`)
  })

  it('finds the expired ones among a hundred thousand live ones in one look each', async () => {
    const clock = new FakeClock()
    const store = new MemoryStore({ clock: clock.now })
    const terms = { ...TERMS, expireAfter: 1000 }
    for (let i = 0; i < 100_000; i++) await store.begin(`live${i}`, { contents: { user: '1' }, terms })
    await store.begin('due', { contents: { user: '1' }, terms: TERMS })
    clock.advance(10)
    const batch = await store.claimEnds(1)
    assert.deepEqual(batch.sessions.map(ended => ended.handle), ['due'])
  })

  it('keeps the queue short when sessions come and go long before their deadlines', async () => {
    const clock = new FakeClock()
    const store = new MemoryStore({ clock: clock.now })
    const before = heapBytes()
    for (let i = 0; i < 60_000; i++) {
      await store.begin(`v${i}`, { contents: {}, terms: { ...TERMS, isAuthenticated: false, expireAfter: 86_400 } })
      await store.end(`v${i}`, 'logout')
      clock.advance(1)
      if (i % 100 === 0) await store.claimEnds(200)
    }
    assert.ok(store.size < 1000, `${store.size} are held`)
    assert.ok(heapBytes() - before < 5_000_000)
  })
})

describe('MemoryStore goes by a clock that was set back', () => {
  it('the next activity corrects one in the future, within any throttle, and returns it as it was (G5)', async () => {
    const clock = new FakeClock()
    const store = new MemoryStore({ clock: clock.now })
    const [loaded, reported] = [await signIn(store, 's'), await signIn(store, 't')]
    const aheadMs = clock.now()
    clock.advance(-3600)
    const nowMs = clock.now()
    assert.equal(alive(await store.load(loaded, null)).activityBeforeMs, aheadMs)
    const { activityBeforeMs, record } = alive(await store.load(loaded, { throttleMs: 60_000 }))
    assert.deepEqual([activityBeforeMs, record.lastActivityMs], [aheadMs, nowMs])
    const recorded = await recordNow(store, reported)
    assert.deepEqual(recorded, { state: 'recorded', beforeMs: aheadMs, lastActivityMs: nowMs, nowMs })
    clock.advance(10)
    assert.deepEqual(handlesIn(await claimAll(store)), [loaded, reported].toSorted())
  })

  it('forgets within the retention what was renewed or signed in to while it was ahead, as all else', async () => {
    const clock = new FakeClock()
    const store = new MemoryStore({ clock: clock.now, retention: 3600 })
    clock.advance(YEAR)
    const renewed = await signIn(store, 'renewed')
    await renew(store, renewed, 'next')
    const anonymous = await beginAnonymous(store, 'anonymous')
    await signIn(store, 'signed in', { predecessor: predecessorOf(anonymous, 'dropped') })
    clock.advance(-YEAR)
    await claimAll(store)
    clock.advance(60)
    const loaded = await store.load(renewed, null)
    assert.equal(loaded.state === 'renewed' && loaded.renewedForMs, 60_000)
    for (let i = 0; i < 3; i++) {
      clock.advance(3600)
      await claimAll(store)
    }
    assert.equal(store.size, 0)
  })
})

describe('the log lines about single sessions', () => {
  it('is known for the last thousand, each kind of line for itself', () => {
    const { logged } = new MemoryStore()
    assert.deepEqual(['line', 'line', 'other'].map(line => logged.isFirst('s', line)), [true, false, true])
    for (let i = 0; i < 1000; i++) logged.isFirst(`s${i}`, 'line')
    assert.deepEqual([logged.isFirst('s999', 'line'), logged.isFirst('s', 'line')], [false, true])
  })
})

describe('MemoryStore without a clock of the application\'s', () => {
  it('goes by the time of day, also when a test mocks it', async t => {
    const store = new MemoryStore()
    const key = await signIn(store, 's')
    const nowMs = Date.now()
    t.mock.method(Date, 'now', () => nowMs + 10_000)
    assert.equal(reasonOf(await store.find(key)), 'idle')
  })
})

describe('MemoryStore signs a browser out', () => {
  it('with the other renewals of its session, also without a user', async () => {
    const store = new MemoryStore()
    for (const isProtected of [true, false]) {
      const terms = { ...TERMS, isAuthenticated: isProtected }
      const [old, left, right] = [`${isProtected} old`, `${isProtected} left`, `${isProtected} right`]
      await store.begin(old, { contents: {}, terms })
      const predecessor = { key: old, becomes: 'renewed' } as const
      for (const key of [left, right]) await store.begin(key, { contents: {}, terms, predecessor })
      assert.deepEqual(handlesIn(await store.end(left, 'logout')), isProtected ? [left, right] : [])
      assert.notEqual((await store.find(right)).state, 'live')
    }
  })
})

describe('MemoryStore refuses times that give no deadline', () => {
  const BAD_OPTION = { code: 'FST_SESSION_SECURITY_BAD_OPTION' }
  const timeouts = { warnAfter: 5, expireAfter: NaN, absoluteTimeout: false } as const

  it('as timeouts of a session that begins, or of an activity', async () => {
    const clock = new FakeClock()
    const store = new MemoryStore({ clock: clock.now })
    const key = await signIn(store, 's')
    const { record } = live(await store.find(key))
    await assert.rejects(beginAs(store, 't', { terms: { ...timeouts, isAuthenticated: true } }), BAD_OPTION)
    await assert.rejects(store.load(key, { ...AT_ONCE, timeouts }), BAD_OPTION)
    await assert.rejects(store.recordActivity(key, clock.now(), timeouts), BAD_OPTION)
    assert.deepEqual([live(await store.find(key)).record, store.size], [record, 1])
  })

  it('as the expiry of a token', async () => {
    const store = new MemoryStore()
    await assert.rejects(store.tokens.track({ id: 'a', expiresAtMs: NaN }), BAD_OPTION)
    assert.equal(await store.tokens.count(), 0)
  })
})
