import type { FastifyReply, FastifyRequest } from 'fastify'
import { isSeconds, toMs } from '../core/clock.ts'
import { sameOriginPath } from '../core/same-origin-path.ts'
import { withQuery } from '../core/with-query.ts'
import { NoSessionError, NotRegisteredError, StaleAuthenticationError } from '../errors.ts'
import { wantsPage } from '../http/fetch-metadata.ts'
import { check, refuseUnknown } from '../option-checks.ts'
import { auditRefusalOf } from './audit-refusal.ts'
import { isOwnRoute } from './own-routes.ts'
import { RequestSession } from './request-session.ts'
import type { RequestSessionSecurity } from './request-session-security.ts'
import { viewFor } from './session-view.ts'

/** What the page at `reauthUrl` is told as the reason. */
const REAUTHENTICATE = 'reauthenticate'

export interface RequireSessionOptions {
  /** The page to sign in at: a path of this site. Default none: everybody is answered 401. */
  loginUrl?: string | undefined
  /** Seconds since the person last proved who they are. Default: however long. */
  authenticatedWithin?: number | undefined
  /** The page to prove it again at: a path of this site. Default none: everybody is answered 401. */
  reauthUrl?: string | undefined
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
 * With `authenticatedWithin`, so is a session whose person proved long ago who they are: to `reauthUrl`, or 401 with a code of
 * its own. It goes on (https://github.com/OWASP/ASVS, 5.0, V7.5.1: before sensitive changes, the person proves it again).
 * A session that a later version of this package keeps goes on: its requests are answered 503 with `Retry-After`.
 * The ping route and the files of the browser client answer everybody, so that a guard may stand at the root.
 *
 * @throws {BadOptionError | UnknownOptionError} at once, when an address is no path of this site, or a time is none.
 */
export function requireSession (options: RequireSessionOptions = {}): Guard {
  refuseUnknown(options, ['loginUrl', 'authenticatedWithin', 'reauthUrl'])
  const { loginUrl, authenticatedWithin = Infinity, reauthUrl } = options
  for (const name of ['loginUrl', 'reauthUrl'] as const) {
    check(
      name, options[name], 'a path that starts with one "/", without a fragment',
      value => value === undefined || isPage(value)
    )
  }
  check(
    'authenticatedWithin', options.authenticatedWithin, 'a number of seconds',
    value => value === undefined || isSeconds(value)
  )
  return async function guard ({ routeOptions, sessionSecurity: context }) {
    if (isOwnRoute(routeOptions.config)) return undefined
    if (!(context instanceof RequestSession)) throw new NotRegisteredError('requireSession()')
    await context.renewKnowledge()
    const isOver = viewFor(context).state === 'ended'
    // A header that a hook set before for all pages does not hold here. A cached refusal would outlive the next sign-in.
    context.reply.header('cache-control', 'no-store')
    if (isOver) context.refuseLater()
    if (isOver) return await refuseWithoutSession(context, loginUrl)
    if (!isStale(context, authenticatedWithin)) return undefined
    return sendAway(context, new StaleAuthenticationError(authenticatedWithin), reauthUrl, REAUTHENTICATE)
  }
}

async function refuseWithoutSession (context: RequestSession, loginUrl: string | undefined): Promise<FastifyReply> {
  const reason = await context.endReason()
  if (reason !== 'none') context.reply.header('session-end-reason', reason)
  return sendAway(context, new NoSessionError(reason), loginUrl, reason === 'none' ? undefined : reason)
}

function isStale (context: RequestSession, withinSeconds: number): boolean {
  if (withinSeconds === Infinity) return false // every guarded request comes here
  return context.nowMs() - (context.authenticatedAtMs ?? -Infinity) > toMs(withinSeconds)
}

/**
 * Redirects a page, tells htmx where to go, and refuses everything else.
 *
 * @throws the error
 */
function sendAway (
  {
    request, reply, shared
  }: RequestSession, error: NoSessionError | StaleAuthenticationError, url: string | undefined, reason: string | undefined
): FastifyReply {
  auditRefusalOf(request, shared, 'route', error.code, error instanceof NoSessionError ? error.reason : undefined)
  const isHtmx = request.headers['hx-request'] === 'true'
  if (url === undefined || !(isHtmx || wantsPage(request.headers))) throw error
  const next = isHtmx ? pathOf(request.headers['hx-current-url']) : pathOfPage(request)
  const address = withQuery(url, { next, reason })
  if (!isHtmx) return reply.redirect(address, 303)
  // A redirect would be followed by the script, and the sign-in page would land in a part of the page.
  return reply.code(401).header('hx-redirect', address).send()
}

/** Only a page that was asked for can be asked for again. After a form that was sent, the page to come back to is the form's. */
function pathOfPage ({ method, url, host, headers: { referer } }: FastifyRequest): string | null {
  if (method === 'GET' || method === 'HEAD') return sameOriginPath(url)
  return referer !== undefined && URL.canParse(referer) && new URL(referer).host === host ? pathOf(referer) : null
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
