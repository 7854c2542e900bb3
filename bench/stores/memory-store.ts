import { MemoryStore } from '../../src/index.ts'
import { handleOf } from '../../src/store/handle.ts'
import { create, forEach, idOf, LASTING, PASSING, sweepAll } from './sessions.ts'

export interface MemoryFigures {
  readonly bytesPerSession: number
  /** Microseconds per call. */
  readonly loadUs: number
  readonly touchUs: number
  readonly sweepUs: number
}

const CALLS = 20_000

/** Needs `--expose-gc`. */
export async function measureMemoryStore (count: number): Promise<MemoryFigures> {
  const before = heap()
  const store = new MemoryStore()
  await forEach(count, i => create(store, i, LASTING))
  const bytesPerSession = (heap() - before) / count
  const handles = Array.from({ length: CALLS }, (_, i) => handleOf(idOf(i * 7919 % count)))
  return {
    bytesPerSession,
    loadUs: await perCall(handles, async handle => await store.load(handle)),
    touchUs: await perCall(handles, async handle => await store.touch(handle, Date.now())),
    sweepUs: await sweepUs(count)
  }
}

async function sweepUs (count: number): Promise<number> {
  const store = new MemoryStore()
  await forEach(count, i => create(store, i, PASSING))
  await new Promise(resolve => setTimeout(resolve, 30))
  const startedMs = performance.now()
  const swept = await sweepAll(store)
  if (swept !== count) throw new Error(`swept ${swept} of ${count}`)
  return (performance.now() - startedMs) / count * 1000
}

async function perCall (handles: readonly string[], call: (handle: string) => Promise<unknown>): Promise<number> {
  for (const handle of handles) await call(handle) // warm
  const startedMs = performance.now()
  for (const handle of handles) await call(handle)
  return (performance.now() - startedMs) / handles.length * 1000
}

function heap (): number {
  if (globalThis.gc === undefined) throw new Error('run it with --expose-gc')
  globalThis.gc()
  return process.memoryUsage().heapUsed
}
