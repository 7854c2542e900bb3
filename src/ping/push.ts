import type { ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ConnectionEnd } from '../connections/end.ts'
import { isOver } from '../connections/target.ts'
import type { SecurityPolicy } from '../options/options.ts'
import { HIDDEN_SCHEMA, ownRouteConfig } from '../request/own-routes.ts'
import { addressIn } from '../request/address.ts'
import { refuseCrossSite } from './refuse-cross-site.ts'

/** The time between two empty comments on a stream, in ms. Proxies cut a connection that is silent for a minute. */
const SILENT_MS = 25_000

/**
 * The time until a browser asks again after its stream broke, in ms.
 *
 * A random half is added or taken, so that not all browsers ask at once after they have lost a node.
 */
const AGAIN_MS = 5000

const HEAD = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no' // nginx would buffer the stream
}

/**
 * Registers the push route: a stream of server-sent events.
 *
 * The stream is attached to the session of the page, and tells it of the end: `event: end`, `data:
 * {"reason":"revoked"}`. A request for it is passive. Without a session, the answer is 204, after which a browser does
 * not ask again. https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export async function registerPush (fastify: FastifyInstance, { pushUrl, prefix }: SecurityPolicy): Promise<void> {
  if (pushUrl === undefined) return
  fastify.sessionSecurity.pushUrl = addressIn(fastify, prefix + pushUrl)
  const streams = new Streams()
  fastify.addHook('preClose', async () => streams.close())
  await fastify.register(async function push (child) {
    const onRequest = refuseCrossSite('push')
    const route = { config: ownRouteConfig(), schema: HIDDEN_SCHEMA, exposeHeadRoute: false, onRequest }
    child.get(pushUrl, route, answerPush)
  }, { prefix })

  async function answerPush (request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { sessionSecurity } = request
    if (sessionSecurity.status().state === 'ended') {
      await reply.code(204).header('cache-control', 'no-store').send()
      return
    }
    const headers = reply.getHeaders() // the application's own: CORS, and others that its hooks have set
    const { raw } = reply.hijack()
    if (isOver(raw)) return // the page left before its stream began: nothing would say so any more
    for (const [name, value] of Object.entries({ ...headers, ...HEAD })) {
      if (value !== undefined) raw.setHeader(name, value)
    }
    if (!streams.open(raw)) return
    const target = { close: (reason: ConnectionEnd) => streams.end(raw, reason) }
    raw.once('close', () => sessionSecurity.detach(target))
    await sessionSecurity.attach(target)
  }
}

/** The streams of one application. A timer runs only while there are streams. */
class Streams {
  readonly #open = new Set<ServerResponse>()
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  /** @returns false if the server is being closed: the stream has ended then, and the page comes again */
  open (stream: ServerResponse): boolean {
    stream.writeHead(200)
    stream.write(`retry: ${Math.round(AGAIN_MS * (0.5 + Math.random()))}\n\n`)
    if (this.#isClosed) {
      stream.end()
      return false
    }
    this.#open.add(stream)
    stream.once('close', () => this.#remove(stream))
    this.#timer ??= setInterval(() => { for (const one of this.#open) one.write(':\n\n') }, SILENT_MS).unref()
    return true
  }

  /** Tells the page of the end. If nobody can tell, the stream just ends, and the page comes again by itself. */
  end (stream: ServerResponse, reason: ConnectionEnd): void {
    this.#remove(stream)
    stream.end(reason === 'unavailable' ? undefined : `event: end\ndata: ${JSON.stringify({ reason })}\n\n`)
  }

  /**
   * Ends all streams, since a closing server waits for them. A stream that begins later ends at once.
   * Pages come again, and find another node.
   */
  close (): void {
    this.#isClosed = true
    for (const stream of this.#open) stream.end()
  }

  #remove (stream: ServerResponse): void {
    this.#open.delete(stream)
    if (this.#open.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
