import type { Timeouts } from '../../core/terms.ts'
import { anonymousTerms } from '../../core/policy.ts'
import type { Contents } from '../contents.ts'
import { deserialize } from '../contents.ts'
import { UNREADABLE } from './calls.ts'
import type { StoredSession } from './session.ts'
import { recordAt } from '../memory/entry.ts'
import type { EndedSession, SessionData } from '../../core/session.ts'

/** The parts of the plugin's policy that a store of another package needs. The plugin gives them at registration. */
export interface ForeignPolicy {
  /** Returns the user of a session by its contents, for sessions from before this plugin. May throw. */
  identityOf (values: object): { readonly isAuthenticated: boolean, readonly user?: string | undefined }
  /** For such a session, where a request brings none. Absent where they depend on the request. */
  readonly timeouts?: Timeouts | undefined
  /** Notifies ends by a deadline that the store found, and acknowledges them. */
  onEnded (ended: readonly EndedSession[]): void
}

/** A session of another package's store that is as this package knows one. */
export interface ForeignSession extends SessionData {
  readonly contents: Contents
  /** Whether the store holds its record. */
  readonly hasRecord: boolean
}

/** The defaults of the options. */
const TIMEOUTS: Timeouts = { warnAfter: 540, expireAfter: 600, absoluteTimeout: 43_200 }

/**
 * Returns the session with its record. A session that was stored without a record began before this plugin came. Its
 * life begins now, so that people stay signed in when an application moves.
 *
 * @param timeouts the timeouts in force for the request, if it has any
 * @returns null for a session that was over by its own cookie before its life could begin; UNREADABLE if it cannot be
 * restored, or if `userOf` throws
 */
export function recorded (
  { contents, metadata: stamp, cookie: { originalMaxAge, expires } }: StoredSession, policy: ForeignPolicy | undefined,
  nowMs: number, timeouts: Timeouts = policy?.timeouts ?? TIMEOUTS
): ForeignSession | typeof UNREADABLE | null {
  if (stamp !== null) {
    const { record, user, device } = stamp
    return { contents, record, user, ...(device === undefined ? {} : { device }), hasRecord: true }
  }
  if (expires !== null && expires.getTime() <= nowMs) return null
  const values = deserialize(contents)
  const identity = values === null ? null : identityIn(values, policy)
  if (identity === null) return UNREADABLE
  const { isAuthenticated, user } = identity
  const terms = isAuthenticated ? { ...timeouts, isAuthenticated: true } : anonymousTerms(originalMaxAge)
  const record = recordAt(terms, nowMs, nowMs)
  return { contents, record, user: isAuthenticated ? user : undefined, hasRecord: false }
}

/**
 * Returns the identity of a session; null if `userOf` throws. An error concerns this session alone: no request that
 * presents it may fail, least of all a sign-in.
 */
function identityIn (
  values: object, policy: ForeignPolicy | undefined
): ReturnType<ForeignPolicy['identityOf']> | null {
  if (policy === undefined) return { isAuthenticated: false }
  try {
    return policy.identityOf(values)
  } catch {
    return null
  }
}
