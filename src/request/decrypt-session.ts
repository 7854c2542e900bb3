import type { FastifyInstance } from 'fastify'
import type { SessionObject } from './fastify-session-internals.ts'
import { createSession } from './fastify-session-internals.ts'
import { linkIn } from './session-link.ts'
import { adoptForeign, isAsSaved } from './session-methods.ts'
import type { Shared } from './shared.ts'

interface Holder { session?: SessionObject }

type Decrypt = (signedId: string, request: Holder, ...rest: unknown[]) => void

/**
 * Makes the plugin adopt the sessions that `decryptSession()` gives, for instance to sockets. They record no activity.
 */
export function adoptDecrypted (fastify: FastifyInstance, shared: Shared): void {
  const decrypt = fastify.decryptSession.bind(fastify) as Decrypt
  const adopting: Decrypt = (signedId, request, ...rest) => {
    const callback = rest.pop() as (error?: unknown) => void
    decrypt(signedId, request, ...rest, (error?: unknown) => {
      const { session } = request
      if (error == null && session != null) adoptSession(request, session, shared)
      callback(error)
    })
  }
  Object.assign(fastify, { decryptSession: adopting })
}

/** Adopts a decrypted session. It counts as none if `userOf` contradicts its record or throws, as for a request. */
function adoptSession (request: Holder, session: SessionObject, shared: Shared): void {
  const link = linkIn(session)
  if (link !== undefined && isAsSaved(link, shared, () => adoptForeign(session, shared))) return
  adoptForeign(link === undefined ? session : createSession(shared.fastify, request), shared)
}
