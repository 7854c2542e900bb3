import { onHint, onReply, onSiteHint } from './answers.ts'
import { isNews, PAUSE_MS } from './deadline.ts'
import { counts, isFinal, isSomebodys, knownOf } from './known.ts'
import { ask, askAtOnce, askForAll, look, step } from './questions.ts'
import type { Effect, EventValues, MonitorInput, Page, State, Work } from './state.ts'
import { emit, UNDISTURBED } from './state.ts'

/** For how long a form that is on its way keeps the page from being left. */
const UPLOAD_MS = 300_000

/** When to ask after a press on something by which a script signs out. */
const CHECKS_MS = [300, 1000, 3000, 10_000]

/**
 * Decides what a monitor does next, without doing it. All that comes from outside, time and chance included, stands in
 * the event.
 */
export function next (state: State, { type, value, ...moment }: MonitorInput): {
  readonly state: State,
  readonly effects: readonly Effect[]
} {
  const work: Work = { ...state, ...moment, effects: [] }
  const { effects } = work
  look(work)
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
    rest(work)
    emit(work, 'notify', [])
  },
  page (work, value) {
    const { user, tag = null } = value.page
    const isSame = user === undefined || user === work.user
    if (isSame && tag === work.tag) return
    if (!isSame && user && work.user) work.over = 'otherUser'
    else if (work.isRunning) begin(work, value)
  },
  activity (work) {
    const { nowMs, at } = work
    if (!counts(work, nowMs)) return
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
    work.doubtMs = work.nowMs
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
    if (work.isSigningOut) {
      emit(work, 'sendToSite', { isSignOut: true })
      emit(work, 'notify', ['signOut'])
    }
    work.isAway = true
    veil(work)
    look(work)
    rest(work)
  },
  pageshow (work) {
    if (!work.isAway) return
    Object.assign(work, UNDISTURBED)
    veil(work)
    emit(work, 'connect', work.tag)
    if (work.over === null) askAtOnce(work)
  }
}

function begin (work: Work, { page, askedMs, isRevisit = false }: Page): void {
  rest(work)
  Object.assign(work, UNDISTURBED, knownOf(page, work.nowMs, askedMs), { isRunning: true })
  if (isRevisit) veil(work)
  emit(work, 'connect', work.tag)
  emit(work, 'sendToSite', { user: page.user })
}

/** Drops what was asked, and what was waited for. */
function rest (work: Work): void {
  work.period++
  work.asking = 0
  emit(work, 'disconnect', undefined)
}

/**
 * The page may come back as it is, from the browser's memory or cache, to anybody who presses «Back»: hidden, and
 * knowing nothing.
 */
function veil (work: Work): void {
  if (isSomebodys(work)) work.veilMs = work.doubtMs = work.nowMs
}

/** Asks: forty that come at once do it together. @param ageMs a younger answer is good enough */
function comeToFront (work: Work, ageMs: number): void {
  if (work.isHidden) report(work)
  else if (isSomebodys(work) && work.over === null &&
    work.nowMs > work.basis.askedMs + ageMs && work.asking === 0) askForAll(work)
}

/** Reports the last activity while it can be. */
function report (work: Work): void {
  const { nowMs, ownMs } = work
  if (!counts(work, nowMs) || !isNews(work, ownMs)) return
  emit(work, 'beacon', nowMs - ownMs)
  work.reportedMs = ownMs
}
