import type { Sample } from './soak-sample.ts'

/** The compared numbers, and by how much the last quarter may exceed the second. */
interface Series {
  readonly name: string
  readonly relative: number
  /** For small numbers, which one more or less is much of. */
  readonly absolute: number
  /** Whether it may grow with the sessions that began. On a machine with other work, people are slower at times. */
  readonly isOfLoad: boolean
  valueOf (sample: Sample): number
}

/**
 * Heaps vary by a few hundred kB after a collection, with what is under way. Redis doubles a table of keys at once.
 * Timers and sockets are those of requests under way.
 */
const OF_REDIS: readonly Series[] = [
  {
    name: 'Redis bytes', relative: 0.1, absolute: 0, isOfLoad: true, valueOf: ({ redisBytes }) => redisBytes
  },
  {
    name: 'Redis keys', relative: 0.1, absolute: 0, isOfLoad: true, valueOf: ({ keys }) => keys
  },
  {
    name: 'client buffers', relative: 0.1, absolute: 200_000, isOfLoad: false, valueOf: ({ bufferBytes }) => bufferBytes
  },
  {
    name: 'script bytes', relative: 0.1, absolute: 50_000, isOfLoad: false, valueOf: ({ scriptBytes }) => scriptBytes
  },
  {
    name: 'clients of Redis', relative: 0, absolute: 0, isOfLoad: false, valueOf: ({ clients }) => clients
  }
]

const OF_NODES = [
  { name: 'heapBytes', relative: 0.1, absolute: 0 },
  { name: 'listeners', relative: 0, absolute: 0 },
  { name: 'timers', relative: 0.1, absolute: 15 },
  { name: 'sockets', relative: 0.1, absolute: 15 },
  { name: 'descriptors', relative: 0.1, absolute: 15 },
  { name: 'warnings', relative: 0, absolute: 0 }
] as const

export interface Trend {
  readonly name: string
  readonly second: number
  readonly last: number
  readonly most: number
}

/** Returns the medians of the second and last quarters, and the bound of the latter. */
export function trendsOf (samples: readonly Sample[]): Trend[] {
  const nodes = samples[0]?.nodes.map((_node, index) => index) ?? []
  const series = [...OF_REDIS, ...nodes.flatMap(index => OF_NODES.map(({ name, relative, absolute }): Series => ({
    name: `${name} of node ${index}`,
    relative,
    absolute,
    isOfLoad: false,
    valueOf: sample => sample.nodes[index]?.[name] ?? 0
  })))]
  const second = quarter(samples, 1)
  const last = quarter(samples, 3)
  const load = Math.max(1, medianOf(last, ({ begun }) => begun) / medianOf(second, ({ begun }) => begun))
  return series.map(({ name, relative, absolute, isOfLoad, valueOf }) => {
    const before = medianOf(second, valueOf)
    const most = before * (isOfLoad ? load : 1) * (1 + relative) + absolute
    return { name, second: before, last: medianOf(last, valueOf), most }
  })
}

export function showTrend ({ name, second, last, most }: Trend): string {
  const percent = second === 0 ? '' : ` (${((last / second - 1) * 100).toFixed(1)} %)`
  return `${name}: ${Math.round(second)}, then ${Math.round(last)}${percent}, at most ${Math.round(most)}`
}

function quarter (samples: readonly Sample[], index: number): readonly Sample[] {
  return samples.slice(Math.floor(samples.length * index / 4), Math.floor(samples.length * (index + 1) / 4))
}

function medianOf (samples: readonly Sample[], valueOf: (sample: Sample) => number): number {
  const sorted = samples.map(valueOf).sort((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)]
  if (median === undefined) throw new RangeError('there are too few samples')
  return median
}
