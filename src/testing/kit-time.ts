import type { ActivityStore } from '../store/activity-store.ts'
import { TestKitError } from './errors.ts'
import type { Followers } from './followers.ts'
import type { Pending } from './pending.ts'
import type { ScheduledSweeps } from './scheduled-sweeps.ts'
import type { Timeline } from './timeline.ts'

/** The seconds between two acts of a person. */
const MOMENT = 0.001

export interface TimeParts {
  readonly timeline: Timeline
  readonly pending: Pending
  readonly followers: Followers
  readonly sweeps: ScheduledSweeps
  /** The store, if it has another clock than the kit. */
  readonly fixed: ActivityStore | undefined
}

/** Moves the time of the server, its sweep and all browsers together. */
export class KitTime {
  readonly #parts: TimeParts
  #isPassing = false

  constructor (parts: TimeParts) {
    this.#parts = parts
  }

  /** @throws {TestKitError} when the time of the store cannot be moved, or is being moved */
  async pass (seconds: number): Promise<void> {
    const { fixed, sweeps, followers } = this.#parts
    if (fixed !== undefined && seconds > 0) {
      throw new TestKitError('the time of the application\'s store cannot be moved: Redis has its own, ' +
        'and other stores need the clock that build() is given')
    }
    if (this.#isPassing) throw new TestKitError('time is being moved: await each call before the next one')
    this.#isPassing = true
    try {
      sweeps.prepare(seconds)
      await followers.pass(seconds, async step => await this.#passHere(step))
    } finally {
      this.#isPassing = false
    }
  }

  /** Lets a millisecond pass before an act of a person. Of two acts at one moment, none is later. */
  async takeMoment (): Promise<void> {
    await this.#passHere(MOMENT)
  }

  async #passHere (seconds: number): Promise<void> {
    const { timeline, pending } = this.#parts
    await timeline.pass(seconds, async () => await pending.settle())
  }
}
