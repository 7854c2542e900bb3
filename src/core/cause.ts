import type { EndReason } from './policy.ts'

/**
 * The cause of an event of the audit trail.
 *
 * - `user`: the user of the session.
 * - `operator`: another person, whose name a call gave.
 * - `application`: a call that gave no name.
 * - `limit`: `maxSessionsPerUser`.
 * - `deadline`: a deadline passed.
 */
export type Cause = 'user' | 'operator' | 'application' | 'limit' | 'deadline'

/** The cause of an end for which no call gave a name. */
const UNNAMED: Readonly<Record<EndReason, Cause>> = {
  idle: 'deadline',
  absolute: 'deadline',
  displaced: 'limit',
  logout: 'user',
  revoked: 'application'
}

interface Ended {
  readonly reason: EndReason
  readonly user?: string | undefined
  /** The name that the call gave. */
  readonly by?: string | undefined
}

/**
 * Finds out what caused an end, from what the store keeps of it. A person who ends sessions of their own is named as
 * their user.
 */
export function causeOf ({ reason, user, by }: Ended): Cause {
  if (by === undefined) return UNNAMED[reason]
  return by === user ? 'user' : 'operator'
}
