import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { LaterVersionError } from '../errors.ts'
import { CrossOriginError, NotAuthorizedError } from './errors.ts'
import type { AdminPolicy } from './options.ts'
import { describeOrigin, requestOriginOf } from '../http/request-origin.ts'
import { auditRefusalOf } from '../request/audit-refusal.ts'
import { contextOf } from '../request/request-session.ts'
import { asError } from '../thrown.ts'

const HEADERS = {
  'content-security-policy': "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; " +
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin' // the address holds the name of a user
}

/** Guards every request before anything is read or done. */
export function guard (fastify: FastifyInstance, { authorize }: AdminPolicy): void {
  fastify.addHook('onRequest', async function authorizeRequest (request, reply) {
    await contextOf(request)?.renewKnowledge() // an earlier hook may have taken its time (G4)
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
 * Asks `authorize`, and throws an Error in place of any other value that it throws.
 *
 * Fastify would send a thrown text as it is. If a later version keeps the operator's session, `authorize` saw an empty
 * one. That session goes on, so the answer is 503 and no refusal.
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

/** The methods that @fastify/csrf-protection adds to a server around this plugin. */
interface CsrfProtection {
  readonly csrfProtection?: (request: FastifyRequest, reply: FastifyReply, next: () => void) => unknown
}

/** Checks the CSRF token, beside the origin. The check answers by itself when it fails. */
function checkToken (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply, next: () => void): void {
  const { csrfProtection } = this as CsrfProtection
  if (isSafe(request) || csrfProtection === undefined) next()
  else csrfProtection.call(this, request, reply, next)
}

/** Returns a token for the forms of a page. */
export function csrfTokenOf (reply: FastifyReply): string | undefined {
  return (reply as { generateCsrf?: () => string }).generateCsrf?.()
}

function isSafe ({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD'
}
