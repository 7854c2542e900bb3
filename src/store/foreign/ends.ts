import type { Handle } from '../handle.ts'
import { CLAIM_LEASE_MS } from '../limits.ts'

/**
 * The ends by a deadline that this process has come across, and is about to notify. Such a session stays in the store
 * until its end is acknowledged: if the notification fails, or the process crashes, the next request that presents the
 * session comes across it again (G6: notified at least once).
 */
export class NoticedEnds {
  readonly #claims = new Map<Handle, { readonly id: string, readonly untilMs: number }>()

  /** Whether a request is notifying that end. */
  isClaimed (handle: Handle, nowMs: number): boolean {
    const claim = this.#claims.get(handle)
    return claim !== undefined && claim.untilMs > nowMs
  }

  /** @returns false where another request is notifying that end */
  claim (handle: Handle, id: string, nowMs: number): boolean {
    if (this.isClaimed(handle, nowMs)) return false
    for (const [earliest, { untilMs }] of this.#claims) { // in the order in which they were claimed
      if (untilMs > nowMs) break
      this.#claims.delete(earliest)
    }
    this.#claims.set(handle, { id, untilMs: nowMs + CLAIM_LEASE_MS })
    return true
  }

  /** @returns the id of a session whose end was claimed */
  idOf (handle: Handle): string | undefined {
    return this.#claims.get(handle)?.id
  }

  release (handle: Handle): void {
    this.#claims.delete(handle)
  }
}
