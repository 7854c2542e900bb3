/** The options of Fastify's router (find-my-way) on which the reading of a path depends. */
export interface RouterOptions {
  readonly caseSensitive: boolean
  readonly ignoreTrailingSlash: boolean
  readonly ignoreDuplicateSlashes: boolean
  readonly useSemicolonDelimiter: boolean
}

/** The part of `fastify.initialConfig` that concerns the router. */
export interface InitialConfig extends GivenOptions {
  readonly routerOptions?: GivenOptions | undefined
}

type GivenOptions = { readonly [Key in keyof RouterOptions]?: boolean | undefined }

/**
 * Reads the router's options from `fastify.initialConfig`.
 *
 * Fastify takes them at the top and under `routerOptions`, and fills in `false` at the level that the application did
 * not use. So `true` at either level counts, except for `caseSensitive`, which Fastify fills in at the top alone.
 */
export function routerOptionsOf (config: InitialConfig): RouterOptions {
  const { routerOptions = {} } = config
  const either = (key: keyof RouterOptions): boolean => config[key] === true || routerOptions[key] === true
  return {
    caseSensitive: routerOptions.caseSensitive ?? config.caseSensitive ?? true,
    ignoreTrailingSlash: either('ignoreTrailingSlash'),
    ignoreDuplicateSlashes: either('ignoreDuplicateSlashes'),
    useSemicolonDelimiter: either('useSemicolonDelimiter')
  }
}

/**
 * Reads the path of a request's URL as the router does, without the query.
 *
 * It undoes percent-encoding, except for `#$%&+,/:;=?@`, whose codes stay (in capitals): `%2F` separates nothing.
 *
 * @returns `null` for a path that cannot be decoded, or an address that the router refuses
 */
export function routedPath (url: string, options: RouterOptions): string | null {
  const target = url.startsWith('/') ? url : withoutOrigin(url)
  const path = target === null ? null : decodePath(withoutQuery(target, options))
  return path === null ? null : asRouted(path, options)
}

/** Writes a route's pattern in the form of `routedPath`. A pattern is decoded text, in which `%` is a percent sign. */
export function routedPattern (pattern: string, options: RouterOptions): string {
  return asRouted(pattern.replaceAll('%', '%25'), options)
}

/**
 * Undoes percent-encoding as far as the router does.
 *
 * @returns `null` if the path is not percent-encoded
 */
export function decodePath (path: string): string | null {
  if (!path.includes('%')) return path
  try {
    return decodeURI(path.replaceAll('%25', '%2525')).replace(/%[\da-f]{2}/gi, code => code.toUpperCase())
  } catch {
    return null
  }
}

/** Applies to a decoded path what the router ignores. Letter case and slashes come in the router's order. */
export function asRouted (path: string, options: RouterOptions): string {
  const { caseSensitive, ignoreTrailingSlash, ignoreDuplicateSlashes } = options
  const single = ignoreDuplicateSlashes ? path.replace(/\/{2,}/g, '/') : path
  const trimmed = ignoreTrailingSlash ? single.replace(/(.)\/$/s, '$1') : single
  return caseSensitive ? trimmed : trimmed.toLowerCase()
}

/** Cuts off the query. The first character is never a delimiter. */
function withoutQuery (target: string, { useSemicolonDelimiter }: RouterOptions): string {
  const length = target.slice(1).search(useSemicolonDelimiter ? /[?#;]/ : /[?#]/)
  return length === -1 ? target : target.slice(0, length + 1)
}

/** Cuts off scheme and host: a proxy may send `GET http://host/path`. */
function withoutOrigin (url: string): string | null {
  const [origin] = /^https?:\/\/[^/?#]*/i.exec(url) ?? []
  if (origin === undefined) return url
  if (origin.endsWith('//') || url.includes('#') || !URL.canParse(url)) return null
  const rest = url.slice(origin.length)
  return rest.startsWith('/') ? rest : `/${rest}`
}
