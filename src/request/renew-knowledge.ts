import type { FastifyReply, FastifyRequest, RequestPayload } from 'fastify'
import { asError } from '../thrown.ts'
import { contextOf } from './request-session.ts'

/**
 * preValidation and preHandler: what the request knows of its session is asked again where it is too old to decide on: a body
 * or an earlier hook may have taken its time (G4: no hook, guard or handler sees an ended session alive).
 */
export function renewKnowledge (request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void {
  const context = contextOf(request)
  if (context === undefined) return done()
  if (!context.needsKnowledge || context.renewKnowledgeNow()) return done()
  context.renewKnowledge().then(() => done(), (error: unknown) => done(asError(error)))
}

/** preParsing: the same, behind a hook of the application's in onRequest that took its time. */
export function renewBeforeBody (
  request: FastifyRequest, reply: FastifyReply, _payload: RequestPayload, done: (error?: Error | null) => void
): void {
  renewKnowledge(request, reply, done)
}
