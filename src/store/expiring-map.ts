import { DeadlineQueue } from './deadline-queue.ts'

interface Kept<Value> {
  readonly value: Value
  readonly untilMs: number
}

/**
 * Keeps each value until its time, and drops what is past it as others come. A plain `Map` is no queue: what was
 * deleted in front is passed over again by each walk from the front, which makes many entries cost the square of their
 * number.
 */
export class ExpiringMap<Value> {
  readonly #kept = new Map<string, Kept<Value>>()
  readonly #queue = new DeadlineQueue()

  get size (): number {
    return this.#kept.size
  }

  set (key: string, value: Value, untilMs: number, nowMs: number): void {
    this.#drop(nowMs)
    this.#kept.set(key, { value, untilMs })
    this.#queue.schedule(key, untilMs)
  }

  get (key: string, nowMs: number): Value | undefined {
    const kept = this.#kept.get(key)
    return kept === undefined || kept.untilMs <= nowMs ? undefined : kept.value
  }

  delete (key: string): void {
    this.#kept.delete(key)
    this.#queue.cancel(key)
  }

  #drop (nowMs: number): void {
    while (this.#queue.hasPassed(nowMs)) {
      const key = this.#queue.take()
      const kept = key === undefined ? undefined : this.#kept.get(key)
      if (key === undefined || kept === undefined) continue
      if (kept.untilMs <= nowMs) this.#kept.delete(key)
      else this.#queue.schedule(key, kept.untilMs) // it was set once more
    }
  }
}
