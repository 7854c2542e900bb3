import type { Rules, Violation } from './checker.ts'
import { SLACK_MS } from './checker.ts'
import type { EventLog, Exchange, Listing } from './events.ts'
import type { Life } from './lives.ts'
import { show } from './lives.ts'

type List = Exchange & { readonly listing: Listing }

/**
 * `list({ user })`, asked of any node, agrees with `userOf` after every response that signed in: it shows the session
 * that was signed in to, nobody else's, and none that has ended.
 */
export function wrongLists (
  { exchanges }: EventLog, lives: ReadonlyMap<string, Life>, { isForgiven }: Rules
): Violation[] {
  const signInsOf = new Map<string, Life[]>()
  for (const life of lives.values()) {
    const { kind, account: { user } = {} } = life.begin
    if (kind !== 'sign-in' || user === undefined || isForgiven(life.handle)) continue
    signInsOf.set(user, [...signInsOf.get(user) ?? [], life])
  }
  return exchanges.filter(isList).flatMap(list => {
    const { listing: { user, rows } } = list
    const listed = new Set(rows.map(({ handle }) => handle))
    const missing = (signInsOf.get(user) ?? []).filter(life => isThere(life, list) && !listed.has(life.handle))
      .map(({ handle }) => complain(handle, 'is missing', list))
    const strange = rows.filter(row => row.user !== user || isOfAnother(lives.get(row.handle), user))
      .map(({ handle }) => complain(handle, 'is not that user\'s', list))
    const over = rows.filter(({ handle }) => !isForgiven(handle) && isOver(lives.get(handle), list))
      .map(({ handle }) => complain(handle, 'is over', list))
    return [...missing, ...strange, ...over]
  })
}

function isList (exchange: Exchange): exchange is List {
  return exchange.listing !== undefined && exchange.status === 200
}

/** Whether a list must name a session. It began before, and no request can have ended it. */
function isThere ({ begin, exchanges, notified }: Life, { sentAtMs, receivedAtMs }: List): boolean {
  return begin.receivedAtMs < sentAtMs &&
    !exchanges.some(({ kind, sentAtMs }) =>
      ['renew', 'sign-out', 'forget', 'sign-in'].includes(kind) && sentAtMs < receivedAtMs
    ) &&
    notified.length > 0 && notified.every(({ ended }) => ended.endedAtMs > receivedAtMs + SLACK_MS)
}

function isOfAnother (life: Life | undefined, user: string): boolean {
  const named = life?.root.begin.account?.user
  return named !== undefined && named !== user
}

/** Whether a session had ended, or was renewed, when the list was asked for. */
function isOver (life: Life | undefined, { sentAtMs }: List): boolean {
  if (life === undefined) return false
  return life.notified.some(({ ended }) => ended.endedAtMs < sentAtMs - SLACK_MS) ||
    life.successors.some(({ begin }) => begin.receivedAtMs < sentAtMs)
}

function complain (handle: string, what: string, list: List): Violation {
  return { rule: 'list', handle, detail: `${what}: ${show(list)}` }
}
