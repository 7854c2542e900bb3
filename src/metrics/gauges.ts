import { Gauge } from 'prom-client'
import type { Stats } from '../store/store.ts'
import type { MetricName } from './names.ts'
import { NAMES, metricOf } from './names.ts'
import type { MetricsRegistry } from './options.ts'

/** Asks the store how many sessions there are. */
export type AskStats = () => Promise<Stats>

/** Reads a gauge in an answer of the store; null: there was none. `undefined`: then nothing is known. */
type Read = (stats: Stats | null) => number | undefined

/** The state at the moment: whether the store can be asked, and, where a scrape may ask, how many sessions there are. */
export class SessionGauges {
  readonly #up: Gauge
  readonly #lag: Gauge
  readonly #ask: AskStats | null
  /** All gauges of one scrape share one answer. */
  #answer: Promise<Stats | null> | null = null

  /** @param ask null: no scrape asks, and the gauges tell what is published */
  constructor (registry: MetricsRegistry, ask: AskStats | null) {
    this.#ask = ask
    const gauge = (name: MetricName, help: string, read: Read): Gauge => {
      const collect = async (gauge: Gauge): Promise<void> => show(gauge, read(await this.#askOnce()))
      const collecting = ask === null ? {} : { async collect (this: Gauge) { await collect(this) } }
      return new Gauge({ name: metricOf(name), help, registers: [registry], ...collecting })
    }
    if (ask !== null) {
      gauge(NAMES.live, 'Sessions of somebody that are alive', stats => stats?.live)
      gauge(NAMES.pending, 'Ends that no node has notified yet', stats => stats?.pending)
    }
    this.#lag = gauge(NAMES.lag, 'Seconds for which the first expired session waits for a sweep', stats => stats?.lag)
    this.#up = gauge(NAMES.up, '1 while the store can be asked, else 0', stats => stats === null ? 0 : 1)
    this.#up.set(1)
  }

  swept (lag: number): void {
    if (this.#ask === null) this.#lag.set(lag)
  }

  outage (isAway: boolean): void {
    this.#up.set(isAway ? 0 : 1)
  }

  /** @returns null when the store cannot be asked. A scrape does not fail for that: it tells it. */
  #askOnce (): Promise<Stats | null> {
    const ask = this.#ask ?? (async () => null)
    this.#answer ??= ask().catch(() => null).finally(() => { this.#answer = null })
    return this.#answer
  }
}

/** A gauge of which nothing is known is left out of the scrape. */
function show (gauge: Gauge, value: number | undefined): void {
  if (value === undefined) gauge.remove({})
  else gauge.set(value)
}
