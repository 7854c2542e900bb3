import type { FastifyInstance, FastifyReply } from 'fastify'

/** The property of a reply that tells how far its answer is. */
const kAnswer = Symbol('fastify-session-security answer')

/**
 * The progress of an answer. `failed`: an error handler answers, and may fail too. Fastify then calls no `onError`
 * hook.
 */
type Answer = 'none' | 'begun' | 'failed'

/** Decorates replies with the progress of their answers. */
export function decorateAnswers (fastify: FastifyInstance): void {
  fastify.decorateReply(kAnswer, 'none')
}

export function answerOf (reply: FastifyReply): Answer {
  return Reflect.get(reply, kAnswer) as Answer
}

export function setAnswer (reply: FastifyReply, answer: Answer): void {
  Reflect.set(reply, kAnswer, answer)
}
