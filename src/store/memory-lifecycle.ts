import { toMs } from '../core/clock.ts'
import type { EndReason } from '../core/policy.ts'
import { standingOf } from '../core/policy.ts'
import type { EndTimes, LiveEntry, MemoryEntry, ReplacedEntry } from './memory-entry.ts'
import { endedEntry, fateOf, goneEntry, nextMomentMs, renewedEntry } from './memory-entry.ts'
import type { MemorySessions } from './memory-sessions.ts'
import type { EndedSession, Fate, SessionKey } from './store.ts'
import { ANONYMOUS_RETENTION_SECONDS, CLAIM_LEASE_MS } from './store.ts'
import { MOST_LOOKED_AT } from './successors.ts'

export type LiveSession = readonly [key: SessionKey, entry: LiveEntry]

/** How sessions in memory expire, end, are renewed, claimed and forgotten. */
export class MemoryLifecycle {
  readonly #sessions: MemorySessions
  readonly #retentionMs: number

  constructor (sessions: MemorySessions, retentionMs: number) {
    this.#sessions = sessions
    this.#retentionMs = retentionMs
  }

  /** The entry, if the session is alive. One that is found expired ends on the spot, for the sweep to claim. */
  live (key: SessionKey, nowMs: number): LiveEntry | undefined {
    const entry = this.#sessions.get(key)
    if (entry?.state !== 'live') return undefined
    return this.#expire(key, entry, nowMs, nowMs) === 'alive' ? entry : undefined
  }

  fate (key: SessionKey, nowMs: number): Fate {
    this.live(key, nowMs)
    return fateOf(this.#sessions.get(key), nowMs)
  }

  /** The session itself, if it is alive; of a renewed one, all living sessions that it goes on as. Bounded work. */
  living (key: SessionKey, nowMs: number): LiveSession[] {
    return this.#follow([key], false, nowMs).flatMap(([next, entry]) => entry.state === 'live' ? [[next, entry]] : [])
  }

  /**
   * Finds what a log-out ends: what living() finds, and behind that the twins. These are the other sessions of the same
   * user that began as renewals of the same session, or go on from one that did. Bounded work.
   */
  signedOutWith (key: SessionKey, nowMs: number): LiveSession[] {
    const found = new Map(this.living(key, nowMs))
    const users = new Set(Array.from(found.values(), ({ user }) => user))
    const forks = Array.from(found.values()).flatMap(({ fork }) => fork ?? [])
    for (const [next, entry] of this.#follow(forks, true, nowMs)) {
      if (entry.state === 'live' && users.has(entry.user)) found.set(next, entry)
    }
    return [...found]
  }

  /** The authenticated sessions of a user that are alive, the one that started first in front. */
  liveOf (user: string, nowMs: number): LiveSession[] {
    const found: LiveSession[] = []
    for (const [key] of [...this.#sessions.of(user, 'live')]) {
      const entry = this.live(key, nowMs)
      if (entry?.record.protected === true) found.push([key, entry])
    }
    return found.sort(([, a], [, b]) => a.record.startedAtMs - b.record.startedAtMs || a.seq - b.seq)
  }

  /** Ends live sessions. @returns the ends, claimed for the caller. An anonymous session just goes. */
  end (sessions: readonly LiveSession[], reason: EndReason, nowMs: number): EndedSession[] {
    const ended: EndedSession[] = []
    const times = { endedAtMs: nowMs, claimedUntilMs: nowMs + CLAIM_LEASE_MS, forgetAtMs: nowMs + this.#retentionMs }
    for (const [key, entry] of sessions) {
      if (entry.record.protected) ended.push(this.#end(key, entry, reason, times))
      else this.drop(key, entry, nowMs)
    }
    return ended
  }

  /** Lets an anonymous session go, so that only this stays known. */
  drop (key: SessionKey, entry: LiveEntry, nowMs: number): void {
    this.#sessions.keep(key, goneEntry(entry, nowMs + Math.min(this.#retentionMs, toMs(ANONYMOUS_RETENTION_SECONDS))))
  }

  /** Lets a session go on under one more key. @returns the fork of the successor, if it has one */
  renew (key: SessionKey, successor: SessionKey, nowMs: number): SessionKey | undefined {
    const entry = this.#sessions.get(key)
    if (entry === undefined || entry.state === 'ended') return undefined
    const isFork = entry.state === 'replaced'
    const renewed = isFork ? this.#fork(key, entry, nowMs) : entry
    this.#sessions.keep(key, renewedEntry(renewed, successor, nowMs + this.#retentionMs))
    return isFork ? key : entry.fork
  }

  /** Does what the moment asks for, and makes the next appointment. @returns an end that is to be notified, claimed. */
  claim (key: SessionKey, nowMs: number): EndedSession | null {
    const before = this.#sessions.get(key)
    const claimedUntilMs = nowMs + CLAIM_LEASE_MS
    if (before?.state === 'live') {
      const outcome = this.#expire(key, before, nowMs, claimedUntilMs)
      if (outcome === 'alive') this.#sessions.keep(key, before)
      return typeof outcome === 'string' ? null : outcome
    }
    if (before === undefined || before.forgetAtMs <= nowMs) {
      this.#sessions.forget(key)
      return null
    }
    const isPending = before.state === 'ended' && before.claimedUntilMs <= nowMs
    this.#sessions.keep(key, isPending ? { ...before, claimedUntilMs } : before)
    return isPending ? before.ended : null
  }

  /** Keeps memory bounded where no sweep runs: each new session clears away up to two whose time has long passed. */
  tidy (nowMs: number): void {
    const longAgoMs = nowMs - this.#retentionMs
    for (let looked = 0; looked < 2 && this.#sessions.isDue(longAgoMs); looked++) {
      const key = this.#sessions.takeDue()
      if (key === undefined) continue
      const entry = this.#sessions.get(key)
      if (entry !== undefined && nextMomentMs(entry) > longAgoMs) this.#sessions.keep(key, entry)
      else this.#sessions.forget(key)
    }
  }

  /** The sessions and what they go on as, each once. Of forks, the forks above are followed too. Bounded work. */
  #follow (from: readonly SessionKey[], areForks: boolean, nowMs: number): Array<[SessionKey, MemoryEntry]> {
    const found: Array<[SessionKey, MemoryEntry]> = []
    const keys = new Set(from) // grows while it is walked, and holds each key once
    let looked = 0
    for (const next of keys) {
      if (looked++ >= MOST_LOOKED_AT) break
      const entry = this.live(next, nowMs) ?? this.#sessions.get(next)
      if (entry === undefined) continue
      found.push([next, entry])
      if (entry.state !== 'replaced') continue
      for (const successor of entry.by) keys.add(successor)
      if (areForks && entry.fork !== undefined) keys.add(entry.fork)
    }
    return found
  }

  /**
   * Makes a session that is renewed once more the fork of all that it goes on as, but for those with a fork in between:
   * that has this one as its own.
   */
  #fork (key: SessionKey, renewed: ReplacedEntry, nowMs: number): ReplacedEntry {
    const chain = this.#follow([key], false, nowMs)
    const here = new Set(chain.map(([next]) => next))
    let above = renewed.fork
    for (const [next, entry] of chain.slice(1)) {
      if (entry.state === 'ended' || (entry.state === 'replaced' && entry.by.length < 2)) continue
      if (entry.fork !== undefined && here.has(entry.fork)) continue
      above ??= entry.fork
      this.#sessions.keep(next, { ...entry, fork: key })
    }
    return above === undefined ? renewed : { ...renewed, fork: above }
  }

  /** Ends the session if it is expired; of an anonymous one nothing stays. */
  #expire (key: SessionKey, entry: LiveEntry, nowMs: number, claimedUntilMs: number): 'alive' | 'gone' | EndedSession {
    const standing = standingOf(entry.record, nowMs)
    if (standing.state !== 'ended') return 'alive'
    if (!entry.record.protected) {
      this.#sessions.forget(key)
      return 'gone'
    }
    const { reason, deadlineMs: endedAtMs } = standing
    return this.#end(key, entry, reason, { endedAtMs, claimedUntilMs, forgetAtMs: nowMs + this.#retentionMs })
  }

  #end (key: SessionKey, entry: LiveEntry, reason: EndReason, times: EndTimes): EndedSession {
    const over = endedEntry(key, entry, reason, times)
    this.#sessions.keep(key, over)
    return over.ended
  }
}
