import type { Locale } from '../locales/locale.ts'
import type { MonitorSnapshot } from '../monitor/monitor-api.ts'

/** The action of the first button. `extend`, `check` and `leave` are the monitor's; `close` closes the warning. */
export type Answer = 'extend' | 'check' | 'leave' | 'close'

/** The content of a warning at one moment, and the actions of its buttons. */
export interface Warning {
  readonly title: string
  /** The main text, with `{time}` in place of the countdown. */
  readonly text: string
  /** Says which action failed, or cannot be done now; empty for nothing. */
  readonly note: string
  /** The label of the first button. */
  readonly label: string
  readonly answer: Answer
  readonly offersSignOut: boolean
  /** True if the time until the end is known, and shown. */
  readonly isTimed: boolean
}

/** The part of a warning's situation that the session does not know. */
export interface WarningSituation {
  /** True if there is a button to sign out. Default: yes. */
  readonly offersSignOut?: boolean
  /** The action that failed when it was last asked for. */
  readonly failed?: 'answer' | 'signOut' | null
  /** True if the page has been hidden for a second. Until then it may be shown again, or left. Default: yes. */
  readonly isLate?: boolean
}

/**
 * Returns the content of a warning: all that a warning of your own needs. `countdownText` fills in the time.
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
    // Without the server, nobody can sign out, and no time is left to count.
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

/** Returns the content for a person at the warning when the session goes on. */
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
    // The label stays as before, so that the button does not move under the pointer.
    label: locale.stay,
    answer: 'close',
    offersSignOut,
    isTimed: false
  }
}
