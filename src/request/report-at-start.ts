import type { FastifyInstance } from 'fastify'
import { toMs } from '../core/clock.ts'
import { routerOptionsOf } from '../http/router-path.ts'
import type { SecurityPolicy } from '../options/options.ts'
import type { PassiveUrl } from '../http/passive-urls.ts'
import { unmatchedUrls } from '../http/passive-urls.ts'
import { patternsIn } from './route-tree.ts'

/** Warns of a passive URL that matches no route. It is most often a typing error, and ends sessions late or never. */
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

/**
 * Tells whether a URL matches a route that was added before the plugin.
 *
 * This happens when `register()` is not awaited.
 */
function matchesEarlierRoute (fastify: FastifyInstance, url: PassiveUrl): boolean {
  if (typeof url === 'string' && fastify.supportedMethods.some(method => fastify.hasRoute({ method, url }))) return true
  return unmatchedUrls([url], patternsIn(fastify.printRoutes()), routerOptionsOf(fastify.initialConfig)).length === 0
}

/**
 * Warns of a ping outside the cookie's path. The browser sends it no cookie, so every page takes its person for signed
 * out.
 */
export function reportCookiePath (fastify: FastifyInstance, { session: { cookie } }: SecurityPolicy): void {
  fastify.addHook('onReady', async function report () {
    const { pingUrl = '', shared } = this.sessionSecurity
    if (shared.cookie.coversPath(pingUrl)) return
    shared.log.warn({ cookiePath: cookie?.path, pingUrl },
      'the ping lies outside the path of the session cookie: the browser sends no cookie there, and every page ' +
      'takes its person for signed out. Set the option prefix or pingUrl to an address below cookie.path')
  })
}

/**
 * Warns of a cookie age that contradicts the timeouts.
 *
 * A cookie that outlives every session looks like "stay signed in" and is not. It stays on disk when the browser is
 * closed, for the next person at a shared computer. A cookie that ends before the session does signs out a person at
 * work.
 */
export function reportCookieAge (
  fastify: FastifyInstance, { session: { cookie, rolling }, expireAfter, absoluteTimeout }: SecurityPolicy
): void {
  const ageMs = cookie?.maxAge || (cookie?.expires ? new Date(cookie.expires).getTime() - Date.now() : 0)
  if (ageMs === 0) return // @fastify/session takes 0 for no age
  fastify.addHook('onReady', async function report () {
    const { log } = this.sessionSecurity.shared
    const longest = absoluteTimeout === false ? expireAfter : absoluteTimeout
    const cookieAge = Math.round(ageMs / 1000)
    if (typeof longest === 'number' && ageMs > toMs(longest)) {
      log.warn({ cookieAge, longestSession: longest },
        'the session cookie outlives every session: it stays in a browser that was closed, for the next person, and ' +
        'keeps nobody signed in for longer. Leave cookie.maxAge out: the browser forgets the cookie when it closes')
    }
    if (typeof expireAfter === 'number' && ageMs < toMs(expireAfter)) {
      log.warn({ cookieAge, expireAfter },
        'the session cookie is shorter than expireAfter: the browser forgets it while its session lives, and the ' +
        'person is signed out without a warning. Leave cookie.maxAge out, or make it longer')
    } else if (rolling !== true && typeof longest === 'number' && ageMs < toMs(longest)) {
      log.warn({ cookieAge, longestSession: longest },
        'the session cookie is not renewed and ends before the session does: a person at work is signed out when it ' +
        'ends. Set session.rolling to true, or leave cookie.maxAge out')
    }
  })
}
