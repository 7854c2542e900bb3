import type { Redis } from 'ioredis'

/** What a Redis has done since it was started. */
export interface Counters {
  /** Commands that clients have sent; not those that scripts call. */
  readonly commands: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly cpuSeconds: number
}

/** Commands of the benchmark itself. */
const OWN = ['info', 'config|resetstat']

export async function readCounters (redis: Redis): Promise<Counters> {
  const info = await redis.info('everything')
  const calls = new Map([...info.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)].map(([, name = '', count]) => [name, Number(count)] as const))
  const scripts = (calls.get('evalsha') ?? 0) + (calls.get('eval') ?? 0)
  const others = [...calls].filter(([name]) => !OWN.includes(name)).reduce((sum, [, count]) => sum + count, 0)
  const number = (name: string): number => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1])
  return {
    commands: scripts > 0 ? scripts : others,
    bytesIn: number('total_net_input_bytes'),
    bytesOut: number('total_net_output_bytes'),
    cpuSeconds: number('used_cpu_user') + number('used_cpu_sys')
  }
}

export function difference (after: Counters, before: Counters): Counters {
  return {
    commands: after.commands - before.commands,
    bytesIn: after.bytesIn - before.bytesIn,
    bytesOut: after.bytesOut - before.bytesOut,
    cpuSeconds: after.cpuSeconds - before.cpuSeconds
  }
}
