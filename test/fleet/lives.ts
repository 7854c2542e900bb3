import type { Account, EventLog, Exchange, Notification } from './events.ts'

/** All that happened to one session id. A renewal ends the life of one, and begins that of another. */
export interface Life {
  readonly handle: string
  /** The request that began it. */
  readonly begin: Exchange
  readonly isAnonymous: boolean
  /** The session that goes on as this one. */
  readonly predecessor: Life | undefined
  /** The first of the renewed ones, itself included: that whose sign-in counts. */
  readonly root: Life
  /** All sessions of the same sign-in, in the order in which they began. Each of them has the same list. */
  readonly family: readonly Life[]
  /** Its successors. */
  readonly successors: readonly Life[]
  /** The requests with its cookie. */
  readonly exchanges: readonly Exchange[]
  readonly notified: readonly Notification[]
}

interface GrowingLife extends Life {
  readonly family: Life[]
  readonly successors: Life[]
}

/** The last activity as it was stored when the response left. */
export type Shown = Exchange & { readonly account: Account & { readonly lastActivityMs: number } }

/** By handle. The log is in the order of the answers: who sends a session's cookie has been answered with it. */
export function livesIn ({ exchanges, notified }: EventLog): Map<string, Life> {
  const exchangesOf = groupBy(exchanges, ({ handle }) => handle)
  const notifiedOf = groupBy(notified, ({ ended }) => ended.handle)
  const lives = new Map<string, GrowingLife>()
  for (const begin of exchanges) {
    const handle = begin.account?.began
    if (handle === undefined || lives.has(handle)) continue
    const predecessor = begin.kind === 'renew' ? lives.get(begin.handle) : undefined
    const life: GrowingLife = {
      handle,
      begin,
      isAnonymous: begin.kind === 'visit' || begin.kind === 'forget',
      predecessor,
      get root () { return predecessor?.root ?? life },
      family: predecessor?.family ?? [],
      successors: [],
      exchanges: exchangesOf.get(handle) ?? [],
      notified: notifiedOf.get(handle) ?? []
    }
    life.family.push(life)
    predecessor?.successors.push(life)
    lives.set(handle, life)
  }
  return lives
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

/** The session and those that it is a renewal of, the nearest first. */
export function pathOf (life: Life): Life[] {
  return life.predecessor === undefined ? [life] : [life, ...pathOf(life.predecessor)]
}

/** Whether it may have a successor that no browser knows. The answer of a renewal was lost. */
export function mayGoOn ({ exchanges }: Life): boolean {
  return exchanges.some(({ kind, status, account }) =>
    kind === 'renew' && status !== 200 && account?.began === undefined
  )
}

/** Returns the moment of the last end of it and its successors; Infinity without one. */
export function endOf (life: Life): number {
  if (life.notified.length > 0) return Math.min(...life.notified.map(({ ended }) => ended.endedAtMs))
  if (life.successors.length === 0 || mayGoOn(life)) return Infinity
  return Math.max(...life.successors.map(endOf))
}

export function isShown (exchange: Exchange): exchange is Shown {
  return exchange.status === 200 && exchange.account?.lastActivityMs !== undefined
}

/** Nobody was signed in, for all that the handler saw, or the browser was notified. */
export function isTurnedAway ({ status, account, state }: Exchange): boolean {
  return status === 200 && (account?.letIn === false || state === 'ended')
}

export function show ({ kind, node, sentAtMs, receivedAtMs, status, code, account, ...rest }: Exchange): string {
  const times = `${Math.round(sentAtMs)} to ${Math.round(receivedAtMs)}`
  return `${kind} at node ${node}, ${times}: ${status} ${code ?? ''} ${JSON.stringify({ account, ...rest })}`
}
