import type { SessionStore } from '@fastify/session'
import type { ActivityStore } from './activity-store.ts'
import type { ForeignStoreOptions } from './foreign/store.ts'
import { ForeignStore } from './foreign/store.ts'

export type FromSessionStoreOptions = ForeignStoreOptions

/**
 * Adapts a store of `@fastify/session` or `express-session` to this package. Such a store reads and writes a session
 * whole, and knows only ids. These guarantees remain: no guard sees an ended session alive (G4), passive requests
 * extend nothing (G3), a sign-in has a new id (G15), ids stay secret (G9), the cookie is the browser's (G14). Requests
 * of one process that concern one session take turns.
 *
 * These guarantees are lost if several processes share the store:
 *
 * - G1, monotone: the last activity may move back to one that another process read before.
 *
 * - G2, final: a request on another process may write a session again that was ended or renewed meanwhile.
 *
 * - G5, one clock: each process goes by its own clock.
 *
 * - G6, notified at least once: an end by a deadline is notified when a request presents the session. It never is if no
 * request does, or if the store drops sessions by itself at `cookie.expires`, as most do. Several processes may notify
 * the same end. A sign-out whose notification fails is not notified again.
 *
 * - G8, both edits survive: the later one of two edits at once stays.
 *
 * These functions are lost in any case: lists, `sessions()` and `endOtherSessions()`, `maxSessionsPerUser`, the sweep,
 * tokens, and successors: a request that still holds the old id of a renewed session goes on as anonymous.
 *
 * Sessions from before this plugin stay. `userOf` says whether they are authenticated, and their deadlines count from
 * the first active request that presents them.
 *
 * @throws {BadOptionError | UnknownOptionError}
 */
export function fromSessionStore (store: SessionStore, options?: FromSessionStoreOptions): ActivityStore {
  return new ForeignStore(store, options)
}
