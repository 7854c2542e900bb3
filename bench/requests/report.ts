import { median, medianRatio } from '../median.ts'
import { markdown } from '../table.ts'
import type { Case, Sample } from './run-rounds.ts'

/** Median ratios to other scenarios, taken round by round. Absent if the other was not measured. */
interface Ratios {
  readonly bare?: number | undefined
  readonly get?: number | undefined
  readonly rolling?: number | undefined
  readonly notRolling?: number | undefined
}

/** The medians of the rounds of one case. */
export interface Row {
  readonly name: string
  readonly browsers: number
  readonly perSecond: number
  readonly meanMs: number
  readonly p99Ms: number
  /** CPU time of the servers per request, in ms. The same number is seconds per 1000 requests. */
  readonly cpuMs: number
  /** Half of the range of `cpuMs` over the rounds, divided by the median. */
  readonly spread: number
  readonly times: Ratios
  readonly redis: {
    readonly commands: number
    readonly bytesIn: number
    readonly bytesOut: number
    readonly cpuUs: number
    readonly times: Ratios
  }
}

type Samples = ReadonlyMap<Case, readonly Sample[]>

export function rowsOf (samples: Samples): Row[] {
  return [...samples].map(([one, rounds]) => {
    const cpu = cpuMs(rounds)
    const per = (count: (sample: Sample) => number): number => {
      return median(rounds.map(sample => count(sample) / sample.requests))
    }
    const perSecond = median(rounds.map(sample => sample.perSecond))
    return {
      name: one.scenario.name,
      browsers: one.browsers,
      perSecond,
      meanMs: one.browsers / perSecond * 1000, // each browser waits for its answer before it asks again
      p99Ms: median(rounds.map(sample => sample.p99Ms)),
      cpuMs: median(cpu),
      spread: (Math.max(...cpu) - Math.min(...cpu)) / 2 / median(cpu),
      times: ratiosOf(samples, one, cpuMs),
      redis: {
        commands: per(({ commands }) => commands),
        bytesIn: per(({ redis }) => redis.bytesIn),
        bytesOut: per(({ redis }) => redis.bytesOut),
        cpuUs: median(redisCpuUs(rounds)),
        times: ratiosOf(samples, one, redisCpuUs)
      }
    }
  })
}

/** Compares a case with the floors and with references of its size. All have the same number of browsers. */
function ratiosOf (samples: Samples, one: Case, figuresOf: (rounds: readonly Sample[]) => number[]): Ratios {
  const own = figuresOf(samples.get(one) ?? [])
  const against = (setUp: string, bytes?: number): number | undefined => {
    const [, rounds] = [...samples].find(([{ scenario, browsers }]) => {
      return scenario.setUp === setUp && browsers === one.browsers && (bytes === undefined || scenario.bytes === bytes)
    }) ?? []
    return rounds === undefined ? undefined : medianRatio(own, figuresOf(rounds))
  }
  const { bytes } = one.scenario
  return {
    bare: against('bare Fastify'),
    get: against('one GET'),
    rolling: against('connect-redis, rolling', bytes),
    notRolling: against('connect-redis, not rolling', bytes)
  }
}

function cpuMs (rounds: readonly Sample[]): number[] {
  return rounds.map(({ cpuSeconds, requests }) => cpuSeconds / requests * 1000)
}

function redisCpuUs (rounds: readonly Sample[]): number[] {
  return rounds.map(({ redis, requests }) => redis.cpuSeconds / requests * 1e6)
}

const HEAD = [
  '', 'at a time', 'req/s', 'mean ms', 'p99 ms', 'CPU s / 1000', '± %', '× bare', '× GET', '× connect-redis, rolling',
  '× not rolling', 'Redis: commands', 'bytes in', 'bytes out', 'CPU µs', '× GET', '× connect-redis, rolling',
  '× not rolling'
]

export function render (rows: readonly Row[]): string {
  return markdown(HEAD, rows.map(({ name, browsers, perSecond, meanMs, p99Ms, cpuMs, spread, times, redis }) => [
    name, browsers, perSecond.toFixed(0), meanMs.toFixed(2), p99Ms.toFixed(1), cpuMs.toFixed(3),
    (spread * 100).toFixed(0),
    ratio(times.bare), ratio(times.get), ratio(times.rolling), ratio(times.notRolling),
    redis.commands.toFixed(2), redis.bytesIn.toFixed(0), redis.bytesOut.toFixed(0), redis.cpuUs.toFixed(1),
    ratio(redis.times.get), ratio(redis.times.rolling), ratio(redis.times.notRolling)
  ]))
}

function ratio (value: number | undefined): string {
  return value?.toFixed(2) ?? ''
}
