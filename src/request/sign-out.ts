import { auditSignOut } from '../diagnostics/audit.ts'
import type { EndedSession, SessionKey, SessionVerbs } from '../store/store.ts'

/** Signs a person out: ends the session, audits that, and hands on the ends. */
export async function signOut (
  store: SessionVerbs, key: SessionKey, onEnded: (ended: readonly EndedSession[]) => void
): Promise<void> {
  const ended = await store.end(key, 'logout')
  auditSignOut(ended)
  onEnded(ended)
}
