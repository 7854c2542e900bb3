/** Somebody else on the same Redis: one GET a millisecond, and how long it took, since the last report. */
import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { Redis } from 'ioredis'

const client = new Redis(process.argv[2] ?? '')
let latencies: number[] = []
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
  await setTimeout(1)
}
client.disconnect()
process.disconnect()

function report (): void {
  const sorted = latencies.toSorted((a, b) => a - b)
  const at = (share: number): string => (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN).toFixed(2)
  process.send?.(`${sorted.length} GETs, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`)
  latencies = []
}
