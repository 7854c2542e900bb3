import type { IncomingHttpHeaders } from 'node:http'

/**
 * What the browser says of a request's origin (https://www.w3.org/TR/fetch-metadata/). A page cannot forge these;
 * a client that sends none is taken at its word.
 */

/** Another site's page made this request. */
export function isCrossSite (headers: IncomingHttpHeaders): boolean {
  return headers['sec-fetch-site'] === 'cross-site'
}

/** A person followed a link or typed an address: the page is to fill a tab, not a frame. */
export function isTopLevelNavigation (headers: IncomingHttpHeaders): boolean {
  return headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
}

/** The browser fetches ahead, and nobody may ever look: `Sec-Purpose`, and the older `Purpose` and `X-Moz`. */
export function isPrefetch (headers: IncomingHttpHeaders): boolean {
  return [headers['sec-purpose'], headers.purpose, headers['x-moz']].some(value => typeof value === 'string' && /prefetch|prerender/.test(value))
}

/** Whether the answer is for a person to look at, rather than for a script. */
export function wantsPage (headers: IncomingHttpHeaders): boolean {
  const mode = headers['sec-fetch-mode']
  if (mode !== undefined) return mode === 'navigate'
  return headers['x-requested-with'] === undefined && headers.accept?.includes('text/html') === true
}
