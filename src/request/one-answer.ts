import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { renewKnowledge } from './renew-knowledge.ts'

/** How far a request is with its answer. */
const kAnswer = Symbol('fastify-session-security answer')

/** `failed`: an error handler answers, which may fail too. Fastify then calls no `onError` hook. */
type Answer = 'none' | 'begun' | 'failed'

/**
 * G18, one answer: a guard that has answered stops the request, also one that calls `reply.code(401).send()` without returning
 * the reply. Fastify takes such a guard for one that lets the request through, for as long as a hook behind `send()` waits.
 */
export function decorateAnswers (fastify: FastifyInstance): void {
  fastify.decorateReply(kAnswer, 'none')
}

/** onRequest, the first of this plugin: from now on `reply.send()` says that it was called, whatever hooks wait behind it. */
export function watchAnswer (reply: FastifyReply): void {
  reply.send = send
}

/** onError: an error handler may have to answer, so the reply tells by itself again whether it was sent. */
export function beginErrorAnswer (
  _request: FastifyRequest, reply: FastifyReply, _error: Error, done: () => void
): void {
  Reflect.set(reply, kAnswer, 'failed')
  Reflect.deleteProperty(reply, 'sent')
  done()
}

/**
 * onRoute: behind each hook that a route has of its own, and behind all others, stops what an answered guard left running. What follows a
 * hook that took its time sees no session that has ended meanwhile (G4: enforced at every door).
 */
export function addStops (route: RouteOptions): void {
  route.onRequest = withStops(route.onRequest)
  route.preValidation = withStops(route.preValidation)
  route.preHandler = withStops(route.preHandler)
}

/**
 * Sends as Fastify does. While a hook waits, every check of Fastify's finds the reply to be sent: no later hook begins, and a
 * second answer is dropped.
 */
function send (this: FastifyReply, payload?: unknown): FastifyReply {
  const original: unknown = Reflect.get(Reflect.getPrototypeOf(this) ?? {}, 'send')
  if (answerOf(this) === 'none') Reflect.set(this, kAnswer, payload instanceof Error ? 'failed' : 'begun')
  if (typeof original === 'function') Reflect.apply(original, this, [payload])
  if (answerOf(this) === 'begun' && !this.sent) Object.defineProperty(this, 'sent', { value: true, configurable: true })
  return this
}

function answerOf (reply: FastifyReply): Answer {
  return Reflect.get(reply, kAnswer) as Answer
}

function stop (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void {
  if (answerOf(reply) === 'none') renewKnowledge(request, reply, done)
}

function withStops<Hook> (hooks: Hook | Hook[] | undefined): Array<Hook | typeof stop> {
  const own = hooks === undefined ? [] : [hooks].flat() as Hook[]
  return own.length === 0 ? [stop] : own.flatMap(hook => [hook, stop])
}
