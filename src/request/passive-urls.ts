import { asRouted, decodePath, routedPattern } from '../http/router-path.ts'
import type { RouterOptions } from '../http/router-path.ts'

/**
 * Names passive requests: a path, `prefix/*`, a route pattern such as `/api/jobs/:id`, or an expression for the path.
 */
export type PassiveUrl = string | RegExp

/**
 * Tells of one request whether an entry of `passiveUrls` names it.
 *
 * @param path as `routedPath` gives it: `null` matches nothing.
 * @param pattern of the route that takes the request, as the application wrote it.
 */
export type UrlRule = (path: string | null, pattern: string | undefined) => boolean

/** Values that a parameter may have, for expressions: numbers, words, dates, ids of databases, names of files. */
const SAMPLES = ['1', '42', '12345678', 'a', 'abc', 'a-b', 'a.b', 'A', '2026-01-15', 'a.png', 'V1StGXR8_Z5jdHi6B-myT',
  '507f1f77bcf86cd799439011', '6f1c1f5e-8d0a-4d7c-9b1e-0a1b2c3d4e5f']

/** Stands for a parameter in a pattern; no path holds it. */
const PARAMETER = '\0'

/** Compiles one entry. Flags that make an expression remember its last match are dropped. */
export function compileUrl (url: PassiveUrl, options: RouterOptions): UrlRule {
  if (url instanceof RegExp) {
    const expression = new RegExp(url.source, flagsFor(url, options))
    return path => path !== null && expression.test(path)
  }
  const address = addressOf(url, options)
  const texts = [address, routedPattern(url, options)]
  return (path, pattern) => (path !== null && names(address, path)) ||
    (pattern !== undefined && texts.some(text => names(text, routedPattern(pattern, options))))
}

/**
 * Finds the entries that can match no route, which are most often typing errors.
 *
 * A string is compared with each pattern part by part. An expression is tried on addresses that a route may take: one
 * that wants an unusual value of a parameter may be found, too. Fastify adds `prefix` and `prefix/` as one route
 * and reports the former, so a caller asks `fastify.hasRoute` as well.
 */
export function unmatchedUrls (
  urls: readonly PassiveUrl[], patterns: readonly string[], options: RouterOptions
): PassiveUrl[] {
  const shapes = patterns.flatMap(pattern => shapesOf(pattern, options))
  return urls.filter(url => {
    const rule = compileUrl(url, options)
    if (patterns.some(pattern => rule(null, pattern))) return false
    if (url instanceof RegExp) return !shapes.some(shape => samplesOf(shape).some(path => rule(path, undefined)))
    const address = addressOf(url, options)
    return !isPath(address, options) || !shapes.some(shape => meet(address, shape))
  })
}

/** An entry as a path. It is percent-encoded, as in an address bar; text that cannot be is plain, as in a route. */
function addressOf (url: string, options: RouterOptions): string {
  const decoded = decodePath(url)
  return decoded === null ? routedPattern(url, options) : asRouted(decoded, options)
}

/** Whether an entry, or a prefix, names a path or a pattern of the same form. */
function names (entry: string, text: string): boolean {
  return entry.endsWith('/*') ? text.startsWith(entry.slice(0, -1)) : text === entry
}

/** Where the router ignores letter case, an expression does. */
function flagsFor ({ flags }: RegExp, { caseSensitive }: RouterOptions): string {
  const kept = flags.replace(/[gy]/g, '')
  return caseSensitive || kept.includes('i') ? kept : `${kept}i`
}

/** Whether an entry can be the path of a request: it holds no parameter, and nothing that begins a query. */
function isPath (address: string, { useSemicolonDelimiter }: RouterOptions): boolean {
  return !/\/:(?!:)|[?#]/.test(address) && !(useSemicolonDelimiter && address.includes(';'))
}

/** A pattern with `PARAMETER` for each parameter; two of them where the last parameter may be absent. */
function shapesOf (pattern: string, options: RouterOptions): string[] {
  const optional = /\/:[^/()]*\?(\/?)$/
  const whole = pattern === '*' ? '/*' : pattern
  const patterns = optional.test(whole)
    ? [whole.replace(/\?(\/?)$/, '$1'), whole.replace(optional, '$1') || '/']
    : [whole]
  return patterns.map(one => routedPattern(one, options)
    .replace(/::|:[^/:.()-]*(?:\((?:[^()]|\([^()]*\))*\))?/g, found => found === '::' ? ':' : PARAMETER))
}

/** Addresses that a route of this shape may take. */
function samplesOf (shape: string): string[] {
  return [...SAMPLES, 'a/b', ''].map(sample => shape.replaceAll(PARAMETER, sample).replace(/\*$/, sample))
}

/** Whether a path, or one below a prefix, has the shape of a route. */
function meet (path: string, shape: string): boolean {
  const [wanted, had] = [path.split('/'), shape.split('/')]
  for (const [i, part] of wanted.entries()) {
    const other = had[i]
    if (other === undefined) return false
    if (part === '*' || other === '*') return true
    if (!partMeets(part, other)) return false
  }
  return had.length === wanted.length
}

/** A parameter may be empty: the router takes `/jobs/` for `/jobs/:id`. */
function partMeets (part: string, shape: string): boolean {
  if (!shape.includes(PARAMETER)) return part === shape
  const statics = shape.split(PARAMETER).map(text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${statics.join('.*')}$`, 's').test(part)
}
