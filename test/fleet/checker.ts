import type { EventLog, Exchange } from './events.ts'
import { wrongLines } from './check-cookies.ts'
import { lostEdits } from './check-edits.ts'
import { aliveTooLate, endedTooEarly, mayEnd } from './check-ends.ts'
import { handlersAfterEnd } from './check-handlers.ts'
import { wrongLists } from './check-lists.ts'
import type { Life } from './lives.ts'
import { isShown, isTurnedAway, livesIn, mayGoOn, pathOf, show } from './lives.ts'

/**
 * The ms by which two clocks may differ that count the same milliseconds. Each of them rounds, and one was set by hand.
 */
export const SLACK_MS = 5

export interface Rules {
  readonly expireAfterMs: number
  readonly absoluteTimeoutMs: number
  readonly throttleMs: number
  /** The age up to which a handler, or a cookie line, may depend on knowledge. */
  readonly freshForMs: number
  /** Whether requests may be refused with our own 503, because Redis was away. */
  readonly allowsRefusals: boolean
  /** Nodes that were killed, or stood still: they owe no answers. */
  readonly deadNodes: readonly number[]
  /** Sessions whose end may be notified twice: a node gave the claim back unacknowledged. */
  readonly mayBeNotifiedAgain: (handle: string) => boolean
  /** Sessions of which nothing is promised. A master lost their last writes before any replica had them. */
  readonly isForgiven: (handle: string) => boolean
}

export interface Violation {
  readonly rule:
    | 'moved back' | 'alive after its end' | 'signed in under an old id' | 'handler after the end' | 'ended too early'
    | 'ended too late' | 'notified' | 'status' | 'lost edit' | 'cookie line' | 'list'
  readonly handle: string
  readonly detail: string
}

/** Compares what happened with what is promised. Pure: the same log gives the same answer. */
export function findViolations (log: EventLog, rules: Rules): Violation[] {
  const known = livesIn(log)
  // With the anonymous session that a sign-in took along.
  const isForgiven = ({ root, family }: Life): boolean => {
    return rules.isForgiven(root.begin.handle) || family.some(({ handle }) => rules.isForgiven(handle))
  }
  const lives = [...known.values()].filter(life => !isForgiven(life))
  const authenticated = lives.filter(({ isAnonymous }) => !isAnonymous)
  return [
    ...log.exchanges.flatMap(exchange => badStatus(exchange, rules)),
    ...wrongLines(log, known, rules),
    ...wrongLists(log, known, rules),
    ...strangers(log, known, rules),
    ...lives.flatMap(life => [...wronglyTold(life, rules), ...lostEdits(life, known), ...oldIds(life)]),
    ...authenticated.flatMap(life => [
      ...movedBack(life), ...aliveAfterEnd(life), ...handlersAfterEnd(life, rules),
      ...endedTooEarly(life, rules), ...aliveTooLate(life, rules)
    ])
  ]
}

/**
 * G1: of two successive requests, the later one never shows an older activity. A renewal changes nothing about that.
 */
function movedBack (life: Life): Violation[] {
  const { handle, family } = life
  const path = new Set(pathOf(life).map(({ handle }) => handle))
  const shown = [life.root.begin, ...family.flatMap(({ exchanges }) => exchanges)].filter(isShown)
    .filter(({ account }) => path.has(account.handle ?? ''))
  const received = [...shown].sort((a, b) => a.receivedAtMs - b.receivedAtMs)
  const ours = shown.filter(({ account }) => account.handle === handle).sort((a, b) => a.sentAtMs - b.sentAtMs)
  const violations: Violation[] = []
  let latest = -Infinity
  let count = 0
  for (const later of ours) {
    for (let earlier = received[count]; earlier !== undefined &&
      earlier.receivedAtMs < later.sentAtMs; earlier = received[++count]) {
      latest = Math.max(latest, earlier.account.lastActivityMs)
    }
    const backMs = latest - later.account.lastActivityMs
    if (backMs > 0) violations.push({ rule: 'moved back', handle, detail: `by ${backMs} ms: ${show(later)}` })
  }
  return violations
}

/** G2: no request is let in after an answer said that its session is over. */
function aliveAfterEnd (life: Life): Violation[] {
  const { handle, exchanges, notified } = life
  const signOuts = pathOf(life).flatMap(({ exchanges }) => exchanges)
    .filter(exchange => exchange.status === 200 && mayEnd(exchange))
  const answers = [...notified, ...exchanges.filter(saysItIsOver), ...signOuts]
  const overAtMs = Math.min(...answers.map(({ receivedAtMs }) => receivedAtMs))
  return exchanges.filter(({ sentAtMs, account }) => account?.letIn === true && sentAtMs > overAtMs)
    .map(late => ({
      rule: 'alive after its end', handle, detail: `known for ${Math.round(late.sentAtMs - overAtMs)} ms: ${show(late)}`
    }))
}

function saysItIsOver (exchange: Exchange): boolean {
  const { status, account } = exchange
  if (isTurnedAway(exchange) || account?.began !== undefined) return true
  return status === 200 && account !== undefined && account.lastActivityMs === undefined
}

/** G15: an id that was known before the sign-in lets nobody in. */
function oldIds ({ handle, isAnonymous, exchanges }: Life): Violation[] {
  return exchanges.filter(({ kind, status, account }) => {
    if (isAnonymous && account?.letIn === true) return true
    return kind === 'sign-in' && status === 200 && account?.handle === handle
  }).map(exchange => ({ rule: 'signed in under an old id', handle, detail: show(exchange) }))
}

/**
 * G6: notified once; more often only if a claim was given back. Never of an anonymous session, nor of one that goes on.
 */
function wronglyTold (life: Life, { mayBeNotifiedAgain }: Rules): Violation[] {
  const { handle, isAnonymous, successors, notified } = life
  if (isAnonymous || successors.length > 0) {
    return notified.map(({ ended }) => ({ rule: 'notified', handle, detail: `of what did not end (${ended.reason})` }))
  }
  if (notified.length === 1 || (notified.length > 1 && mayBeNotifiedAgain(handle))) return []
  if (notified.length === 0 && mayGoOn(life)) return []
  return [{
    rule: 'notified',
    handle,
    detail: `${notified.length} times, by ${notified.map(({ node, ended }) => `${node} (${ended.reason})`).join(', ')}`
  }]
}

/** Of a session that no answer began, nobody is notified: unless the answer was lost. */
function strangers (
  { notified }: EventLog, lives: ReadonlyMap<string, Life>, { allowsRefusals, deadNodes }: Rules
): Violation[] {
  if (allowsRefusals || deadNodes.length > 0) return []
  return notified.filter(({ ended }) => !lives.has(ended.handle))
    .map(({ ended }) => ({
      rule: 'notified', handle: ended.handle, detail: `of a session that nobody had: ${JSON.stringify(ended)}`
    }))
}

/** G7: no error but our own, and an answer in any case. */
function badStatus (exchange: Exchange, { allowsRefusals, deadNodes }: Rules): Violation[] {
  const { status, code, node, handle } = exchange
  // 408: a server that stood still gives up what it began to read before.
  if (status === 200 || ((status === 0 || status === 408) && deadNodes.includes(node))) return []
  if (allowsRefusals && status === 503 && code === 'FST_SESSION_SECURITY_STORE_UNAVAILABLE') return []
  return [{ rule: 'status', handle, detail: show(exchange) }]
}
