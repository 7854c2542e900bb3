import type { Clock } from '../core/clock.ts'
import type { ActivityStore } from '../store/activity-store.ts'
import { Timeline } from './timeline.ts'

/** The clock of a kit. It begins at the present, and only the kit moves it. */
export class TestClock {
  readonly timeline = new Timeline(Date.now())
  #reads = 0

  readonly now: Clock = () => {
    this.#reads++
    return Math.floor(this.timeline.nowMs)
  }

  /** Returns whether a store uses this clock, and no other. */
  moves (store: ActivityStore): boolean {
    const before = this.#reads
    store.clock()
    return this.#reads > before && !store.hasOwnTime
  }
}
