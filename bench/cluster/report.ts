import { median } from '../median.ts'
import { together } from '../requests/redis-counters.ts'
import { markdown } from '../table.ts'
import type { ClusterSample } from './rounds.ts'

/** The medians of one scenario's rounds on a Cluster. */
export interface ClusterRow {
  readonly name: string
  readonly masters: number
  /** Slots that moved in a second. */
  readonly movesPerSecond: number
  readonly perSecond: number
  readonly p99Ms: number
  readonly failuresPer1000: number
  /** CPU time of all servers per request. */
  readonly cpuUs: number
  readonly redis: {
    readonly commands: number
    readonly redirected: number
    readonly bytesIn: number
    readonly bytesOut: number
    /** CPU time of all masters per request. It includes the moves of slots. */
    readonly cpuUs: number
    /** CPU time of each master, divided by the requests to all. */
    readonly cpuUsOfEach: readonly number[]
    /** Commands that the busiest master ran, divided by the mean of all masters. */
    readonly callSpread: number
    /** CPU time of the busiest master, divided by the mean of all masters. */
    readonly cpuSpread: number
  }
}

export function clusterRow (name: string, seconds: number, samples: readonly ClusterSample[]): ClusterRow {
  const middle = (of: (sample: ClusterSample) => number): number => median(samples.map(of))
  const perRequest = (of: (sample: ClusterSample) => number): number => middle(one => of(one) / one.requests)
  const masters = samples[0]?.masters.length ?? 0
  return {
    name,
    masters,
    movesPerSecond: middle(({ moves }) => moves / seconds),
    perSecond: middle(({ perSecond }) => perSecond),
    p99Ms: middle(({ p99Ms }) => p99Ms),
    failuresPer1000: perRequest(({ failures }) => failures * 1000),
    cpuUs: perRequest(({ cpuSeconds }) => cpuSeconds * 1e6),
    redis: {
      commands: perRequest(({ commands }) => commands),
      redirected: perRequest(one => together(one.masters).redirected),
      bytesIn: perRequest(one => together(one.masters).bytesIn),
      bytesOut: perRequest(one => together(one.masters).bytesOut),
      cpuUs: perRequest(one => together(one.masters).cpuSeconds * 1e6),
      cpuUsOfEach: Array.from({ length: masters }, (_, i) => {
        return perRequest(one => (one.masters[i]?.cpuSeconds ?? 0) * 1e6)
      }),
      callSpread: middle(one => spreadOf(one.masters.map(({ calls }) => calls))),
      cpuSpread: middle(one => spreadOf(one.masters.map(({ cpuSeconds }) => cpuSeconds)))
    }
  }
}

/** Returns the largest value divided by the mean. */
export function spreadOf (values: readonly number[]): number {
  return Math.max(...values) * values.length / values.reduce((sum, value) => sum + value, 0)
}

const HEAD = [
  '', 'masters', 'slots moved a second', 'req/s', 'p99 ms', 'failed of 1000', 'server CPU µs', 'Redis: commands',
  'redirected', 'bytes in', 'bytes out', 'CPU µs', 'CPU µs of each master', 'carried out: max / mean', 'CPU: max / mean'
]

export function renderCluster (rows: readonly ClusterRow[]): string {
  return markdown(HEAD, rows.map(({ name, masters, redis, ...row }) => [
    name, masters, row.movesPerSecond.toFixed(0), row.perSecond.toFixed(0), row.p99Ms.toFixed(0),
    row.failuresPer1000.toFixed(2), row.cpuUs.toFixed(0), redis.commands.toFixed(2), redis.redirected.toFixed(3),
    redis.bytesIn.toFixed(0), redis.bytesOut.toFixed(0), redis.cpuUs.toFixed(1),
    redis.cpuUsOfEach.map(us => us.toFixed(1)).join(' '), redis.callSpread.toFixed(2), redis.cpuSpread.toFixed(2)
  ]))
}
