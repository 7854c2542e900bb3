import type { FastifyReply, FastifyRequest } from 'fastify'
import { BadOptionError, NoSessionError } from '../errors.ts'
import { wantsPage } from './fetch-metadata.ts'

export interface RequireSessionOptions {
  /** The page to sign in at: a path of this site. Default none: everybody is answered 401. */
  loginUrl?: string
}

/**
 * A preHandler that lets only protected sessions through. A page is redirected to `loginUrl?next=<path>`; anything
 * else is answered 401.
 *
 * @throws {BadOptionError} at once, when `loginUrl` is no path of this site.
 */
export function requireSession ({ loginUrl }: RequireSessionOptions = {}): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined> {
  if (loginUrl !== undefined && sameOriginPath(loginUrl) === null) throw new BadOptionError('loginUrl', 'a path that starts with one "/"', loginUrl)
  return async function guard (request, reply) {
    if (request.sessionSecurity.view().state !== 'ended') return
    if (loginUrl === undefined || !wantsPage(request.headers)) throw new NoSessionError()
    return await reply.header('cache-control', 'no-store').redirect(withNext(loginUrl, request), 303)
  }
}

/**
 * A `next` that may be followed: a path of this site. Check with it what comes back from the sign-in form.
 *
 * @returns `null` for anything that a browser would take elsewhere: `//evil`, `https:evil`, `/\evil`, line breaks
 * (CWE-601).
 */
export function sameOriginPath (next: unknown): string | null {
  if (typeof next !== 'string' || !/^\/(?![/\\])/.test(next)) return null
  // A browser drops tabs and line breaks before it reads an address, and reads a backslash as a slash.
  // eslint-disable-next-line no-control-regex
  return /[\\\u0000-\u0020\u007f]/.test(next) ? null : next
}

/** Only what was asked for with GET can be asked for again. */
function withNext (loginUrl: string, request: FastifyRequest): string {
  const next = request.method === 'GET' ? sameOriginPath(request.url) : null
  if (next === null) return loginUrl
  return `${loginUrl}${loginUrl.includes('?') ? '&' : '?'}next=${encodeURIComponent(next)}`
}
