import type { Handle } from '../handle.ts'
import type { EndedSession, FoundSession } from '../store.ts'
import { decodeSession } from './record-text.ts'
import type { Reply } from './replies.ts'
import { groups, text } from './replies.ts'

/** What is no record of ours counts as none (G10). A load and the sweep say so in the log. */
export function sessionOf (handle: Handle, record: string | undefined, nowMs: number): FoundSession {
  return (record === undefined ? null : decodeSession(handle, record, nowMs)) ?? { state: 'unknown' }
}

/** What a script says of the session that it was about. */
export function sessionIn (handle: Handle, { nowMs, rest: [record] }: Reply): FoundSession {
  return sessionOf(handle, text(record), nowMs)
}

/** Of handles and records, alternating, those that have ended. */
export function endsIn (words: unknown, nowMs: number): EndedSession[] {
  return groups(words, 2).flatMap(([handle = '', record = '']) => {
    const session = sessionOf(handle, record, nowMs)
    return session.state === 'ended' ? [session.ended] : []
  })
}
