import type { FastifyInstance, FastifyRequest } from 'fastify'
import { toMs } from '../core/clock.ts'

/**
 * Says once, at start, that the session's cookie is kept for longer than any session lives. Such a cookie looks like «stay signed in» and
 * is not; and it is on disk when the browser is closed, for the next person at a shared computer.
 */
export function reportPersistentCookie (fastify: FastifyInstance): void {
  fastify.addHook('onReady', async function report () {
    const { policy: { absoluteTimeout, expireAfter }, shared: { log } } = this.sessionSecurity
    const longest = absoluteTimeout === false ? expireAfter : absoluteTimeout
    const ageMs = cookieAgeMs(this)
    if (typeof longest !== 'number' || ageMs <= toMs(longest)) return
    log.warn({ cookieAge: Math.round(ageMs / 1000), longestSession: longest },
      'the session cookie outlives every session: it stays in a browser that was closed, where the next person finds it, and keeps nobody signed in for longer. Leave cookie.maxAge out, and it goes with the browser')
  })
}

/**
 * @fastify/session tells nobody what cookie it sets; a session that nobody asked for shows it. An idGenerator of the application
 * may want to know more of the request than there is: then nothing is known, and nothing said.
 */
function cookieAgeMs (fastify: FastifyInstance): number {
  const request: Partial<Pick<FastifyRequest, 'session'>> = {}
  try {
    fastify.decryptSession('', request, () => {})
    return request.session?.cookie.maxAge ?? 0
  } catch {
    return 0
  }
}
