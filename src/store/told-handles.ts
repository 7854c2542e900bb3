import { LruMap } from 'toad-cache'
import type { Handle } from './handle.ts'

/** How many handles are kept, those that were met last: some 200 bytes each. */
const SIZE = 1000

/**
 * Knows what the log has been told of a session. The browser of a session that cannot be read goes on presenting it,
 * and each of its requests would be worth the same line.
 */
export class ToldHandles {
  readonly #told = new LruMap<true>(SIZE)

  /** @returns whether this is the first time, as far as that is still known */
  isFirst (handle: Handle, message: string): boolean {
    const key = `${handle} ${message}`
    if (this.#told.get(key) === true) return false
    this.#told.set(key, true)
    return true
  }
}
