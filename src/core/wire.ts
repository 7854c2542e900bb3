import type { EndedView, LiveView, View } from './view.ts'

/** The request of a ping: it reads, reports idle time, or is `bad`. */
export type Ping =
  | { readonly kind: 'read' }
  | { readonly kind: 'claim', readonly idleForMs: number }
  | { readonly kind: 'bad', readonly received: unknown }

/** One-way names, by which a page knows session and user without their ids. */
interface PingNames {
  /**
   * The name of the session. Renewals keep it, and each sign-in changes it. Tabs of one session know each other by it.
   */
  readonly tag?: string
  /** The user key. A page that was made for another user is over. */
  readonly user?: string
}

/** The answer to a ping: the state of the session. If the session is live, its names are added. */
export type PingAnswer = LiveAnswer | EndedView

export type LiveAnswer = LiveView & PingNames

export function answerOf (view: LiveView, tag?: string | null, user?: string): LiveAnswer
export function answerOf (view: View, tag?: string | null, user?: string): PingAnswer
export function answerOf (view: View, tag?: string | null, user?: string): PingAnswer {
  if (view.state === 'ended') return view
  const { state, idleFor, warnAfter, expireAfter, warnsIn, expiresIn, extendable, endsBy } = view
  const live = { state, idleFor, warnAfter, expireAfter, warnsIn, expiresIn, extendable, endsBy }
  return { ...live, ...(tag == null ? {} : { tag }), ...(user === undefined ? {} : { user }) }
}

/** Matches decimal digits with an optional fraction and exponent: a JSON number without a sign. */
const NUMBER = /^\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/**
 * Reads `idleFor` as docs/reference/ping.md describes it: a finite number of seconds, 0 or more.
 *
 * @param isText whether it comes from a query, which has only text. In JSON, a text is no number.
 */
export function parsePing (idleFor: unknown, isText: boolean): Ping {
  if (idleFor === undefined) return { kind: 'read' }
  const seconds = isText && typeof idleFor === 'string' && NUMBER.test(idleFor) ? Number(idleFor) : idleFor
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds < 0) return { kind: 'bad', received: idleFor }
  return { kind: 'claim', idleForMs: Math.round(Math.min(seconds, Number.MAX_SAFE_INTEGER / 1000) * 1000) }
}

/**
 * Reads `idleFor` as django-session-security does (`int(request.GET['idleFor'])`). It ignores a value that is no
 * integer; a negative one is 0.
 */
export function parsePingAsDjango (idleFor: unknown): Ping {
  const text = typeof idleFor === 'number' ? String(idleFor) : idleFor
  if (typeof text !== 'string' || !/^\s*[+-]?\d+\s*$/.test(text)) return { kind: 'read' }
  const seconds = Math.min(Math.max(0, Number(text)), Number.MAX_SAFE_INTEGER / 1000)
  return { kind: 'claim', idleForMs: Math.round(seconds * 1000) }
}

/** Returns the answer that django-session-security's script expects: whole idle seconds, or `"logout"`. */
export function toSecondsFormat (view: View): number | 'logout' {
  return view.state === 'ended' ? 'logout' : Math.floor(view.idleFor)
}
