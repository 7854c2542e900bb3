/** A function that waits for its moment. */
export interface Timer {
  readonly atMs: number
  readonly run: () => void
  /** Returns whether the timer must wait longer, since its page or machine does nothing. */
  readonly isHeld: () => boolean
}

/** The longest delay of a browser's timer. With a longer one it fires at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1

/** Keeps a time in milliseconds, which only `pass()` moves, and the timers. */
export class Timeline {
  nowMs: number
  #timers: Timer[] = []

  constructor (nowMs: number) {
    this.nowMs = nowMs
  }

  /** The number of waiting timers. */
  get waiting (): number {
    return this.#timers.length
  }

  set (run: () => void, ms: number, isHeld = (): boolean => false): Timer {
    const timer = { atMs: this.nowMs + Math.max(1, ms > LONGEST_DELAY_MS ? 1 : ms), run, isHeld }
    this.#timers.push(timer)
    return timer
  }

  clear (timer: Timer): void {
    this.#timers = this.#timers.filter(one => one !== timer)
  }

  /**
   * Moves the time. Each timer runs at its moment, one after the other. Timers that were held until now run first.
   *
   * @param settle waits for what each timer began
   */
  async pass (seconds: number, settle: () => Promise<void>): Promise<void> {
    const endMs = this.nowMs + Math.round(seconds * 1000)
    for (let timer = this.#next(endMs); timer !== undefined; timer = this.#next(endMs)) {
      this.nowMs = Math.max(this.nowMs, timer.atMs)
      this.clear(timer)
      timer.run()
      await settle()
    }
    this.nowMs = endMs
    await settle()
  }

  #next (endMs: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.atMs <= endMs && timer.atMs < (first?.atMs ?? Infinity) && !timer.isHeld()) first = timer
    }
    return first
  }
}
