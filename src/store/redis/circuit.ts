import { performance } from 'node:perf_hooks'
import { StoreUnavailableError } from '../../errors.ts'

/** How long a command that nobody answers keeps others from trying, in ms. */
const PROBE_MS = 10_000

/** What Redis answers when it cannot be asked at all, rather than when it refuses one command. */
const UNREACHABLE = /^(?:LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN)\b/

export interface CircuitEvents {
  onFailure (why: string): void
  onRecovery (): void
  onRefusal (why: string): void
}

/**
 * The way to a server, or to one shard of a Cluster, which may be cut. While it is, one command at a time is let
 * through to find out, and the others fail at once: requests do not wait in vain, and no heap of commands awaits a
 * server that comes back.
 */
export class Circuit {
  readonly #timeoutMs: number
  readonly #events: CircuitEvents
  #failure: string | undefined
  /** Until when the command that finds out has time. */
  #probeUntilMs = 0
  /** When that command was sent which was answered and was sent last. */
  #answeredFromMs = 0

  constructor (timeoutMs: number, events: CircuitEvents) {
    this.#timeoutMs = timeoutMs
    this.#events = events
  }

  /** @throws {StoreUnavailableError} */
  async run<Answer> (command: () => Promise<Answer>): Promise<Answer> {
    if (this.#failure !== undefined) {
      if (performance.now() < this.#probeUntilMs) throw new StoreUnavailableError(this.#failure)
      this.#probeUntilMs = performance.now() + PROBE_MS
    }
    const sentAtMs = performance.now()
    try {
      const answer = await within(this.#timeoutMs, command(), () => { this.#probeUntilMs = 0 })
      this.#answeredFromMs = Math.max(this.#answeredFromMs, sentAtMs)
      if (this.#failure !== undefined) this.#recover()
      return answer
    } catch (error) {
      // One slow command is no outage when others that were sent after it have been answered.
      if (error instanceof Overdue && this.#answeredFromMs > sentAtMs) throw new StoreUnavailableError(error.message)
      throw new StoreUnavailableError(this.#judge(error))
    }
  }

  #recover (): void {
    this.#failure = undefined
    this.#events.onRecovery()
  }

  /** Only the message of the client's error is handed on: the error itself carries the command with all it says. */
  #judge (error: unknown): string {
    const why = error instanceof Error ? error.message.slice(0, 200) : 'unknown'
    if (error instanceof Error && error.name === 'ReplyError' && !UNREACHABLE.test(why)) {
      if (this.#failure !== undefined) this.#recover()
      this.#events.onRefusal(why)
    } else {
      if (!(error instanceof Overdue)) this.#probeUntilMs = 0
      const isNew = this.#failure === undefined
      this.#failure = why
      if (isNew) this.#events.onFailure(why)
    }
    return why
  }
}

class Overdue extends Error {}

/** The answer, if it comes in time. When it comes at last, though late, somebody else may try. */
function within<Answer> (ms: number, answer: Promise<Answer>, onLate: () => void): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let isLate = false
    let isSettled = false
    // Timers run before sockets are read: a process that stood still looks first whether the answer is there.
    const timer = setTimeout(() => setImmediate(() => {
      if (isSettled) return
      isLate = true
      reject(new Overdue(`no answer within ${ms} ms`))
    }), ms)
    const settle = (done: () => void): void => {
      isSettled = true
      clearTimeout(timer)
      if (isLate) onLate()
      done()
    }
    answer.then(value => settle(() => resolve(value)), error => settle(() => reject(error)))
  })
}
