import type { EndedView, LiveView, View } from './view.ts'

/** What a ping asks: only to read, or to report how long its user has been idle. */
export type Ping =
  | { readonly kind: 'read' }
  | { readonly kind: 'claim', readonly idleForMs: number }
  | { readonly kind: 'bad', readonly received: unknown }

/**
 * The answer to a ping. `tag`, of a session that is alive: the beginning of its handle, by which the tabs of one browser
 * know that they belong together without knowing the session's id.
 */
export type PingAnswer = (LiveView & { readonly tag?: string }) | EndedView

/** 72 bits: enough to tell the sessions of one browser apart. */
const TAG_CHARACTERS = 12

export function tagOf (handle: string): string {
  return handle.slice(0, TAG_CHARACTERS)
}

export function answerOf (view: View, handle: string | null): PingAnswer {
  if (view.state === 'ended' || handle === null) return view
  const { state, idleFor, warnAfter, expireAfter, warnsIn, expiresIn, extendable, endsBy } = view
  return { state, idleFor, warnAfter, expireAfter, warnsIn, expiresIn, extendable, endsBy, tag: tagOf(handle) }
}

/** Decimal digits with an optional fraction and exponent: what JSON calls a number, without the sign. */
const NUMBER = /^\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** Reads `idleFor` as section "Ping protocol" of the README has it: a finite number of seconds, 0 or more. */
export function parsePing (idleFor: unknown): Ping {
  if (idleFor === undefined) return { kind: 'read' }
  const seconds = typeof idleFor === 'string' && NUMBER.test(idleFor) ? Number(idleFor) : idleFor
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds < 0) return { kind: 'bad', received: idleFor }
  return { kind: 'claim', idleForMs: Math.round(Math.min(seconds, Number.MAX_SAFE_INTEGER / 1000) * 1000) }
}

/**
 * Reads `idleFor` as django-session-security does (`int(request.GET['idleFor'])`): what is no integer is ignored,
 * what is negative is 0.
 */
export function parsePingAsDjango (idleFor: unknown): Ping {
  const text = typeof idleFor === 'number' ? String(idleFor) : idleFor
  if (typeof text !== 'string' || !/^\s*[+-]?\d+\s*$/.test(text)) return { kind: 'read' }
  const seconds = Math.min(Math.max(0, Number(text)), Number.MAX_SAFE_INTEGER / 1000)
  return { kind: 'claim', idleForMs: Math.round(seconds * 1000) }
}

/** The answer that django-session-security's script expects: whole idle seconds, or `"logout"`. */
export function toSecondsFormat (view: View): number | 'logout' {
  return view.state === 'ended' ? 'logout' : Math.floor(view.idleFor)
}
