import { toMs } from '../../core/clock.ts'
import { DeadlineQueue } from '../deadline-queue.ts'
import { ANONYMOUS_RETENTION_SECONDS } from '../limits.ts'
import type { MemorySessions } from './sessions.ts'
import type { SessionKey } from '../store.ts'

/**
 * Keeps the tombstones of ended and renewed sessions.
 *
 * The tombstones of the latest ended sessions of a user, and of the latest renewed ones of a family, stay for the
 * retention. Others stay while their end is pending, and for as long as a slow request may hold the session (G2: an end
 * is final). An account that signs in and out all day leaves no more behind.
 */
export class MemoryTombstones {
  readonly #sessions: MemorySessions
  readonly #retentionMs: number
  /** The tombstones that are forgotten before the retention is over. A sweep, if one runs, finds them too. */
  readonly early = new DeadlineQueue()

  constructor (sessions: MemorySessions, retentionMs: number) {
    this.#sessions = sessions
    this.#retentionMs = retentionMs
  }

  /** Shortens the life of a tombstone that is not among the latest any more. */
  demote (key: SessionKey): void {
    const entry = this.#sessions.get(key)
    if (entry?.state !== 'ended' || entry.claimedUntilMs === Infinity) this.#shorten(key)
  }

  /** Marks an end as notified: no sweep claims it any more. */
  acknowledge (key: SessionKey): void {
    const entry = this.#sessions.get(key)
    if (entry?.state !== 'ended' || entry.claimedUntilMs === Infinity) return
    this.#sessions.keep(key, { ...entry, claimedUntilMs: Infinity })
    if (!this.#sessions.isLatest(key)) this.#shorten(key)
  }

  /** Forgets tombstones whose time has passed, at most `most`. */
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

  /** Shortens the life of a tombstone once. The moment at which it was made follows from how long it was to stay. */
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
