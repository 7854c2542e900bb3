import { TOMBSTONES_PER_USER } from './limits.ts'
import type { SessionKey } from './store.ts'

/**
 * Keeps the latest sessions of each group, at most {@link TOMBSTONES_PER_USER}. A group is, for example, the ended
 * sessions of a user.
 */
export class Latest {
  readonly #keysOf = new Map<string, SessionKey[]>()
  /** The sessions of a group that are not among its latest. */
  readonly #others = new Set<SessionKey>()
  readonly #momentOf: (key: SessionKey) => number

  /** @param momentOf returns the moment at which a session joined its group */
  constructor (momentOf: (key: SessionKey) => number) {
    this.#momentOf = momentOf
  }

  /**
   * Adds a session to a group.
   * @returns the session that is not among the latest any more, which may be this one
   */
  add (group: string, key: SessionKey): SessionKey | undefined {
    const keys = this.#keysOf.get(group)
    if (keys === undefined) {
      this.#keysOf.set(group, [key])
      return undefined
    }
    const moment = this.#momentOf(key)
    const place = keys.findLastIndex(other => this.#momentOf(other) <= moment) + 1
    if (place === keys.length) keys.push(key)
    else keys.splice(place, 0, key)
    const crowdedOut = keys.length > TOMBSTONES_PER_USER ? keys.shift() : undefined
    if (crowdedOut !== undefined) this.#others.add(crowdedOut)
    return crowdedOut
  }

  delete (group: string, key: SessionKey): void {
    if (this.#others.delete(key)) return
    const keys = this.#keysOf.get(group) ?? []
    const place = keys.indexOf(key)
    if (place >= 0) keys.splice(place, 1)
    if (keys.length === 0) this.#keysOf.delete(group)
  }

  /** Whether a session is among the latest of its group, or in no group. */
  has (key: SessionKey): boolean {
    return !this.#others.has(key)
  }

  of (group: string): readonly SessionKey[] {
    return this.#keysOf.get(group) ?? []
  }
}
