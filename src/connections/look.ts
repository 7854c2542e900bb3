import type { EndReason } from '../core/policy.ts'
import type { LiveFate, SessionKey } from '../store/store.ts'
import type { Watched } from '../store/watched.ts'

/** What became of a session with connections, after following its renewals. */
export type Outcome =
  | { readonly state: 'live', readonly fate: LiveFate, readonly key: SessionKey, readonly family: Watched['family'] }
  /** A later version keeps it, or it is renewed faster than anybody can follow: nobody can tell here. */
  | { readonly state: 'unclear' }
  | { readonly state: 'over', readonly reason: EndReason | 'none' }

type Watch = (keys: readonly SessionKey[]) => Promise<readonly Watched[]>

/** How many times in a row a look follows renewals: each is one more round trip. */
const MOST_ROUNDS = 8

/**
 * Asks what became of these sessions, all at once, and as what those go on that were renewed: as the first successor
 * that lives, as a request does.
 */
export async function lookAt (watch: Watch, keys: readonly SessionKey[]): Promise<ReadonlyMap<SessionKey, Outcome>> {
  const known = new Map<SessionKey, Watched>()
  let asked = [...new Set(keys)]
  for (let round = 0; round < MOST_ROUNDS && asked.length > 0; round++) {
    const next = new Set<SessionKey>()
    for (const [i, watched] of (await watch(asked)).entries()) {
      const key = asked[i]
      if (key !== undefined) known.set(key, watched)
      if (watched.fate.state === 'replaced') for (const successor of watched.fate.by) next.add(successor)
    }
    asked = [...next].filter(key => !known.has(key))
  }
  return new Map(keys.map(key => [key, outcomeOf(key, known)]))
}

function outcomeOf (key: SessionKey, known: ReadonlyMap<SessionKey, Watched>): Outcome {
  let over: Outcome = { state: 'over', reason: 'none' }
  const keys = new Set([key]) // grows while it is walked, and holds each key once
  for (const next of keys) {
    const watched = known.get(next)
    if (watched === undefined) return { state: 'unclear' }
    const { fate, family } = watched
    if (fate.state === 'live') return { state: 'live', key: next, family, fate }
    if (fate.state === 'later') over = { state: 'unclear' }
    else if (fate.state === 'ended' && over.state === 'over') over = { state: 'over', reason: fate.ended.reason }
    if (fate.state !== 'replaced') continue
    for (const successor of fate.by) keys.add(successor)
    const isParted = fate.by.length === 0 // from what it went on as, when all others of its user were ended
    if (isParted && over.state === 'over') over = { state: 'over', reason: 'revoked' }
  }
  return over
}
