import { Gauge } from 'prom-client'
import type { Stats } from '../store/store.ts'
import { NAMES, metricOf } from './names.ts'
import type { MetricsRegistry } from './options.ts'

/** Asks the store how many sessions there are. */
type AskStats = () => Promise<Stats>

/** What holds at the moment: whether the store can be asked, and, where a scrape may ask it, how many sessions there are. */
export class SessionGauges {
  readonly #up: Gauge
  readonly #lag: Gauge
  readonly #ask: AskStats | null
  /** All gauges of one scrape share one answer. */
  #answer: Promise<Stats | null> | null = null

  /** @param ask null: no scrape asks, and the gauges tell what is published */
  constructor (registry: MetricsRegistry, ask: AskStats | null) {
    this.#ask = ask
    const gauge = (name: Parameters<typeof metricOf>[0], help: string, read: (stats: Stats | null) => number | undefined): Gauge => {
      const collect = async function (this: Gauge, answer: Promise<Stats | null>): Promise<void> {
        const value = read(await answer)
        if (value === undefined) this.remove({})
        else this.set(value)
      }
      const answer = (): Promise<Stats | null> => this.#askOnce()
      return new Gauge({
        name: metricOf(name),
        help,
        registers: [registry],
        ...(ask === null ? {} : { async collect () { await collect.call(this, answer()) } })
      })
    }
    if (ask !== null) {
      gauge(NAMES.live, 'Sessions of somebody that are alive', stats => stats?.live)
      gauge(NAMES.pending, 'Ends that no node has notified yet', stats => stats?.pending)
    }
    this.#lag = gauge(NAMES.lag, 'For how long the first expired session has been waiting for a sweep', stats => stats?.lag)
    this.#up = gauge(NAMES.up, '1 while the store can be asked, else 0', stats => stats === null ? 0 : 1)
    this.#up.set(1)
  }

  swept (lag: number): void {
    if (this.#ask === null) this.#lag.set(lag)
  }

  outage (isAway: boolean): void {
    this.#up.set(isAway ? 0 : 1)
  }

  /** @returns null when the store cannot be asked. A scrape does not fail for that: it is what the scrape is to tell. */
  #askOnce (): Promise<Stats | null> {
    const ask = this.#ask ?? (async () => null)
    this.#answer ??= ask().catch(() => null).finally(() => { this.#answer = null })
    return this.#answer
  }
}
