import type { MonitorOptions } from '../client/monitor/monitor-options.ts'
import { monitorOptionsOf } from '../client/tag-attributes.ts'
import type { ClientSettings } from './tab-api.ts'
import { clientTagOf } from './client-tag.ts'
import { TestKitError } from './errors.ts'
import type { Machine } from './machine.ts'
import { isRedirect } from './requests.ts'

/** Addresses of the application are relative to this one. */
export const SITE = new URL('http://localhost')

/** The most redirects that a browser follows: https://fetch.spec.whatwg.org/#http-redirect-fetch. */
const MOST_REDIRECTS = 20

export interface LoadedPage {
  /** The address after redirects. */
  readonly url: URL
  /** The time of the request, by the kit's clock. */
  readonly askedMs: number
  /** The status; 0 for a page of another server. */
  readonly status: number
  readonly body: string
  /** Undefined for a page without the browser client. */
  readonly options: MonitorOptions | undefined
}

/**
 * Requests a page as a browser does.
 *
 * @param client the options of the client for a page of another server, which is not requested
 * @throws {TestKitError} when redirects lead nowhere
 */
export async function loadPage (machine: Machine, url: URL, client: ClientSettings | undefined): Promise<LoadedPage> {
  const { timeline, pingUrl } = machine.kit
  let page = { url, askedMs: timeline.nowMs, status: 0, body: '' }
  if (client !== undefined && url.origin === SITE.origin) return { ...page, options: { pingUrl, ...client } }
  for (let redirects = 0; page.url.origin === SITE.origin; redirects++) {
    const { pathname, search } = page.url
    if (redirects > MOST_REDIRECTS) {
      throw new TestKitError(`${url.pathname} has more than ${MOST_REDIRECTS} redirects, the last to ${pathname}`)
    }
    const { statusCode, headers, body } = await machine.send({ method: 'GET', url: pathname + search }, 'page')
    const { location } = headers
    if (!isRedirect(statusCode) || location === undefined) {
      const attributes = clientTagOf(body)
      const options = attributes === undefined ? undefined : monitorOptionsOf(attributes, pingUrl)
      return { ...page, status: statusCode, body, options }
    }
    const next = new URL(String(location), page.url)
    next.hash ||= page.url.hash // it stays: https://fetch.spec.whatwg.org/#concept-http-redirect-fetch
    page = { ...page, url: next, askedMs: timeline.nowMs }
  }
  return { ...page, options: undefined }
}
