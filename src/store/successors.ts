import type { FoundSession, Row, SessionKey, SessionVerbs } from './store.ts'

/** A store names the members of the family at once; more is to be looked at only where they are renewed meanwhile (G13: bounded work). */
const MOST_LOOKED_AT = 16

/** Sessions and what they go on as, each once: those given first. */
export async function * renewalsOf (
  store: Pick<SessionVerbs, 'find'>, ...from: readonly SessionKey[]
): AsyncGenerator<Row> {
  const keys = new Set(from) // grows while it is walked, and holds each key once
  let looked = 0
  for (const next of keys) {
    if (looked++ >= MOST_LOOKED_AT) return
    const session: FoundSession = await store.find(next)
    yield { handle: next, session }
    if (session.state === 'renewed') for (const successor of session.successors) keys.add(successor)
  }
}
