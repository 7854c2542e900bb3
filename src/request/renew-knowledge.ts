import type { FastifyReply, FastifyRequest, RequestPayload } from 'fastify'
import { asError } from '../thrown.ts'
import { contextOf } from './request-session.ts'

/**
 * Renews this request's knowledge of its session, if it is too old to decide on.
 *
 * A preValidation and preHandler hook: a body or an earlier hook may have taken its time (G4: no guard sees it alive).
 */
export function renewKnowledge (request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void {
  const context = contextOf(request)
  if (context === undefined) return done()
  if (!context.needsKnowledge || context.renewKnowledgeNow()) return done()
  context.renewKnowledge().then(() => done(), (error: unknown) => done(asError(error)))
}

/** Does the same behind an application's onRequest hook that took its time. A preParsing hook. */
export function renewBeforeBody (
  request: FastifyRequest, reply: FastifyReply, _payload: RequestPayload, done: (error?: Error | null) => void
): void {
  renewKnowledge(request, reply, done)
}
