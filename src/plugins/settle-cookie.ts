import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Fate } from '../store/store.ts'
import type { SessionCookie } from './session-cookie.ts'
import { dropSetCookie, setCookieLine } from './session-cookie.ts'

type Session = FastifyRequest['session']

/**
 * Corrects the cookie that @fastify/session has put on the response, when it is the one that the request came with.
 *
 * - Live: the browser has it already. Sent again, it could overwrite the cookie of a session that was begun meanwhile,
 *   so it goes, unless it has an expiry to put off, and somebody did something.
 * - Live, but signed with an older secret: @fastify/session takes such a cookie away when it has nothing to save
 *   (`saveUninitialized: false`). It is signed anew instead.
 * - Ended: it is taken away (G2).
 * - Replaced, or a visitor's that is gone: it is not sent. The browser has been given another one.
 */
export function settleCookie (reply: FastifyReply, session: Session, cookie: SessionCookie, now: { fate: Fate, extends: boolean }): void {
  if (now.fate.state === 'ended') return clearCookie(reply, cookie)
  if (session.sessionId !== cookie.sessionId) return
  const line = setCookieLine(reply, cookie.name)
  if (line === undefined) return
  const isLive = now.fate.state === 'live'
  const isResigned = cookie.signedId !== session.encryptedSessionId
  if (isLive && isResigned && clears(line)) renew(reply, session, cookie)
  else if (!isLive || !(isResigned || (session.cookie.expires != null && now.extends))) dropSetCookie(reply, cookie.name)
}

/** Takes the cookie away, with the attributes that it was set with: a `__Host-` cookie heeds no others. */
export function clearCookie (reply: FastifyReply, cookie: SessionCookie): void {
  dropSetCookie(reply, cookie.name)
  const { expires, ...attributes } = cookie.attributes()
  reply.clearCookie(cookie.name, attributes)
}

/**
 * Puts right where @fastify/session takes a cookie away whose session it does not find. When that session goes on under
 * another id, the browser has been given that one, and would lose it. And a poll takes nothing away: the ping of the
 * page that polls is to learn why the session ended. The next page takes it away.
 */
export function keepCookies (reply: FastifyReply, presented: ReadonlyArray<{ readonly name: string, readonly state: Fate['state'] }>, passive: boolean): void {
  for (const { name, state } of presented) {
    const line = setCookieLine(reply, name)
    const isKept = state === 'replaced' || (passive && state === 'ended')
    if (isKept && line !== undefined && clears(line)) dropSetCookie(reply, name)
  }
}

function renew (reply: FastifyReply, session: Session, cookie: SessionCookie): void {
  if (session.cookie.secure === true && reply.request.protocol !== 'https') return
  dropSetCookie(reply, cookie.name)
  reply.setCookie(cookie.name, cookie.prefix + session.encryptedSessionId, cookie.attributes())
}

function clears (line: string): boolean {
  return /^[^=]+=;/.test(line)
}
