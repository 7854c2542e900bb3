import type { CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ActivityStore } from '../store/activity-store.ts'

/** The cookie in which a request presented its session. */
export interface SessionCookie {
  readonly name: string
  /** `cookiePrefix` of @fastify/session. */
  readonly prefix: string
  readonly sessionId: string
  /** The id with the signature that it came with. */
  readonly signedId: string
  readonly attributes: () => CookieSerializeOptions
}

/**
 * Finds the session's cookie among those of the request. @fastify/session tells nobody what it is called, so it
 * is recognised by what is in it: the id, a point, a signature.
 */
export function cookieOf (request: FastifyRequest): SessionCookie | undefined {
  const { sessionId, cookie } = request.session
  for (const [name, value] of Object.entries(request.cookies)) {
    const at = value?.indexOf(`${sessionId}.`) ?? -1
    if (value !== undefined && at !== -1) {
      return { name, prefix: value.slice(0, at), sessionId, signedId: value.slice(at), attributes: () => attributesOf(cookie) }
    }
  }
  return undefined
}

/** No browser sends more than a handful; somebody else's request is not let cost a signature for each of thousands. */
const MOST_COOKIES = 32

/**
 * The cookies of the request that carry an id with a valid signature, whether such a session lives or not. Only
 * @fastify/session knows the secret: it is given each cookie to open, and the store notes the id it then asks for.
 */
export function signedCookies (fastify: FastifyInstance, store: ActivityStore, request: FastifyRequest): Array<Pick<SessionCookie, 'name' | 'sessionId'>> {
  return Object.entries(request.cookies ?? {}).slice(0, MOST_COOKIES).flatMap(([name, value = '']) => {
    // express-session's prefix, which @fastify/session's README recommends for those who come from there
    const signedId = value.startsWith('s:') ? value.slice(2) : value
    if (!signedId.includes('.')) return []
    const sessionId = store.idAskedBy(() => fastify.decryptSession(signedId, blankRequest(request), () => {}))
    return sessionId === undefined ? [] : [{ name, sessionId }]
  })
}

/**
 * Turns the request into a visitor's: a fresh, unsaved session under a new id. An empty cookie is what makes
 * @fastify/session do that, at once and without asking the store.
 */
export function becomeVisitor (fastify: FastifyInstance, request: FastifyRequest): void {
  Object.assign(request, { session: {} }) // an idGenerator of the application may look at it
  fastify.decryptSession('', request, () => {})
}

/** The response's `Set-Cookie` line of that name. */
export function setCookieLine (reply: FastifyReply, name: string): string | undefined {
  return setCookieLines(reply).find(line => line.startsWith(`${name}=`))
}

export function dropSetCookie (reply: FastifyReply, name: string): void {
  const lines = setCookieLines(reply)
  const kept = lines.filter(line => !line.startsWith(`${name}=`))
  if (kept.length === lines.length) return
  reply.removeHeader('set-cookie')
  if (kept.length > 0) reply.header('set-cookie', kept)
}

/** Nobody is given the id of a session that could not be settled: its terms, its user and what it continues are not written. */
export function withholdCookie (reply: FastifyReply, sessionId: string): void {
  const inCookie = encodeURIComponent(`${sessionId}.`) // as @fastify/cookie writes it
  const kept = setCookieLines(reply).filter(line => !line.includes(`${sessionId}.`) && !line.includes(inCookie))
  reply.removeHeader('set-cookie')
  if (kept.length > 0) reply.header('set-cookie', kept)
}

function setCookieLines (reply: FastifyReply): string[] {
  const header = reply.getHeader('set-cookie')
  if (header === undefined) return []
  return Array.isArray(header) ? header : [String(header)]
}

function attributesOf (cookie: FastifyRequest['session']['cookie']): CookieSerializeOptions {
  const { path, domain, httpOnly, secure, sameSite, expires } = cookie
  const partitioned: unknown = Reflect.get(cookie, 'partitioned') // not among the types of @fastify/session
  const attributes = { path, domain, httpOnly, secure, sameSite, expires, partitioned }
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value != null))
}

/** Decrypting assigns the session to the request; this one nobody sees. */
function blankRequest (request: FastifyRequest): FastifyRequest {
  return Object.create(request, { session: { value: {}, writable: true } })
}
