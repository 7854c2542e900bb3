import type { IncomingHttpHeaders } from 'node:http'

/**
 * Reads what a browser says about the purpose of a request (https://www.w3.org/TR/fetch-metadata/). A page cannot forge
 * these headers; a client that sends none is believed.
 */

/** `Sec-Purpose`; `Purpose` of older Chromium, `X-Moz` of older Firefox, `X-Purpose` of older Safari. */
const PURPOSE_HEADERS = ['sec-purpose', 'purpose', 'x-moz', 'x-purpose'] as const

/** Checks whether a browser fetches ahead of a person. The person may never look at the answer. */
export function isPrefetch (headers: IncomingHttpHeaders): boolean {
  return PURPOSE_HEADERS.some(name => {
    const value = headers[name]
    return value !== undefined && /\b(?:prefetch|prerender|preview)\b/i.test(String(value))
  })
}

/** Checks whether a person followed a link to a page that fills a tab. Scripts and forms do not count. */
export function isFollowedLink (method: string | undefined, headers: IncomingHttpHeaders): boolean {
  return (method === 'GET' || method === 'HEAD') && headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document' && headers['sec-fetch-user'] === '?1'
}

/** Checks whether a person will look at the answer, rather than a script. */
export function wantsPage (headers: IncomingHttpHeaders): boolean {
  const mode = headers['sec-fetch-mode']
  if (mode !== undefined) return mode === 'navigate'
  return headers['x-requested-with'] === undefined && headers.accept?.includes('text/html') === true
}
