import type { Application } from './kit-api.ts'
import type { KitTime } from './kit-time.ts'
import type { Pending } from './pending.ts'
import type { Timeline } from './timeline.ts'

/** What all browsers of one kit share. */
export interface KitCore {
  readonly app: Pick<Application, 'inject'>
  /** Moved by `time` alone. */
  readonly timeline: Timeline
  readonly time: KitTime
  readonly pending: Pending
  /** Where the ping route is. */
  readonly pingUrl: string
}
