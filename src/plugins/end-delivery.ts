import { setTimeout } from 'node:timers/promises'
import { auditEnd } from '../audit.ts'
import { HandlerTimeoutError, StoreUnavailableError } from '../errors.ts'
import type { Delivery } from '../request/shared.ts'
import type { ActivityStore } from '../store/activity-store.ts'
import type { EndedSession } from '../store/store.ts'
import { asError } from '../thrown.ts'
import type { DeliveryLog } from './handler-failures.ts'
import { FAILURE_LINE_MS, HandlerFailures } from './handler-failures.ts'

/** How long `onSessionEnd` may take. Less than CLAIM_LEASE_MS: a slow handler must not lose its claim meanwhile. */
export const HANDLER_TIMEOUT_SECONDS = 30

type Handler = (ended: EndedSession) => unknown

export interface EndDeliveryOptions {
  /** How long the handler may take. */
  readonly timeoutSeconds?: number
  /** How often a handler that goes on failing is worth a line, in ms. `0`: each failure is. */
  readonly failureLineMs?: number
}

/**
 * Tells the application of ended sessions. An end counts as told when the handler has returned; until then it stays
 * with the store, whose lease brings it back (G6).
 */
export class EndDelivery implements Delivery {
  readonly #store: ActivityStore
  readonly #handler: Handler | undefined
  readonly #log: DeliveryLog
  readonly #timeoutSeconds: number
  readonly #failures: HandlerFailures
  readonly #underWay = new Set<Promise<unknown>>()

  constructor (
    store: ActivityStore, handler: Handler | undefined, log: DeliveryLog,
    { timeoutSeconds = HANDLER_TIMEOUT_SECONDS, failureLineMs = FAILURE_LINE_MS }: EndDeliveryOptions = {}
  ) {
    this.#timeoutSeconds = timeoutSeconds
    this.#failures = new HandlerFailures(log, store.clock, failureLineMs)
    this.#store = store
    this.#handler = handler
    this.#log = log
  }

  /** Tells the ends that are claimed, together. @returns how many were told */
  async deliver (sessions: readonly EndedSession[]): Promise<number> {
    const told = await Promise.all(sessions.map(async ended => await this.#tell(ended) ? ended.handle : null))
    const delivered = told.filter(handle => handle !== null)
    if (delivered.length > 0 && delivered.length === sessions.length) this.#failures.worked()
    if (delivered.length > 0) await this.#store.acknowledge(delivered)
    return delivered.length
  }

  /** The same beside a request, which does not wait for it. What fails here is found by the sweep. */
  deliverSoon (claimed: readonly EndedSession[]): void {
    if (claimed.length === 0) return
    this.track(this.deliver(claimed))
      .catch((error: unknown) => {
        // An outage is the store's to tell, once.
        if (!(error instanceof StoreUnavailableError)) {
          this.#log.error({ err: error }, 'the end of a session could not be told; the sweep will')
        }
      })
  }

  /** Has {@link drain} wait for it. */
  track<Result> (work: Promise<Result>): Promise<Result> {
    const settled = work.then(() => {}, () => {}).finally(() => this.#underWay.delete(settled))
    this.#underWay.add(settled)
    return work
  }

  /** Waits for what is being told. */
  async drain (): Promise<void> {
    await Promise.all(this.#underWay)
  }

  async #tell (ended: EndedSession): Promise<boolean> {
    const { handle, reason, by } = ended
    try {
      if (this.#handler !== undefined) await withinTime(this.#timeoutSeconds, this.#handler, frozen(ended))
    } catch (error) {
      this.#failures.failed(asError(error), ended)
      return false
    }
    const [idleFor, lasted] = [secondsTo(ended, ended.lastActivityMs), secondsTo(ended, ended.startedAtMs)]
    const named = by === undefined ? {} : { by }
    this.#log.info({ handle, reason, ...named, idleFor, lasted }, 'session ended')
    auditEnd(ended)
    return true
  }
}

/** A copy: what the application does with it must not change what is acknowledged. */
function frozen ({ device, ...ended }: EndedSession): EndedSession {
  return Object.freeze({ ...ended, ...(device === undefined ? {} : { device: Object.freeze({ ...device }) }) })
}

/** Seconds from a moment to the end; none where a clock that was ahead has left the moment behind the end. */
function secondsTo ({ endedAtMs }: EndedSession, momentMs: number): number {
  return Math.max(0, endedAtMs - momentMs) / 1000
}

/** Runs the handler, and rejects when it throws or takes too long. A handler cannot be stopped, only left behind. */
async function withinTime (seconds: number, handler: Handler, ended: EndedSession): Promise<void> {
  const giveUp = new AbortController()
  const tooLong = setTimeout(seconds * 1000, undefined, { ref: false, signal: giveUp.signal })
    .then(() => { throw new HandlerTimeoutError(seconds) })
  try {
    await Promise.race([Promise.resolve(ended).then(handler), tooLong])
  } finally {
    tooLong.catch(() => {})
    giveUp.abort()
  }
}
