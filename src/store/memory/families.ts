import type { FamilyMember, LiveEntry, MemoryEntry } from './entry.ts'
import { sessionOf } from './entry.ts'
import type { LiveMember, MemoryLifecycle } from './lifecycle.ts'
import type { MemorySessions } from './sessions.ts'
import type { FoundSession, Loaded, SessionKey } from '../store.ts'

/** Finds families in memory: all sessions that renewals have made of one sign-in. */
export class MemoryFamilies {
  readonly #sessions: MemorySessions
  readonly #lifecycle: MemoryLifecycle

  constructor (sessions: MemorySessions, lifecycle: MemoryLifecycle) {
    this.#sessions = sessions
    this.#lifecycle = lifecycle
  }

  /** Returns the state of a session. The successors of a renewed one begin with the one in its own line. */
  find (key: SessionKey, nowMs: number): FoundSession {
    this.#lifecycle.live(key, nowMs)
    const entry = this.#sessions.get(key)
    if (entry?.state !== 'renewed' || entry.from === undefined) return sessionOf(entry, nowMs)
    const { root, line } = entry.from
    const members = this.#membersOf(root)
    const inOrder = [...members.filter(one => one.line === line), ...members.filter(one => one.line !== line)]
    return { state: 'renewed', successors: inOrder.map(({ key }) => key) }
  }

  /** Returns the answer to a load of a session that is not alive. */
  over (key: SessionKey, nowMs: number): Exclude<Loaded, { state: 'live' }> {
    const session = this.find(key, nowMs)
    const entry = this.#sessions.get(key)
    if (session.state === 'live') return { state: 'unknown' }
    if (session.state !== 'renewed') return session
    const renewedAtMs = entry?.state === 'renewed' ? entry.atMs : nowMs
    return { ...session, renewedForMs: Math.max(0, nowMs - renewedAtMs) }
  }

  /** Returns the living members of a session's family, at most {@link MOST_SUCCESSORS}. */
  family (key: SessionKey, nowMs: number): LiveMember[] {
    const entry = this.#sessions.get(key)
    const members = entry?.state === 'live' ? [key] : []
    const latest = this.#membersOf(this.#rootOf(key, entry)).map(({ key }) => key)
    return [...new Set([...members, ...latest])].flatMap(member => {
      const found = this.#lifecycle.live(member, nowMs)
      return found === undefined ? [] : [[member, found]]
    })
  }

  /** Returns a live session itself. Of a renewed session, returns the living members of its family. */
  living (key: SessionKey, nowMs: number): LiveMember[] {
    const entry = this.#lifecycle.live(key, nowMs)
    return entry === undefined ? this.family(key, nowMs) : [[key, entry]]
  }

  /**
   * Returns a live session itself, or the live session at the end of its line. Twins have lines of their own.
   * @returns undefined if the line has no live session
   */
  lineOf (key: SessionKey, nowMs: number): LiveMember | undefined {
    const entry = this.#lifecycle.live(key, nowMs)
    if (entry !== undefined) return [key, entry]
    const renewed = this.#sessions.get(key)
    if (renewed?.state !== 'renewed') return undefined
    const { root, line } = renewed.from ?? { root: key, line: 1 }
    const latest = this.#membersOf(root).find(member => member.line === line)
    const found = latest === undefined ? undefined : this.#lifecycle.live(latest.key, nowMs)
    return latest === undefined || found === undefined ? undefined : [latest.key, found]
  }

  /**
   * Returns the sessions that a sign-out ends: the living members of the family. A live session's family ends only as
   * far as its members are of the same user.
   */
  signedOutWith (key: SessionKey, nowMs: number): LiveMember[] {
    const entry = this.#lifecycle.live(key, nowMs)
    return this.family(key, nowMs).filter(([, { user }]) => entry === undefined || user === entry.user)
  }

  /**
   * Adds a successor to the family of a renewed session.
   * @returns the root of the family
   */
  renew (key: SessionKey, successor: SessionKey, nowMs: number, livesUntilMs: number): SessionKey {
    const entry = this.#sessions.get(key)
    const root = this.#rootOf(key, entry)
    const members = [...this.#membersOf(root)]
    const { position, line } = this.#positionFor(key, members, nowMs)
    members[position] = { key: successor, line }
    const forgetAtMs = Math.max(nowMs + this.#lifecycle.retentionMs, livesUntilMs)
    if (entry?.state === 'live' && key !== root) {
      const demoted = this.#sessions.keep(key, {
        state: 'renewed', seq: entry.seq, members: [], from: { root, line }, atMs: nowMs, forgetAtMs
      })
      if (demoted !== undefined) this.#lifecycle.tombstones.demote(demoted)
    }
    const before = this.#sessions.get(root)
    const atMs = before?.state === 'renewed' ? before.atMs : nowMs
    const seq = before?.seq ?? this.#sessions.nextSeq()
    this.#sessions.keep(root, { state: 'renewed', seq, members, atMs, forgetAtMs })
    return root
  }

  /**
   * Removes a live session from its family. Handles from before its renewals do not lead to it any more: the holder of
   * such a handle may be another person.
   * @returns the entry of the session without a family
   */
  sever (key: SessionKey, entry: LiveEntry): LiveEntry {
    const { root, ...severed } = entry
    const family = root === undefined ? undefined : this.#sessions.get(root)
    if (root === undefined || family?.state !== 'renewed') return severed
    this.#sessions.keep(root, { ...family, members: family.members.filter(member => member.key !== key) })
    this.#sessions.publishEnd(root)
    return severed
  }

  /** A root is renewed or forgotten: a living session without one is its own root. */
  #rootOf (key: SessionKey, entry: MemoryEntry | undefined): SessionKey {
    if (entry?.state === 'live') return entry.root ?? key
    return entry?.state === 'renewed' ? entry.from?.root ?? key : key
  }

  #membersOf (root: SessionKey): readonly FamilyMember[] {
    const entry = this.#sessions.get(root)
    return entry?.state === 'renewed' ? entry.members : []
  }

  /**
   * Returns the position and the line of a successor among the members of a family. A successor of a member takes over
   * both. Any other successor begins a line, at the position of a member that is over, or behind all.
   */
  #positionFor (
    key: SessionKey, members: readonly FamilyMember[], nowMs: number
  ): { readonly position: number, readonly line: number } {
    const own = members.findIndex(member => member.key === key)
    const [member] = own < 0 ? [] : members.slice(own)
    if (member !== undefined) return { position: own, line: member.line }
    const over = members.findIndex(member => this.#lifecycle.live(member.key, nowMs) === undefined)
    const line = 1 + Math.max(0, ...members.map(({ line }) => line))
    return { position: over >= 0 ? over : members.length, line }
  }
}
