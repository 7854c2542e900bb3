import type { FastifyRequest } from 'fastify'
import { LaterVersionError, StoreUnavailableError } from '../errors.ts'
import { auditRefusalOf } from '../request/audit-refusal.ts'

/**
 * Requests whose refusal was published.
 *
 * A save that fails in `onSend` fails once more when the answer to that failure is sent.
 */
const reported = new WeakSet<FastifyRequest>()

/**
 * Publishes that a request failed for want of the store.
 *
 * The store was away, or a later version keeps the session. @fastify/session, this package or the application had
 * asked.
 */
export function reportRefusal (request: FastifyRequest, error: Error): void {
  const isKeptByLater = error instanceof LaterVersionError && error.statusCode === 503
  if (!(error instanceof StoreUnavailableError || isKeptByLater) || reported.has(request)) return
  reported.add(request)
  auditRefusalOf(request, request.server.sessionSecurity.shared, 'request', error.code)
}

/** Logs and publishes that one of this package's own routes refused a request. */
export function reportRefused (request: FastifyRequest, what: 'ping' | 'push', code: string): void {
  const { shared } = request.server.sessionSecurity
  shared.log.info({ code, address: request.ip }, `${what} refused`)
  auditRefusalOf(request, shared, what, code)
}
