import type { FastifyRequest } from 'fastify'
import type { ActivityPolicy, PassiveUrl } from '../options.ts'
import { isCrossSite, isPrefetch, isTopLevelNavigation } from './fetch-metadata.ts'
import { isPassive } from './request-policy.ts'

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
    return isPassive(policy, request)
  }
}

/** The entries that can match none of the routes. */
export function unmatchedUrls (urls: readonly PassiveUrl[], patterns: readonly string[]): PassiveUrl[] {
  return urls.filter(url => !patterns.some(pattern => url instanceof RegExp ? suits(url, pattern) : meet(url, pattern)))
}

function pathOf (request: FastifyRequest): string {
  const { url } = request
  const end = url.indexOf('?')
  return end === -1 ? url : url.slice(0, end)
}

/** Whether an expression matches a route's pattern, or an address that it may take. */
function suits (url: RegExp, pattern: string): boolean {
  const rule = compileUrl(url)
  return [pattern, ...['1', 'a'].map(value => pattern.replace(/:[^/]+|\*/g, value))].some(path => rule(path, pattern))
}

/** Whether an entry and a route's pattern have an address in common, part by part. */
function meet (url: string, pattern: string): boolean {
  const [wanted, had] = [url.split('/'), pattern.split('/')]
  for (const [i, part] of wanted.entries()) {
    const other = had[i]
    if (part === '*' || other === '*') return true
    if (other === undefined || (part !== other && (part === '' || !/[:*]/.test(other)))) return false
  }
  return had.length === wanted.length
}
