import type { PingAnswer } from '../../core/wire.ts'
import { backoffMs, basisOf } from './deadline.ts'
import { countsAsActivity, endOf, isFinal, belongsToUser } from './known.ts'
import { isAnswer } from './pinger.ts'
import { askAtOnce, onTurn } from './questions.ts'
import type { Hint, Reply, SiteHint, Work } from './state.ts'
import { emit, AFTER_ANSWER } from './state.ts'

/** Takes the answer of the server, or its absence. */
export function onReply (work: Work, { question: { period, askedMs, activityMs, at }, answer, refused }: Reply): void {
  if (period !== work.period) return
  work.asking--
  // A late answer changes nothing that a later question brought.
  if (askedMs < work.basis.askedMs || isFinal(work)) return
  if (answer === null) {
    work.refused = refused
    work.notBeforeMs = work.nowMs + backoffMs(++work.failures, work.random)
  } else {
    work.reportedMs = activityMs ?? work.reportedMs
    const known = answer.state === 'ended' && answer.reason === 'none' ? { ...answer, reason: work.why } : answer
    emit(work, 'send', { at, answer: known })
    adopt(work, known, askedMs)
  }
}

/**
 * Takes a message of another tab of the session. The monitor believes an answer of the server that the tab passes on,
 * but for an early end.
 */
export function onHint (work: Work, { at, answer, turn }: Hint): void {
  const { nowMs, snapshot: { concealed } } = work
  const atMs = nowMs - (work.at - at)
  // A message that seems to come from the future was sent before the shared clock was set back. Its age is unknown.
  if (work.over !== null || !(atMs <= nowMs)) return
  if (turn !== undefined) return onTurn(work, turn, atMs)
  if (answer === undefined) {
    if (atMs > work.anyMs && countsAsActivity(work, nowMs)) work.anyMs = atMs
  } else if (atMs > work.basis.askedMs && isAnswer(answer)) {
    if (concealed || endOf(work, answer, concealed) === null) return adopt(work, answer, atMs)
    if (answer.state === 'ended') work.why = answer.reason
    work.staleMs = atMs
    askAtOnce(work)
  }
}

/**
 * Takes a message of another tab of the application. The server decides; until then, another user's presence hides the
 * page.
 */
export function onSiteHint (work: Work, { user, isSignOut }: SiteHint): void {
  if (work.over !== null || !belongsToUser(work) || (!isSignOut && (user === undefined || user === work.user))) return
  if (isSignOut) work.why = 'logout'
  work.staleMs = work.nowMs
  if (user && work.user) work.hideMs = work.nowMs
  askAtOnce(work)
}

function adopt (work: Work, answer: PingAnswer, askedMs: number): void {
  const { tag } = work
  Object.assign(work, AFTER_ANSWER)
  work.over = endOf(work, answer, work.snapshot.concealed)
  if (work.over !== null || answer.state === 'ended') return
  // An answer that was asked for before the sign-out does not know of it.
  if (work.checks.length === 0 && askedMs >= work.staleMs) work.why = 'none'
  work.basis = basisOf(answer, askedMs)
  work.user = answer.user ?? work.user ?? undefined
  work.tag = answer.tag ?? tag
  if (work.isRunning && work.tag !== tag) emit(work, 'connect', work.tag)
}
