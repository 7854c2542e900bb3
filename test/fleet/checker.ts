import type { Account, EventLog, Exchange, Told } from './events.ts'
import { lostEdits } from './check-edits.ts'
import { aliveTooLate, endedTooEarly } from './check-ends.ts'

/** How far two clocks may be apart that count the same milliseconds: each of them rounds, and one was set by hand. */
export const SLACK_MS = 5

export interface Rules {
  readonly expireAfterMs: number
  readonly absoluteTimeoutMs: number
  readonly throttleMs: number
  /** Whether requests may be refused with a 503 of our own, because the Redis was away. */
  readonly allowsRefusals: boolean
  /** Nodes that were killed: they owe no answers. */
  readonly deadNodes: readonly number[]
  /** Sessions whose end may be told more than once: a claim was given back before it was acknowledged. */
  readonly mayBeToldAgain: (handle: string) => boolean
  /** Sessions of which nothing is promised: what was written last was lost with a master that nobody had copied yet. */
  readonly isForgiven: (handle: string) => boolean
}

export interface Violation {
  readonly rule: 'moved back' | 'alive after its end' | 'ended too early' | 'ended too late' | 'told' | 'status' | 'lost edit'
  readonly handle: string
  readonly detail: string
}

/** All that happened to one session. */
export interface Life {
  readonly handle: string
  readonly signIn: Exchange
  /** Without the sign-in. */
  readonly exchanges: readonly Exchange[]
  readonly told: readonly Told[]
}

/** What a session showed when the response left: the moment of its last activity as it is stored. */
export type Shown = Exchange & { readonly account: Account & { readonly lastActivityMs: number } }

/** Compares what happened with what is promised. Pure: the same log gives the same answer. */
export function findViolations (log: EventLog, rules: Rules): Violation[] {
  const lives = livesIn(log).filter(({ handle }) => !rules.isForgiven(handle))
  return [
    ...log.exchanges.flatMap(exchange => badStatus(exchange, rules)),
    ...lives.flatMap(life => [
      ...movedBack(life), ...aliveAfterEnd(life), ...endedTooEarly(life, rules), ...aliveTooLate(life, rules), ...wronglyTold(life, rules), ...lostEdits(life)
    ])
  ]
}

export function livesIn ({ exchanges, told }: EventLog): Life[] {
  const byHandle = groupBy(exchanges, ({ handle }) => handle)
  const toldByHandle = groupBy(told, ({ ended }) => ended.handle)
  return exchanges.filter(isSignedIn).map(signIn => ({
    handle: signIn.handle,
    signIn,
    exchanges: (byHandle.get(signIn.handle) ?? []).filter(exchange => exchange !== signIn),
    told: toldByHandle.get(signIn.handle) ?? []
  }))
}

function groupBy<Item> (items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group === undefined) groups.set(keyOf(item), [item])
    else group.push(item)
  }
  return groups
}

export function isShown (exchange: Exchange): exchange is Shown {
  return exchange.status === 200 && exchange.account?.lastActivityMs !== undefined
}

/** Whether what it shows is what the store has acknowledged. */
export function isAcknowledged (exchange: Exchange): exchange is Shown {
  return isShown(exchange) && !exchange.account.isStampLost
}

function isSignedIn ({ kind, status, handle }: Exchange): boolean {
  return kind === 'sign-in' && status === 200 && handle !== ''
}

/** G1: of two requests one after the other, the later never shows an older activity. */
function movedBack ({ handle, signIn, exchanges }: Life): Violation[] {
  const shown = [signIn, ...exchanges].filter(isShown)
  const received = shown.filter(isAcknowledged).sort((a, b) => a.receivedAtMs - b.receivedAtMs)
  const violations: Violation[] = []
  let latest = -Infinity
  let count = 0
  for (const later of shown.sort((a, b) => a.sentAtMs - b.sentAtMs)) {
    for (let earlier = received[count]; earlier !== undefined && earlier.receivedAtMs < later.sentAtMs; earlier = received[++count]) {
      latest = Math.max(latest, earlier.account.lastActivityMs)
    }
    const backMs = latest - later.account.lastActivityMs
    if (backMs > 0) violations.push({ rule: 'moved back', handle, detail: `by ${backMs} ms: ${show(later)}` })
  }
  return violations
}

/** G2: once anybody has been told that it is over, nobody who asks later is let in. */
function aliveAfterEnd ({ handle, exchanges, told }: Life): Violation[] {
  const overAtMs = Math.min(...told.map(({ receivedAtMs }) => receivedAtMs), ...exchanges.filter(saysItIsOver).map(({ receivedAtMs }) => receivedAtMs))
  return exchanges.filter(({ sentAtMs, account }) => account?.letIn === true && sentAtMs > overAtMs)
    .map(late => ({ rule: 'alive after its end', handle, detail: `known for ${Math.round(late.sentAtMs - overAtMs)} ms: ${show(late)}` }))
}

function saysItIsOver (exchange: Exchange): boolean {
  const { kind, status, account } = exchange
  return isTurnedAway(exchange) || (status === 200 && (kind === 'sign-out' || (account !== undefined && account.lastActivityMs === undefined)))
}

/** Nobody was signed in, for all that the handler saw, or the browser was told. */
export function isTurnedAway ({ status, account, state }: Exchange): boolean {
  return status === 200 && (account?.letIn === false || state === 'ended')
}

/** G6: told once; more often only if a claim was given back. */
function wronglyTold ({ handle, told }: Life, { mayBeToldAgain }: Rules): Violation[] {
  if (told.length === 1 || (told.length > 1 && mayBeToldAgain(handle))) return []
  return [{ rule: 'told', handle, detail: `${told.length} times, by ${told.map(({ node, ended }) => `${node} (${ended.reason})`).join(', ')}` }]
}

/** G7: no error but our own, and an answer in any case. */
function badStatus (exchange: Exchange, { allowsRefusals, deadNodes }: Rules): Violation[] {
  const { status, code, node, handle } = exchange
  if (status === 200 || (status === 0 && deadNodes.includes(node))) return []
  if (allowsRefusals && status === 503 && code === 'FST_SESSION_SECURITY_STORE_UNAVAILABLE') return []
  return [{ rule: 'status', handle, detail: show(exchange) }]
}

export function show ({ kind, node, sentAtMs, receivedAtMs, status, code, account, ...rest }: Exchange): string {
  const { handle, ...said } = account ?? {}
  return `${kind} at node ${node}, ${Math.round(sentAtMs)} to ${Math.round(receivedAtMs)}: ${status} ${code ?? ''} ${JSON.stringify({ ...said, ...rest })}`
}
