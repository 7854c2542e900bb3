import assert from 'node:assert/strict'
import { MemoryStore } from '../../src/store/memory/memory-store.ts'
import { FakeClock } from '../helpers/fake-clock.ts'

const TERMS = { isAuthenticated: true, warnAfter: 5, expireAfter: 10, absoluteTimeout: false } as const

/**
 * Asserts that the heap does not grow over `waves` of 50,000 sessions. Each session has a user of its own.
 */
export async function assertHeapStays (waves: number): Promise<void> {
  const clock = new FakeClock()
  const store = new MemoryStore({ clock: clock.now, retention: 60 })
  const before = heapBytes()
  for (let wave = 0; wave < waves; wave++) {
    for (let i = 0; i < 50_000; i++) {
      await store.begin(`${wave}-${i}`, { contents: { user: '"somebody"' }, terms: TERMS, user: `user ${i}` })
    }
    clock.advance(10)
    assert.equal(await sweepAll(store), 50_000)
    clock.advance(60)
  }
  clock.advance(60)
  await sweepAll(store)
  assert.equal(store.size, 0)
  const grown = heapBytes() - before
  assert.ok(grown < 5_000_000, `the heap grew by ${grown} bytes`)
}

async function sweepAll (store: MemoryStore): Promise<number> {
  let count = 0
  for (let more = true; more;) {
    const batch = await store.claimEnds(1000)
    await store.acknowledge(batch.sessions.map(ended => ended.handle))
    count += batch.sessions.length
    more = batch.more
  }
  return count
}

/** @returns the bytes that are in use after a garbage collection */
export function heapBytes (): number {
  assert.ok(globalThis.gc !== undefined, 'run with --expose-gc')
  globalThis.gc()
  return process.memoryUsage().heapUsed
}
