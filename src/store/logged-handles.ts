import { LruMap } from 'toad-cache'
import type { Handle } from './handle.ts'

/** How many handles are kept, those that were met last: some 200 bytes each. */
const SIZE = 1000

/**
 * Knows what the log has been told of a session. The browser of a session that cannot be read goes on presenting it,
 * and each of its requests would be worth the same line.
 */
export class LoggedHandles {
  readonly #logged = new LruMap<true>(SIZE)

  /** @returns whether this is the first time, as far as that is still known */
  isFirst (handle: Handle, message: string): boolean {
    const key = `${handle} ${message}`
    if (this.#logged.get(key) === true) return false
    this.#logged.set(key, true)
    return true
  }
}
