import { TOMBSTONES_PER_USER_AND_HOUR } from '../../src/store/limits.ts'
import type { LimitViolation } from './check-limit.ts'
import type { LimitLog, LimitState } from './limit-events.ts'
import type { LimitLife } from './limit-lives.ts'
import { isSignOut, mayBeRenewed, mayHaveBegun } from './limit-lives.ts'

/**
 * Every end was notified, and nothing else was. An end has a cause: a sign-out, an `endUser` that says so and was not
 * answered when the sign-in was sent, or the limit.
 */
export function wrongEnds (log: LimitLog, lives: ReadonlyMap<string, LimitLife>, limit: number): LimitViolation[] {
  const { exchanges, notified } = log
  const states = statesWithForgotten(log, lives)
  const violations: LimitViolation[] = []
  function complain (rule: LimitViolation['rule'], handle: string, detail: string): void {
    violations.push({ rule, handle, detail })
  }
  const notifiedHandles = new Set(notified.map(({ ended }) => ended.handle))
  for (const [handle, state] of states) {
    if ((state === 'ended') !== notifiedHandles.has(handle)) {
      complain('notified', handle, `${state}, and ${notifiedHandles.has(handle) ? '' : 'not '}notified`)
    }
    if (state === 'live' && !lives.has(handle)) complain('state', handle, 'it lives, and nobody has its cookie')
  }
  for (const life of lives.values()) {
    const { handle, renewals } = life
    const state = states.get(handle)
    if (state === 'renewed' && mayBeRenewed(life, Infinity, log, lives)) continue
    if (state === undefined || (state === 'renewed') !== (renewals.length > 0)) {
      complain('state', handle, `${state} after ${renewals.length} renewals`)
    }
  }
  for (const { ended, receivedAtMs } of notified) {
    const life = lives.get(ended.handle)
    if (life === undefined && exchanges.some(one =>
      mayHaveBegun(one) && one.user === ended.user && one.sentAtMs < receivedAtMs
    )) continue
    const { reason, handle } = ended
    const isEnded = life !== undefined && states.get(handle) === 'ended'
    if (!isEnded) complain('notified', handle, `notified, and ${states.get(handle)}`)
    if (!isEnded || (reason === 'displaced' && isOldestOfTooMany(life, log, lives, limit))) continue
    if (reason === 'logout' && exchanges.some(exchange => isSignOut(exchange, life, lives))) continue
    const ending = exchanges.find(exchange => exchange.ended?.includes(handle))
    const isMeant = ending !== undefined &&
      ending.user === life.user && ending.except !== handle && ending.receivedAtMs > life.signIn.sentAtMs
    if (reason !== 'revoked' || !isMeant) {
      complain('ended for nothing', handle, `${JSON.stringify(ended)} ${JSON.stringify(ending)}`)
    }
  }
  return violations
}

/** Forgets, once they are notified, ends of a user with too many within an hour. */
function statesWithForgotten (
  { states, notified }: LimitLog, lives: ReadonlyMap<string, LimitLife>
): ReadonlyMap<string, LimitState> {
  const counts = new Map<string, number>()
  for (const { user, notified, renewals } of lives.values()) {
    counts.set(user, (counts.get(user) ?? 0) + notified.length + renewals.length)
  }
  const forgotten = notified.map(({ ended: { handle } }) => handle).filter(handle => {
    return !states.has(handle) && (counts.get(lives.get(handle)?.user ?? '') ?? 0) > TOMBSTONES_PER_USER_AND_HOUR
  })
  return new Map([...states, ...forgotten.map(handle => [handle, 'ended'] as const)])
}

/** Whether so many others, none of them older, may have lived when it was displaced. */
function isOldestOfTooMany (
  life: LimitLife, log: LimitLog, lives: ReadonlyMap<string, LimitLife>, limit: number
): boolean {
  const endedAtMs = life.notified[0]?.ended.endedAtMs ?? 0
  const others = [...lives.values()].filter(other => {
    const startedAtMs = startOf(other)
    const isOver = other.notified.some(({ ended }) => ended.endedAtMs < endedAtMs) ||
      other.renewals.some(({ receivedAtMs }) => receivedAtMs < life.begin.sentAtMs)
    return other !== life && other.user === life.user &&
      startedAtMs >= startOf(life) && startedAtMs <= endedAtMs && !isOver
  })
  const ungiven = log.notified.filter(({ ended: { handle, user, startedAtMs, endedAtMs: overAtMs } }) => {
    return !lives.has(handle) && user === life.user && startedAtMs <= endedAtMs && overAtMs >= endedAtMs
  })
  return others.length + ungiven.length >= limit
}

function startOf ({ notified, begin }: LimitLife): number {
  return notified[0]?.ended.startedAtMs ?? begin.startedAtMs ?? 0
}
