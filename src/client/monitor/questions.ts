import { backoffMs, delayMs, isNews, nextQuestionMs } from './deadline.ts'
import { countsAsActivity, eventsBetween, isStale, isFinal, snapshotOf } from './known.ts'
import type { Work } from './state.ts'
import { emit } from './state.ts'

/** Updates the snapshot. Every event begins with this, before anything counts as activity. */
export function refresh (work: Work): void {
  work.staleMs = Math.max(work.staleMs, work.leaptMs)
  const before = work.snapshot
  const snapshot = snapshotOf(work, work.nowMs, work)
  if (String(Object.values(snapshot)) === String(Object.values(before))) return
  work.snapshot = snapshot
  emit(work, 'notify', ['change', ...eventsBetween(before, snapshot)])
}

/**
 * Asks the server, and reports the last activity that it does not know of.
 *
 * @param isActivity whether asking is itself activity
 */
export function ask (work: Work, isActivity = false): void {
  const { snapshot: { concealed }, period, nowMs, at } = work
  if (isActivity && !concealed && !isStale(work)) work.ownMs = work.anyMs = nowMs
  // Asking whether the end has come does not put it off.
  const activityMs = isActivity ? nowMs : isNews(work, work.anyMs) && !concealed ? work.anyMs : undefined
  work.asking++
  work.checks = work.checks.filter(ms => ms > nowMs)
  emit(work, 'ask', { period, askedMs: nowMs, at, activityMs })
}

/** Asks, unless a question is pending. Its callers cannot wait for another tab. */
export function askAtOnce (work: Work): void {
  if (work.asking === 0) ask(work)
}

/**
 * Elects one tab to ask for all. It is the tab whose offer all tabs receive first. A tab that lost, and then receives
 * no answer, asks for itself.
 */
export function askForAll (work: Work): void {
  const { nowMs, at, random } = work
  if (work.hasOffered || work.tag === null) return ask(work)
  work.hasOffered = true
  work.notBeforeMs = nowMs + backoffMs(2, random)
  work.turn = random
  emit(work, 'send', { at, turn: random })
}

/** Asks for all if this tab's offer came first. If not, it waits for the other tab's answer. */
export function onTurn (work: Work, turn: number, offeredMs: number): void {
  if (turn === work.turn) ask(work)
  work.turn = 0
  work.notBeforeMs = offeredMs + backoffMs(2, work.random)
}

/** Does what the time demands, and sets the timer for what comes next. */
export function step (work: Work): void {
  refresh(work)
  const { nowMs } = work
  if (!work.isRunning || work.isAway) return
  if (work.over !== null) return leaveAtEnd(work)
  if (work.keepers > 0 && countsAsActivity(work, nowMs)) work.ownMs = work.anyMs = nowMs
  if (work.asking === 0 && questionMs(work) <= nowMs) (isUrgent(work) ? ask : askForAll)(work)
  emit(work, 'timer', delayMs(work.basis, nowMs, work.asking === 0 ? questionMs(work) : Infinity, work.isHidden))
}

function questionMs (work: Work): number {
  const nextMs = isStale(work) ? work.nowMs : nextQuestionMs(work.basis, isNews(work, work.ownMs), work.reportedMs)
  return isUrgent(work) ? work.nowMs : Math.min(Math.max(work.notBeforeMs, nextMs), ...work.checks)
}

/**
 * Checks whether the next question must not wait. The person has answered the warning, or a script may have signed out
 * by now.
 */
function isUrgent (work: Work): boolean {
  return work.checks.some(ms => ms <= work.nowMs) || (work.snapshot.state === 'warning' && isNews(work, work.ownMs))
}

/** Leaves the page, but not while a form is on its way. */
function leaveAtEnd (work: Work): void {
  const busyMs = work.busyUntilMs - work.nowMs
  if (!isFinal(work) || work.hasLeft) return
  if (busyMs > 0) return emit(work, 'timer', busyMs)
  work.hasLeft = true
  emit(work, 'leave', work.over)
}
