import TinyQueue from 'tinyqueue'

interface Deadline {
  readonly atMs: number
  readonly key: string
}

/** The deadlines that may be out of date before the queue is made anew. */
const SLACK = 1024

/**
 * Orders keys by their deadlines: the moments at which to look at them again. Each key has one deadline. A deadline
 * that moves back, or whose key is cancelled, stays in the queue until its time, and is skipped then. So an activity is
 * cheap to record.
 */
export class DeadlineQueue {
  readonly #deadlines = new Map<string, Deadline>()
  #queue = new TinyQueue<Deadline>([], earlier)

  /**
   * Brings the deadline of a key forward. An earlier deadline stays, and the caller schedules the later one when it
   * passes.
   */
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

  /**
   * Removes the earliest deadline.
   * @returns its key; `undefined` if the deadline was out of date
   */
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
