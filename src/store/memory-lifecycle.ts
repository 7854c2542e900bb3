import { toMs } from '../core/clock.ts'
import type { EndReason } from '../core/policy.ts'
import { stateOf } from '../core/policy.ts'
import type { EndTimes, FamilyMember, LiveEntry, MemoryEntry } from './memory-entry.ts'
import { endedEntry, entrySetRight, sessionOf, goneEntry, nextMomentMs } from './memory-entry.ts'
import { MemoryTombstones } from './memory-tombstones.ts'
import type { MemorySessions } from './memory-sessions.ts'
import type { EndedSession, FoundSession, Loaded, SessionKey } from './store.ts'
import { ANONYMOUS_RETENTION_SECONDS, CLAIM_LEASE_MS } from './limits.ts'

export type LiveMember = readonly [key: SessionKey, entry: LiveEntry]

/** How sessions in memory expire, end, are renewed, claimed and forgotten. */
export class MemoryLifecycle {
  readonly #sessions: MemorySessions
  readonly #retentionMs: number
  readonly tombstones: MemoryTombstones

  constructor (sessions: MemorySessions, retentionMs: number) {
    this.#sessions = sessions
    this.#retentionMs = retentionMs
    this.tombstones = new MemoryTombstones(sessions, retentionMs)
  }

  /** The entry, if the session is alive. One that is found expired ends on the spot, for the sweep to claim. */
  live (key: SessionKey, nowMs: number): LiveEntry | undefined {
    const entry = this.#sessions.get(key)
    if (entry?.state !== 'live') return undefined
    return this.#expire(key, entry, nowMs) === 'alive' ? entry : undefined
  }

  find (key: SessionKey, nowMs: number): FoundSession {
    this.live(key, nowMs)
    return this.#sessionOf(this.#sessions.get(key), nowMs)
  }

  /** What there is to say of a session that is not alive, to somebody who wants to load it. */
  over (key: SessionKey, nowMs: number): Exclude<Loaded, { state: 'live' }> {
    const session = this.find(key, nowMs)
    const entry = this.#sessions.get(key)
    if (session.state === 'live') return { state: 'unknown' }
    if (session.state !== 'renewed' || entry?.state !== 'renewed') return session as Exclude<typeof session, { state: 'renewed' }>
    return { ...session, renewedForMs: Math.max(0, nowMs - entry.atMs) }
  }

  /** The living members of a session's family. At most {@link MOST_SUCCESSORS}. */
  family (key: SessionKey, nowMs: number): LiveMember[] {
    const entry = this.#sessions.get(key)
    const members = entry?.state === 'live' ? [key] : []
    const latest = this.#membersOf(this.#rootOf(key, entry)).map(({ key }) => key)
    return [...new Set([...members, ...latest])].flatMap(member => {
      const found = this.live(member, nowMs)
      return found === undefined ? [] : [[member, found]]
    })
  }

  /** The session itself, if it is alive; of a renewed one, the living members of its family. */
  living (key: SessionKey, nowMs: number): LiveMember[] {
    const entry = this.live(key, nowMs)
    return entry === undefined ? this.family(key, nowMs) : [[key, entry]]
  }

  /** A session goes on as itself, or as the latest of its line: this is given if it is alive. Twins are others. */
  lineOf (key: SessionKey, nowMs: number): LiveMember | undefined {
    const entry = this.live(key, nowMs)
    if (entry !== undefined) return [key, entry]
    const replaced = this.#sessions.get(key)
    if (replaced?.state !== 'renewed') return undefined
    const { root, line } = replaced.from ?? { root: key, line: 1 }
    const latest = this.#membersOf(root).find(member => member.line === line)
    const found = latest === undefined ? undefined : this.live(latest.key, nowMs)
    return latest === undefined || found === undefined ? undefined : [latest.key, found]
  }

  /** What a log-out ends: the living members of the family; of a living session's, those of the same user. */
  signedOutWith (key: SessionKey, nowMs: number): LiveMember[] {
    const entry = this.live(key, nowMs)
    return this.family(key, nowMs).filter(([, { user }]) => entry === undefined || user === entry.user)
  }

  /** The authenticated sessions of a user that are alive, the one that started first in front. */
  liveOf (user: string, nowMs: number): LiveMember[] {
    const found: LiveMember[] = []
    for (const [key] of [...this.#sessions.of(user, 'live')]) {
      const entry = this.live(key, nowMs)
      if (entry?.record.isAuthenticated === true) found.push([key, entry])
    }
    return found.sort(([, a], [, b]) => a.record.startedAtMs - b.record.startedAtMs || a.seq - b.seq)
  }

  /** Ends live sessions. @returns the ends, claimed for the caller. An anonymous session just goes. */
  end (sessions: readonly LiveMember[], reason: EndReason, nowMs: number, by?: string): EndedSession[] {
    const ended: EndedSession[] = []
    const times = {
      endedAtMs: nowMs,
      claimedUntilMs: nowMs + CLAIM_LEASE_MS,
      forgetAtMs: nowMs + this.#retentionMs,
      ...(by === undefined ? {} : { by })
    }
    for (const [key, entry] of sessions) {
      if (entry.record.isAuthenticated) ended.push(this.#end(key, entrySetRight(entry, nowMs), reason, times))
      else this.drop(key, entry, nowMs)
    }
    return ended
  }

  /** Lets an anonymous session go, so that only this stays known. */
  drop (key: SessionKey, entry: LiveEntry, nowMs: number): void {
    this.#sessions.keep(key, goneEntry(entry, nowMs, nowMs + Math.min(this.#retentionMs, toMs(ANONYMOUS_RETENTION_SECONDS))))
  }

  /** Lets a session go on as one more member of its family. @returns the root of the family */
  renew (key: SessionKey, successor: SessionKey, nowMs: number, livesUntilMs: number): SessionKey {
    const entry = this.#sessions.get(key)
    const root = this.#rootOf(key, entry)
    const by = [...this.#membersOf(root)]
    const { position: place, line } = this.#positionFor(key, by, nowMs)
    by[place] = { key: successor, line }
    const forgetAtMs = Math.max(nowMs + this.#retentionMs, livesUntilMs)
    if (entry?.state === 'live' && key !== root) {
      const crowdedOut = this.#sessions.keep(key, { state: 'renewed', seq: entry.seq, members: [], from: { root, line }, atMs: nowMs, forgetAtMs })
      if (crowdedOut !== undefined) this.tombstones.demote(crowdedOut)
    }
    const before = this.#sessions.get(root)
    const atMs = before?.state === 'renewed' ? before.atMs : nowMs
    this.#sessions.keep(root, { state: 'renewed', seq: before?.seq ?? this.#sessions.nextSeq(), members: by, atMs, forgetAtMs })
    return root
  }

  /** Parts a session from its family: the handles from before its renewals lead to it no more. @returns what it is then */
  sever (key: SessionKey, entry: LiveEntry): LiveEntry {
    const { root, ...severed } = entry
    const family = root === undefined ? undefined : this.#sessions.get(root)
    if (root === undefined || family?.state !== 'renewed') return severed
    this.#sessions.keep(root, { ...family, members: family.members.filter(member => member.key !== key) })
    this.#sessions.publishEnd(root)
    return severed
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
    const livesOn = this.#familyLivesUntilMs(before, nowMs)
    if (before !== undefined && livesOn !== undefined) {
      this.#sessions.keep(key, { ...before, forgetAtMs: livesOn })
      return null
    }
    if (before === undefined || before.forgetAtMs <= nowMs) {
      this.tombstones.forget(key)
      return null
    }
    const isPending = before.state === 'ended' && before.claimedUntilMs <= nowMs
    this.#sessions.keep(key, isPending ? { ...before, claimedUntilMs } : before)
    return isPending ? before.ended : null
  }

  /** Brings moments back that a clock has left too far ahead. */
  setRight (nowMs: number): void {
    for (const [key, entry] of this.#sessions.all()) {
      if (entry.state === 'live') this.#sessions.keep(key, entrySetRight(entry, nowMs))
      if (entry.state !== 'ended') continue
      const claimedUntilMs = entry.claimedUntilMs === Infinity ? Infinity : Math.min(entry.claimedUntilMs, nowMs + CLAIM_LEASE_MS)
      this.#sessions.keep(key, { ...entry, claimedUntilMs, forgetAtMs: Math.min(entry.forgetAtMs, nowMs + this.#retentionMs) })
    }
  }

  /** Keeps memory bounded where no sweep runs: each new session clears away up to two whose time has long passed. */
  tidy (nowMs: number): void {
    this.tombstones.tidy(nowMs, 2)
    const longAgoMs = nowMs - this.#retentionMs
    for (let looked = 0; looked < 2 && this.#sessions.hasNext(longAgoMs); looked++) {
      const key = this.#sessions.takeNext()
      if (key === undefined) continue
      const entry = this.#sessions.get(key)
      const livesOn = this.#familyLivesUntilMs(entry, nowMs)
      if (entry !== undefined && livesOn !== undefined) this.#sessions.keep(key, { ...entry, forgetAtMs: livesOn } as MemoryEntry)
      else if (entry !== undefined && nextMomentMs(entry) > longAgoMs) this.#sessions.keep(key, entry)
      else this.tombstones.forget(key)
    }
  }

  /** Until when the members of a family live whose first session is to be forgotten: a log-out looks for them there. */
  #familyLivesUntilMs (entry: MemoryEntry | undefined, nowMs: number): number | undefined {
    if (entry?.state !== 'renewed' || entry.forgetAtMs > nowMs) return undefined
    const living = entry.members.flatMap(({ key }) => this.live(key, nowMs) ?? [])
    return living.length === 0 ? undefined : Math.max(...living.map(nextMomentMs))
  }

  /** Of a session that was renewed: the members of its family, that of its own line in front. */
  #sessionOf (entry: MemoryEntry | undefined, nowMs: number): FoundSession {
    if (entry?.state !== 'renewed' || entry.from === undefined) return sessionOf(entry, nowMs)
    const { root, line } = entry.from
    const members = this.#membersOf(root)
    const inFront = [...members.filter(member => member.line === line), ...members.filter(member => member.line !== line)]
    return { state: 'renewed', successors: inFront.map(({ key }) => key) }
  }

  /** A root is renewed or forgotten: a living session is its own. */
  #rootOf (key: SessionKey, entry: MemoryEntry | undefined): SessionKey {
    if (entry?.state === 'live') return entry.root ?? key
    return entry?.state === 'renewed' ? entry.from?.root ?? key : key
  }

  #membersOf (root: SessionKey): readonly FamilyMember[] {
    const entry = this.#sessions.get(root)
    return entry?.state === 'renewed' ? entry.members : []
  }

  /**
   * Where a successor stands among the members, and in which line: those of its predecessor; or in a line of its own, in
   * the place of a member that is over, or behind.
   */
  #positionFor (key: SessionKey, members: readonly FamilyMember[], nowMs: number): { position: number, line: number } {
    const own = members.findIndex(member => member.key === key)
    const [member] = own < 0 ? [] : members.slice(own)
    if (member !== undefined) return { position: own, line: member.line }
    const over = members.findIndex(member => this.live(member.key, nowMs) === undefined)
    return { position: over >= 0 ? over : members.length, line: 1 + Math.max(0, ...members.map(({ line }) => line)) }
  }

  /** Ends the session if it is expired, claimed until then if that is given; of an anonymous one nothing stays. */
  #expire (key: SessionKey, entry: LiveEntry, nowMs: number, claimedUntilMs?: number): 'alive' | 'gone' | EndedSession {
    const current = stateOf(entry.record, nowMs)
    if (current.state !== 'ended') return 'alive'
    if (!entry.record.isAuthenticated) {
      this.#sessions.forget(key)
      return 'gone'
    }
    const { reason, deadlineMs: endedAtMs } = current
    const times = { endedAtMs, claimedUntilMs: claimedUntilMs ?? endedAtMs, forgetAtMs: nowMs + this.#retentionMs }
    return this.#end(key, entrySetRight(entry, nowMs), reason, times)
  }

  #end (key: SessionKey, entry: LiveEntry, reason: EndReason, times: EndTimes): EndedSession {
    const over = endedEntry(key, entry, reason, times)
    const crowdedOut = this.#sessions.keep(key, over)
    if (crowdedOut !== undefined) this.tombstones.demote(crowdedOut)
    return over.ended
  }
}
