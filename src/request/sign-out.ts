import { auditSignOut } from '../audit.ts'
import type { EndedSession, SessionKey, SessionVerbs } from '../store/store.ts'

/** Ends a session for its own person, tells the audit trail, and hands on what has ended. */
export async function signOut (
  store: SessionVerbs, key: SessionKey, onEnded: (ended: readonly EndedSession[]) => void
): Promise<void> {
  const ended = await store.end(key, 'logout')
  auditSignOut(ended)
  onEnded(ended)
}
