import { onHint, onReply, onSiteHint } from './answers.ts'
import { isNews, PAUSE_MS } from './deadline.ts'
import { countsAsActivity, isFinal, belongsToUser, knownOf } from './known.ts'
import { ask, askAtOnce, askForAll, refresh, step } from './questions.ts'
import type { Effect, EventValues, MonitorInput, Page, State, Work } from './state.ts'
import { emit, AT_START } from './state.ts'

/** Milliseconds for which a form on its way keeps the page from being left. */
const UPLOAD_MS = 300_000

/** Milliseconds after a script's sign-out at which the monitor asks the server. */
const CHECKS_MS = [300, 1000, 3000, 10_000]

/**
 * Decides what a monitor does next, without doing it. Everything from outside, time and chance included, is in the
 * event.
 */
export function next (state: State, { type, value, ...moment }: MonitorInput): {
  readonly state: State,
  readonly effects: readonly Effect[]
} {
  const work: Work = { ...state, ...moment, effects: [] }
  const { effects } = work
  refresh(work)
  if (!state.isAway || type === 'pageshow' || type === 'stop') on[type]?.(work, value as never)
  step(work)
  return { state: work, effects }
}

const on: { readonly [Type in keyof EventValues]?: (work: Work, value: EventValues[Type]) => void } = {
  start (work, page) {
    if (!work.isRunning) begin(work, page)
  },
  stop (work) {
    work.isRunning = false
    cancel(work)
    emit(work, 'notify', [])
  },
  page (work, value) {
    const { user, tag = null } = value.page
    const isSame = user === undefined || user === work.user
    if (isSame && tag === work.tag) return
    if (user === null) leaveForSignOut(work)
    if (!isSame && user && work.user) work.over = 'otherUser'
    else if (work.isRunning) begin(work, value)
  },
  activity (work) {
    const { nowMs, at } = work
    if (!countsAsActivity(work, nowMs)) return
    work.ownMs = work.anyMs = nowMs
    emit(work, 'send', { at })
  },
  check (work, isActivity) {
    if (!isFinal(work)) ask(work, isActivity)
  },
  keep (work, count) {
    work.keepers += count
  },
  reply: onReply,
  hint: onHint,
  siteHint: onSiteHint,
  signedOut (work) {
    work.why = 'logout'
    work.staleMs = work.nowMs
  },
  note (work, note) {
    const { nowMs } = work
    if (note === 'upload') work.busyUntilMs = nowMs + UPLOAD_MS
    else work.isSigningOut = note === 'signOut'
    if (note !== 'signOutByScript') return
    work.why = 'logout'
    work.checks = CHECKS_MS.map(ms => nowMs + ms)
  },
  visibilitychange: work => comeToFront(work, 0),
  focus: work => comeToFront(work, PAUSE_MS),
  online (work) {
    work.notBeforeMs = work.nowMs
  },
  pagehide (work) {
    report(work)
    leaveForSignOut(work)
    work.isAway = true
    hideUntilAnswer(work)
    refresh(work)
    cancel(work)
  },
  pageshow (work) {
    if (!work.isAway) return
    Object.assign(work, AT_START)
    hideUntilAnswer(work)
    emit(work, 'connect', work.tag)
    if (work.over === null) askAtOnce(work)
  }
}

function begin (work: Work, { page, askedMs, isRevisit = false }: Page): void {
  cancel(work)
  Object.assign(work, AT_START, knownOf(page, work.nowMs, askedMs), { isRunning: true })
  if (isRevisit) hideUntilAnswer(work)
  emit(work, 'connect', work.tag)
  emit(work, 'sendToSite', { user: page.user })
}

/** Tells of a sign-out that was begun as another page comes. A script may have begun it. */
function leaveForSignOut (work: Work): void {
  if (!work.isSigningOut && work.checks.length === 0) return
  emit(work, 'sendToSite', { isSignOut: true })
  emit(work, 'notify', ['signOut'])
}

/** Drops pending questions and timers. */
function cancel (work: Work): void {
  work.period++
  work.asking = 0
  emit(work, 'disconnect', undefined)
}

/** Hides the page until a new answer. «Back» may show it again to anybody, from the browser's memory or cache. */
function hideUntilAnswer (work: Work): void {
  if (belongsToUser(work)) work.hideMs = work.staleMs = work.nowMs
}

/**
 * Asks the server. Forty tabs that come to the front at once elect one of them.
 *
 * @param ageMs a younger answer is good enough
 */
function comeToFront (work: Work, ageMs: number): void {
  if (work.isHidden) report(work)
  else if (belongsToUser(work) && work.over === null &&
    work.nowMs > work.basis.askedMs + ageMs && work.asking === 0) askForAll(work)
}

/** Reports the last activity while the page still can. */
function report (work: Work): void {
  const { nowMs, ownMs } = work
  if (!countsAsActivity(work, nowMs) || !isNews(work, ownMs)) return
  emit(work, 'beacon', nowMs - ownMs)
  work.reportedMs = ownMs
}
