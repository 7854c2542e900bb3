import type { EndedSession } from '../../src/index.ts'
import type { Life, Rules, Violation } from './checker.ts'
import { SLACK_MS, isAcknowledged, isTurnedAway, show } from './checker.ts'
import type { Exchange } from './events.ts'

/** A session ends for a reason: its deadline, by the last activity that was acknowledged, or a sign-out. */
export function endedTooEarly (life: Life, rules: Rules): Violation[] {
  const { handle, signIn, exchanges, told } = life
  const violations: Violation[] = []
  const complain = (detail: string): void => { violations.push({ rule: 'ended too early', handle, detail }) }
  for (const exchange of exchanges) {
    const behindMs = activityOf(exchange) - rules.throttleMs - (exchange.account?.lastActivityMs ?? Infinity)
    if (isAcknowledged(exchange) && behindMs > SLACK_MS) complain(`an activity counts as ${Math.round(behindMs)} ms older than it may: ${show(exchange)}`)
    if (isTurnedAway(exchange) && !told.some(({ ended }) => ended.endedAtMs <= exchange.receivedAtMs + SLACK_MS)) complain(`not let in before its end: ${show(exchange)}`)
  }
  const shownMs = Math.max(...[signIn, ...exchanges].filter(isAcknowledged).map(({ account }) => account.lastActivityMs))
  for (const { ended, receivedAtMs } of told) {
    if (ended.lastActivityMs < shownMs) complain(`an activity ${shownMs - ended.lastActivityMs} ms later was acknowledged: ${JSON.stringify(ended)}`)
    if (ended.endedAtMs > receivedAtMs + SLACK_MS) complain(`told before its end: ${JSON.stringify(ended)}`)
    if (!isDue(ended, life, rules)) complain(`nothing ended it then: ${JSON.stringify(ended)}`)
  }
  return violations
}

/**
 * G3: nobody is let in later than the last thing that a person may have done allows. What counts is when a request
 * was sent: the store was asked after that.
 */
export function aliveTooLate ({ handle, signIn, exchanges }: Life, { expireAfterMs, absoluteTimeoutMs }: Rules): Violation[] {
  const activities = [signIn, ...exchanges.filter(mayHaveCounted)]
  return exchanges.filter(({ account }) => account?.letIn === true).flatMap(letIn => {
    const latestMs = Math.max(...activities.filter(other => other !== letIn && other.sentAtMs < letIn.receivedAtMs)
      .map(({ receivedAtMs, idleForMs = 0 }) => receivedAtMs - idleForMs))
    const lateMs = letIn.sentAtMs - Math.min(latestMs + expireAfterMs, signIn.receivedAtMs + absoluteTimeoutMs)
    return lateMs <= SLACK_MS ? [] : [{ rule: 'ended too late', handle, detail: `by ${Math.round(lateMs)} ms or more: ${show(letIn)}` }]
  })
}

/** Activity that the holder of the answer may rely on: it cannot be older. */
function activityOf ({ kind, sentAtMs, idleForMs = 0 }: Exchange): number {
  return kind === 'poll' || kind === 'sign-out' ? -Infinity : sentAtMs - idleForMs
}

/** One that was turned away has extended nothing. Of one that failed nobody knows. */
function mayHaveCounted ({ kind, status, account }: Exchange): boolean {
  return kind !== 'poll' && (account?.letIn === true || status !== 200)
}

function isDue ({ reason, startedAtMs, lastActivityMs, endedAtMs }: EndedSession, { exchanges }: Life, { expireAfterMs, absoluteTimeoutMs }: Rules): boolean {
  switch (reason) {
    case 'idle': return endedAtMs === lastActivityMs + expireAfterMs
    case 'absolute': return endedAtMs === startedAtMs + absoluteTimeoutMs
    // A sign-out that was refused, or never answered, may have been done all the same, and later.
    case 'logout': return exchanges.some(({ kind, status, sentAtMs, receivedAtMs }) => kind === 'sign-out' &&
      endedAtMs >= sentAtMs - SLACK_MS && (status !== 200 || endedAtMs <= receivedAtMs + SLACK_MS))
    default: return false
  }
}
