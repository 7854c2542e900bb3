import { ExpiringMap } from '../expiring-map.ts'
import { MARK_LIFE_MS } from '../limits.ts'
import type { Arrival } from '../store.ts'

interface KnownCall extends Arrival {
  readonly call: string
}

/**
 * Remembers this node's latest calls that ended all sessions of a user. A sign-in that arrives after such a call is
 * later than its mark, even before Redis has set the mark, and whatever Redis' clock says.
 */
export class KnownRevocations {
  readonly #calls = new ExpiringMap<KnownCall>()

  /**
   * Notes a call.
   * @returns removes the note of a call that set no mark: the one before it is the latest again
   */
  note (user: string, call: string, now: Arrival): () => void {
    const before = this.#calls.get(user, now.atMs)
    this.#keep(user, { call, ...now }, now)
    return () => {
      if (this.#calls.get(user, now.atMs)?.call !== call) return
      if (before === undefined) this.#calls.delete(user)
      else this.#keep(user, before, now)
    }
  }

  /**
   * Returns the call that had been made when a request arrived.
   * @returns undefined if there was none, or a later one as well
   */
  before (user: string | undefined, { order, atMs }: Arrival): string | undefined {
    const known = user === undefined ? undefined : this.#calls.get(user, atMs)
    return known !== undefined && known.order < order ? known.call : undefined
  }

  #keep (user: string, known: KnownCall, now: Arrival): void {
    this.#calls.set(user, known, known.atMs + MARK_LIFE_MS, now.atMs)
  }
}
