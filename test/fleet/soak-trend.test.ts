import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Sample } from './soak-sample.ts'
import { trendsOf } from './soak-trend.ts'

/** Makes samples, each with so much more than the one before. */
const COUNT = 100

type Change = (step: number) => { heap?: number, redis?: number, begun?: number, listeners?: number }

function samples (change: Change): Sample[] {
  return Array.from({ length: COUNT }, (_, step) => {
    const { heap = 0, redis = 0, begun = 0, listeners = 0 } = change(step)
    const constant = { timers: 30, sockets: 40, descriptors: 60, warnings: 0 }
    const node = { ...constant, heapBytes: 30e6 + heap, listeners: 20 + listeners }
    return {
      atSeconds: step,
      nodes: [node, node],
      redisBytes: 3e6 + redis,
      bufferBytes: 1e5,
      scriptBytes: 1e5,
      keys: 5000 + redis / 500,
      clients: 5,
      begun: 4000 + begun,
      answered: step
    }
  })
}

function risen (given: readonly Sample[]): string[] {
  return trendsOf(given).filter(({ last, most }) => last > most).map(({ name }) => name)
}

describe('the trend of a soak', () => {
  it('is flat if figures go up and down, and if the first quarter fills caches', () => {
    assert.deepEqual(risen(samples(step => ({ heap: step % 7 * 1e6, redis: step % 5 * 1e5 }))), [])
    const filling = (step: number): number => Math.min(step, COUNT / 4)
    assert.deepEqual(risen(samples(step => ({ heap: filling(step) * 4e5, redis: filling(step) * 1e5 }))), [])
  })

  it('rises with a heap, with Redis, and with a single listener', () => {
    assert.deepEqual(risen(samples(step => ({ heap: step * 1e5 }))), ['heapBytes of node 0', 'heapBytes of node 1'])
    assert.deepEqual(risen(samples(step => ({ redis: step * 1e4 }))), ['Redis bytes', 'Redis keys'])
    const ofListeners = risen(samples(step => ({ listeners: step > 70 ? 1 : 0 })))
    assert.deepEqual(ofListeners, ['listeners of node 0', 'listeners of node 1'])
  })

  it('lets Redis grow with the sessions that people begin, and no heap', () => {
    const busier = samples(step => step > 70 ? { redis: 1e6, begun: 2000, heap: 1e7 } : {})
    assert.deepEqual(risen(busier), ['heapBytes of node 0', 'heapBytes of node 1'])
  })
})
