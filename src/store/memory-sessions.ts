import { Agenda } from './agenda.ts'
import type { Handle } from './handle.ts'
import type { MemoryEntry } from './memory-entry.ts'
import { nextMomentMs, userIn } from './memory-entry.ts'

/** The sessions in memory: found by handle, by user, and by when there is next something to do about them. */
export class MemorySessions {
  readonly #entries = new Map<Handle, MemoryEntry>()
  readonly #ofUser = new Map<string, Set<Handle>>()
  readonly #agenda = new Agenda()

  get size (): number {
    return this.#entries.size
  }

  get (handle: Handle): MemoryEntry | undefined {
    return this.#entries.get(handle)
  }

  /** In the order in which they were created. */
  all (): Iterable<readonly [Handle, MemoryEntry]> {
    return this.#entries
  }

  /** In any order. */
  * of (user: string): Generator<readonly [Handle, MemoryEntry]> {
    for (const handle of this.#ofUser.get(user) ?? []) {
      const entry = this.#entries.get(handle)
      if (entry !== undefined) yield [handle, entry]
    }
  }

  keep (handle: Handle, entry: MemoryEntry): void {
    const before = this.#entries.get(handle)
    this.#entries.set(handle, entry)
    const user = userIn(entry)
    if (before === undefined || userIn(before) !== user) {
      this.#leave(handle, before)
      if (user !== undefined) this.#ofUser.set(user, (this.#ofUser.get(user) ?? new Set()).add(handle))
    }
    this.#agenda.appoint(handle, nextMomentMs(entry))
  }

  forget (handle: Handle): void {
    this.#leave(handle, this.#entries.get(handle))
    this.#entries.delete(handle)
    this.#agenda.cancel(handle)
  }

  isDue (nowMs: number): boolean {
    return this.#agenda.isDue(nowMs)
  }

  /** Takes the next appointment. @returns `undefined` when that one no longer counted. */
  takeDue (): Handle | undefined {
    return this.#agenda.take()
  }

  #leave (handle: Handle, entry: MemoryEntry | undefined): void {
    const user = entry === undefined ? undefined : userIn(entry)
    if (user === undefined) return
    const handles = this.#ofUser.get(user)
    handles?.delete(handle)
    if (handles?.size === 0) this.#ofUser.delete(user)
  }
}
