import { MARK_LIFE_MS } from './limits.ts'

/** Marks beyond which those that have lived their time are looked for. */
const MANY = 1024

interface Mark {
  /** The number of the arrival before which sessions have begun that are over. */
  readonly order: number
  readonly forgetAtMs: number
}

/** Knows until which arrival the sessions of a user are over that had begun. */
export class MemoryRevocations {
  readonly #marks = new Map<string, Mark>()

  /** Of how many users something is known. */
  get size (): number { return this.#marks.size }

  /** What arrived before is over. */
  mark (user: string, order: number, nowMs: number): void {
    this.#marks.delete(user) // to the end of the order
    this.#marks.set(user, { order, forgetAtMs: nowMs + MARK_LIFE_MS })
    if (this.#marks.size > MANY) this.#forget(nowMs)
  }

  /** The arrival before which a session of the user must not have begun. */
  until (user: string, nowMs: number): number {
    const mark = this.#marks.get(user)
    return mark === undefined || mark.forgetAtMs <= nowMs ? 0 : mark.order
  }

  /** The oldest are in front. */
  #forget (nowMs: number): void {
    for (const [user, { forgetAtMs }] of this.#marks) {
      if (forgetAtMs > nowMs) return
      this.#marks.delete(user)
    }
  }
}
