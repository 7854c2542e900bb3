import type { Locale } from '../locales/locale.ts'
import type { MonitorSnapshot } from '../monitor/monitor-api.ts'

/** What the first button does: `extend`, `check` and `leave` are the monitor's; `close` closes the warning. */
export type Answer = 'extend' | 'check' | 'leave' | 'close'

/** What a warning says at one moment, and what its buttons do. */
export interface Warning {
  readonly title: string
  /** With `{time}` where the countdown stands. */
  readonly text: string
  /** What cannot be done, or did not succeed; empty for nothing. */
  readonly note: string
  /** The label of the first button. */
  readonly label: string
  readonly answer: Answer
  readonly offersSignOut: boolean
  /** Whether the time until the end is known, and shown. */
  readonly isTimed: boolean
}

/** What is not the session's, but the warning's own. */
export interface WarningSituation {
  /** Whether there is a button to sign out. Default: yes. */
  readonly offersSignOut?: boolean
  /** What did not succeed when it was asked for last. */
  readonly failed?: 'answer' | 'signOut' | null
  /** Whether the page has been hidden for a second: until then, all may be well soon, or the page be left. Default: yes. */
  readonly isLate?: boolean
}

/**
 * What to say about the session: all that a warning of your own needs. Fill in the time with `countdownText`.
 *
 * @returns null when there is nothing to say
 */
export function warningOf (
  snapshot: MonitorSnapshot, locale: Locale,
  { offersSignOut = true, failed = null, isLate = true }: WarningSituation = {}
): Warning | null {
  const { state, concealed, extendable, refused, reason } = snapshot
  const isOffline = state === 'offline'
  const hidden = { title: locale.hiddenTitle, note: '', offersSignOut: false, isTimed: false }
  if (state === 'ended') {
    if (!concealed || !isLate) return null
    return reason === 'otherUser'
      ? { ...hidden, title: locale.ended, text: locale.otherUser, label: locale.reload, answer: 'leave' }
      : { ...hidden, title: locale.ended, text: '', label: locale.signIn, answer: 'leave' }
  }
  if (concealed && (isOffline || isLate)) {
    if (refused) return { ...hidden, text: locale.refused, label: locale.reload, answer: 'leave' }
    // Nobody can be signed out of a server that cannot be reached, and nothing is left to count down to.
    return {
      ...hidden,
      text: isOffline ? locale.hidden : locale.wait,
      note: failed === null ? '' : locale.offline,
      label: locale.retry,
      answer: 'check'
    }
  }
  if (state === 'active') return null
  return {
    title: locale.title,
    text: extendable ? locale.idle : locale.absolute,
    note: [
      failed === 'signOut' ? locale.signOutFailed : '', isOffline ? refused ? locale.refused : locale.offline : ''
    ].join(' ').trim(),
    label: extendable ? locale.stay : locale.close,
    answer: extendable ? 'extend' : 'close',
    offersSignOut,
    isTimed: true
  }
}

/** What to say to a person whose hand is at the warning when the session goes on. */
export function stayingOf (
  locale: Locale,
  {
    offersSignOut = true, failed = null, isSigningOut = false
  }: WarningSituation & { readonly isSigningOut?: boolean } = {}
): Warning {
  return {
    title: isSigningOut ? locale.signOut : locale.stayed,
    text: '',
    note: failed === 'signOut' ? locale.signOutFailed : '',
    // As before, so that the button does not move under the pointer.
    label: locale.stay,
    answer: 'close',
    offersSignOut,
    isTimed: false
  }
}
