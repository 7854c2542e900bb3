import { isSeconds } from '../core/clock.ts'
import { check } from '../option-checks.ts'

/**
 * The ms for which a claim holds. A sweep then claims the end again, so a batch of handlers has to take less
 * (HANDLER_TIMEOUT_SECONDS in end-notifier.ts).
 */
export const CLAIM_LEASE_MS = 60_000

/**
 * The ms for which a revocation refuses requests that had arrived before it. A request waits for its save for less.
 * MARK_LIFE in revocation.lua is the same number.
 */
export const MARK_LIFE_MS = 86_400_000

/**
 * Refuses a retention that is shorter than a lease. The store would forget an end whose node died during the
 * notification, before another node claims it.
 * @throws {BadOptionError}
 */
export function checkRetention (retention: unknown): asserts retention is number {
  const shortest = CLAIM_LEASE_MS / 1000
  check(
    'retention', retention, `a number of seconds, ${shortest} at least`,
    value => isSeconds(value) && Number(value) >= shortest
  )
}

/** The seconds for which a tombstone stays by default. No request holds a session for so long. */
export const RETENTION_SECONDS = 86_400

/**
 * The seconds for which the tombstone of an anonymous session stays. No slow request then writes the session again.
 * Tombstones beyond the limits of one user stay as long.
 */
export const ANONYMOUS_RETENTION_SECONDS = 600

/**
 * The most tombstones of one user that memory keeps for the whole retention: the latest. One family of renewed sessions
 * keeps as many. Redis keeps {@link TOMBSTONES_PER_USER_AND_HOUR} instead: it counts, and does not sort.
 */
export const TOMBSTONES_PER_USER = 100

/**
 * The most living members of one family. So many requests may renew a session at once. The store refuses more, so that
 * nobody makes many sessions of one sign-in.
 */
export const MOST_SUCCESSORS = 4

/**
 * The most tombstones of one user and hour that Redis keeps for the whole retention. An account that signs in and out a
 * hundred times a second must not fill the memory. MOST_ENDS in tombstones.lua is the same number.
 */
export const TOMBSTONES_PER_USER_AND_HOUR = 200

/** The most characters that are kept of an address, and of a user agent. */
export const LONGEST_DEVICE = 200

/**
 * The default of `maxSessionBytes`.
 *
 * @fastify/session restores and hashes a session of this size in about 7 ms.
 */
export const MAX_SESSION_BYTES = 65_536

/** The default of `maxSessionFields`. Redis reads and writes so many fields in less than a millisecond. */
export const MAX_SESSION_FIELDS = 1000
