import { ExpiringMap } from './expiring-map.ts'
import { MARK_LIFE_MS } from './limits.ts'

/** Knows until which arrival the sessions of a user are over that had begun. */
export class MemoryRevocations {
  /** By user: the number of the arrival before which sessions have begun that are over. */
  readonly #marks = new ExpiringMap<number>()

  /** Of how many users something is known. */
  get size (): number { return this.#marks.size }

  /** What arrived before is over. */
  mark (user: string, order: number, nowMs: number): void {
    this.#marks.set(user, order, nowMs + MARK_LIFE_MS, nowMs)
  }

  /** The arrival before which a session of the user must not have begun. */
  until (user: string, nowMs: number): number {
    return this.#marks.get(user, nowMs) ?? 0
  }
}
