import { MOST_SUCCESSORS } from '../../src/store/limits.ts'
import type { Rules, Violation } from './checker.ts'
import { SLACK_MS } from './checker.ts'
import type { CookieLine, EventLog, Exchange } from './events.ts'
import type { Life } from './lives.ts'
import { endOf, show } from './lives.ts'

/**
 * G14: a cookie line goes out only with answers that change the session. These are answers of requests that began a
 * session, signed in, renewed or signed out.
 */
export function wrongLines ({ exchanges }: EventLog, lives: ReadonlyMap<string, Life>, rules: Rules): Violation[] {
  return exchanges.flatMap(exchange => {
    const { handle, lines, status } = exchange
    const complain = (why: string): Violation[] => [{
      rule: 'cookie line', handle, detail: `${why}: ${show(exchange)}`
    }]
    const life = lives.get(handle)
    const allowed: readonly string[] = life !== undefined && isJoining(exchange, life)
      ? ['set', '']
      : allowedLines(exchange)
    if (status !== 0 && !allowed.includes(lines.join())) {
      return complain(`"${lines.join()}", not "${allowed.join('" or "')}"`)
    }
    const lateMs = lateLine(exchange, lives, rules)
    return lateMs > SLACK_MS
      ? complain(`sets the cookie of a session that ended ${Math.round(lateMs)} ms too long before`)
      : []
  })
}

/** The lines that may be there, and nothing else; '' for none. */
function allowedLines ({ kind, status, handle, account }: Exchange): ReadonlyArray<CookieLine | ''> {
  if (status !== 200) return ['']
  const letIn = account?.letIn === true
  switch (kind) {
    // Its session may have ended before the answer, in a process that stood still: the answer knows, and has no line.
    case 'sign-in': return account?.began === undefined ? ['set', ''] : ['set']
    case 'sign-out': return handle === '' ? [''] : ['clear']
    // Without a cookie it begins a session. With one, that may have gone on under another id.
    case 'visit': return handle === '' ? ['set'] : ['set', '']
    // The contents of the session go to an anonymous one.
    case 'forget': return letIn ? ['set', 'clear'] : ['']
    // Of a session that is over, also by now, nothing is renewed.
    case 'renew': return letIn && account?.lastActivityMs !== undefined ? ['set'] : ['']
    default: return ['']
  }
}

/**
 * Whether a request renewed a session that others had renewed before. It goes on with one of the successors, and has no
 * cookie of its own.
 */
function isJoining (exchange: Exchange, { handle, successors, family, exchanges }: Life): boolean {
  const { kind, status, account, sentAtMs, receivedAtMs } = exchange
  if (kind !== 'renew' || status !== 200 || account?.letIn !== true || successors.length === 0) return false
  // A request that saved by itself names the successor.
  const began = exchanges.filter(other => other.account?.began !== undefined && other.account.began === account.began)
  if (account.began !== undefined && began.every(other => other === exchange)) return false
  const others = family.filter(other => other.handle !== handle).filter(({ begin, successors }) => {
    return begin.sentAtMs < receivedAtMs && !successors.some(({ begin }) => begin.receivedAtMs < sentAtMs)
  })
  const lost = family.flatMap(({ exchanges }) => exchanges)
    .filter(({ kind, status }) => kind === 'renew' && status !== 200)
  return others.length + lost.length >= MOST_SUCCESSORS
}

/** The ms after which a request must know of the end of its session. */
function lateLine ({ lines, account }: Exchange, lives: ReadonlyMap<string, Life>, { freshForMs }: Rules): number {
  const begun = lives.get(account?.began ?? '')
  const { leftAtMs } = account ?? {}
  if (begun === undefined || leftAtMs === undefined || !lines.includes('set')) return -Infinity
  return leftAtMs - endOf(begun) - freshForMs
}
