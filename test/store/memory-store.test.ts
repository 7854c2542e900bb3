import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ActivityStore } from '../../src/index.ts'
import { MemoryStore } from '../../src/index.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { storeContract } from './contract.ts'

storeContract('MemoryStore', () => {
  const clock = new FakeClock()
  return {
    open: async options => new MemoryStore({ ...options, clock: clock.now }),
    advance: async seconds => clock.advance(seconds),
    held: async (store: ActivityStore) => store instanceof MemoryStore ? store.size : NaN
  }
})

const TERMS = { protected: true, warnAfter: 5, expireAfter: 10, absoluteTimeout: false } as const

describe('MemoryStore stays bounded', () => {
  it('leaves the heap where it was after a million sessions opened, expired, told and forgotten', { timeout: 120_000 }, async () => {
    const clock = new FakeClock()
    const store = new MemoryStore({ clock: clock.now, retention: 20 })
    const before = heapBytes()
    for (let wave = 0; wave < 20; wave++) {
      for (let i = 0; i < 50_000; i++) await store.create(`${wave}-${i}`, { user: '"somebody"' }, TERMS)
      clock.advance(10)
      assert.equal(await sweepAll(store), 50_000)
      clock.advance(60)
    }
    clock.advance(60)
    await sweepAll(store)
    assert.equal(store.size, 0)
    const grown = heapBytes() - before
    assert.ok(grown < 5_000_000, `the heap grew by ${grown} bytes`)
  })

  it('takes about a kilobyte for a session', async () => {
    const store = new MemoryStore()
    const before = heapBytes()
    for (let i = 0; i < 20_000; i++) await store.create(`session-${i}`, { user: JSON.stringify({ id: i, name: 'x'.repeat(80) }), cart: JSON.stringify([i, 'y'.repeat(80)]) }, TERMS)
    const bytes = (heapBytes() - before) / 20_000
    assert.equal(store.size, 20_000)
    assert.ok(bytes < 1300, `${bytes} bytes for each`)
  })

  it('stays bounded also where no sweep ever runs', async () => {
    const clock = new FakeClock()
    const store = new MemoryStore({ clock: clock.now, retention: 20 })
    for (let i = 0; i < 20_000; i++) {
      await store.create(`s${i}`, { user: '1' }, TERMS)
      clock.advance(0.1)
    }
    assert.ok(store.size < 1000, `${store.size} sessions are held`)
  })

  it('finds the due ones among a hundred thousand live ones in one look each', async () => {
    const clock = new FakeClock()
    const store = new MemoryStore({ clock: clock.now })
    for (let i = 0; i < 100_000; i++) await store.create(`live${i}`, { user: '1' }, { ...TERMS, expireAfter: 1000 })
    await store.create('due', { user: '1' }, TERMS)
    clock.advance(10)
    const batch = await store.claimDue(1)
    assert.deepEqual(batch.sessions.map(ended => ended.handle), ['due'])
  })

  it('keeps the queue short when sessions come and go long before their deadlines', async () => {
    const clock = new FakeClock()
    const store = new MemoryStore({ clock: clock.now })
    const before = heapBytes()
    for (let i = 0; i < 200_000; i++) {
      await store.create(`v${i}`, {}, { ...TERMS, protected: false, expireAfter: 86_400 })
      await store.end(`v${i}`, 'logout')
      clock.advance(1)
      if (i % 100 === 0) await store.claimDue(200)
    }
    assert.ok(store.size < 1000, `${store.size} are held`)
    assert.ok(heapBytes() - before < 5_000_000)
  })
})

async function sweepAll (store: MemoryStore): Promise<number> {
  let count = 0
  for (let more = true; more;) {
    const batch = await store.claimDue(1000)
    await store.acknowledge(batch.sessions.map(ended => ended.handle))
    count += batch.sessions.length
    more = batch.more
  }
  return count
}

function heapBytes (): number {
  assert.ok(globalThis.gc !== undefined, 'run with --expose-gc')
  globalThis.gc()
  return process.memoryUsage().heapUsed
}
