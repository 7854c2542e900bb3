import { setTimeout } from 'node:timers/promises'
import schedule from '@fastify/schedule'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { CronJob } from 'toad-scheduler'
import { AsyncTask, SimpleIntervalJob, ToadScheduler } from 'toad-scheduler'
import { toMs } from '../core/clock.ts'
import type { SecurityPolicy } from '../options/options.ts'
import type { Cron } from './cron.ts'
import { cronJob } from './cron.ts'
import { ScheduledSweep } from './scheduled-sweep.ts'
import { MOST_SWEPT } from './sweeper.ts'

/** The seconds over which nodes spread a sweep by cron. A cron expression fires on all of them at once. */
const CRON_SPREAD_SECONDS = 10

/** The period of a sweep by cron, in seconds, as far as a period matters. */
const CRON_PERIOD_SECONDS = 60

/**
 * Registers the scheduled sweep, with the application's own @fastify/schedule if it has one.
 *
 * The schedule never keeps a process alive, and closing the server waits for the batch that is under way.
 *
 * @throws {BadOptionError} for an invalid cron expression
 */
export async function registerSweep (fastify: FastifyInstance, { sweep, expireAfter }: SecurityPolicy): Promise<void> {
  const { sweeper } = fastify.sessionSecurity
  const when = sweep ?? { every: defaultInterval(expireAfter) }
  if (when === false || sweeper === undefined) return
  await withScheduler(fastify, scheduler => {
    const { log, store } = fastify.sessionSecurity.shared
    const periodSeconds = 'cron' in when ? CRON_PERIOD_SECONDS : when.every
    const runs = new ScheduledRuns(scheduler, new ScheduledSweep(sweeper, store.clock, toMs(periodSeconds)), log)
    const begin = 'cron' in when ? runs.prepareCron(when) : () => runs.startInterval(when.every)
    fastify.addHook('onReady', async () => begin())
    fastify.addHook('preClose', async () => await runs.stop())
  })
}

/** Returns a tenth of the idle timeout, within 10 s and 10 min. So a notification is late by a tenth at most. */
export function defaultInterval (expireAfter: unknown): number {
  return typeof expireAfter === 'number' ? Math.min(600, Math.max(10, expireAfter / 10)) : 60
}

/** Uses the application's scheduler, or else one in its own context, where it disturbs nothing. */
async function withScheduler (fastify: FastifyInstance, use: (scheduler: ToadScheduler) => void): Promise<void> {
  if (fastify.hasPlugin('@fastify/schedule')) return use(fastify.scheduler)
  if (fastify.hasDecorator('scheduler')) return use(ownScheduler(fastify)) // another decorator of that name
  await fastify.register(async function ownSchedule (child) {
    await child.register(schedule)
    use(child.scheduler)
  })
}

function ownScheduler (fastify: FastifyInstance): ToadScheduler {
  const scheduler = new ToadScheduler()
  fastify.addHook('onClose', async () => scheduler.stop())
  return scheduler
}

class ScheduledRuns {
  readonly #scheduler: ToadScheduler
  readonly #log: FastifyBaseLogger
  readonly #sweep: ScheduledSweep
  readonly #stopping = new AbortController()
  #current: Promise<unknown> | undefined
  #job: SimpleIntervalJob | CronJob | undefined
  /** The number of runs that have failed since the last success. */
  #failures = 0

  constructor (scheduler: ToadScheduler, sweep: ScheduledSweep, log: FastifyBaseLogger) {
    this.#scheduler = scheduler
    this.#log = log
    this.#sweep = sweep
  }

  /** Starts at a random point of the first interval. So nodes started together spread their sweeps. */
  startInterval (seconds: number): void {
    const milliseconds = Math.round(seconds * 1000)
    const job = new SimpleIntervalJob({ milliseconds }, this.#task(0), { preventOverrun: true, unref: true })
    this.#wait(Math.random() * milliseconds).then(() => {
      this.#job = job
      this.#scheduler.addSimpleIntervalJob(job)
    }, () => { /* the server closed before it began */ })
  }

  /** @throws {BadOptionError} */
  prepareCron (when: Cron): () => void {
    const job = cronJob(when, this.#task(CRON_SPREAD_SECONDS * 1000))
    this.#job = job
    return () => this.#scheduler.addCronJob(job)
  }

  async stop (): Promise<void> {
    this.#stopping.abort()
    this.#job?.stop()
    await this.#current
  }

  /**
   * Makes a task that never rejects.
   *
   * toad-scheduler ends a job whose task throws, and the process with it.
   */
  #task (spreadMs: number): AsyncTask {
    return new AsyncTask('fastify-session-security/sweep', () => {
      this.#current = this.#run(spreadMs)
      return this.#current.then(() => undefined)
    })
  }

  async #run (spreadMs: number): Promise<void> {
    try {
      if (spreadMs > 0) await this.#wait(Math.random() * spreadMs)
      await this.#sweep.catchUp({ limit: MOST_SWEPT, signal: this.#stopping.signal })
      if (this.#failures > 0) this.#log.info({ failures: this.#failures }, 'the sweep works again')
      this.#failures = 0
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#logFailure(error)
    }
  }

  /** Logs the first failure as an error, and later ones for debugging. An outage may last for hours. */
  #logFailure (error: unknown): void {
    const level = this.#failures === 0 ? 'error' : 'debug'
    this.#failures++
    this.#log[level]({ err: error }, 'the sweep failed; the next one tries again')
  }

  #wait (ms: number): Promise<void> {
    return setTimeout(ms, undefined, { ref: false, signal: this.#stopping.signal })
  }
}
