import type { Arrival } from '../store.ts'

/** As long as Redis keeps a mark (MARK_LIFE in revocation.lua). */
const LIFE_MS = 600_000

interface KnownMark extends Arrival {
  readonly mark: string
}

/**
 * The marks that this node has set by ending all sessions of users, and when it heard of them, by its own clock. A
 * sign-in that arrives later than that is later than the mark, also when Redis' clock stands still or is set back.
 */
export class KnownMarks {
  readonly #marks = new Map<string, KnownMark>()

  note (user: string, mark: string, now: Arrival): void {
    this.#marks.delete(user) // to the end of the order
    this.#marks.set(user, { mark, ...now })
    for (const [other, { atMs }] of this.#marks) {
      if (atMs > now.atMs - LIFE_MS) return
      this.#marks.delete(other)
    }
  }

  /** @returns the mark that was known when a request arrived; `0` if there was none */
  before (user: string | undefined, { order }: Arrival): string {
    const known = user === undefined ? undefined : this.#marks.get(user)
    return known !== undefined && known.order < order ? known.mark : '0'
  }
}
