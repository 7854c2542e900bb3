import { ExpiringMap } from '../expiring-map.ts'
import type { Handle } from '../handle.ts'
import { CLAIM_LEASE_MS } from '../limits.ts'

/**
 * Claims ends by a deadline that this process has found and is about to notify. Such a session stays in the store until
 * its end is acknowledged. If the notification fails, or the process crashes, the next request that presents the
 * session finds the end again (G6: notified at least once).
 */
export class ForeignEndClaims {
  /** By handle: the id. */
  readonly #claims = new ExpiringMap<string>()

  /** Whether a request is notifying that end. */
  isClaimed (handle: Handle, nowMs: number): boolean {
    return this.#claims.get(handle, nowMs) !== undefined
  }

  /** @returns false where another request is notifying that end */
  claim (handle: Handle, id: string, nowMs: number): boolean {
    if (this.isClaimed(handle, nowMs)) return false
    this.#claims.set(handle, id, nowMs + CLAIM_LEASE_MS, nowMs)
    return true
  }

  /** @returns the id of a session whose end was claimed */
  idOf (handle: Handle): string | undefined {
    return this.#claims.get(handle, -Infinity)
  }

  release (handle: Handle): void {
    this.#claims.delete(handle)
  }
}
