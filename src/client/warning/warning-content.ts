import type { Locale } from '../locales/locale.ts'
import type { MonitorSnapshot } from '../monitor/monitor-api.ts'

/** What the warning says at one moment. */
export interface WarningContent {
  readonly title: string
  /** With `{time}` where the countdown stands. */
  readonly text: string
  /** What cannot be done just now; empty for nothing. */
  readonly note: string
  /** The label of the first button. */
  readonly answer: string
  readonly offersSignOut: boolean
}

/** What the first button, and Escape, do. */
export type Answer = 'extend' | 'dismiss' | 'check'

export interface Warning {
  readonly content: WarningContent
  readonly answer: Answer
  /** Whether the time until the end is known, and shown. */
  readonly isTimed: boolean
}

/** @returns null when there is nothing to warn of */
export function warningOf (snapshot: MonitorSnapshot, locale: Locale, signOut: { readonly isOffered: boolean, readonly hasFailed: boolean }): Warning | null {
  const { state, extendable, concealed } = snapshot
  if (state === 'ended' || (state === 'active' && !signOut.hasFailed)) return null
  const isOffline = state === 'offline'
  if (isOffline && concealed) {
    // Nobody can be signed out of a server that cannot be reached, and nothing is left to count down to.
    const content = { title: locale.hiddenTitle, text: locale.hidden, note: '', answer: locale.retry, offersSignOut: false }
    return { content, answer: 'check', isTimed: false }
  }
  const content = {
    title: locale.title,
    text: extendable ? locale.idle : locale.absolute,
    note: signOut.hasFailed ? locale.signOutFailed : isOffline ? locale.offline : '',
    answer: extendable ? locale.stay : locale.close,
    offersSignOut: signOut.isOffered
  }
  return { content, answer: extendable ? 'extend' : 'dismiss', isTimed: true }
}
