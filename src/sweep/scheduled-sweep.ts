import type { Clock } from '../core/clock.ts'
import { CLAIM_LEASE_MS } from '../store/limits.ts'
import type { Sweeper, SweepResult, SweepRun } from './sweeper.ts'

/** The periods of the sweep by which a rest is longer than a lease. The sweeps of other nodes come in between. */
const PERIODS = 1.5

/**
 * The longest period that counts, in ms.
 *
 * A lone node must try again while the store still knows the ends.
 */
const LONGEST_PERIOD_MS = 600_000

/** The largest growth of a rest while the handler goes on failing. */
const MOST_GROWTH = 4

/**
 * Sweeps on a schedule, and leaves the ends to other nodes when `onSessionEnd` fails here.
 *
 * Otherwise this node would be the first one after each of its own leases, and no other node would ever claim the ends
 * (G6: when a handler fails, another node notifies).
 */
export class ScheduledSweep {
  readonly #sweeper: Pick<Sweeper, 'run'>
  readonly #clock: Clock
  readonly #shortestMs: number
  #nextRestMs: number
  #restsUntilMs = -Infinity

  /** @param clock measures time spans */
  constructor (sweeper: Pick<Sweeper, 'run'>, clock: Clock, periodMs: number) {
    this.#sweeper = sweeper
    this.#clock = clock
    this.#shortestMs = CLAIM_LEASE_MS + PERIODS * Math.min(periodMs, LONGEST_PERIOD_MS)
    this.#nextRestMs = this.#shortestMs
  }

  /**
   * Sweeps, and sweeps again at once while a run has notified ends and left others.
   *
   * Otherwise a node falls behind for good when more sessions end in a period than one run takes. A run that notifies
   * nothing is not repeated: it would ask the store in vain.
   */
  async catchUp (run: SweepRun): Promise<void> {
    let result = await this.run(run)
    while (isWorthAnother(result) && run.signal?.aborted !== true) result = await this.run(run)
  }

  /** Sweeps once. @returns null while the node rests */
  async run (run: SweepRun): Promise<SweepResult | null> {
    if (this.#clock() < this.#restsUntilMs) return null
    const result = await this.#sweeper.run({ ...run, stopsAtFailure: true })
    const { ended, failed } = result
    if (ended > 0) this.#nextRestMs = this.#shortestMs
    if (failed > 0) this.#rest()
    return result
  }

  #rest (): void {
    this.#restsUntilMs = this.#clock() + this.#nextRestMs
    this.#nextRestMs = Math.min(2 * this.#nextRestMs, MOST_GROWTH * this.#shortestMs)
  }
}

function isWorthAnother (result: SweepResult | null): boolean {
  return result !== null && result.more && result.ended > 0
}
