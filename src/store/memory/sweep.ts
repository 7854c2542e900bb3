import { CLAIM_LEASE_MS } from '../limits.ts'
import type { MemoryEntry } from './entry.ts'
import { entrySetRight, expiredSinceMs, nextMomentMs } from './entry.ts'
import type { MemoryLifecycle } from './lifecycle.ts'
import type { MemorySessions } from './sessions.ts'
import type { ClaimedBatch, EndedSession, SessionKey } from '../store.ts'

/** The most entries that each new session removes. */
const TIDIED_AT_ONCE = 2

/** Claims pending ends in memory, and forgets tombstones whose time has passed. */
export class MemorySweep {
  readonly #sessions: MemorySessions
  readonly #lifecycle: MemoryLifecycle

  constructor (sessions: MemorySessions, lifecycle: MemoryLifecycle) {
    this.#sessions = sessions
    this.#lifecycle = lifecycle
  }

  /** Claims pending ends. Looks at no more than `limit` sessions. */
  claim (limit: number, nowMs: number): ClaimedBatch {
    const sessions: EndedSession[] = []
    let lagMs = 0
    this.#lifecycle.tombstones.tidy(nowMs, limit)
    for (let looked = 0; looked < limit && this.#sessions.hasNext(nowMs); looked++) {
      const key = this.#sessions.takeNext()
      if (key === undefined) continue
      lagMs = Math.max(lagMs, nowMs - (expiredSinceMs(this.#sessions.get(key), nowMs) ?? nowMs))
      const claimed = this.#claimOne(key, nowMs)
      if (claimed !== null) sessions.push(claimed)
    }
    return { sessions, more: this.#sessions.hasNext(nowMs), lagMs }
  }

  /** Corrects moments that lie too far ahead. A clock that was set back has left them. */
  setRight (nowMs: number): void {
    const latestClaimMs = nowMs + CLAIM_LEASE_MS
    for (const [key, entry] of this.#sessions.all()) {
      if (entry.state === 'live') {
        this.#sessions.keep(key, entrySetRight(entry, nowMs))
        continue
      }
      const forgetAtMs = Math.min(entry.forgetAtMs, nowMs + this.#lifecycle.retentionMs)
      if (entry.state === 'renewed') {
        this.#sessions.keep(key, { ...entry, atMs: Math.min(entry.atMs, nowMs), forgetAtMs })
        continue
      }
      const isAcknowledged = entry.claimedUntilMs === Infinity
      const claimedUntilMs = isAcknowledged ? Infinity : Math.min(entry.claimedUntilMs, latestClaimMs)
      this.#sessions.keep(key, { ...entry, claimedUntilMs, forgetAtMs })
    }
  }

  /** Removes a few entries whose time has passed long ago. So memory stays bounded where no sweep runs. */
  tidy (nowMs: number): void {
    this.#lifecycle.tombstones.tidy(nowMs, TIDIED_AT_ONCE)
    const longAgoMs = nowMs - this.#lifecycle.retentionMs
    for (let looked = 0; looked < TIDIED_AT_ONCE && this.#sessions.hasNext(longAgoMs); looked++) {
      const key = this.#sessions.takeNext()
      const entry = key === undefined ? undefined : this.#sessions.get(key)
      if (key === undefined || (entry !== undefined && this.#keptForFamily(key, entry, nowMs))) continue
      if (entry !== undefined && nextMomentMs(entry) > longAgoMs) this.#sessions.keep(key, entry)
      else this.#lifecycle.tombstones.forget(key)
    }
  }

  #claimOne (key: SessionKey, nowMs: number): EndedSession | null {
    const before = this.#sessions.get(key)
    const claimedUntilMs = nowMs + CLAIM_LEASE_MS
    if (before?.state === 'live') {
      const outcome = this.#lifecycle.expire(key, before, nowMs, claimedUntilMs)
      if (outcome === 'alive') this.#sessions.keep(key, before)
      return typeof outcome === 'string' ? null : outcome
    }
    if (before !== undefined && this.#keptForFamily(key, before, nowMs)) return null
    if (before === undefined || before.forgetAtMs <= nowMs) {
      this.#lifecycle.tombstones.forget(key)
      return null
    }
    const isPending = before.state === 'ended' && before.claimedUntilMs <= nowMs
    this.#sessions.keep(key, isPending ? { ...before, claimedUntilMs } : before)
    return isPending ? before.ended : null
  }

  /**
   * Keeps the tombstone of a root while a member of its family lives. A sign-out finds the members there.
   * @returns whether the tombstone is kept for that
   */
  #keptForFamily (key: SessionKey, entry: MemoryEntry, nowMs: number): boolean {
    if (entry.state !== 'renewed' || entry.forgetAtMs > nowMs) return false
    const living = entry.members.flatMap(({ key }) => this.#lifecycle.live(key, nowMs) ?? [])
    if (living.length === 0) return false
    this.#sessions.keep(key, { ...entry, forgetAtMs: Math.max(...living.map(nextMomentMs)) })
    return true
  }
}
