import { Gauge } from 'prom-client'
import type { Stats } from '../store/store.ts'
import type { MetricName } from './names.ts'
import { NAMES, metricOf } from './names.ts'
import type { MetricsRegistry } from './options.ts'

/** Asks the store how many sessions there are. */
export type AskStats = () => Promise<Stats>

/** Reads a gauge from an answer of the store, or from `null` without one. Returns `undefined` if unknown. */
type Read = (stats: Stats | null) => number | undefined

/** Shows whether the store answers, and how many sessions it has. */
export class SessionGauges {
  readonly #up: Gauge
  readonly #lag: Gauge
  readonly #ask: AskStats | null
  /** All gauges of one scrape share one answer. */
  #answer: Promise<Stats | null> | null = null

  /** @param ask null: no scrape asks, and the gauges show what is published */
  constructor (registry: MetricsRegistry, ask: AskStats | null) {
    this.#ask = ask
    const gauge = (name: MetricName, help: string, read: Read): Gauge => {
      const collect = async (gauge: Gauge): Promise<void> => show(gauge, read(await this.#askOnce()))
      const collecting = ask === null ? {} : { async collect (this: Gauge) { await collect(this) } }
      return new Gauge({ name: metricOf(name), help, registers: [registry], ...collecting })
    }
    if (ask !== null) {
      gauge(NAMES.live, 'Authenticated sessions that are live', stats => stats?.live)
      gauge(NAMES.pending, 'Pending ends, for which onSessionEnd was not called yet', stats => stats?.pending)
    }
    this.#lag = gauge(NAMES.lag, 'Seconds for which the longest expired session waits for a sweep', stats => stats?.lag)
    this.#up = gauge(NAMES.up, '1 while the store can be asked, else 0', stats => stats === null ? 0 : 1)
    this.#up.set(1)
  }

  swept (lag: number): void {
    if (this.#ask === null) this.#lag.set(lag)
  }

  outage (isAway: boolean): void {
    this.#up.set(isAway ? 0 : 1)
  }

  /** @returns null when the store does not answer; the scrape then reports an outage and does not fail */
  #askOnce (): Promise<Stats | null> {
    const ask = this.#ask ?? (async () => null)
    this.#answer ??= ask().catch(() => null).finally(() => { this.#answer = null })
    return this.#answer
  }
}

/** Sets a gauge. An unknown value is left out of the scrape. */
function show (gauge: Gauge, value: number | undefined): void {
  if (value === undefined) gauge.remove({})
  else gauge.set(value)
}
