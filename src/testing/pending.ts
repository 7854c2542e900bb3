import { TestKitError } from './errors.ts'
import { takeTurns } from './turns.ts'

/** Node's own, even where a test puts fake ones in their places later. */
const { setTimeout, clearTimeout } = globalThis

/** How long a request may take, in real time. */
const PATIENCE_MS = 10_000

/** What the pages of a kit have begun, and what is not over yet. Time stands still meanwhile. */
export class Pending {
  readonly #running = new Map<Promise<unknown>, string>()
  readonly #patienceMs: number
  #isStirred = false

  /** @param patienceMs after so long, in real time, a request counts as one that is never answered */
  constructor (patienceMs = PATIENCE_MS) {
    this.#patienceMs = patienceMs
  }

  /** Something happens in one of the next turns. */
  stir (): void {
    this.#isStirred = true
  }

  /** @param what names it in the error about what is never over */
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
   * Waits until nothing is under way. Costs next to nothing where nothing was begun.
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

  async #wait (): Promise<void> {
    const running = [...this.#running]
    let timer: unknown
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        const [, what = 'something'] = running.find(([promise]) => this.#running.has(promise)) ?? []
        reject(new TestKitError(`${what} was not answered within ${this.#patienceMs / 1000} s`))
      }, this.#patienceMs)
    })
    try {
      await Promise.race([Promise.allSettled(running.map(([promise]) => promise)), late])
    } finally {
      clearTimeout(timer as never)
    }
  }
}
