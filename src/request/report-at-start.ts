import type { FastifyInstance } from 'fastify'
import { toMs } from '../core/clock.ts'
import { routerOptionsOf } from '../http/router-path.ts'
import type { SecurityPolicy } from '../options.ts'
import type { PassiveUrl } from './passive-urls.ts'
import { unmatchedUrls } from './passive-urls.ts'
import { patternsIn } from './route-tree.ts'

/** Says at start what cannot be right, and yet is no reason to refuse to start. */

/** A passive URL that matches nothing is most often a typing error, and one that logs people out late or never. */
export function reportUnmatchedUrls (fastify: FastifyInstance, { passiveUrls }: SecurityPolicy): void {
  const patterns: string[] = []
  fastify.addHook('onRoute', ({ url }) => { patterns.push(url) })
  fastify.addHook('onReady', async function report () {
    for (const url of unmatchedUrls(passiveUrls, patterns, routerOptionsOf(fastify.initialConfig))) {
      if (matchesEarlierRoute(fastify, url)) continue
      this.sessionSecurity.shared.log.warn(
        { passiveUrl: String(url) }, 'a passive URL matches no route that was added after this plugin'
      )
    }
  })
}

/** Where `register()` is not awaited, routes are added before this package has come to see them. */
function matchesEarlierRoute (fastify: FastifyInstance, url: PassiveUrl): boolean {
  if (typeof url === 'string' && fastify.supportedMethods.some(method => fastify.hasRoute({ method, url }))) return true
  return unmatchedUrls([url], patternsIn(fastify.printRoutes()), routerOptionsOf(fastify.initialConfig)).length === 0
}

/** A browser sends no cookie to a ping outside of its path: every page would take its person for signed out. */
export function reportCookiePath (fastify: FastifyInstance, { session: { cookie } }: SecurityPolicy): void {
  fastify.addHook('onReady', async function report () {
    const { pingUrl = '', shared } = this.sessionSecurity
    if (shared.cookie.coversPath(pingUrl)) return
    shared.log.warn({ cookiePath: cookie?.path, pingUrl },
      'the ping lies outside of the path of the session cookie: the browser sends no cookie there, and every page ' +
      'takes its person for signed out. Set the option prefix or pingUrl to an address below cookie.path')
  })
}

/**
 * A cookie that outlives every session looks like "stay signed in" and is not; and it is on disk when the browser is closed,
 * for the next person at a shared computer. A cookie that ends before the session does signs out somebody at work.
 */
export function reportCookieAge (
  fastify: FastifyInstance, { session: { cookie, rolling }, expireAfter, absoluteTimeout }: SecurityPolicy
): void {
  const ageMs = cookie?.maxAge || (cookie?.expires ? new Date(cookie.expires).getTime() - Date.now() : 0)
  if (ageMs === 0) return // 0 is no age to @fastify/session
  fastify.addHook('onReady', async function report () {
    const { log } = this.sessionSecurity.shared
    const longest = absoluteTimeout === false ? expireAfter : absoluteTimeout
    const cookieAge = Math.round(ageMs / 1000)
    if (typeof longest === 'number' && ageMs > toMs(longest)) {
      log.warn({ cookieAge, longestSession: longest },
        'the session cookie outlives every session: it stays in a browser that was closed, where the next person finds it, and keeps nobody signed in for longer. Leave cookie.maxAge out, and it goes with the browser')
    }
    if (typeof expireAfter === 'number' && ageMs < toMs(expireAfter)) {
      log.warn({ cookieAge, expireAfter },
        'the session cookie is shorter than expireAfter: the browser forgets it while its session lives, and the person is signed out without a warning. Leave cookie.maxAge out, or make it longer')
    } else if (rolling !== true && typeof longest === 'number' && ageMs < toMs(longest)) {
      log.warn({ cookieAge, longestSession: longest },
        'the session cookie is not renewed and ends before the session does: the person at work is signed out when it is over. Set session.rolling to true, or leave cookie.maxAge out')
    }
  })
}
