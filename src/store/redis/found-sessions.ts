import type { Handle } from '../handle.ts'
import type { EndedSession, FoundSession } from '../store.ts'
import { decodeSession } from './record-text.ts'
import type { Reply } from './replies.ts'
import { groups, text } from './replies.ts'

/** Decodes the state of a session. An unreadable record counts as unknown (G10). A load and a sweep log it. */
export function sessionOf (handle: Handle, record: string | undefined, nowMs: number): FoundSession {
  return (record === undefined ? null : decodeSession(handle, record, nowMs)) ?? { state: 'unknown' }
}

/** Decodes the state of the session that a script was about. */
export function sessionIn (handle: Handle, { nowMs, rest: [record] }: Reply): FoundSession {
  return sessionOf(handle, text(record), nowMs)
}

/** Decodes the ended sessions among handles and records that alternate. */
export function endsIn (words: unknown, nowMs: number): EndedSession[] {
  return groups(words, 2).flatMap(([handle = '', record = '']) => {
    const session = sessionOf(handle, record, nowMs)
    return session.state === 'ended' ? [session.ended] : []
  })
}
