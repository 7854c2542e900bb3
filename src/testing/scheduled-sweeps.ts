import { defaultInterval } from '../sweep/sweep.ts'
import type { SessionSecurity } from '../administration/session-security-decorator.ts'
import type { SweepResult } from '../sweep/sweeper.ts'
import type { Pending } from './pending.ts'
import type { Timeline, Timer } from './timeline.ts'

/** The seconds that a cron expression counts as. */
const CRON_SECONDS = 60

/** The most sweeps in a time that passes at once. */
const MOST_SWEEPS = 500

/** Runs the scheduled sweeps of an application by the clock of the kit. */
export class ScheduledSweeps {
  readonly #found: readonly SessionSecurity[]
  readonly #timeline: Timeline
  readonly #pending: Pending
  readonly #everySeconds: number
  #timer: Timer | undefined
  #pauseMs = 0

  constructor (found: readonly SessionSecurity[], timeline: Timeline, pending: Pending) {
    this.#found = found
    this.#timeline = timeline
    this.#pending = pending
    this.#everySeconds = Math.min(...found.map(periodOf))
  }

  /**
   * Runs the sweep now.
   *
   * @returns the sum of all contexts of the application
   * @throws {NoListingStoreError}
   */
  async run (): Promise<SweepResult> {
    const results = await Promise.all(this.#found.map(async sessionSecurity => await sessionSecurity.sweep()))
    return results.reduce((all, one) => ({
      ended: all.ended + one.ended,
      failed: all.failed + one.failed,
      more: all.more || one.more,
      lag: Math.max(all.lag, one.lag)
    }), { ended: 0, failed: 0, more: false, lag: 0 })
  }

  /** Sets the pause between sweeps, before so many seconds pass. */
  prepare (seconds: number): void {
    if (this.#everySeconds === Infinity || seconds === 0) return
    this.#pauseMs = 1000 * Math.max(this.#everySeconds, seconds / MOST_SWEEPS)
    this.#timer ??= this.#wait()
  }

  stop (): void {
    if (this.#timer !== undefined) this.#timeline.clear(this.#timer)
  }

  #wait (): Timer {
    return this.#timeline.set(() => {
      this.#timer = this.#wait()
      this.#pending.track('the sweep', this.run()).catch(() => {}) // the log has it
    }, this.#pauseMs)
  }
}

/** @returns `Infinity` where no sweep is scheduled */
function periodOf ({ sweeper, shared: { policy: { sweep, expireAfter } } }: SessionSecurity): number {
  if (sweep === false || sweeper === undefined) return Infinity
  if (sweep === undefined) return defaultInterval(expireAfter)
  return 'cron' in sweep ? CRON_SECONDS : sweep.every
}
