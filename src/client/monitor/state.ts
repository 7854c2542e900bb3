import type { EndReason } from '../../core/policy.ts'
import type { PingAnswer } from '../../core/wire.ts'
import type { Known } from './known.ts'
import { knownOf, snapshotOf } from './known.ts'
import type { MonitorEvent, MonitorSnapshot, PageEndReason, PageNote, PageOptions } from './monitor-api.ts'
import type { MonitorOptions } from './monitor-options.ts'

/** All that a monitor remembers. Only `next()` makes another one. Times are in milliseconds of the page's own clock. */
export interface State extends Known {
  readonly extendBy: MonitorOptions['extendBy']
  readonly snapshot: MonitorSnapshot
  readonly isRunning: boolean
  /** Between `pagehide` and `pageshow`: nothing is begun, because nothing of it would ever settle. */
  readonly isAway: boolean
  /** Goes up with each start, stop and `pagehide`: the answer to a question of an earlier period counts for nothing. */
  readonly period: number
  /** The last activity on this page, that in any tab, and the last one reported to the server. */
  readonly ownMs: number
  readonly anyMs: number
  readonly reportedMs: number
  /** How many things keep the session active. */
  readonly keepers: number
  /** How many questions wait for their answers. */
  readonly asking: number
  /**
   * How many questions in a row had no answer, and whether something else than the ping route answered the last one.
   */
  readonly failures: number
  readonly refused: boolean
  /** No question before this, unless somebody waits for its answer. */
  readonly notBeforeMs: number
  /** With what this tab offered to ask for all; 0 for nothing. */
  readonly turn: number
  /** Whether it has offered since the last answer. */
  readonly hasOffered: boolean
  /** When to ask in any case: a script may be signing out. */
  readonly checks: readonly number[]
  /** Until then a form may be on its way to the server, which leaving would cut off. */
  readonly busyUntilMs: number
  /** Whether the page is about to be left for a sign-out. */
  readonly isSigningOut: boolean
  /** Why it ended, as far as a tab knows: a server that took the cookie away cannot say. */
  readonly why: EndReason | 'none'
  readonly hasLeft: boolean
}

/** What tabs of one session send each other: an activity, that one is about to ask, or what the server answered. */
export interface Hint {
  /** When the activity was or the server was asked, by the clock that all tabs share. */
  readonly at: number
  readonly answer?: PingAnswer
  /** Names the tab that is about to ask. */
  readonly turn?: number
}

/** What all tabs of the application send each other: whose page was loaded, or that its person signed out. */
export interface SiteHint {
  readonly user?: string | null | undefined
  readonly isSignOut?: boolean
}

/** A ping that is about to be sent. */
export interface Question {
  readonly period: number
  readonly askedMs: number
  /** The same by the clock that all tabs share. */
  readonly at: number
  /** The activity that it reports. */
  readonly activityMs: number | undefined
}

export interface Reply {
  readonly question: Question
  /** Null if there was none. */
  readonly answer: PingAnswer | null
  /** Whether something else than the ping route answered. */
  readonly refused: boolean
}

/** A page, and when it was asked for; null if its view may be of any time. */
export interface Page {
  readonly page: PageOptions
  readonly askedMs: number | null
  /** Whether it may have been made for somebody who has signed out since. */
  readonly isRevisit?: boolean
}

/** The circumstances of an event, which a reducer must not look up itself. */
export interface Moment {
  readonly nowMs: number
  /** What was asked before this was asked before the machine slept or its clock was set. */
  readonly leaptMs: number
  /** The clock that all tabs share. */
  readonly at: number
  /** At least 0, less than 1. */
  readonly random: number
  /** Whether nobody can see the page. */
  readonly isHidden: boolean
}

export type PassageType = 'visibilitychange' | 'focus' | 'resume' | 'online' | 'pageshow' | 'pagehide'

/** What happens to a monitor: the names of events, and what comes with each. */
export type EventValues = Record<PassageType | 'stop' | 'activity' | 'signedOut' | 'timer', undefined> & {
  start: Page
  /** The document shows another page. */
  page: Page
  /** Somebody wants an answer. Is wanting it activity? */
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

/** What a monitor does: the names of effects, and what comes with each. */
export interface EffectValues {
  /** Opens the channel between all tabs, and that of a session. */
  connect: string | null
  /** Closes the channels, stops the timer, and aborts what was asked. */
  disconnect: undefined
  ask: Question
  send: Hint
  sendToSite: SiteHint
  /** In so many milliseconds. */
  timer: number
  /** An activity so many milliseconds ago, reported as the page goes. */
  beacon: number
  /** Conceals the page or shows it, and calls the listeners. */
  notify: ReadonlyArray<'change' | MonitorEvent>
  leave: PageEndReason
}

export type Effect = { [Type in keyof EffectValues]: readonly [Type, EffectValues[Type]] }[keyof EffectValues]

/** What one call of `next()` works on: its own copy of the state, the moment, and the effects so far. */
export type Work = Moment & { -readonly [Name in keyof State]: State[Name] } & { readonly effects: Effect[] }

export function emit<Type extends keyof EffectValues> ({ effects }: Work, type: Type, value: EffectValues[Type]): void {
  effects.push([type, value] as unknown as Effect)
}

/** How it is after an answer. */
export const UNTROUBLED = { failures: 0, refused: false, notBeforeMs: -Infinity, turn: 0, hasOffered: false }

/** How it is when a page begins. */
export const UNDISTURBED = {
  ...UNTROUBLED, isAway: false, isSigningOut: false, hasLeft: false, checks: [], busyUntilMs: -Infinity, why: 'none'
} as const

export function initialState ({ extendBy, ...page }: MonitorOptions, nowMs: number): State {
  const known = knownOf(page, nowMs, null)
  return {
    ...known,
    ...UNDISTURBED,
    extendBy,
    snapshot: snapshotOf(known, nowMs, UNTROUBLED),
    isRunning: false,
    period: 0,
    ownMs: -Infinity,
    anyMs: -Infinity,
    reportedMs: -Infinity,
    keepers: 0,
    asking: 0
  }
}
