import { dated, withAuthentication } from '../../core/authentication.ts'
import type { ForeignCalls } from './calls.ts'
import type { ForeignSessions, Found } from './sessions.ts'
import type { ContentsLimits } from '../contents.ts'
import { takeOver } from '../contents.ts'
import { recordAt } from '../memory/entry.ts'
import type { Beginning, Begun, EndedSession, Predecessor, SessionKey } from '../store.ts'
import { liveSession } from '../live-session.ts'

/**
 * Begins a session in a store of another package. The predecessor goes once the new session is stored: if either fails,
 * the new id is in no cookie, and the old session is as it was or gone.
 *
 * @throws {SessionTooLargeError} before anything is written, when a renewal takes over too much
 */
export async function beginForeign (
  sessions: ForeignSessions, calls: ForeignCalls, key: SessionKey, beginning: Beginning, limits: ContentsLimits
): Promise<Begun> {
  const { terms, user, device, authentication, predecessor } = beginning
  const before = predecessor === undefined ? undefined : await sessions.find(calls, predecessor.key)
  if (predecessor?.becomes === 'renewed' && before !== undefined && before.state !== 'live') {
    return { state: 'over', session: sessions.sessionOf(predecessor.key, before) }
  }
  const nowMs = sessions.clock()
  const { startedAtMs = nowMs, lastActivityMs = nowMs } = beginning
  const times = [Math.min(startedAtMs, nowMs), Math.min(lastActivityMs, nowMs)] as const
  const record = withAuthentication(recordAt(terms, ...times), dated(authentication, nowMs))
  const contents = predecessor?.takes !== undefined && before?.state === 'live'
    ? takeOver(beginning.contents, before.session.contents, predecessor.takes, limits)
    : beginning.contents
  await sessions.write(calls, key, { contents, record, user, ...(device === undefined ? {} : { device }) })
  const isSuccessor = predecessor !== undefined && before !== undefined
  const ended = isSuccessor ? await removePredecessor(sessions, calls, predecessor, before) : []
  return { state: 'begun', session: liveSession(record, user, device, nowMs), ended }
}

/** Removes the predecessor. A renewed session leaves nothing behind: the store could not name its successor. */
async function removePredecessor (
  sessions: ForeignSessions, calls: ForeignCalls, { key, becomes }: Predecessor, before: Found
): Promise<readonly EndedSession[]> {
  if (becomes === 'ended') return await sessions.end(calls, key, before, 'logout')
  const isAnonymous = before.state === 'live' && !before.session.record.isAuthenticated
  if (becomes === 'renewed' || isAnonymous) await calls.destroy(key)
  return []
}
