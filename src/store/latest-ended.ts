import { HISTORY_PER_USER } from './limits.ts'
import type { SessionKey } from './store.ts'

/** Knows the latest ended sessions of each user: {@link HISTORY_PER_USER} at most, by when they ended. */
export class LatestEnded {
  readonly #keysOf = new Map<string, SessionKey[]>()
  /** Ended sessions that are not among them. */
  readonly #others = new Set<SessionKey>()
  readonly #endedAtMs: (key: SessionKey) => number

  constructor (endedAtMs: (key: SessionKey) => number) {
    this.#endedAtMs = endedAtMs
  }

  /** @returns the session that is not among the latest any more, if there is one: it may be this very one */
  add (user: string, key: SessionKey): SessionKey | undefined {
    const keys = this.#keysOf.get(user)
    if (keys === undefined) {
      this.#keysOf.set(user, [key])
      return undefined
    }
    const endedAtMs = this.#endedAtMs(key)
    const place = keys.findLastIndex(other => this.#endedAtMs(other) <= endedAtMs) + 1
    if (place === keys.length) keys.push(key)
    else keys.splice(place, 0, key)
    const crowdedOut = keys.length > HISTORY_PER_USER ? keys.shift() : undefined
    if (crowdedOut !== undefined) this.#others.add(crowdedOut)
    return crowdedOut
  }

  delete (user: string, key: SessionKey): void {
    if (this.#others.delete(key)) return
    const keys = this.#keysOf.get(user) ?? []
    const place = keys.indexOf(key)
    if (place >= 0) keys.splice(place, 1)
    if (keys.length === 0) this.#keysOf.delete(user)
  }

  /** Whether an ended session is among them, or of nobody who could have others. */
  has (key: SessionKey): boolean {
    return !this.#others.has(key)
  }

  of (user: string): readonly SessionKey[] {
    return this.#keysOf.get(user) ?? []
  }
}
