import { setTimeout } from 'node:timers/promises'
import { auditEnd } from '../diagnostics/audit.ts'
import { HandlerTimeoutError, StoreUnavailableError } from '../errors.ts'
import type { Notifier } from '../request/shared.ts'
import type { ActivityStore } from '../store/activity-store.ts'
import type { EndedSession } from '../store/store.ts'
import { asError } from '../thrown.ts'
import type { NotifierLog } from './handler-failures.ts'
import { FAILURE_LINE_MS, HandlerFailures } from './handler-failures.ts'

/**
 * The seconds that `onSessionEnd` may take.
 *
 * They are fewer than CLAIM_LEASE_MS, so that a slow handler does not lose its claim meanwhile.
 */
export const HANDLER_TIMEOUT_SECONDS = 30

type Handler = (ended: EndedSession) => unknown

export interface EndNotifierOptions {
  /** The seconds that the handler may take. */
  readonly timeoutSeconds?: number
  /** The time between two log lines while the handler fails, in ms. `0`: each failure has one. */
  readonly failureLineMs?: number
}

/**
 * Notifies the application of ended sessions.
 *
 * An end is notified when the handler has returned. Until then it stays pending in the store, and another node can
 * claim it after the lease (G6: notified at least once).
 */
export class EndNotifier implements Notifier {
  readonly #store: ActivityStore
  readonly #handler: Handler | undefined
  readonly #log: NotifierLog
  readonly #timeoutSeconds: number
  readonly #failures: HandlerFailures
  readonly #underWay = new Set<Promise<unknown>>()

  constructor (
    store: ActivityStore, handler: Handler | undefined, log: NotifierLog,
    { timeoutSeconds = HANDLER_TIMEOUT_SECONDS, failureLineMs = FAILURE_LINE_MS }: EndNotifierOptions = {}
  ) {
    this.#timeoutSeconds = timeoutSeconds
    this.#failures = new HandlerFailures(log, store.clock, failureLineMs)
    this.#store = store
    this.#handler = handler
    this.#log = log
  }

  /** Notifies of claimed ends together. @returns the number of notified ends */
  async notify (sessions: readonly EndedSession[]): Promise<number> {
    const handles = await Promise.all(sessions.map(async ended => await this.#notifyOne(ended) ? ended.handle : null))
    const notified = handles.filter(handle => handle !== null)
    if (notified.length > 0 && notified.length === sessions.length) this.#failures.worked()
    if (notified.length > 0) await this.#store.acknowledge(notified)
    return notified.length
  }

  /** Notifies beside a request, which does not wait for it. The sweep repeats a notification that fails here. */
  notifySoon (claimed: readonly EndedSession[]): void {
    if (claimed.length === 0) return
    this.track(this.notify(claimed)).catch((err: unknown) => {
      if (err instanceof StoreUnavailableError) return // the store itself reports an outage, once
      this.#log.error({ err }, 'the application was not notified of an ended session; the sweep will notify it')
    })
  }

  /** Makes {@link drain} wait for this work. */
  track<Result> (work: Promise<Result>): Promise<Result> {
    const settled = work.then(() => {}, () => {}).finally(() => this.#underWay.delete(settled))
    this.#underWay.add(settled)
    return work
  }

  /** Waits for notifications that are under way. */
  async drain (): Promise<void> {
    await Promise.all(this.#underWay)
  }

  async #notifyOne (ended: EndedSession): Promise<boolean> {
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

/** Returns a frozen copy, so that the application cannot change what the store acknowledges. */
function frozen ({ device, ...ended }: EndedSession): EndedSession {
  return Object.freeze({ ...ended, ...(device === undefined ? {} : { device: Object.freeze({ ...device }) }) })
}

/**
 * Returns the seconds from a moment to the end, or 0 for a later moment.
 *
 * A clock that was ahead may have put the moment behind the end.
 */
function secondsTo ({ endedAtMs }: EndedSession, momentMs: number): number {
  return Math.max(0, endedAtMs - momentMs) / 1000
}

/** Runs the handler, and rejects when it throws or takes too long. Nothing can stop a handler that has begun. */
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
