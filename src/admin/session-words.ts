import { html } from 'ghtml'
import type { EndReason, EndsBy } from '../core/policy.ts'
import type { EndedSummary, SessionSummary } from '../store/summary.ts'
import { duration, foreignText, moment } from './format.ts'

/** Why sessions end, in words for operators. */
export const REASONS: Readonly<Record<EndReason, string>> = {
  idle: 'Nobody was active for as long as it may be idle.',
  absolute: 'It had lasted as long as a session may.',
  logout: 'Signed out.',
  revoked: 'Ended by an administrator, or by the application.',
  displaced: 'Gave way to a newer sign-in of the same user.'
}

export const ENDS_BY: Readonly<Record<EndsBy, string>> = {
  idle: 'idle deadline',
  absolute: 'absolute deadline'
}

/** What of a row goes on while somebody looks at it: texts for the elements that are marked with the same name. */
export interface LiveWords {
  readonly isLive: boolean
  readonly state: string
  readonly reason: string
  readonly idleFor: string
  readonly expiresIn: string
  readonly endsBy: string
}

/** @param session `null`: forgotten meanwhile. */
export function liveWords (session: SessionSummary | null): LiveWords {
  if (session === null) return { isLive: false, state: 'Ended', reason: 'forgotten', idleFor: '', expiresIn: '', endsBy: '' }
  const idleFor = duration(session.idleFor)
  if (session.state === 'ended') return { isLive: false, state: 'Ended', reason: reasonOf(session), idleFor, expiresIn: '', endsBy: '' }
  return { isLive: true, state: 'Live', reason: '', idleFor, expiresIn: duration(session.expiresIn), endsBy: ENDS_BY[session.endsBy] }
}

function reasonOf ({ reason, by }: EndedSummary): string {
  return by === undefined ? reason : `${reason} by ${foreignText(by)}`
}

/** HTML: an element whose text the script keeps up to date. */
export function live (name: keyof LiveWords, words: LiveWords): string {
  return html`<span data-word="${name}">${words[name]}</span>`
}

export function badge (words: LiveWords): string {
  return html`<span class="badge ${words.isLive ? 'live' : 'ended'}" data-word="state">${words.state}</span> !${live('reason', words)}`
}

/** HTML: when it will have ended, or has. */
export function endOf (session: SessionSummary, words: LiveWords): string {
  if (session.state === 'ended') return moment(session.endedAtMs)
  return html`!${live('expiresIn', words)} <span class="quiet small">!${live('endsBy', words)}</span>`
}
