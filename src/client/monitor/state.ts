import type { EndReason } from '../../core/policy.ts'
import type { PingAnswer } from '../../core/wire.ts'
import type { Known } from './known.ts'
import { knownOf, snapshotOf } from './known.ts'
import type { MonitorEvent, MonitorSnapshot, PageEndReason, PageNote, PageOptions } from './monitor-api.ts'
import type { MonitorOptions } from './monitor-options.ts'

/** The memory of a monitor. Only `next()` creates a new one. Times are in milliseconds of the page's own clock. */
export interface State extends Known {
  readonly extendBy: MonitorOptions['extendBy']
  readonly snapshot: MonitorSnapshot
  readonly isRunning: boolean
  /** True between `pagehide` and `pageshow`: the monitor starts nothing then, because nothing would ever settle. */
  readonly isAway: boolean
  /** Grows with each start, stop and `pagehide`. An answer to a question of an earlier period is ignored. */
  readonly period: number
  /** The last activity on this page, in any tab, and reported to the server. */
  readonly ownMs: number
  readonly anyMs: number
  readonly reportedMs: number
  /** The number of callers that keep the session active. */
  readonly keepers: number
  /** The number of questions without an answer yet. */
  readonly asking: number
  /**
   * The number of unanswered questions in a row. `refused`: something else than the ping route answered the last one.
   */
  readonly failures: number
  readonly refused: boolean
  /** The monitor asks nothing before this time, unless a caller waits for the answer. */
  readonly notBeforeMs: number
  /** The number with which this tab offered to ask for all; 0 for no offer. */
  readonly turn: number
  /** True if the tab has made an offer since the last answer. */
  readonly hasOffered: boolean
  /** Times at which the monitor asks in any case: a script may be signing out. */
  readonly checks: readonly number[]
  /** Until this time a form may be on its way to the server. Leaving would cut it off. */
  readonly busyUntilMs: number
  /** True when the page is about to be left for a sign-out. */
  readonly isSigningOut: boolean
  /** The reason of the end, as far as a tab knows. A server that removed the cookie cannot say it. */
  readonly why: EndReason | 'none'
  readonly hasLeft: boolean
}

/** A message between tabs of one session. It is an activity, an offer to ask, or the server's answer. */
export interface Hint {
  /** The time of the activity or question, by the clock that all tabs share. */
  readonly at: number
  readonly answer?: PingAnswer
  /** The number of the tab that offers to ask. */
  readonly turn?: number
}

/** A message between all tabs of the application. It names the user of a loaded page, or is a sign-out. */
export interface SiteHint {
  readonly user?: string | null | undefined
  readonly isSignOut?: boolean
}

/** A ping that is about to be sent. */
export interface Question {
  readonly period: number
  readonly askedMs: number
  /** The same time by the clock that all tabs share. */
  readonly at: number
  /** The activity that the ping reports. */
  readonly activityMs: number | undefined
}

export interface Reply {
  readonly question: Question
  /** The answer; null if there was none. */
  readonly answer: PingAnswer | null
  /** True if something else than the ping route answered. */
  readonly refused: boolean
}

/** A page and the time of its request. The time is null if its view may be of any age. */
export interface Page {
  readonly page: PageOptions
  readonly askedMs: number | null
  /** True if the user of the page may have signed out since. */
  readonly isRevisit?: boolean
}

/** The circumstances of an event. A reducer must not look them up itself. */
export interface Moment {
  readonly nowMs: number
  /** Questions before this time were asked before the machine slept or its clock was set. */
  readonly leaptMs: number
  /** The time by the clock that all tabs share. */
  readonly at: number
  /** A random number: at least 0, less than 1. */
  readonly random: number
  /** True while nobody can see the page. */
  readonly isHidden: boolean
}

export type PassageType = 'visibilitychange' | 'focus' | 'resume' | 'online' | 'pageshow' | 'pagehide'

/** The events of a monitor: their names, and the value of each. */
export type EventValues = Record<PassageType | 'stop' | 'activity' | 'signedOut' | 'timer', undefined> & {
  start: Page
  /** The document shows another page. */
  page: Page
  /** A caller wants an answer. The value checks whether that is activity. */
  check: boolean
  keep: number
  reply: Reply
  hint: Hint
  siteHint: SiteHint
  note: PageNote
}

export type MonitorInput = { [Type in keyof EventValues]: Moment & {
  readonly type: Type,
  readonly value: EventValues[Type]
} }[keyof EventValues]

/** The effects of a monitor: their names, and the value of each. */
export interface EffectValues {
  /** Opens the channel between all tabs, and that of a session. */
  connect: string | null
  /** Closes the channels, stops the timer, and aborts pending questions. */
  disconnect: undefined
  ask: Question
  send: Hint
  sendToSite: SiteHint
  /** Sets the timer, in milliseconds. */
  timer: number
  /** Reports an activity as the page goes. The value is its age in milliseconds. */
  beacon: number
  /** Conceals the page or shows it, and calls the listeners. */
  notify: ReadonlyArray<'change' | MonitorEvent>
  leave: PageEndReason
}

export type Effect = { [Type in keyof EffectValues]: readonly [Type, EffectValues[Type]] }[keyof EffectValues]

/** The working copy of one call of `next()`. It holds the state, the moment, and the effects so far. */
export type Work = Moment & { -readonly [Name in keyof State]: State[Name] } & { readonly effects: Effect[] }

export function emit<Type extends keyof EffectValues> ({ effects }: Work, type: Type, value: EffectValues[Type]): void {
  effects.push([type, value] as unknown as Effect)
}

/** The part of the state that an answer resets. */
export const AFTER_ANSWER = { failures: 0, refused: false, notBeforeMs: -Infinity, turn: 0, hasOffered: false }

/** The part of the state that a new page resets. */
export const AT_START = {
  ...AFTER_ANSWER, isAway: false, isSigningOut: false, hasLeft: false, checks: [], busyUntilMs: -Infinity, why: 'none'
} as const

export function initialState ({ extendBy, ...page }: MonitorOptions, nowMs: number): State {
  const known = knownOf(page, nowMs, null)
  return {
    ...known,
    ...AT_START,
    extendBy,
    snapshot: snapshotOf(known, nowMs, AFTER_ANSWER),
    isRunning: false,
    period: 0,
    ownMs: -Infinity,
    anyMs: -Infinity,
    reportedMs: -Infinity,
    keepers: 0,
    asking: 0
  }
}
