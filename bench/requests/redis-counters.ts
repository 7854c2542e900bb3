import type { Redis } from 'ioredis'

/** What a Redis has done between two looks at it. */
export interface Work {
  /** Commands that clients have sent; not those that scripts call. */
  readonly commands: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly cpuSeconds: number
}

/** What it has done since it was started. */
export interface Counters {
  readonly scripts: number
  /** Others, those that scripts call among them. */
  readonly others: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly cpuSeconds: number
}

/** Commands of the benchmark itself. */
const OWN = ['info']

export async function readCounters (redis: Redis): Promise<Counters> {
  const info = await redis.info('everything')
  const calls = new Map([...info.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)].map(([, name = '', count]) => [name, Number(count)] as const))
  const number = (name: string): number => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1])
  return {
    scripts: (calls.get('evalsha') ?? 0) + (calls.get('eval') ?? 0),
    others: [...calls].filter(([name]) => !['evalsha', 'eval', ...OWN].includes(name)).reduce((sum, [, count]) => sum + count, 0),
    bytesIn: number('total_net_input_bytes'),
    bytesOut: number('total_net_output_bytes'),
    cpuSeconds: number('used_cpu_user') + number('used_cpu_sys')
  }
}

/** What sends scripts sends nothing else here. @param idle a look before `before`, for what it costs to look */
export function workBetween (idle: Counters, before: Counters, after: Counters): Work {
  const during = (count: (counters: Counters) => number): number => (count(after) - count(before)) - (count(before) - count(idle))
  const scripts = during(counters => counters.scripts)
  return {
    commands: scripts > 0 ? scripts : during(counters => counters.others),
    bytesIn: during(counters => counters.bytesIn),
    bytesOut: during(counters => counters.bytesOut),
    cpuSeconds: during(counters => counters.cpuSeconds)
  }
}
