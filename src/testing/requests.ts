import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import type { Payload } from './browser-api.ts'

/** The headers by which a browser marks its requests: https://www.w3.org/TR/fetch-metadata/. */
export const KINDS = {
  page: {
    accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'sec-fetch-site': 'same-origin',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
    'sec-fetch-user': '?1'
  },
  script: { accept: '*/*', 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
} as const

export type RequestKind = keyof typeof KINDS

const FORM = 'application/x-www-form-urlencoded;charset=UTF-8'

export function withPayload (options: InjectOptions, payload: Payload): InjectOptions {
  if (!(payload instanceof URLSearchParams)) return payload === undefined ? options : { ...options, payload }
  return { ...options, payload: String(payload), headers: { 'content-type': FORM, ...options.headers } }
}

/** Converts the arguments of a page's `fetch()`. */
export function injectOptionsOf (url: string, { method = 'GET', headers, body }: RequestInit): InjectOptions {
  const options = { method: method as 'GET' | 'POST', url, headers: Object.fromEntries(new Headers(headers)) }
  return withPayload(options, body instanceof URLSearchParams ? body : body == null ? undefined : String(body))
}

/** Converts an answer to that of a page's `fetch()`. */
export function toResponse ({ statusCode: status, headers, rawPayload }: LightMyRequestResponse): Response {
  const isEmpty = [204, 205, 304].includes(status)
  const type = headers['content-type']
  const body = isEmpty ? null : new Uint8Array(rawPayload)
  return new Response(body, { status, headers: type === undefined ? {} : { 'content-type': String(type) } })
}

/** Whether a browser goes on to another page. */
export function isRedirect (status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status)
}

export function pathOf (url: string): string {
  return url.split(/[?#]/, 1)[0] ?? '/'
}
