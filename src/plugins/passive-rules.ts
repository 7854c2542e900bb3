import type { FastifyRequest } from 'fastify'
import type { ActivityPolicy, PassiveUrl } from '../options.ts'
import { isCrossSite, isPrefetch, isTopLevelNavigation } from './fetch-metadata.ts'

/** Says of a path, and of the pattern of the route that took it, whether `passiveUrls` names it. */
export type UrlRule = (path: string, pattern: string | undefined) => boolean

/** One rule for one entry. An expression is copied without the flags that would make it remember its last match. */
export function compileUrl (url: PassiveUrl): UrlRule {
  if (url instanceof RegExp) {
    const expression = new RegExp(url.source, url.flags.replace(/[gy]/g, ''))
    return path => expression.test(path)
  }
  if (url.endsWith('/*')) {
    const prefix = url.slice(0, -1)
    return (path, pattern) => path.startsWith(prefix) || pattern === url
  }
  return (path, pattern) => path === url || pattern === url
}

/**
 * Decides whether a request happens without a person. What the browser says outweighs the route (G11), the
 * route's own config outweighs `passiveUrls`, and `isPassive` is asked last.
 */
export function passiveRule (policy: ActivityPolicy): (request: FastifyRequest) => boolean {
  const rules = policy.passiveUrls.map(compileUrl)
  return request => {
    const { headers, routeOptions: { config, url: pattern } } = request
    if (isPrefetch(headers)) return true
    if (isCrossSite(headers) && !isTopLevelNavigation(headers)) return true
    if (config?.sessionSecurity?.passive !== undefined) return config.sessionSecurity.passive
    if (rules.length > 0 && rules.some(rule => rule(pathOf(request), pattern))) return true
    return policy.isPassive(request)
  }
}

/**
 * The entries that match none of the routes. A pattern stands for a few addresses that it takes, since an entry
 * may name one of those instead of the pattern.
 */
export function unmatchedUrls (urls: readonly PassiveUrl[], patterns: readonly string[]): PassiveUrl[] {
  return urls.filter(url => {
    const rule = compileUrl(url)
    return !patterns.some(pattern => rule(pattern, pattern) || samples(pattern).some(path => rule(path, pattern)) || takes(pattern, url))
  })
}

function pathOf (request: FastifyRequest): string {
  const { url } = request
  const end = url.indexOf('?')
  return end === -1 ? url : url.slice(0, end)
}

function samples (pattern: string): string[] {
  return ['1', 'a'].map(value => pattern.replace(/:[^/]+|\*/g, value))
}

/** Whether a route pattern takes the path, as far as `:name` and `*` go. */
function takes (pattern: string, path: PassiveUrl): boolean {
  if (path instanceof RegExp) return false
  const source = pattern.split(/(:[^/]+|\*)/).map(part => part.startsWith(':') ? '[^/]+' : part === '*' ? '.*' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${source.join('')}$`).test(path.replace(/\*$/, 'a'))
}
