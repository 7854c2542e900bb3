import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { toMs } from '../core/clock.ts'
import type { Loaded, LoadActivity } from '../store/store.ts'
import { RequestSession } from './request-session.ts'
import { fixedTimeouts } from './request-policy.ts'
import type { PresentedCookie } from './session-cookie.ts'
import type { Restored } from './session-gateway.ts'
import type { Shared } from './shared.ts'

/** A cookie, and what the store said of its session. */
interface Candidate {
  readonly cookie: PresentedCookie
  readonly loaded: Loaded
  readonly restored: Restored | null
}

/**
 * onRequest, directly before @fastify/session's: loads the session that the request presents, and records the request's
 * activity in the same round trip. The activity counts from the arrival of the request, whatever its body takes.
 */
export function loadSession (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void {
  const { shared } = this.sessionSecurity
  const context = new RequestSession(request, reply, shared)
  request.sessionSecurity = context
  const cookies = shared.cookie.covers(request) ? shared.cookie.presentedBy(request) : []
  const [first] = cookies
  if (first === undefined) return done()
  load(cookies, shared, activityOf(context)).then(found => {
    const { cookie: { value, sessionId }, loaded, restored } = found
    request.cookies[shared.cookie.name] = value
    context.presented = loaded
    context.presentedKey = shared.store.keyOf(sessionId)
    context.restored = restored === null || loaded.state !== 'live' ? null : { link: restored.link, activityBeforeMs: loaded.activityBeforeMs }
    shared.gateway.hand(sessionId, restored?.values ?? null, done)
  }, done)
}

function activityOf ({ passive, shared: { policy } }: RequestSession): LoadActivity | null {
  if (passive) return null
  const timeouts = fixedTimeouts(policy)
  const throttleMs = toMs(policy.throttle)
  return timeouts === undefined ? { throttleMs } : { throttleMs, timeouts }
}

/** The first session that lives; else what tells most: one that was renewed, then one that ended. */
async function load (cookies: readonly PresentedCookie[], { store, gateway }: Shared, activity: LoadActivity | null): Promise<Candidate> {
  const over: Candidate[] = []
  for (const cookie of cookies) {
    const loaded = await store.load(store.keyOf(cookie.sessionId), activity)
    const restored = gateway.restore(cookie.sessionId, loaded)
    const candidate = { cookie, loaded: restored === null && loaded.state === 'live' ? { state: 'unknown' as const } : loaded, restored }
    if (restored !== null) return candidate
    over.push(candidate)
  }
  const found = ['replaced', 'ended', 'unknown'].flatMap(state => over.filter(({ loaded }) => loaded.state === state))
  return found[0] as Candidate
}
