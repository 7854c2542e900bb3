import type { EndReason, EndsBy } from '../core/policy.ts'
import { idleMsOf, stateOf } from '../core/policy.ts'
import { authenticatedAtMs } from '../core/record.ts'
import type { Handle } from './handle.ts'
import type { Device, EndedSession, FoundSession } from './store.ts'

interface Summary extends Device {
  readonly handle: Handle
  /** The answer of `userOf`. Absent if `userOf` named nobody. */
  readonly user?: string
  readonly startedAtMs: number
  readonly lastActivityMs: number
  /** Seconds since the last activity; of an ended session: when it ended. */
  readonly idleFor: number
}

export interface LiveSummary extends Summary {
  readonly state: 'live'
  /** Seconds until the nearer of the two deadlines. */
  readonly expiresIn: number
  /** The nearer deadline. */
  readonly endsBy: EndsBy
  /** When the person last proved who they are. */
  readonly authenticatedAtMs: number
  /** The methods of that proof. Absent if the application named none. */
  readonly methods?: readonly string[]
}

export interface EndedSummary extends Summary {
  readonly state: 'ended'
  readonly reason: EndReason
  readonly endedAtMs: number
  /** The name of the person who ended it, if one was given. */
  readonly by?: string
}

/** A session as administration shows it: by its handle, without id and contents. Times are the store's. */
export type SessionSummary = LiveSummary | EndedSummary

/** @returns `null` for a session that is neither alive nor known to have ended, and for an anonymous one. */
export function summaryOf (handle: Handle, session: FoundSession): SessionSummary | null {
  if (session.state === 'ended') return endedSummary(session.ended)
  if (session.state !== 'live' || !session.record.isAuthenticated) return null
  const { record, user, device, nowMs } = session
  const current = stateOf(record, nowMs)
  if (current.state === 'ended') return null // stores say so themselves
  const { startedAtMs, lastActivityMs, authentication: { methods = [] } = {} } = record
  return {
    state: 'live',
    handle,
    ...(user === undefined ? {} : { user }),
    ...device,
    startedAtMs,
    lastActivityMs,
    idleFor: idleMsOf(record, nowMs) / 1000,
    expiresIn: current.expiresInMs / 1000,
    endsBy: current.endsBy,
    authenticatedAtMs: authenticatedAtMs(record),
    ...(methods.length === 0 ? {} : { methods })
  }
}

export function endedSummary ({ device, ...ended }: EndedSession): EndedSummary {
  return { state: 'ended', ...ended, ...device, idleFor: Math.max(0, ended.endedAtMs - ended.lastActivityMs) / 1000 }
}
