import { isSeconds } from '../core/clock.ts'
import { check } from '../option-checks.ts'

/**
 * How long a claim holds. A claim that is not acknowledged within it is taken over, so it must exceed the time
 * that a batch of handlers may take (HANDLER_TIMEOUT_SECONDS in end-notifier.ts).
 */
export const CLAIM_LEASE_MS = 60_000

/**
 * For how long the end of all sessions of a user refuses what had arrived before, in ms: longer than a request waits for
 * its save. MARK_LIFE in revocation.lua is the same.
 */
export const MARK_LIFE_MS = 86_400_000

/**
 * Refuses a retention that is shorter than a claim holds: an end whose node died while it notified of it would be forgotten
 * before another one may.
 * @throws {BadOptionError}
 */
export function checkRetention (retention: unknown): asserts retention is number {
  const shortest = CLAIM_LEASE_MS / 1000
  check(
    'retention', retention, `a number of seconds, ${shortest} at least`,
    value => isSeconds(value) && Number(value) >= shortest
  )
}

/** How long the knowledge that a session ended is kept: far longer than any request that may still hold it. */
export const RETENTION_SECONDS = 86_400

/**
 * How long an anonymous session that is gone stays known, so that a slow request does not bring it back, in seconds. The
 * same holds for what was renewed too often by one user; and in memory for an ended session that is not among the latest of
 * its user.
 */
export const ANONYMOUS_RETENTION_SECONDS = 600

/**
 * How many ended sessions of one user stay known, and listed, in memory for the retention: the latest. As many stay known of
 * the sessions that one sign-in was renewed from. Redis keeps {@link TOMBSTONES_PER_USER_AND_HOUR} instead: it counts, and sorts nothing.
 */
export const TOMBSTONES_PER_USER = 100

/**
 * The most living members of one family of sessions: so many requests may renew a session at once. What is more is refused, so that
 * nobody makes many sessions of one sign-in.
 */
export const MOST_SUCCESSORS = 4

/**
 * So many sessions of one user that end or are renewed within an hour stay known to Redis for the retention, the first: an
 * account that signs in and out a hundred times a second must not fill the memory. MOST_ENDS in history.lua is the same.
 */
export const TOMBSTONES_PER_USER_AND_HOUR = 200

/** The most characters that are kept of an address, and of a user agent. */
export const LONGEST_DEVICE = 200

/** @fastify/session restores, hashes and compares the whole session on every request: about 7 ms at this size. */
export const MAX_SESSION_BYTES = 65_536

/** A store reads and writes a session field by field: Redis takes less than a millisecond for so many. */
export const MAX_SESSION_FIELDS = 1000
