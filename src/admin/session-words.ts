import { html } from 'ghtml'
import type { EndReason, EndsBy } from '../core/policy.ts'
import type { EndedSummary, SessionSummary } from '../store/summary.ts'
import { duration, foreignText, moment } from './format.ts'

/** Says in a few words why a session ended, for a list. */
const SHORT_REASONS: Readonly<Record<EndReason, string>> = {
  idle: 'idle',
  absolute: 'absolute deadline',
  logout: 'signed out',
  revoked: 'revoked',
  displaced: 'displaced by a newer sign-in'
}

/** Says in a sentence why a session ended. */
export const REASONS: Readonly<Record<EndReason, string>> = {
  idle: 'It passed its idle deadline: nobody was active.',
  absolute: 'It passed its absolute deadline: no session lasts longer.',
  logout: 'The user signed out.',
  revoked: 'An operator or the application ended it.',
  displaced: 'The user was at the session limit: a newer sign-in displaced this session.'
}

/** Names the nearer deadline, behind "5 min 0 s" in the column "Expires in". */
const CONDITIONS: Readonly<Record<EndsBy, string>> = {
  idle: 'if idle',
  absolute: 'at the latest'
}

/** Says in a sentence which deadline is the nearer. */
export const DEADLINES: Readonly<Record<EndsBy, string>> = {
  idle: 'Idle deadline: any activity moves it.',
  absolute: 'Absolute deadline: nothing moves it.'
}

/**
 * The texts of a session that the script keeps up to date. Each replaces the text of the elements whose `data-word` has
 * its name.
 */
export interface LiveWords {
  readonly isLive: boolean
  readonly state: string
  readonly reason: string
  readonly idleFor: string
  readonly expiresIn: string
  readonly endsBy: string
}

/** @param session `null` when the store has forgotten the session meanwhile */
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

/** Returns HTML: an element whose text the script keeps up to date. */
export function live (name: keyof LiveWords, words: LiveWords): string {
  return html`<span data-word="${name}">${words[name]}</span>`
}

/** Returns HTML: the state, and the reason of an end. */
export function badge (words: LiveWords): string {
  const kind = words.isLive ? 'live' : 'ended'
  return html`<span class="badge ${kind}" data-word="state">${words.state}</span> !${live('reason', words)}`
}

/** Returns HTML: when the session expires, or when it ended. */
export function endOf (session: SessionSummary, words: LiveWords): string {
  if (session.state === 'ended') return moment(session.endedAtMs)
  return html`!${live('expiresIn', words)} <span class="quiet small">!${live('endsBy', words)}</span>`
}
