import TinyQueue from 'tinyqueue'

interface Deadline {
  readonly atMs: number
  readonly key: string
}

/** Appointments that no longer count may make up so many before the queue is made anew. */
const SLACK = 1024

/**
 * When to look at which session or token again: at most one appointment each. One that is moved back, or whose session
 * is gone, stays in the queue until its time and is then passed over, which makes an activity cheap to record.
 */
export class DeadlineQueue {
  readonly #deadlines = new Map<string, Deadline>()
  #queue = new TinyQueue<Deadline>([], earlier)

  /** Brings the appointment forward to that time. An earlier one stays: the caller makes another at its time. */
  schedule (key: string, atMs: number): void {
    if (atMs >= (this.#deadlines.get(key)?.atMs ?? Infinity)) return
    const deadline = { key, atMs }
    this.#deadlines.set(key, deadline)
    this.#queue.push(deadline)
    if (this.#queue.length > 2 * this.#deadlines.size + SLACK) {
      this.#queue = new TinyQueue([...this.#deadlines.values()], earlier)
    }
  }

  cancel (key: string): void {
    this.#deadlines.delete(key)
  }

  hasPassed (nowMs: number): boolean {
    return (this.#queue.peek()?.atMs ?? Infinity) <= nowMs
  }

  /** Takes the earliest from the queue. @returns `undefined` when that one no longer counted. */
  take (): string | undefined {
    const deadline = this.#queue.pop()
    if (deadline === undefined || this.#deadlines.get(deadline.key) !== deadline) return undefined
    this.#deadlines.delete(deadline.key)
    return deadline.key
  }
}

function earlier (a: Deadline, b: Deadline): number {
  return a.atMs - b.atMs
}
