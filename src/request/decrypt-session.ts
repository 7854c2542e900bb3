import type { FastifyInstance } from 'fastify'
import type { SessionObject } from './fastify-session-internals.ts'
import { adoptForeign } from './session-methods.ts'
import type { Shared } from './shared.ts'

type Decrypt = (signedId: string, request: { session?: SessionObject | null }, ...rest: unknown[]) => void

/** Has the plugin adopt the sessions that `decryptSession()` gives too: to sockets, for instance. They record no activity. */
export function adoptDecrypted (fastify: FastifyInstance, shared: Shared): void {
  const decrypt = fastify.decryptSession.bind(fastify) as Decrypt
  const adopting: Decrypt = (signedId, request, ...rest) => {
    const callback = rest.pop() as (error?: unknown) => void
    decrypt(signedId, request, ...rest, (error?: unknown) => {
      const { session } = request
      if (error == null && session != null) adoptForeign(session, shared)
      callback(error)
    })
  }
  Object.assign(fastify, { decryptSession: adopting })
}
