import TinyQueue from 'tinyqueue'
import type { Handle } from './handle.ts'

interface Appointment {
  readonly atMs: number
  readonly handle: Handle
}

/** Appointments that no longer count may make up so many before the queue is made anew. */
const SLACK = 1024

/**
 * When to look at which session again: at most one appointment each. One that is moved back, or whose session is
 * gone, stays in the queue until its time and is then passed over, which is what makes a touch cheap.
 */
export class Agenda {
  readonly #appointments = new Map<Handle, Appointment>()
  #queue = new TinyQueue<Appointment>([], earlier)

  /** Brings the appointment forward to that time. One that is earlier stays: it is for whoever keeps it to renew it. */
  appoint (handle: Handle, atMs: number): void {
    if (atMs >= (this.#appointments.get(handle)?.atMs ?? Infinity)) return
    const appointment = { handle, atMs }
    this.#appointments.set(handle, appointment)
    this.#queue.push(appointment)
    if (this.#queue.length > 2 * this.#appointments.size + SLACK) {
      this.#queue = new TinyQueue([...this.#appointments.values()], earlier)
    }
  }

  cancel (handle: Handle): void {
    this.#appointments.delete(handle)
  }

  isDue (nowMs: number): boolean {
    return (this.#queue.peek()?.atMs ?? Infinity) <= nowMs
  }

  /** Takes the earliest from the queue. @returns `undefined` when that one no longer counted. */
  take (): Handle | undefined {
    const appointment = this.#queue.pop()
    if (appointment === undefined || this.#appointments.get(appointment.handle) !== appointment) return undefined
    this.#appointments.delete(appointment.handle)
    return appointment.handle
  }
}

function earlier (a: Appointment, b: Appointment): number {
  return a.atMs - b.atMs
}
