import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { CrossOriginError, LaterVersionError, NotAuthorizedError } from '../../errors.ts'
import type { AdminPolicy } from './options.ts'
import { describeOrigin, requestOriginOf } from '../../http/request-origin.ts'
import { auditRefusalOf } from '../../request/audit-refusal.ts'
import { contextOf } from '../../request/request-session.ts'
import { asError } from '../../thrown.ts'

const HEADERS = {
  'content-security-policy': "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin' // the name of a user is in the address
}

/** What every request passes before anything is read or done. */
export function guard (fastify: FastifyInstance, { authorize }: AdminPolicy): void {
  fastify.addHook('onRequest', async function admit (request, reply) {
    await contextOf(request)?.renewKnowledge() // G4: an earlier hook may have taken its time
    if (await isAuthorized(authorize, request) !== true) throw refused(request, new NotAuthorizedError())
    reply.headers(HEADERS)
    if (isSafe(request)) return
    if (requestOriginOf(request) !== 'same-origin') {
      throw refused(request, new CrossOriginError(describeOrigin(request)))
    }
  })
  fastify.addHook('preHandler', checkToken)
}

function refused (request: FastifyRequest, error: Error & { readonly code: string }): Error {
  auditRefusalOf(request, request.server.sessionSecurity.shared, 'admin', error.code)
  return error
}

/**
 * Asks `authorize`. An Error takes the place of anything else that it throws: Fastify would send a text as it is. It found
 * an empty session where a later version keeps the person's own: that one goes on, and a refusal would say otherwise.
 */
async function isAuthorized (authorize: AdminPolicy['authorize'], request: FastifyRequest): Promise<unknown> {
  const isLater = contextOf(request)?.isLater === true
  try {
    const answer = await authorize(request)
    if (answer === true || !isLater) return answer
  } catch (thrown) {
    if (!isLater) throw asError(thrown)
  }
  throw new LaterVersionError()
}

/** What @fastify/csrf-protection adds to a server, where it is registered around this plugin. */
interface CsrfProtection {
  readonly csrfProtection?: (request: FastifyRequest, reply: FastifyReply, next: () => void) => unknown
}

/** Its token is asked for beside the origin. It answers by itself when it does not like what it finds. */
function checkToken (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply, next: () => void): void {
  const { csrfProtection } = this as CsrfProtection
  if (isSafe(request) || csrfProtection === undefined) next()
  else csrfProtection.call(this, request, reply, next)
}

/** For the forms of a page. */
export function csrfTokenOf (reply: FastifyReply): string | undefined {
  return (reply as { generateCsrf?: () => string }).generateCsrf?.()
}

function isSafe ({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD'
}
