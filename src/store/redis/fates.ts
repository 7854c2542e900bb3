import type { Handle } from '../handle.ts'
import type { EndedSession, Fate } from '../store.ts'
import { decodeFate } from './record-text.ts'
import type { Reply } from './replies.ts'
import { groups, text } from './replies.ts'

/** What is no record of ours counts as none (G10). A load and the sweep say so in the log. */
export function fateOf (handle: Handle, record: string | undefined, nowMs: number): Fate {
  return (record === undefined ? null : decodeFate(handle, record, nowMs)) ?? { state: 'unknown' }
}

/** What a script says of the session that it was about. */
export function fateIn (handle: Handle, { nowMs, rest: [record] }: Reply): Fate {
  return fateOf(handle, text(record), nowMs)
}

/** Of handles and records, alternating, those that have ended. */
export function endsIn (words: unknown, nowMs: number): EndedSession[] {
  return groups(words, 2).flatMap(([handle = '', record = '']) => {
    const fate = fateOf(handle, record, nowMs)
    return fate.state === 'ended' ? [fate.ended] : []
  })
}
