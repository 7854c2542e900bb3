import { performance } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { hasSubscribers, publish } from '../diagnostics/channels.ts'
import type { Notifier } from '../request/shared.ts'
import type { ActivityStore } from '../store/activity-store.ts'

/** The result of a sweep, in numbers. It holds no sessions, of which there may be millions. */
export interface SweepResult {
  /** The number of notified ends. */
  readonly ended: number
  /** The number of ends whose `onSessionEnd` failed. A later sweep tries them again. */
  readonly failed: number
  /** Tells whether more sessions had ended when the limit was reached. */
  readonly more: boolean
  /**
   * The lateness of the sweep at its first expired session, in seconds; 0 without one.
   *
   * Ends that were claimed before, or that a call caused, do not count.
   */
  readonly lag: number
}

export interface SweepRun {
  readonly limit: number
  readonly signal?: AbortSignal
  /** Stops claiming after a batch without a notified end. Other nodes may have a handler that works. */
  readonly stopsAtFailure?: boolean
}

/** The largest number of sessions that one sweep ends by default. A scheduled one begins again at once for the rest. */
export const MOST_SWEPT = 10_000

/** The number of sessions claimed at once. Their handlers must be done before the lease ends. */
const BATCH = 50

/** The number of batches under way at once. The store is asked for one while another is notified. */
const AT_ONCE = 2

/** The part of Fastify's logger that is needed: the command line has none. */
type SweepLog = Pick<FastifyBaseLogger, 'info' | 'debug'>

/** Claims pending ends batch by batch, and notifies the application. */
export class Sweeper {
  readonly #store: Pick<ActivityStore, 'claimEnds'>
  readonly #notifier: Pick<Notifier, 'notify'>
  readonly #log: SweepLog

  constructor (store: Pick<ActivityStore, 'claimEnds'>, notifier: Pick<Notifier, 'notify'>, log: SweepLog) {
    this.#store = store
    this.#notifier = notifier
    this.#log = log
  }

  async run ({ limit, signal, stopsAtFailure = false }: SweepRun): Promise<SweepResult> {
    const begunAtMs = performance.now()
    let ended = 0
    let failed = 0
    let lagMs = 0
    let more = true
    let left = limit
    let hasBroken = false
    const goesOn = (): boolean => more && !hasBroken && signal?.aborted !== true && left > 0
    const sweepBatch = async (): Promise<void> => {
      const size = Math.min(BATCH, left)
      left -= size
      const batch = await this.#store.claimEnds(size)
      left += size - batch.sessions.length
      more = batch.more
      lagMs = Math.max(lagMs, batch.lagMs)
      const notified = await this.#notifier.notify(batch.sessions)
      ended += notified
      failed += batch.sessions.length - notified
      if (stopsAtFailure && batch.sessions.length > 0 && notified === 0) hasBroken = true
      await setImmediate() // requests come first
    }
    if (goesOn()) await sweepBatch() // most often there is no other batch
    const sweepOn = async (): Promise<void> => {
      try {
        while (goesOn()) await sweepBatch()
      } catch (error) {
        hasBroken = true
        throw error
      }
    }
    const outcomes = await Promise.allSettled(Array.from({ length: AT_ONCE }, sweepOn))
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
    const result = { ended, failed, more, lag: lagMs / 1000 }
    const { lag } = result
    this.#log[ended + failed > 0 ? 'info' : 'debug']({ ended, failed, lag }, 'swept')
    if (hasSubscribers('sweep')) publish('sweep', { ...result, seconds: (performance.now() - begunAtMs) / 1000 })
    return result
  }
}
