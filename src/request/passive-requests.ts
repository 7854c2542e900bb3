import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { isFollowedLink, isPrefetch } from '../http/fetch-metadata.ts'
import { asking } from '../thrown.ts'
import { requestOriginOf } from '../http/request-origin.ts'
import { routedPath } from '../http/router-path.ts'
import type { RouterOptions } from '../http/router-path.ts'
import { checkAnswer } from '../option-checks.ts'
import { compileUrl } from '../http/passive-urls.ts'
import type { PassiveUrl } from '../http/passive-urls.ts'

export interface PassiveOptions {
  readonly passiveUrls?: readonly PassiveUrl[]
  readonly isPassive?: ((request: FastifyRequest) => unknown) | undefined
  readonly allowedOrigins?: readonly string[]
}

/** The rule that made a request passive. `route`: the route's own config. */
export type PassiveReason =
  'prefetch' | 'cross-site' | 'route' | 'reconnect' | 'not-found' | 'passiveUrls' | 'isPassive'

/**
 * Decides whether a request is passive. @returns `null` for an active request
 * @throws {BadOptionError} when `isPassive` answers with a promise
 */
export type PassiveRule = (request: FastifyRequest) => PassiveReason | null

/** Content types of reports that a browser sends by itself, also without `Sec-Fetch-Dest`. */
const REPORT = /^application\/(?:csp-report|reports\+json)\b/i

/** Values of `Sec-Fetch-Dest` for resources that a browser fetches by itself. */
const FETCHED_BY_ITSELF: readonly unknown[] = ['serviceworker', 'manifest', 'report']

/**
 * Makes the rule that decides whether a request happens without a person.
 *
 * The rule needs no session. Prefetching and other sites' pages outweigh all else (G11: a cross-site request is no
 * activity). Then the route's config decides: `passive: false` overrules the rest, also for a route to which browsers
 * reconnect by themselves (G3: passive is passive).
 */
export function passiveRule (options: PassiveOptions, router: RouterOptions): PassiveRule {
  const { passiveUrls = [], isPassive, allowedOrigins } = options
  const rules = passiveUrls.map(url => compileUrl(url, router))
  return request => {
    const { headers, routeOptions: { config, url: pattern } } = request
    if (isPrefetch(headers)) return 'prefetch'
    const isCrossSite = requestOriginOf(request, allowedOrigins) === 'cross-site'
    if (isCrossSite && !isFollowedLink(request.method, headers)) return 'cross-site'
    const passive = config?.sessionSecurity?.passive
    if (passive !== undefined) return passive ? 'route' : null
    if (reconnects(headers)) return 'reconnect'
    if (request.is404) return 'not-found'
    if (rules.length > 0) {
      const path = routedPath(request.url, router)
      if (rules.some(rule => rule(path, pattern))) return 'passiveUrls'
    }
    return isPassive !== undefined && answerOf(asking(() => isPassive(request))) ? 'isPassive' : null
  }
}

/**
 * Tells whether a browser repeats a request by itself.
 *
 * It does so for sockets, event streams, service workers, manifests and reports.
 */
export function reconnects (headers: IncomingHttpHeaders): boolean {
  return isSocket(headers) ||
    /\btext\/event-stream\b/i.test(headers.accept ?? '') ||
    headers['service-worker'] === 'script' ||
    FETCHED_BY_ITSELF.includes(headers['sec-fetch-dest']) || REPORT.test(headers['content-type'] ?? '')
}

/** Recognises a WebSocket handshake: by HTTP/1.1, HTTP/2 (RFC 8441), or the browser's name for it. */
function isSocket (headers: IncomingHttpHeaders): boolean {
  return /\bwebsocket\b/i.test(headers.upgrade ?? '') || headers[':protocol'] === 'websocket' ||
    headers['sec-fetch-mode'] === 'websocket'
}

/** Accepts any answer but a promise: `request.url.match(…)` gives an array, a header gives text. */
function answerOf (answer: unknown): boolean {
  checkAnswer('isPassive', answer, 'true or false', () => true)
  return Boolean(answer)
}
