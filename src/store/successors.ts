import type { FoundSession, Row, SessionKey, SessionVerbs } from './store.ts'

/**
 * The most sessions that one walk looks at. A store names all successors at once, and more follow only if requests
 * renew them meanwhile (G13: bounded work).
 */
const MOST_LOOKED_AT = 16

/** Yields sessions and their successors, each once. The given ones come first. */
export async function * renewalsOf (
  store: Pick<SessionVerbs, 'find'>, ...from: readonly SessionKey[]
): AsyncGenerator<Row> {
  const keys = new Set(from) // grows during the walk, and holds each key once
  let looked = 0
  for (const next of keys) {
    if (looked++ >= MOST_LOOKED_AT) return
    const session: FoundSession = await store.find(next)
    yield { handle: next, session }
    if (session.state === 'renewed') for (const successor of session.successors) keys.add(successor)
  }
}
