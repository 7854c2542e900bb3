import type { SessionStore } from '@fastify/session'
import type { ActivityStore } from './activity-store.ts'
import type { ForeignStoreOptions } from './foreign/store.ts'
import { ForeignStore } from './foreign/store.ts'

export type FromSessionStoreOptions = ForeignStoreOptions

/**
 * Makes a store of `@fastify/session` or `express-session` one of this package. Such a store reads and writes a session
 * whole, and knows ids and nothing else. What remains: deadlines are enforced at every door (G4), passive requests
 * extend nothing (G3), a sign-in has a new id (G15), ids stay secret (G9), the cookie is the browser's (G14).
 * Requests of one process that concern one session take turns.
 *
 * What is lost, where several processes share the store:
 * - G1, monotone: the last activity may move back, to that which another process read before.
 * - G2, final: a request that another process answers may write a session once more that was ended or renewed
 *   meanwhile.
 * - G5, one clock: time is that of whichever process asks.
 * - G6, notified at least once: an end by a deadline is notified when a request presents the session; never, if none
 *   does, or if the store drops sessions by itself at `cookie.expires`, as most do. Several processes may notify the
 *   same end. An end by a log-out whose notification fails is not notified again.
 * - G8, both edits survive: of two edits at once, that which is written last stays.
 *
 * What is lost in any case: lists, `sessions()` and `endOtherSessions()`, `maxSessionsPerUser`, the sweep, tokens, and
 * what a renewed session goes on as: a request that still holds the old id goes on as anonymous.
 *
 * Sessions that the store held before this plugin came stay: whether somebody is signed in to them, `userOf` says, and
 * their deadlines count from the first active request that presents them.
 *
 * @throws {BadOptionError | UnknownOptionError}
 */
export function fromSessionStore (store: SessionStore, options?: FromSessionStoreOptions): ActivityStore {
  return new ForeignStore(store, options)
}
