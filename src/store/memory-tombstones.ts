import { toMs } from '../core/clock.ts'
import { DeadlineQueue } from './deadline-queue.ts'
import { ANONYMOUS_RETENTION_SECONDS } from './limits.ts'
import type { MemorySessions } from './memory-sessions.ts'
import type { SessionKey } from './store.ts'

/**
 * How long a session stays known that ended or was renewed. The latest ended ones of each user stay for the retention,
 * and the latest renewed ones of each family; those before stay while nobody has been told of their end, and for as long
 * as a slow request may hold them (G2: an end is final): an account that signs in and out all day leaves no more behind.
 */
export class MemoryTombstones {
  readonly #sessions: MemorySessions
  readonly #retentionMs: number
  /** Those that are forgotten before the retention is over. A sweep finds them too, where one runs. */
  readonly early = new DeadlineQueue()

  constructor (sessions: MemorySessions, retentionMs: number) {
    this.#sessions = sessions
    this.#retentionMs = retentionMs
  }

  /** Notes that a session is not among the latest of its user, or of its family, any more. */
  demote (key: SessionKey): void {
    const entry = this.#sessions.get(key)
    if (entry?.state !== 'ended' || entry.claimedUntilMs === Infinity) this.#shorten(key)
  }

  /** Notes that the end of a session has been told: no sweep claims it any more. */
  acknowledge (key: SessionKey): void {
    const entry = this.#sessions.get(key)
    if (entry?.state !== 'ended' || entry.claimedUntilMs === Infinity) return
    this.#sessions.keep(key, { ...entry, claimedUntilMs: Infinity })
    if (!this.#sessions.isLatest(key)) this.#shorten(key)
  }

  /** Forgets those whose time has come, so many at most. */
  tidy (nowMs: number, most: number): void {
    for (let looked = 0; looked < most && this.early.hasPassed(nowMs); looked++) {
      const key = this.early.take()
      const entry = key === undefined ? undefined : this.#sessions.get(key)
      if (key !== undefined && entry !== undefined &&
        entry.state !== 'live' && entry.forgetAtMs <= nowMs) this.forget(key)
    }
  }

  forget (key: SessionKey): void {
    this.early.cancel(key)
    this.#sessions.forget(key)
  }

  /** Once for each ended session: when it was noted that it had ended is told by how long it was to stay. */
  #shorten (key: SessionKey): void {
    const entry = this.#sessions.get(key)
    if (entry === undefined || entry.state === 'live') return
    const briefMs = Math.min(this.#retentionMs, toMs(ANONYMOUS_RETENTION_SECONDS))
    const notedAtMs = entry.state === 'ended' ? entry.forgetAtMs - this.#retentionMs : entry.atMs
    const forgetAtMs = notedAtMs + briefMs
    this.#sessions.keep(key, { ...entry, forgetAtMs })
    this.early.schedule(key, forgetAtMs)
  }
}
