import type { EndedSession } from '../../src/index.ts'
import type { Rules, Violation } from './checker.ts'
import { SLACK_MS } from './checker.ts'
import type { Exchange } from './events.ts'
import type { Life } from './lives.ts'
import { isShown, isTurnedAway, show } from './lives.ts'

/** A session ends for a reason. By its deadline, counted from the last acknowledged activity, or by a sign-out. */
export function endedTooEarly (life: Life, rules: Rules): Violation[] {
  const { handle, begin, exchanges, notified, family } = life
  const violations: Violation[] = []
  const complain = (detail: string): void => { violations.push({ rule: 'ended too early', handle, detail }) }
  for (const exchange of exchanges) {
    const behindMs = activityOf(exchange) - rules.throttleMs - (exchange.account?.lastActivityMs ?? Infinity)
    if (isShown(exchange) && behindMs > SLACK_MS) {
      complain(`an activity counts as ${Math.round(behindMs)} ms older than it may: ${show(exchange)}`)
    }
    if (isTurnedAway(exchange) && !isOverBefore(exchange, life)) {
      complain(`not let in before its end: ${show(exchange)}`)
    }
  }
  const shown = [
    begin, ...family.flatMap(({ exchanges }) => exchanges)
  ].filter(isShown).filter(({ account }) => account.handle === handle)
  const shownMs = Math.max(...shown.map(({ account }) => account.lastActivityMs))
  for (const { ended, receivedAtMs } of notified) {
    if (ended.lastActivityMs < shownMs) {
      complain(`an activity ${shownMs - ended.lastActivityMs} ms later was acknowledged: ${JSON.stringify(ended)}`)
    }
    if (ended.endedAtMs > receivedAtMs + SLACK_MS) complain(`notified before its end: ${JSON.stringify(ended)}`)
    if (!isDue(ended, life, rules)) complain(`nothing ended it then: ${JSON.stringify(ended)}`)
  }
  return violations
}

/** Ended, or perhaps renewed: then it goes on, but not under this id. */
function isOverBefore ({ receivedAtMs }: Exchange, { notified, exchanges }: Life): boolean {
  return notified.some(({ ended }) => ended.endedAtMs <= receivedAtMs + SLACK_MS) ||
    exchanges.some(({ kind, status, account, sentAtMs }) => {
      return kind === 'renew' && sentAtMs < receivedAtMs && (status !== 200 || account?.letIn === true)
    })
}

/** The ms for which Redis may carry out commands of a killed node. */
const ORPHANED_MS = 1000

/**
 * G3: no request is let in later than the last possible activity allows. The time of a request is the one at which it
 * was sent: the store was asked after that. No session outlives a sign-out that was answered. G12: a renewal does not
 * move the absolute deadline.
 */
export function aliveTooLate (life: Life, { expireAfterMs, absoluteTimeoutMs }: Rules): Violation[] {
  const { handle, exchanges, notified, root: { begin: signIn } } = life
  const activities = [signIn, ...activitiesOf(life).filter(exchange => mayHaveCounted(exchange, life))]
  const endings = exchanges.filter(exchange => exchange.status === 200 && mayEnd(exchange))
  const outlived = notified.flatMap(({ ended }) => {
    const ending = endings.find(({ receivedAtMs }) => ended.endedAtMs > receivedAtMs + SLACK_MS)
    return ending === undefined
      ? []
      : [{ rule: 'ended too late', handle, detail: `${JSON.stringify(ended)}, though ${show(ending)}` } as const]
  })
  const late = exchanges.filter(({ account }) => account?.letIn === true).flatMap(letIn => {
    const latestMs = Math.max(...activities.filter(other => other !== letIn && other.sentAtMs < letIn.receivedAtMs)
      .map(({ status, receivedAtMs, idleForMs = 0 }) => receivedAtMs - idleForMs + (status === 0 ? ORPHANED_MS : 0)))
    const lateMs = letIn.sentAtMs - Math.min(latestMs + expireAfterMs, signIn.receivedAtMs + absoluteTimeoutMs)
    return lateMs <= SLACK_MS
      ? []
      : [{ rule: 'ended too late', handle, detail: `by ${Math.round(lateMs)} ms or more: ${show(letIn)}` } as const]
  })
  return [...outlived, ...late]
}

/** The requests with its cookie. It takes over what others of its sign-in knew until it began. */
function activitiesOf (life: Life): Exchange[] {
  return life.family.flatMap(other => {
    return other === life
      ? other.exchanges
      : other.exchanges.filter(({ sentAtMs }) => sentAtMs < life.begin.receivedAtMs)
  })
}

/** Activity that the holder of the answer may rely on: it cannot be older. */
function activityOf ({ kind, sentAtMs, idleForMs = 0 }: Exchange): number {
  return kind === 'poll' || kind === 'sign-out' ? -Infinity : sentAtMs - idleForMs
}

/**
 * Whether a request may have extended its session. A failed request may have. A request that was turned away has not,
 * unless the session ended while it was under way: an upload counts from its arrival.
 */
function mayHaveCounted ({ kind, status, account, sentAtMs }: Exchange, { family }: Life): boolean {
  if (kind === 'poll') return false
  if (account?.letIn === true || status !== 200) return true
  return family.some(({ notified }) => notified.some(({ ended }) => ended.endedAtMs > sentAtMs))
}

function isDue (
  { reason, startedAtMs, lastActivityMs, endedAtMs }: EndedSession, life: Life,
  { expireAfterMs, absoluteTimeoutMs }: Rules
): boolean {
  switch (reason) {
    case 'idle': return endedAtMs === lastActivityMs + expireAfterMs
    case 'absolute': return endedAtMs === startedAtMs +
      absoluteTimeoutMs && startedAtMs <= life.root.begin.receivedAtMs + SLACK_MS
    // A sign-out ends twins too. A sign-out that was refused or not answered may have been done all the same, and
    // later.
    case 'logout': return life.family.flatMap(({ exchanges }) => exchanges).some(exchange => {
      const { status, sentAtMs, receivedAtMs } = exchange
      return mayEnd(exchange) && endedAtMs >= sentAtMs - SLACK_MS &&
        (status !== 200 || endedAtMs <= receivedAtMs + SLACK_MS)
    })
    default: return false
  }
}

/** A sign-out or another sign-in, also with the cookie of one that was renewed. */
export function mayEnd ({ kind, status, account }: Exchange): boolean {
  if (kind === 'forget') return status !== 200 || account?.letIn === true
  return kind === 'sign-out' || kind === 'sign-in'
}
