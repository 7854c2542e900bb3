import type { Application } from './kit-api.ts'
import type { KitTime } from './kit-time.ts'
import type { Pending } from './pending.ts'
import type { Timeline } from './timeline.ts'

/** Holds what all browsers of one kit share. */
export interface KitCore {
  readonly app: Pick<Application, 'inject'>
  /** The timeline, which only `time` moves. */
  readonly timeline: Timeline
  readonly time: KitTime
  readonly pending: Pending
  /** The path of the ping route. */
  readonly pingUrl: string
}
