import { LruMap } from 'toad-cache'
import type { Handle } from './handle.ts'

/** The most handles that are kept: the latest, at some 200 bytes each. */
const SIZE = 1000

/**
 * Remembers which lines the log has of a session. A browser presents an unreadable session again and again, and each
 * request would add the same line.
 */
export class LoggedHandles {
  readonly #logged = new LruMap<true>(SIZE)

  /** Returns whether a line is the first of a session, as far as known. */
  isFirst (handle: Handle, message: string): boolean {
    const key = `${handle} ${message}`
    if (this.#logged.get(key) === true) return false
    this.#logged.set(key, true)
    return true
  }
}
