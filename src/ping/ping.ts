import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { View } from '../core/view.ts'
import { endedView } from '../core/view.ts'
import type { Ping, PingAnswer } from '../core/wire.ts'
import { answerOf, parsePing, parsePingAsDjango, toSecondsFormat } from '../core/wire.ts'
import { BadPingError } from '../errors.ts'
import { isPrefetch } from '../http/fetch-metadata.ts'
import { LONGEST_QUOTE } from '../option-checks.ts'
import type { SecurityPolicy } from '../options/options.ts'
import { ownRouteConfig } from '../request/own-routes.ts'
import type { PageNames } from '../request/page-names.ts'
import { pageNamesOf } from '../request/page-names.ts'
import { recordActivity } from '../request/record-activity.ts'
import { contextOf } from '../request/request-session.ts'
import { successorView, viewFor } from '../request/session-view.ts'
import { addressIn } from '../request/address.ts'
import { pingSchema } from './ping-schema.ts'
import { refuseCrossSite } from './refuse-cross-site.ts'
import { reportRefused } from './report-refusal.ts'

/** The most bytes of a ping's body. */
const BODY_LIMIT_BYTES = 1024

/** Matches Fastify's errors for a body that is no ping. */
const UNREADABLE = /^FST_ERR_CTP_(?!INVALID_MEDIA_TYPE)/

/**
 * Registers the ping route.
 *
 * A ping reports the browser's idle seconds, and the server keeps the most recent activity. The answer is the server's
 * view. A ping never counts as activity itself (G3: passive is passive), and never begins a session.
 */
export async function registerPing (
  fastify: FastifyInstance, { pingUrl, pingFormat, prefix }: SecurityPolicy
): Promise<void> {
  fastify.sessionSecurity.pingUrl = addressIn(fastify, prefix + pingUrl)
  await fastify.register(async function ping (child) {
    readBodiesAsText(child)
    const route = {
      config: ownRouteConfig(),
      bodyLimit: BODY_LIMIT_BYTES,
      onRequest: refuseCrossSite('ping'),
      errorHandler: asBadPing,
      // The schema documents, and core decides. Ajv would turn null into 0: an activity that nobody reported.
      validatorCompiler: () => () => true,
      // The application's own compiler may take only schemas of its own kind.
      serializerCompiler: () => toJson
    }
    for (const url of bothSpellings(child, pingUrl)) {
      const hide = url.endsWith('/')
      child.get(url, { ...route, schema: pingSchema('GET', pingFormat, hide), handler: answerAs(pingFormat) })
      child.post(url, { ...route, schema: pingSchema('POST', pingFormat, hide), handler: answerAs(pingFormat) })
      child.options(url, { ...route, schema: pingSchema('GET', pingFormat, true), handler: answerOptions })
    }
  }, { prefix })
}

/** Returns the address with and without a final slash. A router that ignores the slash needs only one. */
function bothSpellings ({ initialConfig }: FastifyInstance, url: string): string[] {
  const isOne = initialConfig.ignoreTrailingSlash === true || initialConfig.routerOptions?.ignoreTrailingSlash === true
  return isOne ? [url] : [url, `${url}/`]
}

function answerAs (
  format: SecurityPolicy['pingFormat']
): (request: FastifyRequest, reply: FastifyReply) => Promise<unknown> {
  const parse = format === 'seconds' ? parsePingAsDjango : parsePing
  return async function answerPing (request, reply) {
    const { idleFor, isText } = idleForOf(request)
    const asked = parse(idleFor, isText)
    if (asked.kind === 'bad') throw new BadPingError(shorten(asked.received))
    const view = await recordReport(request, asked)
    reply.header('cache-control', 'no-store').type('application/json; charset=utf-8')
    // The answer is text, so that no preSerialization hook of the application puts it into an envelope.
    return JSON.stringify(format === 'seconds' ? toSecondsFormat(view) : namedAnswer(view, request))
  }
}

/** Names the session in the answer, unless the view belongs to another one. */
function namedAnswer (view: View, request: FastifyRequest): PingAnswer {
  const context = contextOf(request)
  const { tag, keys }: PageNames = context === undefined || view.state === 'ended' ? {} : pageNamesOf(context)
  return answerOf(view, tag, keys?.user)
}

/** Records the reported activity. `onRequest` has decided about expiry before, by the server's own knowledge. */
async function recordReport (request: FastifyRequest, asked: Ping): Promise<View> {
  const context = contextOf(request)
  if (context === undefined) return endedView('none')
  if (asked.kind === 'claim' && !isPrefetch(request.headers)) {
    await recordActivity(context, 'ping', context.nowMs() - asked.idleForMs)
  }
  await context.renewKnowledge()
  const view = viewFor(context)
  if (view.state !== 'ended') return view
  context.refuseLater() // the page must not take its person for signed out
  const reason = view.reason === 'none' ? await context.endReason() : view.reason
  context.leaveSession()
  return reason === 'none' ? successorView(context) ?? endedView(reason) : endedView(reason)
}

/** Keeps the request from saving an anonymous session. */
function beginNoSession (request: FastifyRequest): void {
  const context = contextOf(request)
  if (context?.record === null) context.leaveSession()
}

async function answerOptions (request: FastifyRequest, reply: FastifyReply): Promise<void> {
  beginNoSession(request)
  await reply.code(204).headers({ allow: 'GET, HEAD, POST, OPTIONS', 'cache-control': 'no-store' }).send()
}

/**
 * Returns the idle seconds of the query or the body. Contradictory values, and a body that is no object, are invalid.
 *
 * `isText`: they are from the query.
 */
function idleForOf ({ query, body = {} }: FastifyRequest): { readonly idleFor: unknown, readonly isText: boolean } {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return { idleFor: [body], isText: false }
  const [inQuery, inBody] = [own(query, 'idleFor'), own(body, 'idleFor')]
  if (inBody === undefined) return { idleFor: inQuery, isText: true }
  return { idleFor: inQuery === undefined ? inBody : [inQuery, inBody], isText: false }
}

/** Serialises an error, whose properties JSON does not show. A view is text already. */
function toJson (payload: unknown): string {
  if (!(payload instanceof Error)) return JSON.stringify(payload)
  return JSON.stringify(Object.fromEntries([
    'statusCode', 'code', 'error', 'message'
  ].map(key => [key, Reflect.get(payload, key)])))
}

function own (value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined
}

/** Parses JSON, also under the `text/plain` that `navigator.sendBeacon` gives a string. */
function readBodiesAsText (fastify: FastifyInstance): void {
  const types = ['application/json', 'text/plain']
  fastify.removeContentTypeParser(types)
  fastify.addContentTypeParser(types, {
    parseAs: 'string'
  }, async (_request: FastifyRequest, body: string): Promise<unknown> => {
    if (body.trim() === '') return undefined
    try {
      return JSON.parse(body)
    } catch {
      throw new BadPingError(shorten(body))
    }
  })
}

/** Passes an error to the application's error handler, with one code for every invalid ping. No cache may keep it. */
function asBadPing (error: Error & { code?: string }, request: FastifyRequest, reply: FastifyReply): never {
  reply.header('cache-control', 'no-store')
  const problem = UNREADABLE.test(error.code ?? '') ? new BadPingError(error.message) : error
  if (problem instanceof BadPingError) reportRefused(request, 'ping', problem.code)
  beginNoSession(request)
  throw problem
}

function shorten (received: unknown): string {
  return String(typeof received === 'string'
    ? JSON.stringify(received)
    : JSON.stringify(received) ?? received).slice(0, LONGEST_QUOTE)
}
