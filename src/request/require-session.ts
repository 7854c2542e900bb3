import type { FastifyReply, FastifyRequest } from 'fastify'
import { isSeconds, toMs } from '../core/clock.ts'
import { sameOriginPath } from '../core/same-origin-path.ts'
import { withQuery } from '../core/with-query.ts'
import { NoSessionError, NotRegisteredError, StaleAuthenticationError } from '../errors.ts'
import { wantsPage } from '../http/fetch-metadata.ts'
import { isAddressOf } from '../http/request-origin.ts'
import { check, refuseUnknown } from '../option-checks.ts'
import { auditRefusalOf } from './audit-refusal.ts'
import { isOwnRoute } from './own-routes.ts'
import { RequestSession } from './request-session.ts'
import type { RequestSessionSecurity } from './request-session-security.ts'
import { viewFor } from './session-view.ts'

/** The reason in the address of the page at `reauthUrl`. */
const REAUTHENTICATE = 'reauthenticate'

/** The options of `requireSession()`. */
export interface RequireSessionOptions {
  /** The sign-in page: a path of this site. Without it, the guard answers everybody 401. */
  loginUrl?: string | undefined
  /** The most seconds since the person last proved who they are. Default: any number. */
  authenticatedWithin?: number | undefined
  /** The page on which a person proves it again: a path of this site. Without it, the guard answers everybody 401. */
  reauthUrl?: string | undefined
}

/**
 * The part of a request that the guard needs. Requests of every server have it, over HTTP/1 and HTTP/2, whatever their
 * types.
 */
interface GuardedRequest {
  readonly sessionSecurity: RequestSessionSecurity
  readonly routeOptions: { readonly config: object }
}

/** Answers by the reply that belongs to the request. */
type Guard = (request: GuardedRequest, reply: unknown) => Promise<FastifyReply | undefined>

/**
 * Makes a hook that lets only authenticated sessions through, from `onRequest` on.
 *
 * The hook asks `userOf`, and it asks the store if its last answer is older than a second.
 *
 * - It redirects a page to `loginUrl?next=<path>`, with `&reason=idle` or the like when the session has ended.
 * - It answers htmx 401 with `HX-Redirect` to the same address.
 * - It answers any other request 401 {NoSessionError}, with the reason in the message and in `Session-End-Reason`.
 * - With `authenticatedWithin`, it sends a person whose authentication is older to `reauthUrl`, or answers 401
 *   {StaleAuthenticationError}. The session goes on (OWASP ASVS 5.0, V7.5.1).
 * - It answers 503 with `Retry-After` for a session that a later version of this package keeps.
 *
 * The ping route and the files of the browser client answer everybody, so that a guard may stand at the root.
 *
 * @throws {BadOptionError | UnknownOptionError} at once, when an address is no path of this site, or a time is no time
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
    // This overrules a header that an earlier hook set for all pages: a cached refusal would outlive the next sign-in.
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

/**
 * Tells whether an authentication is older than that.
 *
 * It may lie as far ahead, if the clock was set back since. Then nobody knows how old it is (G5: one clock).
 */
function isStale (context: RequestSession, withinSeconds: number): boolean {
  if (withinSeconds === Infinity) return false // most guarded requests return here
  return Math.abs(context.nowMs() - (context.authenticatedAtMs ?? -Infinity)) > toMs(withinSeconds)
}

/**
 * Redirects a page, names the address to htmx, and refuses any other request.
 *
 * @throws the error
 */
function sendAway (
  { request, reply, shared }: RequestSession, error: NoSessionError | StaleAuthenticationError,
  url: string | undefined, reason: string | undefined
): FastifyReply {
  auditRefusalOf(request, shared, 'route', error.code, error instanceof NoSessionError ? error.reason : undefined)
  const isHtmx = request.headers['hx-request'] === 'true'
  if (url === undefined || !(isHtmx || wantsPage(request.headers))) throw error
  const next = isHtmx ? pathOf(request.headers['hx-current-url']) : pathOfPage(request)
  const address = withQuery(url, { next, reason })
  if (!isHtmx) return reply.redirect(address, 303)
  // The script would follow a redirect, and put the sign-in page into a part of the page.
  return reply.code(401).header('hx-redirect', address).send()
}

/**
 * Returns the path to come back to.
 *
 * A browser can ask again only for a page. After a submitted form, that is the page of the form.
 */
function pathOfPage ({ method, originalUrl, host, headers: { referer } }: FastifyRequest): string | null {
  if (method === 'GET' || method === 'HEAD') return sameOriginPath(originalUrl)
  return referer !== undefined && isAddressOf(referer, host) ? pathOf(referer) : null
}

/** Returns the path of an address. For htmx, it is the page around the loaded part. */
function pathOf (address: unknown): string | null {
  if (typeof address !== 'string' || !URL.canParse(address)) return null
  const { pathname, search } = new URL(address)
  return sameOriginPath(pathname + search)
}

function isPage (value: unknown): boolean {
  return sameOriginPath(value)?.includes('#') === false
}
