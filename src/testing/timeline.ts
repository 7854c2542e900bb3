/** Something that waits for its moment. */
export interface Timer {
  readonly atMs: number
  readonly run: () => void
  /** Whether it must wait although its moment has come: its page or its machine does nothing. */
  readonly isHeld: () => boolean
}

/** The longest delay that timers of browsers take: with a longer one they fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1

/** Time that stands still until it is moved, and what waits for it. In milliseconds, with fractions. */
export class Timeline {
  nowMs: number
  #timers: Timer[] = []

  constructor (nowMs: number) {
    this.nowMs = nowMs
  }

  /** How many timers wait. */
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
   * Moves the time. Everything that waits for a moment happens at that moment, one after the other; what was held
   * until now happens first.
   *
   * @param settle waits for what each of them began
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
