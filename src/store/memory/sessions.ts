import { DeadlineQueue } from '../deadline-queue.ts'
import { Latest } from '../latest.ts'
import type { LiveEntry, MemoryEntry, OverEntry } from './entry.ts'
import { isUnswept, nextMomentMs, userIn } from './entry.ts'
import type { SessionKey } from '../store.ts'

/** The sessions in memory by key, by user, and by their next moment. */
export class MemorySessions {
  /** The live sessions, apart from tombstones. The work for live sessions does not grow with these. */
  readonly #live = new Map<SessionKey, LiveEntry>()
  readonly #over = new Map<SessionKey, OverEntry>()
  readonly #liveOf = new Map<string, Set<SessionKey>>()
  readonly #latestEnded = new Latest(key => overAtMs(this.#over.get(key)))
  /** The latest renewed sessions, by the root of the family. */
  readonly #latestRenewed = new Latest(key => overAtMs(this.#over.get(key)))
  readonly #queue = new DeadlineQueue()
  /** The sessions that were found expired, and whose end no sweep has claimed. */
  readonly #unswept = new Set<SessionKey>()
  /** Listeners that receive the root of a family when a member ends or is removed. */
  readonly listeners = new Set<(family: SessionKey) => void>()
  #begun = 0
  #ended = 0
  #pending = 0

  get size (): number {
    return this.#live.size + this.#over.size
  }

  /** Returns the position in lists of a session that begins. */
  nextSeq (): number {
    return ++this.#begun
  }

  get (key: SessionKey): MemoryEntry | undefined {
    return this.#live.get(key) ?? this.#over.get(key)
  }

  /** Returns the sessions that were not found expired, in the order of their beginnings. */
  live (): Iterable<readonly [SessionKey, LiveEntry]> {
    return this.#live
  }

  /** Returns the live sessions, and the expired ones whose end no sweep has claimed. */
  * liveOrUnswept (): Generator<readonly [SessionKey, MemoryEntry]> {
    yield * this.#live
    for (const key of this.#unswept) {
      const entry = this.#over.get(key)
      if (entry !== undefined) yield [key, entry]
    }
  }

  * all (): Generator<readonly [SessionKey, MemoryEntry]> {
    yield * this.#live
    yield * this.#over
  }

  /** The number of ended sessions with a tombstone, and of pending ends among them. */
  get counts (): { readonly ended: number, readonly pending: number } {
    return { ended: this.#ended, pending: this.#pending }
  }

  /**
   * Returns the live sessions of a user, or the latest ended ones, in any order. Expired sessions that nobody has found
   * are among the live ones.
   */
  * of (user: string, state: 'live' | 'ended'): Generator<readonly [SessionKey, MemoryEntry]> {
    for (const key of state === 'live' ? this.#liveOf.get(user) ?? [] : this.#latestEnded.of(user)) {
      const entry = this.get(key)
      if (entry !== undefined) yield [key, entry]
    }
  }

  /** Whether an ended session is among the latest of its user, or has no user. */
  isLatest (key: SessionKey): boolean {
    return this.#latestEnded.has(key)
  }

  /**
   * Puts an entry in the place of another.
   * @returns the session that is not among the latest ended of its user, or the latest renewed of its family, any more
   */
  keep (key: SessionKey, entry: MemoryEntry): SessionKey | undefined {
    const before = this.get(key)
    if (entry.state === 'live') {
      this.#over.delete(key)
      this.#live.set(key, entry)
    } else {
      this.#live.delete(key)
      this.#over.set(key, entry)
    }
    this.#count(before, -1)
    this.#count(entry, 1)
    if (entry.state === 'ended' && isUnswept(entry)) this.#unswept.add(key)
    else this.#unswept.delete(key)
    this.#queue.schedule(key, nextMomentMs(entry))
    if (before?.state === entry.state && userIn(before) === userIn(entry)) return undefined
    this.#leave(key, before)
    if (before?.state === 'live' && entry.state === 'ended') this.publishEnd(before.root ?? key)
    return this.#join(key, entry)
  }

  forget (key: SessionKey): void {
    const before = this.get(key)
    this.#leave(key, before)
    this.#count(before, -1)
    this.#live.delete(key)
    this.#over.delete(key)
    this.#unswept.delete(key)
    this.#queue.cancel(key)
  }

  /** Returns the root of a live session's family. */
  familyOf (key: SessionKey): SessionKey | undefined {
    const entry = this.#live.get(key)
    return entry === undefined ? undefined : entry.root ?? key
  }

  publishEnd (family: SessionKey): void {
    for (const listener of this.listeners) listener(family)
  }

  hasNext (nowMs: number): boolean {
    return this.#queue.hasPassed(nowMs)
  }

  /**
   * Removes the next key whose moment has passed.
   * @returns `undefined` if that moment was out of date
   */
  takeNext (): SessionKey | undefined {
    return this.#queue.take()
  }

  #count (entry: MemoryEntry | undefined, change: 1 | -1): void {
    if (entry?.state !== 'ended') return
    this.#ended += change
    if (entry.claimedUntilMs !== Infinity) this.#pending += change
  }

  #join (key: SessionKey, entry: MemoryEntry): SessionKey | undefined {
    if (entry.state === 'renewed') {
      return entry.from === undefined ? undefined : this.#latestRenewed.add(entry.from.root, key)
    }
    const user = userIn(entry)
    if (user === undefined) return undefined
    if (entry.state === 'ended') return this.#latestEnded.add(user, key)
    const keys = this.#liveOf.get(user)
    if (keys === undefined) this.#liveOf.set(user, new Set([key]))
    else keys.add(key)
    return undefined
  }

  #leave (key: SessionKey, entry: MemoryEntry | undefined): void {
    if (entry?.state === 'renewed' && entry.from !== undefined) this.#latestRenewed.delete(entry.from.root, key)
    const user = userIn(entry)
    if (entry === undefined || user === undefined) return
    if (entry.state === 'ended') return this.#latestEnded.delete(user, key)
    const keys = this.#liveOf.get(user)
    keys?.delete(key)
    if (keys?.size === 0) this.#liveOf.delete(user)
  }
}

/** Returns the moment at which a session ended or was renewed. */
function overAtMs (entry: MemoryEntry | undefined): number {
  if (entry?.state === 'ended') return entry.ended.endedAtMs
  return entry?.state === 'renewed' ? entry.atMs : -Infinity
}
