import type { FastifyBaseLogger } from 'fastify'
import type { Clock } from '../core/clock.ts'
import type { EndedSession } from '../store/store.ts'
import { handOver } from '../thrown.ts'

/** The time between two log lines while the handler fails, in ms. */
export const FAILURE_LINE_MS = 60_000

/** The part of Fastify's logger that is needed: the command line has none. */
export type NotifierLog = Pick<FastifyBaseLogger, 'info' | 'error'>

/**
 * Logs the first failure of `onSessionEnd`, then a count at times, then the recovery.
 *
 * Otherwise a database outage would log a line for each session in each minute.
 */
export class HandlerFailures {
  readonly #log: NotifierLog
  readonly #clock: Clock
  readonly #lineMs: number
  #failures = 0
  #loggedAtMs = -Infinity

  constructor (log: NotifierLog, clock: Clock, lineMs: number) {
    this.#log = log
    this.#clock = clock
    this.#lineMs = lineMs
  }

  failed (error: Error, { handle, reason }: EndedSession): void {
    this.#failures++
    const nowMs = this.#clock()
    if (nowMs - this.#loggedAtMs < this.#lineMs) return
    this.#loggedAtMs = nowMs
    handOver(error, err => {
      this.#log.error({ err, handle, reason, failures: this.#failures }, 'onSessionEnd failed; it will be called again')
    })
  }

  worked (): void {
    if (this.#failures === 0 || this.#clock() - this.#loggedAtMs < this.#lineMs) return
    this.#log.info({ failures: this.#failures }, 'onSessionEnd works again')
    this.#failures = 0
  }
}
