/**
 * Sends one GET a millisecond, as another client of the same Redis. The process sends a message when it is warm, and
 * reports its latencies when it is asked.
 */
import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { Felt } from './neighbour.ts'

const WARM = 200

const client = new Redis(process.argv[2] ?? '')
let latencies: number[] = []
let isWarm = false
const over = new AbortController()

process.on('message', message => {
  if (message === 'end') over.abort()
  else report()
})

await client.set('somebody', 'else')
while (!over.signal.aborted) {
  const sentMs = performance.now()
  await client.get('somebody')
  latencies.push(performance.now() - sentMs)
  if (!isWarm && latencies.length === WARM) {
    isWarm = true
    latencies = []
    process.send?.('warm')
  }
  await setTimeout(1)
}
client.disconnect()
process.disconnect()

function report (): void {
  const sorted = latencies.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN
  const felt: Felt = { p50Ms: at(0.5), p99Ms: at(0.99), longestMs: at(1) }
  process.send?.(felt)
}
