import type { Fate, Row, SessionKey, SessionVerbs } from './store.ts'

/** The most sessions that one walk along renewals looks at, so that no history makes it long (G13: bounded work). */
export const MOST_LOOKED_AT = 64

/** Sessions and what they go on as, through several renewals, each once: those given first, then the nearest successors. */
export async function * renewalsOf (store: Pick<SessionVerbs, 'find'>, ...from: readonly SessionKey[]): AsyncGenerator<Row> {
  const keys = new Set(from) // grows while it is walked, and holds each key once
  let looked = 0
  for (const next of keys) {
    if (looked++ >= MOST_LOOKED_AT) return
    const fate: Fate = await store.find(next)
    yield { handle: next, fate }
    if (fate.state === 'replaced') for (const successor of fate.by) keys.add(successor)
  }
}
