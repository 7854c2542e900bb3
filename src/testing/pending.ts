import { TestKitError } from './errors.ts'
import { takeTurns } from './turns.ts'

/** The timers of Node. A test may replace the global ones by fake ones later. */
const { setTimeout, clearTimeout, setImmediate } = globalThis

/** Milliseconds that a request may take, in real time. */
const PATIENCE_MS = 10_000

/** Keeps the requests of a kit's pages until they are answered. Time stands still meanwhile. */
export class Pending {
  readonly #running = new Map<Promise<unknown>, string>()
  readonly #patienceMs: number
  #isStirred = false

  /** @param patienceMs milliseconds of real time after which a request counts as never answered */
  constructor (patienceMs = PATIENCE_MS) {
    this.#patienceMs = patienceMs
  }

  /** Announces that something happens in one of the next turns. */
  stir (): void {
    this.#isStirred = true
  }

  /** @param what its name, for the error about a request that is never answered */
  async track<Result> (what: string, promise: Promise<Result>): Promise<Result> {
    this.#isStirred = true
    this.#running.set(promise, what)
    try {
      return await promise
    } finally {
      this.#running.delete(promise)
      this.#isStirred = true
    }
  }

  /**
   * Waits until nothing is under way. Without a request it costs next to nothing.
   *
   * @throws {TestKitError} which names a request that is not answered
   */
  async settle (): Promise<void> {
    await Promise.resolve()
    while (this.#isStirred || this.#running.size > 0) {
      this.#isStirred = false
      if (this.#running.size > 0) await this.#wait()
      await takeTurns()
    }
  }

  /**
   * Waits for a result, and until nothing is under way.
   *
   * @throws {TestKitError} which names a request that is not answered. The result would never come.
   */
  async complete<Result> (result: Promise<Result>): Promise<Result> {
    const state = { isPending: true }
    const done = (): void => { state.isPending = false }
    result.then(done, done)
    for (await this.settle(); state.isPending; await this.settle()) await takeTurns()
    return await result
  }

  async #wait (): Promise<void> {
    const running = [...this.#running]
    let timer: unknown
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        const [, what = 'something'] = running.find(([promise]) => this.#running.has(promise)) ?? []
        reject(new TestKitError(`${what} was not answered within ${this.#patienceMs / 1000} s${fakes()}`))
      }, this.#patienceMs)
    })
    try {
      await Promise.race([Promise.allSettled(running.map(([promise]) => promise)), late])
    } finally {
      clearTimeout(timer as never)
    }
  }
}

/** Names the likely cause, for the error: `app.inject()` waits for turns of the event loop. */
function fakes (): string {
  return globalThis.setImmediate === setImmediate ? '' : ': leave setImmediate out of the fake timers'
}
