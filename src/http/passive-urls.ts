import { asRouted, decodePath, routedPattern } from './router-path.ts'
import type { RouterOptions } from './router-path.ts'

/** Names passive requests: a path, `prefix/*`, a route pattern such as `/api/jobs/:id`, or an expression. */
export type PassiveUrl = string | RegExp

/**
 * Tells whether an entry of `passiveUrls` names a request.
 *
 * @param path the path from `routedPath`; `null` matches nothing
 * @param pattern the pattern of the request's route, as the application wrote it
 */
export type UrlRule = (path: string | null, pattern: string | undefined) => boolean

/** Sample values of a parameter: numbers, words, dates, ids of databases, names of files. */
const SAMPLES = ['1', '42', '12345678', 'a', 'abc', 'a-b', 'a.b', 'A', '2026-01-15', 'a.png', 'V1StGXR8_Z5jdHi6B-myT',
  '507f1f77bcf86cd799439011', '6f1c1f5e-8d0a-4d7c-9b1e-0a1b2c3d4e5f']

/** Stands for a parameter in a pattern. No path contains it. */
const PARAMETER = '\0'

/** Compiles one entry. It drops flags that make an expression remember its last match. */
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
 * It compares a string with each pattern part by part. It tries an expression on sample addresses of each route: an
 * expression that wants an unusual value of a parameter may be found, too. Fastify adds `prefix` and `prefix/` as one
 * route and reports the former, so a caller asks `fastify.hasRoute` as well.
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

/**
 * Returns an entry as a path, percent-encoded as in an address bar. Text that cannot be encoded stays plain, as in a
 * route.
 */
function addressOf (url: string, options: RouterOptions): string {
  const decoded = decodePath(url)
  return decoded === null ? routedPattern(url, options) : asRouted(decoded, options)
}

/** Tells whether an entry, or a prefix, names a text of the same form. */
function names (entry: string, text: string): boolean {
  return entry.endsWith('/*') ? text.startsWith(entry.slice(0, -1)) : text === entry
}

/** Returns the flags of an expression, which ignores letter case if the router does. */
function flagsFor ({ flags }: RegExp, { caseSensitive }: RouterOptions): string {
  const kept = flags.replace(/[gy]/g, '')
  return caseSensitive || kept.includes('i') ? kept : `${kept}i`
}

/**
 * Tells whether an entry can be the path of a request. Such a path has no parameter, and nothing that begins a query.
 */
function isPath (address: string, { useSemicolonDelimiter }: RouterOptions): boolean {
  return !/\/:(?!:)|[?#]/.test(address) && !(useSemicolonDelimiter && address.includes(';'))
}

/** Returns a pattern with `PARAMETER` for each parameter. It returns two if the last parameter may be absent. */
function shapesOf (pattern: string, options: RouterOptions): string[] {
  const optional = /\/:[^/()]*\?(\/?)$/
  const whole = pattern === '*' ? '/*' : pattern
  const patterns = optional.test(whole)
    ? [whole.replace(/\?(\/?)$/, '$1'), whole.replace(optional, '$1') || '/']
    : [whole]
  return patterns.map(one => routedPattern(one, options)
    .replace(/::|:[^/:.()-]*(?:\((?:[^()]|\([^()]*\))*\))?/g, found => found === '::' ? ':' : PARAMETER))
}

/** Returns sample addresses that a route of this shape takes. */
function samplesOf (shape: string): string[] {
  return [...SAMPLES, 'a/b', ''].map(sample => shape.replaceAll(PARAMETER, sample).replace(/\*$/, sample))
}

/** Tells whether a path, or one below a prefix, has the shape of a route. */
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

/** Compares one part of a path. A parameter may be empty: the router takes `/jobs/` for `/jobs/:id`. */
function partMeets (part: string, shape: string): boolean {
  if (!shape.includes(PARAMETER)) return part === shape
  const statics = shape.split(PARAMETER).map(text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${statics.join('.*')}$`, 's').test(part)
}
