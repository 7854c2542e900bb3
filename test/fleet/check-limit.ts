import { surplus } from './check-limit-count.ts'
import { wrongEnds } from './check-limit-ends.ts'
import { turnedAwayForNothing } from './check-limit-refusals.ts'
import type { LimitExchange, LimitLog } from './limit-events.ts'
import type { LimitLife } from './limit-lives.ts'
import { isSignOut, limitLivesIn } from './limit-lives.ts'

export interface LimitViolation {
  readonly rule:
    | 'one too many' | 'survivor' | 'revived' | 'turned away' | 'ended for nothing' | 'index' | 'state' | 'notified'
  readonly handle: string
  readonly detail: string
}

export interface LimitRules {
  /** The session limit of a user. */
  readonly limit: number
}

/** Compares a log of requests and answers with the promises of the limit and `endUser`. */
export function findLimitViolations (log: LimitLog, rules: LimitRules): LimitViolation[] {
  const lives = limitLivesIn(log)
  return [
    ...surplus(log, lives, rules.limit),
    ...survivors(log, lives),
    ...outlivedSignOuts(log, lives),
    ...revived(lives),
    ...turnedAwayForNothing(log, lives),
    ...wrongEnds(log, lives, rules.limit)
  ]
}

/**
 * After an answer of `endUser`, sessions of earlier sign-ins are over, but the exception. That holds if the sign-in, or
 * a renewal, was answered later.
 */
function survivors ({ exchanges }: LimitLog, lives: ReadonlyMap<string, LimitLife>): LimitViolation[] {
  return exchanges.filter(({ kind, status }) => kind === 'end-user' && status === 200).flatMap(ending => {
    const { user, calledAtMs = 0, receivedAtMs, except } = ending
    const kept = lives.get(except ?? '')
    const begunBefore = [...lives.values()].filter(life => {
      // The exception goes on, and so does what it was renewed to by then. A renewal that is saved later makes no
      // session.
      const isKept = kept !== undefined && life.signIn === kept.signIn
      if (isKept && (life === kept || (life.begin.savingAtMs ?? 0) < receivedAtMs)) return false
      const begun = isKept ? life.begin : life.signIn
      return life.user === user && arrivalOf(begun) < calledAtMs
    })
    return begunBefore.filter(({ toMs }) => toMs > receivedAtMs).map(({ handle, toMs, begin, signIn }) => ({
      rule: 'survivor',
      handle,
      detail: `alive ${toMs - receivedAtMs} ms after ${show(ending)}, ` +
        `arrived ${calledAtMs - arrivalOf(signIn)} ms before it, from ${show(signIn)}, given by ${show(begin)}`
    } as const))
  })
}

/** A sign-out ends all renewals of a sign-in. A session that had ended before for another reason signs nobody out. */
function outlivedSignOuts ({ exchanges }: LimitLog, lives: ReadonlyMap<string, LimitLife>): LimitViolation[] {
  return exchanges.flatMap(exchange => {
    const own = lives.get(exchange.handle ?? '')
    if (own === undefined || own.notified.some(({ ended }) => ended.reason !== 'logout')) return []
    const family = [...lives.values()].filter(life => isSignOut(exchange, life, lives))
    return family.filter(({ toMs }) => toMs > exchange.receivedAtMs).map(({ handle, begin }) => {
      return { rule: 'survivor', handle, detail: `alive after ${show(exchange)}, given by ${show(begin)}` } as const
    })
  })
}

/** A session ends, or goes on as another: never both. */
function revived (lives: ReadonlyMap<string, LimitLife>): LimitViolation[] {
  return [...lives.values()].filter(({ notified, renewals }) => notified.length > 0 &&
    renewals.length > 0).map(({ handle, notified, renewals }) => ({
    rule: 'revived',
    handle,
    detail: `${JSON.stringify(notified[0]?.ended)}, and yet ${renewals.map(show).join(', ')}`
  }))
}

/** A request that never said when it arrived has not arrived before anything. */
function arrivalOf ({ arrivedAtMs = Infinity }: LimitExchange): number {
  return arrivedAtMs
}

export function show (exchange: LimitExchange): string {
  return JSON.stringify(exchange)
}
