import { ExpiringMap } from '../expiring-map.ts'
import { MARK_LIFE_MS } from '../limits.ts'

/** Remembers the arrival before which sessions of a user are over. */
export class MemoryRevocations {
  /** The number of that arrival, by user. */
  readonly #marks = new ExpiringMap<number>()

  /** The number of users with a mark. */
  get size (): number { return this.#marks.size }

  /** Marks that sessions of a user are over that began before an arrival. */
  mark (user: string, order: number, nowMs: number): void {
    this.#marks.set(user, order, nowMs + MARK_LIFE_MS, nowMs)
  }

  /** Returns the number of the arrival from which sessions of the user live. */
  until (user: string, nowMs: number): number {
    return this.#marks.get(user, nowMs) ?? 0
  }
}
