import { performance } from 'node:perf_hooks'
import { StoreUnavailableError } from '../../errors.ts'
import type { Complaint, Renewal } from './renew-connection.ts'
import { afterReading, inTime } from './in-time.ts'
import { judgeError, textOf } from './server-errors.ts'

/** The ms of the first pause between two probes. Each pause is twice as long as the one before. */
const SHORTEST_PAUSE_MS = 50

/** The ms after which a probe has the connection renewed, unless commands take more. */
const PROBE_MS = 1000

/** The least ms between two probes, and between two renewals that one probe asks for. */
const MOMENT_MS = 250

/**
 * The ms after which a probe without an answer counts as lost. Each is given twice as long as the one before: few
 * probes then wait for a server that is away for a day.
 */
const SHORTEST_PATIENCE_MS = 3000

/**
 * `closed`: commands are sent. `open`: they fail at once, until the next probe. `half-open`: a probe is under way, and
 * commands fail at once.
 */
type CircuitState = 'closed' | 'open' | 'half-open'

export interface CircuitOptions {
  /** The ms that a command may take. */
  readonly timeoutMs: number
  /** Returns the longest pause between two probes, in ms. */
  readonly pauseMs: () => number
  /** Proves that the server answers and takes a write. */
  readonly prove: () => Promise<unknown>
  /** Replaces the connection to the server, unless that was done a moment ago. */
  readonly renew: (complaint: Complaint) => Renewal
  readonly onOpen: (why: string) => void
  readonly onClose: () => void
  readonly onRefusal: (why: string) => void
}

/**
 * A circuit breaker for the way to a server or to a Cluster's shard.
 *
 * A command opens it that nobody answers, or that the server refuses for everybody. Requests then do not wait in vain:
 * the breaker itself sends probes, one at a time, with or without traffic, and closes once a probe is answered. If a
 * probe gets no answer, the breaker has the connection renewed: a connection may be lost without notice.
 */
export class Circuit {
  readonly #options: CircuitOptions
  #state: CircuitState = 'closed'
  #why = ''
  /** The moment at which the latest answered command was sent. */
  #answeredFromMs = -Infinity
  /** The probe whose answer is awaited. */
  #probe: object | undefined
  #probedAtMs = -Infinity
  #pauseMs = SHORTEST_PAUSE_MS
  #patienceMs = SHORTEST_PATIENCE_MS
  #nextAtMs = Infinity
  #timer: NodeJS.Timeout | undefined

  constructor (options: CircuitOptions) {
    this.#options = options
  }

  /**
   * Runs a command.
   * @throws {StoreUnavailableError}
   */
  async run<Answer> (command: () => Promise<Answer>): Promise<Answer> {
    if (this.#state !== 'closed') {
      if (this.#timer === undefined) this.#send() // the application had closed its client
      throw new StoreUnavailableError(this.#why)
    }
    const sentAtMs = performance.now()
    try {
      const answer = await inTime(this.#options.timeoutMs, command())
      this.#answeredFromMs = Math.max(this.#answeredFromMs, sentAtMs)
      return answer
    } catch (error) {
      const [why, { kind }] = [textOf(error), judgeError(error)]
      if (kind === 'refusal') this.#options.onRefusal(why)
      // One slow or lost command is no outage if others that were sent after it have been answered.
      else if (kind === 'outage' || this.#answeredFromMs <= sentAtMs) this.#open(why)
      throw new StoreUnavailableError(why)
    }
  }

  /** Sends the next probe soon: another shard of the server is back. */
  hurry (): void {
    const atMs = Math.max(performance.now(), this.#probedAtMs + MOMENT_MS)
    if (this.#state === 'open' && atMs < this.#nextAtMs) this.#sendAt(atMs)
  }

  #open (why: string): void {
    if (this.#state !== 'closed') return
    this.#state = 'open'
    this.#why = why
    this.#pauseMs = SHORTEST_PAUSE_MS
    this.#patienceMs = SHORTEST_PATIENCE_MS
    this.#options.onOpen(why)
    this.#send()
  }

  #close (sentAtMs: number): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#probe = undefined
    this.#clear()
    this.#answeredFromMs = Math.max(this.#answeredFromMs, sentAtMs)
    this.#options.onClose()
  }

  #send (): void {
    this.#clear()
    this.#state = 'half-open'
    const probe = {}
    this.#probe = probe
    const sentAtMs = performance.now()
    this.#probedAtMs = sentAtMs
    this.#await(probe, Math.min(this.#options.timeoutMs, PROBE_MS))
    // An answer counts however late it comes, also that of a probe that was given up.
    this.#options.prove().then(() => this.#close(sentAtMs), error => {
      if (this.#probe === probe) this.#fail(error, sentAtMs)
    })
  }

  /** Renews the connection until the probe is answered. A new connection may be as dead as the old one. */
  #await (probe: object, ms: number): void {
    this.#timer = afterReading(ms, () => {
      if (this.#probe !== probe) return
      const renewal = this.#options.renew({ hasAnswered: false, sentAtMs: this.#probedAtMs })
      const isLost = renewal === 'lost' || performance.now() - this.#probedAtMs > this.#patienceMs
      if (renewal === 'closed') this.#stop()
      else if (isLost) this.#giveUp(renewal)
      else this.#await(probe, MOMENT_MS)
    }).unref()
  }

  #giveUp (renewal: Renewal): void {
    if (renewal !== 'lost') this.#patienceMs *= 2
    this.#pause()
  }

  #fail (error: unknown, sentAtMs: number): void {
    const verdict = judgeError(error)
    this.#why = textOf(error)
    if (verdict.kind === 'refusal') { // nothing is proven, and another connection would not help
      this.#options.onRefusal(this.#why)
      return this.#pause()
    }
    const hasAnswered = verdict.kind === 'outage'
    const isPassing = hasAnswered && verdict.isPassing
    if (!isPassing && this.#options.renew({ hasAnswered, sentAtMs }) === 'closed') this.#stop()
    else this.#pause()
  }

  /**
   * Waits until the next probe. Shards of one server probe at different times, so that one finds out first and informs
   * the others.
   */
  #pause (): void {
    this.#stop()
    this.#sendAt(performance.now() + this.#pauseMs * (1 + Math.random()) / 2)
    this.#pauseMs = Math.min(2 * this.#pauseMs, this.#options.pauseMs())
  }

  /** Stops probing until the next call. */
  #stop (): void {
    this.#state = 'open'
    this.#probe = undefined
    this.#clear()
  }

  #sendAt (atMs: number): void {
    this.#clear()
    this.#nextAtMs = atMs
    this.#timer = setTimeout(() => this.#send(), Math.max(0, atMs - performance.now())).unref()
  }

  #clear (): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#nextAtMs = Infinity
  }
}
