import { html } from 'ghtml'
import type { EndReason, EndsBy } from '../core/policy.ts'
import type { EndedSummary, SessionSummary } from '../store/summary.ts'
import { duration, foreignText, moment } from './format.ts'

/** Why a session ended, in a few words for a list. */
const SHORT_REASONS: Readonly<Record<EndReason, string>> = {
  idle: 'nobody was active',
  absolute: 'longest time reached',
  logout: 'signed out',
  revoked: 'revoked',
  displaced: 'newer sign-in'
}

/** Why a session ended, in a sentence. */
export const REASONS: Readonly<Record<EndReason, string>> = {
  idle: 'Nobody was active until the idle deadline.',
  absolute: 'The session had reached the longest time that a session may last.',
  logout: 'The user signed out.',
  revoked: 'An administrator or the application ended it.',
  displaced: 'A newer sign-in of the same user took its place.'
}

/** Which deadline is the nearer, behind "expires in 5 min". */
const CONDITIONS: Readonly<Record<EndsBy, string>> = {
  idle: 'if idle',
  absolute: 'at the latest'
}

/** The same in a sentence. */
export const DEADLINES: Readonly<Record<EndsBy, string>> = {
  idle: 'Idle deadline: any activity puts it off.',
  absolute: 'Absolute deadline: nothing puts it off.'
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
  if (session === null) {
    return { isLive: false, state: 'Ended', reason: 'forgotten', idleFor: '', expiresIn: '', endsBy: '' }
  }
  const idleFor = duration(session.idleFor)
  if (session.state === 'ended') {
    return { isLive: false, state: 'Ended', reason: reasonOf(session), idleFor, expiresIn: '', endsBy: '' }
  }
  return {
    isLive: true,
    state: 'Live',
    reason: '',
    idleFor,
    expiresIn: duration(session.expiresIn),
    endsBy: CONDITIONS[session.endsBy]
  }
}

function reasonOf ({ reason, by }: EndedSummary): string {
  return by === undefined ? SHORT_REASONS[reason] : `${SHORT_REASONS[reason]} by ${foreignText(by)}`
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
