import type { FastifyReply, FastifyRequest } from 'fastify'
import { sameOriginPath } from '../core/same-origin-path.ts'
import { publish } from '../diagnostics.ts'
import { NoSessionError } from '../errors.ts'
import { check, refuseUnknown } from '../option-checks.ts'
import { callerOf } from './caller-session.ts'
import { wantsPage } from './fetch-metadata.ts'

export interface RequireSessionOptions {
  /** The page to sign in at: a path of this site. Default none: everybody is answered 401. */
  loginUrl?: string
}

/**
 * A preHandler that lets only protected sessions through. A page is redirected to `loginUrl?next=<path>`, with
 * `&reason=idle` or the like when its session has ended; anything else is answered 401.
 *
 * @throws {BadOptionError | UnknownOptionError} at once, when `loginUrl` is no path of this site.
 */
export function requireSession (options: RequireSessionOptions = {}): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined> {
  refuseUnknown(options, ['loginUrl'])
  const { loginUrl } = options
  check('loginUrl', loginUrl, 'a path that starts with one "/", without a fragment', value => value === undefined || isPage(value))
  return async function guard (request, reply) {
    const view = await callerOf(request)?.confirmedView() ?? request.sessionSecurity.view()
    if (view.state !== 'ended') return
    publish('refused', () => ({ what: 'route', code: new NoSessionError().code }))
    if (loginUrl === undefined || !wantsPage(request.headers)) throw new NoSessionError()
    return await reply.header('cache-control', 'no-store').redirect(withQuery(loginUrl, await queryFor(request)), 303)
  }
}

/** Only what was asked for with GET can be asked for again. The reason travels in the address: the cookie that proves it goes. */
async function queryFor (request: FastifyRequest): Promise<URLSearchParams> {
  const query = new URLSearchParams()
  const next = request.method === 'GET' ? sameOriginPath(request.url) : null
  if (next !== null) query.set('next', next)
  const reason = await request.sessionSecurity.endReason()
  if (reason !== 'none') query.set('reason', reason)
  return query
}

function withQuery (url: string, query: URLSearchParams): string {
  return query.size === 0 ? url : `${url}${url.includes('?') ? '&' : '?'}${query.toString()}`
}

function isPage (value: unknown): boolean {
  return sameOriginPath(value)?.includes('#') === false
}
