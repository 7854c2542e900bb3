import { Transform } from 'node:stream'
import type { FastifyReply, FastifyRequest, RequestPayload } from 'fastify'
import { toMs } from '../core/clock.ts'
import { learn } from './knowledge.ts'
import type { RequestState } from './request-state.ts'
import { contextOf } from './request-session.ts'
import type { SessionLink } from './session-link.ts'

/** Looks per idle timeout at whether more of the body has arrived. */
const LOOKS = 4

const SHORTEST_MS = 20

/**
 * Records activity for as long as the body of an active request arrives: an upload that takes longer than the idle timeout
 * must not sign out the person who sent it. Bytes count, not time: a connection that stalls is idle, and the absolute deadline holds.
 */
export function recordWhileBodyArrives (context: RequestState, link: SessionLink): void {
  const { request: { raw }, reply } = context
  const { 'content-length': length, 'transfer-encoding': encoding } = raw.headers
  if ((length === undefined || length === '0') && encoding === undefined && raw.httpVersionMajor === 1) return
  let seen = bytesOf(context)
  const timer = setInterval(() => {
    const bytes = bytesOf(context)
    if (raw.complete || raw.destroyed || reply.raw.writableEnded || !link.isLive) return clearInterval(timer)
    if (bytes === seen) return
    seen = bytes
    record(context, link).catch(() => { /* the next look tries again; an outage is the store's to report */ })
  }, Math.max(SHORTEST_MS, toMs(link.record.expireAfter) / LOOKS))
  timer.unref()
  context.bodyTimer = timer
}

/** One that another request renewed goes on as its successor: the handler of a stream is about to save what it edits (G8). */
async function record (context: RequestState, link: SessionLink): Promise<void> {
  const { store } = context.shared
  const recorded = await store.recordActivity(link.key, context.nowMs())
  if (recorded.state === 'replaced') await learn(link, recorded, store)
  else link.recorded(recorded, undefined, store.clock())
}

/** preParsing: counts the bytes of a body on HTTP/2, where other requests share the connection and its counter. */
export function countBody (request: FastifyRequest, _reply: FastifyReply, payload: RequestPayload, done: (error?: null, payload?: RequestPayload) => void): void {
  const context = contextOf(request)
  if (request.raw.httpVersionMajor === 1 || context?.bodyTimer === undefined) return done(null, payload)
  const counted: Transform & { receivedEncodedLength?: number } = new Transform({
    transform (chunk: Buffer, _encoding, next) {
      context.bodyBytes += chunk.length
      counted.receivedEncodedLength = context.bodyBytes
      next(null, chunk)
    }
  })
  counted.receivedEncodedLength = 0
  payload.on('error', error => counted.destroy(error))
  done(null, payload.pipe(counted))
}

function bytesOf ({ request: { raw }, bodyBytes }: RequestState): number {
  return raw.httpVersionMajor === 1 ? raw.socket?.bytesRead ?? 0 : bodyBytes
}
