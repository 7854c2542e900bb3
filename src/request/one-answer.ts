import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { answerOf, setAnswer } from './answer-progress.ts'
import { renewKnowledge } from './renew-knowledge.ts'

/**
 * Makes `reply.send()` note that it was called, whatever hooks wait behind it (G18: one answer).
 *
 * A guard that has answered stops the request, also if it calls `reply.code(401).send()` and does not return the reply.
 * Otherwise Fastify lets the request pass while a hook behind `send()` waits. It runs in the plugin's first onRequest
 * hook.
 */
export function watchAnswer (reply: FastifyReply): void {
  reply.send = send
}

/** Lets an error handler answer: the reply tells by itself again whether it was sent. An onError hook. */
export function beginErrorAnswer (
  _request: FastifyRequest, reply: FastifyReply, _error: Error, done: () => void
): void {
  setAnswer(reply, 'failed')
  Reflect.deleteProperty(reply, 'sent')
  done()
}

/**
 * Adds a stop behind each hook of a route, and behind all other hooks. An onRoute hook.
 *
 * The stop ends a request whose guard has answered. After a hook that took its time, it also asks the store again, so
 * that no later hook sees an ended session alive (G4: enforced at every door).
 */
export function addStops (route: RouteOptions): void {
  route.onRequest = withStops(route.onRequest)
  route.preValidation = withStops(route.preValidation)
  route.preHandler = withStops(route.preHandler)
}

/**
 * Sends as Fastify does, and marks the reply as sent while a hook waits.
 *
 * So Fastify begins no later hook, and drops a second answer.
 */
function send (this: FastifyReply, payload?: unknown): FastifyReply {
  const original: unknown = Reflect.get(Reflect.getPrototypeOf(this) ?? {}, 'send')
  if (answerOf(this) === 'none') setAnswer(this, payload instanceof Error ? 'failed' : 'begun')
  if (typeof original === 'function') Reflect.apply(original, this, [payload])
  if (answerOf(this) === 'begun' && !this.sent) Object.defineProperty(this, 'sent', { value: true, configurable: true })
  return this
}

function stop (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void {
  if (answerOf(reply) === 'none') renewKnowledge(request, reply, done)
}

function withStops<Hook> (hooks: Hook | Hook[] | undefined): Array<Hook | typeof stop> {
  const own = hooks === undefined ? [] : [hooks].flat() as Hook[]
  return own.length === 0 ? [stop] : own.flatMap(hook => [hook, stop])
}
