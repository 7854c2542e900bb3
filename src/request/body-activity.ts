import { toMs } from '../core/clock.ts'
import type { RequestSession } from './request-session.ts'
import type { SessionLink } from './session-link.ts'

/** Looks per idle timeout at whether more of the body has arrived. */
const LOOKS = 4

const SHORTEST_MS = 20

/**
 * Records activity for as long as the body of an active request arrives: an upload that takes longer than the idle timeout
 * must not sign out the person who sent it. Bytes count, not time: a connection that stalls is idle, and the absolute deadline holds.
 */
export function recordWhileBodyArrives (context: RequestSession, link: SessionLink): void {
  const { request: { raw }, reply, shared: { store } } = context
  const { 'content-length': length, 'transfer-encoding': encoding } = raw.headers
  if ((length === undefined || length === '0') && encoding === undefined) return
  let seen = bytesOf(raw)
  const timer = setInterval(() => {
    const bytes = bytesOf(raw)
    if (raw.complete || raw.destroyed || reply.raw.writableEnded || !link.isLive) return clearInterval(timer)
    if (bytes === seen) return
    seen = bytes
    store.recordActivity(link.key, context.nowMs()).then(
      recorded => link.recorded(recorded, undefined, store.clock()),
      () => { /* the next look tries again; an outage is the store's to report */ }
    )
  }, Math.max(SHORTEST_MS, toMs(link.record.expireAfter) / LOOKS))
  timer.unref()
  context.bodyTimer = timer
}

function bytesOf ({ socket }: RequestSession['request']['raw']): number {
  return socket?.bytesRead ?? 0
}
