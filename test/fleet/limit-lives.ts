import type { Notification } from './events.ts'
import type { LimitExchange, LimitLog } from './limit-events.ts'

/** A session under a limit, from the answer that gave its cookie. */
export interface LimitLife {
  readonly handle: string
  readonly user: string
  readonly begin: LimitExchange
  /** The sign-in that it goes back to. */
  readonly signIn: LimitExchange
  /** The requests with its cookie. */
  readonly asked: readonly LimitExchange[]
  /** The requests that were let in. */
  readonly letIn: readonly LimitExchange[]
  /** The requests that gave its successors. */
  readonly renewals: readonly LimitExchange[]
  readonly notified: readonly Notification[]
  /**
   * The two times between which it surely lives. A browser has it, and a look saw it or a request was let in with it.
   */
  readonly fromMs: number
  readonly toMs: number
}

/** All sessions whose cookies were given, by handle. */
export function limitLivesIn ({ exchanges, looks, notified }: LimitLog): Map<string, LimitLife> {
  const asked = groupBy(exchanges, ({ handle }) => handle)
  const ends = groupBy(notified, ({ ended }) => ended.handle)
  const seen = groupBy(
    looks.flatMap(({ live, beforeMs, afterMs }) => live.map(handle => ({ handle, beforeMs, afterMs }))),
    ({ handle }) => handle
  )
  const lives = new Map<string, LimitLife>()
  for (const begin of exchanges.toSorted((a, b) => a.sentAtMs - b.sentAtMs)) {
    const { given: handle, user, kind } = begin
    if (handle === undefined || kind === 'visit' || lives.has(handle)) continue
    const requests = asked.get(handle) ?? []
    const letIn = requests.filter(({ kind, status }) => status === 200 && kind !== 'sign-in')
    const sights = seen.get(handle) ?? []
    const predecessor = kind === 'renew' ? lives.get(begin.handle ?? '') : undefined
    lives.set(handle, {
      handle,
      user,
      begin,
      signIn: predecessor?.signIn ?? begin,
      asked: requests,
      letIn,
      renewals: requests.filter(({ kind, given }) => kind === 'renew' && given !== undefined),
      notified: ends.get(handle) ?? [],
      fromMs: Math.min(begin.receivedAtMs, ...sights.map(({ afterMs }) => afterMs)),
      toMs: Math.max(...letIn.map(({ sentAtMs }) => sentAtMs), ...sights.map(({ beforeMs }) => beforeMs))
    })
  }
  return lives
}

function groupBy<Item> (items: readonly Item[], keyOf: (item: Item) => string | undefined): Map<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    if (key === undefined) continue
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

/** The codes of a sign-in that `endUser` overtook: before it was saved, or after that. */
export const REVOKED = 'FST_SESSION_SECURITY_REVOKED'

/**
 * Whether the session of a sign-in or a renewal may have ended before the answer. The answer then says so, and has no
 * cookie.
 */
export function mayHaveBegun ({ kind, given, code, savingAtMs }: LimitExchange): boolean {
  return given === undefined && savingAtMs !== undefined &&
    (kind === 'renew' || (kind === 'sign-in' && code === REVOKED))
}

/**
 * Whether a session may have a successor that ended before the answer. The log then names a session whose cookie no
 * browser got.
 */
export function mayBeRenewed (
  { asked, user }: LimitLife, byMs: number, { notified }: LimitLog, lives: ReadonlyMap<string, LimitLife>
): boolean {
  const isUngiven = notified.some(({ ended }) => ended.user === user && !lives.has(ended.handle))
  return isUngiven && asked.some(request =>
    request.kind === 'renew' && mayHaveBegun(request) && request.sentAtMs < byMs
  )
}

/** Whether a request signed that session out. Both go back to the same sign-in. */
export function isSignOut (
  { kind, status, handle = '' }: LimitExchange, life: LimitLife, lives: ReadonlyMap<string, LimitLife>
): boolean {
  return kind === 'sign-out' && status === 200 && lives.get(handle)?.signIn === life.signIn
}
