import type { SessionSummary } from '../store/summary.ts'
import type { Cells } from './table.ts'
import { duration, exactly, relative } from './times.ts'

/** Returns the row of a session in a list. */
export function sessionCells (session: SessionSummary, nowMs: number): Cells {
  const { handle, user, address, startedAtMs, idleFor } = session
  return {
    handle,
    user,
    address,
    started: relative(startedAtMs, nowMs),
    idle: duration(idleFor),
    end: endOf(session, nowMs, relative)
  }
}

/** Returns all that is known of a session. */
export function sessionCard (session: SessionSummary, nowMs: number): Cells {
  const { state, handle, user, address, userAgent, startedAtMs, lastActivityMs, idleFor } = session
  return {
    handle,
    state,
    user,
    address,
    'user agent': userAgent,
    started: exactly(startedAtMs, nowMs),
    authenticated: authenticationOf(session, nowMs),
    'last activity': exactly(lastActivityMs, nowMs),
    idle: duration(idleFor),
    end: endOf(session, nowMs, exactly)
  }
}

/** Returns when and how the person last confirmed their identity. */
function authenticationOf (session: SessionSummary, nowMs: number): string | undefined {
  if (session.state !== 'live') return undefined
  const { authenticatedAtMs, methods = [] } = session
  return [exactly(authenticatedAtMs, nowMs), ...methods].join(', ')
}

function endOf (session: SessionSummary, nowMs: number, when: typeof relative): string {
  return session.state === 'live'
    ? `${when(nowMs + session.expiresIn * 1000, nowMs)}, ${session.endsBy}`
    : `${when(session.endedAtMs, nowMs)}, ${session.reason}${session.by === undefined ? '' : ` by ${session.by}`}`
}
