import type { IncomingHttpHeaders } from 'node:http'

/** What is looked at of a request. `host` with the port, as the browser addressed it. */
export interface Sent {
  readonly headers: IncomingHttpHeaders
  readonly host: string
}

/** `none`: from a page of this very origin. Else what says otherwise, for the error. */
export type Objection = 'none' | string

/**
 * Whether a form was sent from a page of this very origin: by `Sec-Fetch-Site`, which no page can forge, or, where a browser
 * does not send it (old ones, and all of them without https), by `Origin`. A request that says nothing is refused.
 * SameSite cookies are no substitute: what they call the same site, other hosts and ports belong to.
 * https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
 */
export function objectionTo ({ headers, host }: Sent): Objection {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' ? 'none' : `Sec-Fetch-Site: ${String(site).slice(0, 80)}`
  const { origin } = headers
  if (origin === undefined) return 'neither Sec-Fetch-Site nor Origin'
  return isOf(origin, host) ? 'none' : `Origin: ${origin.slice(0, 80)}`
}

/** Whether the browser came here from a page of this very origin: one that it was sent on by, too. Not from another site, nor by a link in a letter. */
export function comesFromHere ({ headers, host }: Sent): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin'
  return headers.referer !== undefined && isOf(headers.referer, host)
}

/** The scheme is not compared: behind a proxy that ends TLS, a server does not know its own. */
function isOf (address: string, host: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, host: found } = new URL(address)
  const expected = `${protocol}//${host}`
  return found !== '' && URL.canParse(expected) && new URL(expected).host === found
}
