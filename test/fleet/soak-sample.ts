import type { Redis } from 'ioredis'
import type { Fleet } from './fleet.ts'
import type { Measures } from './measures.ts'
import type { SoakRecorder } from './soak-recorder.ts'

/** The numbers of things that all nodes and Redis held at one moment. */
export interface Sample {
  readonly atSeconds: number
  readonly nodes: readonly Measures[]
  /** `used_memory` without the buffers of clients, which depend on what is under way. */
  readonly redisBytes: number
  readonly bufferBytes: number
  /** Of the scripts' interpreter. */
  readonly scriptBytes: number
  readonly keys: number
  readonly clients: number
  /** Sessions that began within the retention. */
  readonly begun: number
  readonly answered: number
}

export async function takeSample (
  fleet: Fleet, redis: Redis, recorder: SoakRecorder, startMs: number, retentionMs: number
): Promise<Sample> {
  const [nodes, info, keys] = await Promise.all([
    Promise.all(fleet.nodes.map(node => node.measure())),
    redis.info(),
    redis.dbsize()
  ])
  const bufferBytes = numberIn(info, 'mem_clients_normal')
  return {
    atSeconds: Math.round((recorder.now() - startMs) / 1000),
    nodes,
    redisBytes: numberIn(info, 'used_memory') - bufferBytes,
    bufferBytes,
    scriptBytes: numberIn(info, 'used_memory_lua'),
    keys,
    clients: numberIn(info, 'connected_clients'),
    begun: recorder.begunWithin(retentionMs),
    answered: recorder.answered
  }
}

function numberIn (info: string, name: string): number {
  const value = new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1]
  if (value === undefined) throw new RangeError(`INFO has no ${name}`)
  return Number(value)
}

/** One line for each sample, with a heading. */
export function tableOf (samples: readonly Sample[]): string[] {
  const titles = [
    's', 'answers', 'begun', 'keys', 'Redis kB', 'buffers kB', 'scripts kB', 'clients', 'heaps MB', 'listeners',
    'timers', 'sockets', 'fds'
  ]
  const rows = samples.map(({ nodes, ...sample }) => [
    sample.atSeconds, sample.answered, sample.begun, sample.keys, kB(sample.redisBytes), kB(sample.bufferBytes),
    kB(sample.scriptBytes), sample.clients,
    ...(['heapBytes', 'listeners', 'timers', 'sockets', 'descriptors'] as const).map(name => {
      return nodes.map(node => name === 'heapBytes' ? (node.heapBytes / 2 ** 20).toFixed(1) : node[name]).join(' ')
    })
  ].map(String))
  const widths = titles.map((title, at) => Math.max(title.length, ...rows.map(row => row[at]?.length ?? 0)))
  return [titles, ...rows].map(row => row.map((cell, at) => cell.padStart(widths[at] ?? 0)).join('  '))
}

function kB (bytes: number): number {
  return Math.round(bytes / 1024)
}
