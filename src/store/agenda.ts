import TinyQueue from 'tinyqueue'

interface Appointment {
  readonly atMs: number
  readonly key: string
}

/** Appointments that no longer count may make up so many before the queue is made anew. */
const SLACK = 1024

/**
 * When to look at which session or token again: at most one appointment each. One that is moved back, or whose session
 * is gone, stays in the queue until its time and is then passed over, which makes an activity cheap to record.
 */
export class Agenda {
  readonly #appointments = new Map<string, Appointment>()
  #queue = new TinyQueue<Appointment>([], earlier)

  /** Brings the appointment forward to that time. An earlier one stays: the caller makes another at its time. */
  appoint (key: string, atMs: number): void {
    if (atMs >= (this.#appointments.get(key)?.atMs ?? Infinity)) return
    const appointment = { key, atMs }
    this.#appointments.set(key, appointment)
    this.#queue.push(appointment)
    if (this.#queue.length > 2 * this.#appointments.size + SLACK) {
      this.#queue = new TinyQueue([...this.#appointments.values()], earlier)
    }
  }

  cancel (key: string): void {
    this.#appointments.delete(key)
  }

  isDue (nowMs: number): boolean {
    return (this.#queue.peek()?.atMs ?? Infinity) <= nowMs
  }

  /** Takes the earliest from the queue. @returns `undefined` when that one no longer counted. */
  take (): string | undefined {
    const appointment = this.#queue.pop()
    if (appointment === undefined || this.#appointments.get(appointment.key) !== appointment) return undefined
    this.#appointments.delete(appointment.key)
    return appointment.key
  }
}

function earlier (a: Appointment, b: Appointment): number {
  return a.atMs - b.atMs
}
