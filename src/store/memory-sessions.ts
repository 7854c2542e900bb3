import { Agenda } from './agenda.ts'
import type { MemoryEntry } from './memory-entry.ts'
import { nextMomentMs, userIn } from './memory-entry.ts'
import type { SessionKey } from './store.ts'

type KeysOfUsers = Map<string, Set<SessionKey>>

/** The sessions in memory: found by key, by user, and by when there is next something to do about them. */
export class MemorySessions {
  readonly #entries = new Map<SessionKey, MemoryEntry>()
  /** Apart from those that have ended: the work for a user's live sessions does not grow with the history. */
  readonly #liveOf: KeysOfUsers = new Map()
  readonly #endedOf: KeysOfUsers = new Map()
  readonly #agenda = new Agenda()
  #begun = 0

  get size (): number {
    return this.#entries.size
  }

  /** The place in lists of a session that begins. */
  nextSeq (): number {
    return ++this.#begun
  }

  get (key: SessionKey): MemoryEntry | undefined {
    return this.#entries.get(key)
  }

  /** All, in the order in which they began. */
  all (): Iterable<readonly [SessionKey, MemoryEntry]> {
    return this.#entries
  }

  /** A user's, live or ended, in any order. Expired ones that nobody has come across are among the live ones. */
  * of (user: string, state: 'live' | 'ended'): Generator<readonly [SessionKey, MemoryEntry]> {
    for (const key of (state === 'live' ? this.#liveOf : this.#endedOf).get(user) ?? []) {
      const entry = this.#entries.get(key)
      if (entry !== undefined) yield [key, entry]
    }
  }

  keep (key: SessionKey, entry: MemoryEntry): void {
    const before = this.#entries.get(key)
    this.#entries.set(key, entry)
    if (before?.state !== entry.state || userIn(before) !== userIn(entry)) {
      this.#leave(key, before)
      this.#join(key, entry)
    }
    this.#agenda.appoint(key, nextMomentMs(entry))
  }

  forget (key: SessionKey): void {
    this.#leave(key, this.#entries.get(key))
    this.#entries.delete(key)
    this.#agenda.cancel(key)
  }

  isDue (nowMs: number): boolean {
    return this.#agenda.isDue(nowMs)
  }

  /** Takes the next appointment. @returns `undefined` when that one no longer counted. */
  takeDue (): SessionKey | undefined {
    return this.#agenda.take()
  }

  #join (key: SessionKey, entry: MemoryEntry): void {
    const user = userIn(entry)
    if (user === undefined) return
    const index = this.#indexOf(entry)
    const keys = index.get(user)
    if (keys === undefined) index.set(user, new Set([key]))
    else keys.add(key)
  }

  #leave (key: SessionKey, entry: MemoryEntry | undefined): void {
    const user = userIn(entry)
    if (entry === undefined || user === undefined) return
    const index = this.#indexOf(entry)
    const keys = index.get(user)
    keys?.delete(key)
    if (keys?.size === 0) index.delete(user)
  }

  #indexOf (entry: MemoryEntry): KeysOfUsers {
    return entry.state === 'live' ? this.#liveOf : this.#endedOf
  }
}
