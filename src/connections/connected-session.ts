import type { EndReason } from '../core/policy.ts'
import type { LiveSession, SessionKey } from '../store/store.ts'
import type { WatchedAnswers, WatchedSession } from '../store/watched.ts'

/** The state of a session with connections, after following its renewals. */
export type ConnectedSession =
  | {
    readonly state: 'live',
    readonly session: LiveSession,
    readonly key: SessionKey,
    readonly family: SessionKey | undefined
  }
  /** A later version keeps the session, or requests renew it faster than a check follows. */
  | { readonly state: 'unclear' }
  | { readonly state: 'over', readonly reason: EndReason | 'none' }

type Watch = (keys: readonly SessionKey[]) => Promise<WatchedAnswers>

/** The most times in a row that a check follows renewals. Each is one more round trip. */
const MOST_ROUNDS = 8

/**
 * Finds the sessions of connections. Follows renewals to the first successor that lives, as a request does. Never
 * rejects.
 * @returns null for a session that the store could not be asked about
 */
export async function findConnected (
  watch: Watch, keys: readonly SessionKey[]
): Promise<ReadonlyMap<SessionKey, ConnectedSession | null>> {
  const known = new Map<SessionKey, WatchedSession | null>()
  let asked = [...new Set(keys)]
  for (let round = 0; round < MOST_ROUNDS && asked.length > 0; round++) {
    const next = new Set<SessionKey>()
    const answers: WatchedAnswers = await watch(asked).catch(() => [])
    for (const [i, key] of asked.entries()) {
      const watched = answers[i] ?? null
      known.set(key, watched)
      if (watched?.session.state === 'renewed') for (const successor of watched.session.successors) next.add(successor)
    }
    asked = [...next].filter(key => !known.has(key))
  }
  return new Map(keys.map(key => [key, connectedSession(key, known)]))
}

function connectedSession (
  key: SessionKey, known: ReadonlyMap<SessionKey, WatchedSession | null>
): ConnectedSession | null {
  let over: ConnectedSession = { state: 'over', reason: 'none' }
  const keys = new Set([key]) // grows during the walk, and holds each key once
  for (const next of keys) {
    const watched = known.get(next)
    if (watched === undefined) return { state: 'unclear' }
    if (watched === null) return null
    const { session, family } = watched
    if (session.state === 'live') return { state: 'live', key: next, family, session }
    if (session.state === 'later') over = { state: 'unclear' }
    else if (session.state === 'ended' && over.state === 'over') over = { state: 'over', reason: session.ended.reason }
    if (session.state !== 'renewed') continue
    for (const successor of session.successors) keys.add(successor)
    const isParted = session.successors.length === 0 // it was removed from its family when all others of its user ended
    if (isParted && over.state === 'over') over = { state: 'over', reason: 'revoked' }
  }
  return over
}
