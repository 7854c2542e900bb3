import { MemoryStore } from '../../src/index.ts'
import type { SessionKey } from '../../src/index.ts'
import { begin, forEach, keyOf, LASTING, PASSING, sweepAll } from './sessions.ts'

export interface MemoryFigures {
  readonly bytesPerSession: number
  /** Microseconds per call. */
  readonly loadUs: number
  readonly activityUs: number
  readonly sweepUs: number
}

const CALLS = 20_000

/** Measures a memory store with so many sessions. The process needs `--expose-gc`. */
export async function measureMemoryStore (count: number): Promise<MemoryFigures> {
  const before = heap()
  const store = new MemoryStore()
  await forEach(count, i => begin(store, i, LASTING))
  const bytesPerSession = (heap() - before) / count
  const keys = Array.from({ length: CALLS }, (_, i) => keyOf(store, i * 7919 % count))
  return {
    bytesPerSession,
    loadUs: await perCall(keys, async key => await store.load(key, null)),
    activityUs: await perCall(keys, async key => await store.recordActivity(key, Date.now())),
    sweepUs: await sweepUs(count)
  }
}

async function sweepUs (count: number): Promise<number> {
  const store = new MemoryStore()
  await forEach(count, i => begin(store, i, PASSING))
  await new Promise(resolve => setTimeout(resolve, 30))
  const startedMs = performance.now()
  const swept = await sweepAll(store)
  if (swept !== count) throw new Error(`swept ${swept} of ${count}`)
  return (performance.now() - startedMs) / count * 1000
}

async function perCall (keys: readonly SessionKey[], call: (key: SessionKey) => Promise<unknown>): Promise<number> {
  for (const key of keys) await call(key) // warm
  const startedMs = performance.now()
  for (const key of keys) await call(key)
  return (performance.now() - startedMs) / keys.length * 1000
}

function heap (): number {
  if (globalThis.gc === undefined) throw new Error('run it with --expose-gc')
  globalThis.gc()
  return process.memoryUsage().heapUsed
}
