import { toMs } from '../../core/clock.ts'
import type { EndReason } from '../../core/policy.ts'
import { stateOf } from '../../core/policy.ts'
import type { EndTimes, LiveEntry } from './entry.ts'
import { endedEntry, entrySetRight, goneEntry } from './entry.ts'
import { MemoryTombstones } from './tombstones.ts'
import type { MemorySessions } from './sessions.ts'
import type { EndedSession, SessionKey } from '../store.ts'
import { ANONYMOUS_RETENTION_SECONDS, CLAIM_LEASE_MS } from '../limits.ts'

/** A live session in memory, with its key. */
export type LiveMember = readonly [key: SessionKey, entry: LiveEntry]

/** Finds live sessions in memory, expires and ends them. */
export class MemoryLifecycle {
  readonly #sessions: MemorySessions
  readonly retentionMs: number
  readonly tombstones: MemoryTombstones

  constructor (sessions: MemorySessions, retentionMs: number) {
    this.#sessions = sessions
    this.retentionMs = retentionMs
    this.tombstones = new MemoryTombstones(sessions, retentionMs)
  }

  /** Returns the entry of a live session. An expired session ends at once, and a sweep claims its end. */
  live (key: SessionKey, nowMs: number): LiveEntry | undefined {
    const entry = this.#sessions.get(key)
    if (entry?.state !== 'live') return undefined
    return this.expire(key, entry, nowMs) === 'alive' ? entry : undefined
  }

  /** Returns the live authenticated sessions of a user. The session that started first comes first. */
  liveOf (user: string, nowMs: number): LiveMember[] {
    const found: LiveMember[] = []
    for (const [key] of [...this.#sessions.of(user, 'live')]) {
      const entry = this.live(key, nowMs)
      if (entry?.record.isAuthenticated === true) found.push([key, entry])
    }
    return found.sort(([, a], [, b]) => a.record.startedAtMs - b.record.startedAtMs || a.seq - b.seq)
  }

  /**
   * Ends live sessions, and drops the anonymous ones among them.
   * @returns the ends, claimed for the caller
   */
  end (sessions: readonly LiveMember[], reason: EndReason, nowMs: number, by?: string): EndedSession[] {
    const ended: EndedSession[] = []
    const times = {
      endedAtMs: nowMs,
      claimedUntilMs: nowMs + CLAIM_LEASE_MS,
      forgetAtMs: nowMs + this.retentionMs,
      ...(by === undefined ? {} : { by })
    }
    for (const [key, entry] of sessions) {
      if (entry.record.isAuthenticated) ended.push(this.#end(key, entrySetRight(entry, nowMs), reason, times))
      else this.drop(key, entry, nowMs)
    }
    return ended
  }

  /** Drops an anonymous session. A tombstone keeps a slow request from writing the session again. */
  drop (key: SessionKey, entry: LiveEntry, nowMs: number): void {
    const keptMs = Math.min(this.retentionMs, toMs(ANONYMOUS_RETENTION_SECONDS))
    this.#sessions.keep(key, goneEntry(entry, nowMs, nowMs + keptMs))
  }

  /**
   * Ends a session whose deadline has passed. An expired anonymous session leaves nothing behind.
   * @param claimedUntilMs until when the end is claimed for the caller. Absent: the end stays pending
   * @returns the end of an authenticated session that expired
   */
  expire (key: SessionKey, entry: LiveEntry, nowMs: number, claimedUntilMs?: number): 'alive' | 'gone' | EndedSession {
    const current = stateOf(entry.record, nowMs)
    if (current.state !== 'ended') return 'alive'
    if (!entry.record.isAuthenticated) {
      this.#sessions.forget(key)
      return 'gone'
    }
    const { reason, deadlineMs: endedAtMs } = current
    const times = { endedAtMs, claimedUntilMs: claimedUntilMs ?? endedAtMs, forgetAtMs: nowMs + this.retentionMs }
    return this.#end(key, entrySetRight(entry, nowMs), reason, times)
  }

  #end (key: SessionKey, entry: LiveEntry, reason: EndReason, times: EndTimes): EndedSession {
    const over = endedEntry(key, entry, reason, times)
    const demoted = this.#sessions.keep(key, over)
    if (demoted !== undefined) this.tombstones.demote(demoted)
    return over.ended
  }
}
