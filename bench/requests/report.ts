import { markdown } from '../table.ts'
import type { Sample } from './run-rounds.ts'
import type { Scenario } from './scenarios.ts'
import { FLOORS } from './scenarios.ts'

/** The medians of one scenario's rounds; of the CPU time, how far they lie apart too. */
export interface Row {
  readonly name: string
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Milliseconds of the server's CPU per request: seconds per 1000 of them. */
  readonly cpuMs: number
  /** Half of the distance between the slowest and the fastest round, as a share of the median. */
  readonly spread: number
  readonly redis: { readonly commands: number, readonly bytesIn: number, readonly bytesOut: number, readonly cpuUs: number }
}

export function rowsOf (samples: ReadonlyMap<Scenario, readonly Sample[]>): Row[] {
  return [...samples].map(([{ name }, rounds]) => {
    const cpu = rounds.map(({ cpuSeconds, requests }) => cpuSeconds / requests * 1000)
    const per = (count: (sample: Sample) => number): number => median(rounds.map(sample => count(sample) / sample.requests))
    return {
      name,
      perSecond: median(rounds.map(sample => sample.perSecond)),
      p50Ms: median(rounds.map(sample => sample.p50Ms)),
      p99Ms: median(rounds.map(sample => sample.p99Ms)),
      cpuMs: median(cpu),
      spread: (Math.max(...cpu) - Math.min(...cpu)) / 2 / median(cpu),
      redis: {
        commands: per(({ redis }) => redis.commands),
        bytesIn: per(({ redis }) => redis.bytesIn),
        bytesOut: per(({ redis }) => redis.bytesOut),
        cpuUs: per(({ redis }) => redis.cpuSeconds) * 1e6
      }
    }
  })
}

export function render (rows: readonly Row[]): string {
  const [bare, get] = FLOORS.map(name => rows.find(row => row.name === name))
  const head = ['', 'req/s', 'p50 ms', 'p99 ms', 'CPU s / 1000', '± %', '× bare', '× GET', 'Redis: commands', 'bytes in', 'bytes out', 'CPU µs']
  return markdown(head, rows.map(({ name, perSecond, p50Ms, p99Ms, cpuMs, spread, redis }) => [
    name, perSecond.toFixed(0), p50Ms.toFixed(1), p99Ms.toFixed(1), cpuMs.toFixed(3), (spread * 100).toFixed(0), ratio(cpuMs, bare?.cpuMs), ratio(cpuMs, get?.cpuMs),
    redis.commands.toFixed(2), redis.bytesIn.toFixed(0), redis.bytesOut.toFixed(0), redis.cpuUs.toFixed(1)
  ]))
}

function ratio (value: number, floor: number | undefined): string {
  return floor === undefined ? '' : (value / floor).toFixed(2)
}

function median (values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2
}
