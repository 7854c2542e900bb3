import type { Redis } from 'ioredis'

/** Work of a Redis server since its start, or between two readings. */
export interface Work {
  /** Commands of clients and of scripts. Commands of the bench itself and moves of slots do not count. */
  readonly calls: number
  /** Commands that Redis did not run because their slot had moved to another master. */
  readonly redirected: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly cpuSeconds: number
}

/** Commands of the bench itself, and those with which a client begins. */
const OWN = new Set(
  ['info', 'ping', 'config', 'slowlog', 'cluster', 'client', 'command', 'hello', 'flushall', 'dbsize', 'auth', 'select']
)

/** Commands with which slots move. */
const MOVES = new Set(['migrate', 'restore', 'restore-asking', 'dump', 'asking', 'keys'])

export async function readCounters (redis: Redis): Promise<Work> {
  const info = await redis.info('everything')
  const stats = [...info.matchAll(/^cmdstat_([^:|]+)[^:]*:calls=(\d+)/gm)]
  const others = stats.filter(([, name = '']) => !OWN.has(name) && !MOVES.has(name))
  const number = (name: string): number => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1])
  return {
    calls: sum(others.map(([, , calls]) => Number(calls))),
    redirected: sum([...info.matchAll(/^cmdstat_.*rejected_calls=(\d+)/gm)].map(([, count]) => Number(count))),
    bytesIn: number('total_net_input_bytes'),
    bytesOut: number('total_net_output_bytes'),
    cpuSeconds: number('used_cpu_user') + number('used_cpu_sys')
  }
}

/**
 * Subtracts two readings, and the cost of a reading.
 * @param idle a reading directly before `before`
 */
export function workBetween (idle: Work, before: Work, after: Work): Work {
  return mapped(of => (of(after) - of(before)) - (of(before) - of(idle)))
}

/** Adds up the work of several servers. */
export function together (works: readonly Work[]): Work {
  return mapped(of => sum(works.map(of)))
}

export function perCall (work: Work, calls: number): Work {
  return mapped(of => of(work) / calls)
}

function mapped (make: (of: (work: Work) => number) => number): Work {
  return {
    calls: make(({ calls }) => calls),
    redirected: make(({ redirected }) => redirected),
    bytesIn: make(({ bytesIn }) => bytesIn),
    bytesOut: make(({ bytesOut }) => bytesOut),
    cpuSeconds: make(({ cpuSeconds }) => cpuSeconds)
  }
}

function sum (counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0)
}
