import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { isFollowedLink, isPrefetch } from '../http/fetch-metadata.ts'
import { asking } from '../thrown.ts'
import { requestOriginOf } from '../http/request-origin.ts'
import { routedPath } from '../http/router-path.ts'
import type { RouterOptions } from '../http/router-path.ts'
import { checkAnswer } from '../option-checks.ts'
import { compileUrl } from './passive-urls.ts'
import type { PassiveUrl } from './passive-urls.ts'

export interface PassiveOptions {
  readonly passiveUrls?: readonly PassiveUrl[]
  readonly isPassive?: ((request: FastifyRequest) => unknown) | undefined
  readonly allowedOrigins?: readonly string[]
}

/** Why a request is passive, by the rule that decided. `route`: the route's own config. */
export type PassiveReason =
  'prefetch' | 'cross-site' | 'route' | 'reconnect' | 'not-found' | 'passiveUrls' | 'isPassive'

/** @returns `null` for an active request. @throws {BadOptionError} when `isPassive` answers with a promise. */
export type PassiveRule = (request: FastifyRequest) => PassiveReason | null

/** Of what a browser reports by itself, also where it sends no `Sec-Fetch-Dest`. */
const REPORT = /^application\/(?:csp-report|reports\+json)\b/i

/** `Sec-Fetch-Dest` of what a browser fetches by itself. */
const FETCHED_BY_ITSELF: readonly unknown[] = ['serviceworker', 'manifest', 'report']

/**
 * Makes the rule that decides whether a request happens without a person.
 *
 * It needs no session. Prefetching and other sites' pages outweigh all else (G11: a cross-site request is no
 * activity). Then the route's config decides, and `passive: false` overrules the rest, also for a route that browsers
 * reconnect to by themselves (G3: passive is passive).
 */
export function passiveRule (options: PassiveOptions, router: RouterOptions): PassiveRule {
  const { passiveUrls = [], isPassive, allowedOrigins } = options
  const rules = passiveUrls.map(url => compileUrl(url, router))
  return request => {
    const { headers, routeOptions: { config, url: pattern } } = request
    if (isPrefetch(headers)) return 'prefetch'
    if (requestOriginOf(request, allowedOrigins) === 'cross-site' &&
      !isFollowedLink(request.method, headers)) return 'cross-site'
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

/** Whether a browser repeats a request by itself: sockets, event streams, service workers, manifests, reports. */
export function reconnects (headers: IncomingHttpHeaders): boolean {
  return isSocket(headers) ||
    /\btext\/event-stream\b/i.test(headers.accept ?? '') ||
    headers['service-worker'] === 'script' ||
    FETCHED_BY_ITSELF.includes(headers['sec-fetch-dest']) || REPORT.test(headers['content-type'] ?? '')
}

/** A WebSocket handshake: by HTTP/1.1, by HTTP/2 (RFC 8441), or as a browser names it. */
function isSocket (headers: IncomingHttpHeaders): boolean {
  return /\bwebsocket\b/i.test(headers.upgrade ?? '') || headers[':protocol'] === 'websocket' ||
    headers['sec-fetch-mode'] === 'websocket'
}

/** Anything but a promise will do: `request.url.match(…)` answers with an array, a header with text. */
function answerOf (answer: unknown): boolean {
  checkAnswer('isPassive', answer, 'true or false', () => true)
  return Boolean(answer)
}
