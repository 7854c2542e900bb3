import type { Clock } from '../../core/clock.ts'
import type { EndReason } from '../../core/policy.ts'
import type { Timeouts } from '../../core/terms.ts'
import { setRight, stateOf } from '../../core/policy.ts'
import type { ForeignCalls } from './calls.ts'
import { UNREADABLE } from './calls.ts'
import { ForeignEndClaims } from './end-claims.ts'
import type { ForeignPolicy, ForeignSession } from './policy.ts'
import { recorded } from './policy.ts'
import { decodeSession, encodeSession } from './session.ts'
import type { Handle } from '../handle.ts'
import { handleOf } from '../handle.ts'
import type { EndedSession, FoundSession, LiveSession, SessionKey } from '../store.ts'
import { liveSession } from '../live-session.ts'

/** The state of a session in the store, with what the adapter needs of it. */
export type Found =
  | { readonly state: 'live', readonly session: ForeignSession, readonly nowMs: number }
  | { readonly state: 'ended', readonly ended: EndedSession }
  | { readonly state: 'unknown', readonly isStored: boolean }

type FoundLive = Extract<Found, { state: 'live' }>

/** Reads, judges, writes and ends single sessions in a store of another package. */
export class ForeignSessions {
  policy: ForeignPolicy | undefined
  readonly clock: Clock
  readonly #steadyClock: Clock
  readonly #onUnreadable: (handle: Handle) => void
  readonly #ends = new ForeignEndClaims()

  /** `clock` says when something is, `steadyClock` how long something took. */
  constructor (clock: Clock, steadyClock: Clock, onUnreadable: (handle: Handle) => void) {
    this.clock = clock
    this.#steadyClock = steadyClock
    this.#onUnreadable = onUnreadable
  }

  /** @param timeouts those in force, for a session without a record */
  async find (calls: ForeignCalls, key: SessionKey, timeouts?: Timeouts): Promise<Found> {
    const { value } = await calls.get(key)
    if (isNothing(value)) return { state: 'unknown', isStored: false }
    const stored = value === UNREADABLE ? null : decodeSession(value)
    const nowMs = this.clock()
    const session = stored === null ? UNREADABLE : recorded(stored, this.policy, nowMs, timeouts)
    if (session === UNREADABLE) {
      this.#onUnreadable(handleOf(key))
      return { state: 'unknown', isStored: true }
    }
    if (session === null) return { state: 'unknown', isStored: true }
    const current = stateOf(session.record, nowMs)
    if (current.state !== 'ended') return { state: 'live', session, nowMs }
    if (!session.record.isAuthenticated) return { state: 'unknown', isStored: true }
    return { state: 'ended', ended: endOf(key, session, current.reason, current.deadlineMs, nowMs) }
  }

  sessionOf (key: SessionKey, found: FoundLive): LiveSession
  sessionOf (key: SessionKey, found: Exclude<Found, FoundLive>): Exclude<FoundSession, { state: 'live' | 'renewed' }>
  sessionOf (key: SessionKey, found: Found): FoundSession
  /** Returns the answer of a verb, and has an end by a deadline notified. */
  sessionOf (key: SessionKey, found: Found): FoundSession {
    if (found.state === 'unknown') return { state: 'unknown' }
    if (found.state === 'live') {
      const { session: { record, user, device }, nowMs } = found
      return liveSession(record, user, device, nowMs)
    }
    const { ended } = found
    const { policy } = this
    if (policy !== undefined && this.#ends.claim(ended.handle, key, this.#steadyClock())) policy.onEnded([ended])
    return { state: 'ended', ended }
  }

  async write (calls: ForeignCalls, key: SessionKey, session: Omit<ForeignSession, 'hasRecord'>): Promise<void> {
    await calls.set(key, encodeSession(session.contents, session))
  }

  /** @returns the end of an authenticated session, unless another request is notifying it: for the caller to notify */
  async end (
    calls: ForeignCalls, key: SessionKey, found: Found, reason: EndReason, by?: string
  ): Promise<readonly EndedSession[]> {
    if (found.state === 'ended' && this.#ends.isClaimed(found.ended.handle, this.#steadyClock())) return []
    if (found.state !== 'unknown' || found.isStored) await calls.destroy(key)
    if (found.state === 'ended') return [found.ended]
    if (found.state === 'unknown' || !found.session.record.isAuthenticated) return []
    const ended = endOf(key, found.session, reason, found.nowMs, found.nowMs)
    return [by === undefined ? ended : { ...ended, by }]
  }

  /** @returns the id of a session of which this process has notified the end */
  claimedIdOf (handle: Handle): SessionKey | undefined {
    return this.#ends.idOf(handle)
  }

  /**
   * Drops a session whose end is notified. The claim goes last: who waits for this turn must not notify the end again.
   */
  async forget (calls: ForeignCalls, id: SessionKey, handle: Handle): Promise<void> {
    await calls.destroy(id)
    this.#ends.release(handle)
  }
}

/** Each package has its own way to say that there is none. */
function isNothing (value: unknown): boolean {
  return value === undefined || value === null || value === false || value === ''
}

function endOf (
  key: SessionKey, { record, user, device }: ForeignSession, reason: EndReason, endedAtMs: number, nowMs: number
): EndedSession {
  const { startedAtMs, lastActivityMs } = setRight(record, nowMs)
  return {
    handle: handleOf(key),
    ...(user === undefined ? {} : { user }),
    ...(device === undefined ? {} : { device }),
    reason,
    startedAtMs,
    lastActivityMs,
    endedAtMs
  }
}
