import type { LimitViolation } from './check-limit.ts'
import { show } from './check-limit.ts'
import type { LimitExchange, LimitLog } from './limit-events.ts'
import type { LimitLife } from './limit-lives.ts'
import { isSignOut, mayBeRenewed, mayHaveBegun, REVOKED } from './limit-lives.ts'

/**
 * A sign-in is refused only if an `endUser` was under way with it. Its session is let in until a request that had been
 * sent by then renewed, ended or displaced it.
 */
export function turnedAwayForNothing (log: LimitLog, lives: ReadonlyMap<string, LimitLife>): LimitViolation[] {
  const { exchanges } = log
  const failed = exchanges.filter(({ kind, status, code }) =>
    status !== 200 && (status !== 401 || (kind === 'sign-in' && code !== REVOKED))
  )
  const signIns = exchanges.filter(({ kind, given }) => kind === 'sign-in' && given === undefined).filter(signIn => {
    return !exchanges.some(other => isEnding(other, signIn.user) && isWith(other, signIn))
  })
  const others = [...lives.values()].flatMap(life => life.asked.filter(isTurnedAway).filter(request => {
    // A renewal that endUser overtakes makes no session, also where its predecessor is the one that goes on.
    const isOvertaken = request.kind === 'renew' &&
      exchanges.some(other => isEnding(other, life.user) && isWith(other, request))
    return !isOvertaken && !isOverBy(life, request, log, lives)
  }))
  return [...failed, ...signIns, ...others].map(exchange => {
    const { begin, notified = [] } = lives.get(exchange.handle ?? '') ?? {}
    const detail = `${show(exchange)}, given by ${JSON.stringify(begin)}, ended as ${JSON.stringify(notified)}`
    return { rule: 'turned away', handle: exchange.handle ?? '', detail }
  })
}

/** Whether a renewal without a result was let in first, though its session was over. */
function isTurnedAway ({ kind, status, given }: LimitExchange): boolean {
  return ((kind === 'member' || kind === 'sign-out') && status !== 200) || (kind === 'renew' && given === undefined)
}

function isOverBy (
  life: LimitLife, { receivedAtMs }: LimitExchange, log: LimitLog, lives: ReadonlyMap<string, LimitLife>
): boolean {
  const { exchanges } = log
  const { handle, user, begin, signIn, renewals, notified } = life
  if (renewals.some(({ sentAtMs }) => sentAtMs < receivedAtMs)) return true
  if (log.states.get(handle) === 'renewed' && mayBeRenewed(life, receivedAtMs, log, lives)) return true
  return notified.some(({ ended: { reason } }) => exchanges.some(cause => {
    if (cause.user !== user || cause.sentAtMs >= receivedAtMs) return false
    if (reason === 'revoked') return cause.ended?.includes(handle) === true && cause.receivedAtMs > signIn.sentAtMs
    if (reason === 'logout') return isSignOut(cause, life, lives)
    const hasBegun = cause.given !== undefined || mayHaveBegun(cause)
    return reason === 'displaced' && hasBegun && cause !== begin && cause.receivedAtMs > begin.sentAtMs
  }))
}

function isEnding ({ kind, user: theirs }: LimitExchange, user: string): boolean {
  return kind === 'end-user' && theirs === user
}

/** Whether two requests were under way at the same time. */
function isWith (one: LimitExchange, other: LimitExchange): boolean {
  return one.sentAtMs < other.receivedAtMs && one.receivedAtMs > other.sentAtMs
}
