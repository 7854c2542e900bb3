import { toMs } from '../core/clock.ts'
import type { RequestState } from './request-state.ts'
import { recordFor } from './knowledge.ts'
import type { SessionLink } from './session-link.ts'

/** The number of checks per idle timeout for newly arrived bytes of the body. */
const CHECKS_PER_TIMEOUT = 4

const SHORTEST_MS = 20

/** The longest time of a timer, in ms. Node takes a longer one for a millisecond. */
const LONGEST_MS = 2 ** 31 - 1

/**
 * Records activity while the body of an active request arrives.
 *
 * Otherwise an upload that takes longer than the idle timeout would sign out the person who sent it. Bytes count, not
 * time: a stalled connection is idle. The absolute deadline holds.
 */
export function recordWhileBodyArrives (context: RequestState, link: SessionLink): void {
  const { request: { raw }, reply, shared: { store } } = context
  const { 'content-length': length, 'transfer-encoding': encoding } = raw.headers
  if ((length === undefined || length === '0') && encoding === undefined && raw.httpVersionMajor === 1) return
  if (raw.httpVersionMajor > 1) countBody(context)
  let seen = bytesOf(context)
  const timer = setInterval(() => {
    const bytes = bytesOf(context)
    if (raw.complete || raw.destroyed || reply.raw.writableEnded || !link.isLive) return clearInterval(timer)
    if (bytes === seen) return
    seen = bytes
    recordFor(link, store, 'request', context.nowMs())
      .catch(() => { /* the next check tries again; the store reports an outage */ })
  }, Math.min(LONGEST_MS, Math.max(SHORTEST_MS, toMs(link.record.expireAfter) / CHECKS_PER_TIMEOUT)))
  timer.unref()
  context.bodyTimer = timer
}

/**
 * Counts the bytes of a body on HTTP/2, whose requests share one connection.
 *
 * The connection's own counter covers all of them. The reader of the body still decides when bytes flow.
 */
function countBody (context: RequestState): void {
  const { request: { raw } } = context
  const push = raw.push.bind(raw)
  raw.push = (chunk: Buffer | null, encoding) => { // Node hands over each part of the body by this method
    context.bodyBytes += chunk?.length ?? 0
    return push(chunk, encoding)
  }
}

function bytesOf ({ request: { raw }, bodyBytes }: RequestState): number {
  return raw.httpVersionMajor === 1 ? raw.socket?.bytesRead ?? 0 : bodyBytes
}
