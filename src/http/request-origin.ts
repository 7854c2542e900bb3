import type { IncomingHttpHeaders } from 'node:http'

/** The parts of a request that show its origin. `host` carries the port, as the browser addressed it. */
export interface Sent {
  readonly headers: IncomingHttpHeaders
  readonly host: string
}

/**
 * The kind of page that a request comes from.
 *
 * - `allowed`: an origin that the application listed.
 * - `none`: a person typed the address, or opened a bookmark.
 * - `unknown`: the client sent no header that shows it, such as curl, or an old browser that follows a link.
 */
export type RequestOrigin = 'same-origin' | 'same-site' | 'cross-site' | 'allowed' | 'none' | 'unknown'

/** The longest part of a header that an error repeats, in characters. */
const LONGEST_QUOTE = 80

/**
 * Judges which kind of page a request comes from.
 *
 * `Sec-Fetch-Site` decides, since no page can forge it. Browsers send it to trustworthy addresses only (https and
 * localhost), so `Origin` decides where it is missing. SameSite cookies are no substitute: other hosts and ports belong
 * to the same site. A form that changes something is accepted from `same-origin` alone:
 * https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
 *
 * @param allowedOrigins see `isOrigin`. `Origin` must name one of them: an image from there is still cross-site. The
 *   list also serves a server behind a proxy that hides the public host.
 */
export function requestOriginOf ({ headers, host }: Sent, allowedOrigins: readonly string[] = []): RequestOrigin {
  const { origin, 'sec-fetch-site': site } = headers
  if (site === 'same-origin' || site === 'none') return site
  if (origin !== undefined && isAmong(origin, allowedOrigins)) return 'allowed'
  if (site !== undefined) return site === 'same-site' ? 'same-site' : 'cross-site'
  if (origin === undefined) return 'unknown'
  return isAddressOf(origin, host) ? 'same-origin' : 'cross-site'
}

/** Quotes the header that `requestOriginOf` judged by, for an error. */
export function describeOrigin ({ headers }: Pick<Sent, 'headers'>): string {
  const { origin, 'sec-fetch-site': site } = headers
  if (site !== undefined) return `Sec-Fetch-Site: ${String(site).slice(0, LONGEST_QUOTE)}`
  return origin === undefined ? 'neither Sec-Fetch-Site nor Origin' : `Origin: ${origin.slice(0, LONGEST_QUOTE)}`
}

/**
 * Checks whether the browser came from a page of this very origin. A redirect in between does not matter.
 *
 * It asks of a page what `requestOriginOf` asks of a form: a GET carries no `Origin`, so `Referer` decides instead. A
 * link in a mail, or on another site, does not come from here.
 */
export function comesFromHere ({ headers, host }: Sent): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin'
  return headers.referer !== undefined && isAddressOf(headers.referer, host)
}

/**
 * Checks whether a value can stand in `allowedOrigins`. It must be an http(s) origin without path, name or wildcard.
 */
export function isOrigin (value: unknown): value is string {
  if (typeof value !== 'string' || !URL.canParse(value)) return false
  return /^https?:\/\/(?:\[[\da-f:.]+\]|[^\s/?#\\@:*%[\]]+)(?::\d{1,5})?$/i.test(value)
}

/**
 * Checks whether an origin is in the list. It compares normalised origins: `https://Bank.example:443` names
 * `https://bank.example`.
 */
function isAmong (origin: string, allowedOrigins: readonly string[]): boolean {
  if (allowedOrigins.length === 0 || !isOrigin(origin)) return false
  const wanted = new URL(origin).origin
  return allowedOrigins.some(allowed => isOrigin(allowed) && new URL(allowed).origin === wanted)
}

/**
 * Checks whether an address names a host. It ignores the scheme: behind a proxy that ends TLS, a server does not know
 * its own.
 */
export function isAddressOf (address: string, host: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, host: found } = new URL(address)
  if (protocol !== 'http:' && protocol !== 'https:') return false
  const expected = `${protocol}//${host}`
  return URL.canParse(expected) && new URL(expected).host === found
}
