import type { FastifyReply, FastifyRequest } from 'fastify'
import { sameOriginPath } from '../core/same-origin-path.ts'
import { publish } from '../diagnostics.ts'
import { NoSessionError, NotRegisteredError } from '../errors.ts'
import { wantsPage } from '../http/fetch-metadata.ts'
import { check, refuseUnknown } from '../option-checks.ts'
import { isOwnRoute } from './own-routes.ts'
import { RequestSession } from './request-session.ts'
import type { RequestSessionSecurity } from './request-session-security.ts'
import { viewFor } from './session-view.ts'

export interface RequireSessionOptions {
  /** The page to sign in at: a path of this site. Default none: everybody is answered 401. */
  loginUrl?: string | undefined
}

/** The guard needs this of a request. Every server's requests have it, over HTTP/1 and HTTP/2, whatever their types are. */
interface GuardedRequest {
  readonly sessionSecurity: RequestSessionSecurity
  readonly routeOptions: { readonly config: object }
}

/** It answers by the reply that belongs to the request. */
type Guard = (request: GuardedRequest, reply: unknown) => Promise<FastifyReply | undefined>

/**
 * A hook that lets only authenticated sessions through: `userOf` is asked in this very request, and the store where what it said
 * is older than a second. A page is redirected to `loginUrl?next=<path>`, with `&reason=idle` or the like when its session has
 * ended; htmx is told to go there; anything else is answered 401, with the reason in its message and in `Session-End-Reason`.
 * A session that a later version of this package keeps goes on: its requests are answered 503 with `Retry-After`.
 * The ping route and the files of the browser client answer everybody, so that a guard may stand at the root.
 *
 * @throws {BadOptionError | UnknownOptionError} at once, when `loginUrl` is no path of this site.
 */
export function requireSession (options: RequireSessionOptions = {}): Guard {
  refuseUnknown(options, ['loginUrl'])
  const { loginUrl } = options
  check('loginUrl', loginUrl, 'a path that starts with one "/", without a fragment', value => value === undefined || isPage(value))
  return async function guard ({ routeOptions, sessionSecurity: context }) {
    if (isOwnRoute(routeOptions.config)) return undefined
    if (!(context instanceof RequestSession)) throw new NotRegisteredError('requireSession()')
    await context.renewKnowledge()
    const isOver = viewFor(context).state === 'ended'
    // A header that a hook set before for all pages does not hold here. A cached refusal would outlive the next sign-in.
    context.reply.header('cache-control', 'no-store')
    if (isOver) context.refuseLater()
    return isOver ? await refuse(context, loginUrl) : undefined
  }
}

async function refuse (context: RequestSession, loginUrl: string | undefined): Promise<FastifyReply> {
  const { request, reply } = context
  const reason = await context.endReason()
  const error = new NoSessionError(reason)
  publish('refused', () => ({ what: 'route', code: error.code }))
  if (reason !== 'none') reply.header('session-end-reason', reason)
  const isHtmx = request.headers['hx-request'] === 'true'
  if (loginUrl === undefined || !(isHtmx || wantsPage(request.headers))) throw error
  const next = isHtmx ? pathOf(request.headers['hx-current-url']) : pathOfPage(request)
  const query = new URLSearchParams({ ...(next === null ? {} : { next }), ...(reason === 'none' ? {} : { reason }) })
  const address = query.size === 0 ? loginUrl : `${loginUrl}${loginUrl.includes('?') ? '&' : '?'}${query.toString()}`
  if (!isHtmx) return reply.redirect(address, 303)
  // A redirect would be followed by the script, and the sign-in page would land in a part of the page.
  return reply.code(401).header('hx-redirect', address).send()
}

/** Only a page that was asked for can be asked for again. */
function pathOfPage ({ method, url }: FastifyRequest): string | null {
  return method === 'GET' || method === 'HEAD' ? sameOriginPath(url) : null
}

/** The page that a part was loaded into. */
function pathOf (address: unknown): string | null {
  if (typeof address !== 'string' || !URL.canParse(address)) return null
  const { pathname, search } = new URL(address)
  return sameOriginPath(pathname + search)
}

function isPage (value: unknown): boolean {
  return sameOriginPath(value)?.includes('#') === false
}
