import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { renewKnowledge } from './renew-knowledge.ts'

const kAnswering = Symbol('fastify-session-security answering')
const kFailed = Symbol('fastify-session-security answer failed')

/**
 * G18, one answer: a guard that has answered stops the request, also one that calls `reply.code(401).send()` without returning
 * the reply. Fastify takes such a guard for one that lets the request through, for as long as an `onSend` hook waits.
 */

/**
 * onSend, the first of this plugin. A second send of nothing, while the first is under way, is dropped. Where a later hook waits,
 * the reply says from now on that it was sent, as it does without any waiting hook: Fastify then begins no other hook.
 */
export function beginAnswer (request: FastifyRequest, reply: FastifyReply, payload: unknown, done: () => void): void {
  if (isAnswering(request) && payload === undefined) return
  Reflect.set(request, kAnswering, true)
  done()
  // The answer of an error handler may fail too, and Fastify then calls no onError hook.
  if (Reflect.get(request, kFailed) === true || reply.raw.writableEnded) return
  Object.defineProperty(reply, 'sent', { value: true, configurable: true })
}

/** onError: an error handler may have to answer, so the reply tells by itself again whether it was sent. */
export function beginErrorAnswer (request: FastifyRequest, reply: FastifyReply, _error: Error, done: () => void): void {
  Reflect.set(request, kAnswering, false)
  Reflect.set(request, kFailed, true)
  Reflect.deleteProperty(reply, 'sent')
  done()
}

/** onRoute: the last hook of each kind that a route has stops what an answered guard left running. */
export function addStops (route: RouteOptions): void {
  route.onRequest = [...listOf(route.onRequest), stopWhenAnswered]
  route.preValidation = [...listOf(route.preValidation), stopWhenAnswered]
  route.preHandler = [...listOf(route.preHandler), stopBeforeHandler]
}

function isAnswering (request: FastifyRequest): boolean {
  return Reflect.get(request, kAnswering) === true
}

function stopWhenAnswered (request: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  if (!isAnswering(request)) done()
}

function stopBeforeHandler (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void {
  if (!isAnswering(request)) renewKnowledge(request, reply, done)
}

function listOf<Hook> (hooks: Hook | Hook[] | undefined): Hook[] {
  return hooks === undefined ? [] : [hooks].flat() as Hook[]
}
