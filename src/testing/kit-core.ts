import type { Application } from './api.ts'
import type { Pending } from './pending.ts'
import type { Timeline } from './timeline.ts'

/** What all parts of one kit share. */
export interface KitCore {
  readonly app: Pick<Application, 'inject'>
  /** Moved by `pass()` alone. */
  readonly timeline: Timeline
  readonly pending: Pending
  /** Where the ping route is. */
  readonly pingUrl: string
  /** A millisecond goes by, as between any two things that a person does: of two of one moment none is later. */
  takeMoment (): Promise<void>
  /** Lets time pass for everybody, and waits for all that comes of it. */
  pass (seconds: number): Promise<void>
}
