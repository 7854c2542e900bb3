import { withAuthentication } from '../core/authentication.ts'
import { deadlineMs } from '../core/policy.ts'
import type { Contents, ContentsLimits } from './contents.ts'
import { takeOver } from './contents.ts'
import { recordAt } from './memory-entry.ts'
import type { LiveEntry } from './memory-entry.ts'
import type { MemoryFamilies } from './memory-families.ts'
import type { LiveMember, MemoryLifecycle } from './memory-lifecycle.ts'
import type { MemoryRevocations } from './memory-revocations.ts'
import type { MemorySessions } from './memory-sessions.ts'
import type { Beginning, Begun, LiveSession, Predecessor, SessionKey } from './store.ts'
import { liveSession } from './live-session.ts'
import { MOST_SUCCESSORS } from './limits.ts'

/** What a session that begins has to do with. */
export interface Memory {
  readonly sessions: MemorySessions
  readonly lifecycle: MemoryLifecycle
  readonly families: MemoryFamilies
  readonly revocations: MemoryRevocations
  readonly limits: ContentsLimits
}

/**
 * Begins a session in memory. All that may refuse it is decided before anything is written.
 *
 * A key that is alive is the same beginning once more, whose answer was lost: its contents stay, as another request may
 * have edited them since, and the sweep takes over the ends that the first one claimed. One that is alive for somebody
 * else is that person's.
 *
 * @throws {SessionTooLargeError} when a renewal takes over too much
 */
export function beginIn (
  {
    sessions, lifecycle, families, revocations, limits
  }: Memory, key: SessionKey, beginning: Beginning, arrived: number, nowMs: number
): Begun {
  const known = families.find(key, nowMs)
  if (known.state === 'live' && isSame(known, beginning)) return { state: 'begun', session: known, ended: [] }
  if (known.state !== 'unknown') return { state: 'over', session: known }
  const { predecessor, user } = beginning
  const before = predecessorsIn(families, predecessor, nowMs)
  const renewed = predecessor?.becomes === 'renewed' ? before : []
  const evicted = evictedBy(lifecycle, beginning, before, nowMs)
  if (predecessor?.becomes === 'renewed') {
    const session = families.find(predecessor.key, nowMs)
    const isTwin = session.state !== 'live'
    const isOneTooMany = before.length >= MOST_SUCCESSORS || evicted === 'full' || evicted.length > 0
    if (before.length === 0 || (isTwin && isOneTooMany)) return { state: 'over', session }
  }
  if (evicted === 'full') return { state: 'full' }
  const began = (predecessor?.becomes === 'renewed'
    ? beginningOf(lifecycle, predecessor, user, nowMs)
    : undefined) ?? arrived
  if (user !== undefined && beginning.terms.isAuthenticated &&
    Math.min(began, arrived) < revocations.until(user, nowMs)) return { state: 'revoked' }
  const contents = contentsOf(beginning, renewed, limits)

  const ended = predecessor?.becomes === 'ended' ? lifecycle.end(before, 'logout', nowMs) : []
  ended.push(...lifecycle.end(evicted, 'displaced', nowMs))
  if (predecessor?.becomes === 'dropped') dropAnonymous(lifecycle, predecessor.key, nowMs)
  const entry = entryOf({ ...beginning, contents }, sessions.nextSeq(), began, nowMs, renewed)
  const root = predecessor?.becomes === 'renewed'
    ? families.renew(predecessor.key, key, nowMs, deadlineMs(entry.record))
    : undefined
  sessions.keep(key, root === undefined ? entry : { ...entry, root })
  return { state: 'begun', session: liveSession(entry.record, entry.user, entry.device, nowMs), ended }
}

function isSame ({ user, record }: LiveSession, { user: wanted, terms }: Beginning): boolean {
  return user === wanted && record.isAuthenticated === terms.isAuthenticated
}

/** When a renewal began: with its predecessor. A twin begins with its request. */
function beginningOf (
  lifecycle: MemoryLifecycle, { key }: Predecessor, user: string | undefined, nowMs: number
): number | undefined {
  const entry = lifecycle.live(key, nowMs)
  return entry?.user === user ? entry?.began : undefined
}

/** The living sessions that leave their slots to the new one, or end. */
function predecessorsIn (
  families: MemoryFamilies, predecessor: Predecessor | undefined, nowMs: number
): readonly LiveMember[] {
  if (predecessor === undefined) return []
  const { key, becomes } = predecessor
  return becomes === 'ended' ? families.signedOutWith(key, nowMs) : families.living(key, nowMs)
}

/** The oldest sessions of the user that exceed the limit together with the new one. A renewal by the same user keeps its slot. */
function evictedBy (
  lifecycle: MemoryLifecycle, { user, terms, limit, predecessor }: Beginning, before: readonly LiveMember[],
  nowMs: number
): readonly LiveMember[] | 'full' {
  if (limit === undefined || user === undefined || !terms.isAuthenticated) return []
  const leaving = new Set<SessionKey>() // their slots are free
  if (predecessor?.becomes === 'renewed' && lifecycle.live(predecessor.key, nowMs)?.user === user) return []
  if (predecessor?.becomes === 'ended') for (const [key] of before) leaving.add(key)
  const others = lifecycle.liveOf(user, nowMs).filter(([key]) => !leaving.has(key))
  const excess = others.length + 1 - limit.max
  if (!(excess > 0)) return []
  return limit.whenFull === 'refuse' ? 'full' : others.slice(0, excess)
}

/** Leaves a live, authenticated session alone, and what a renewed one goes on as. */
function dropAnonymous (lifecycle: MemoryLifecycle, key: SessionKey, nowMs: number): void {
  const entry = lifecycle.live(key, nowMs)
  if (entry?.record.isAuthenticated === false) lifecycle.drop(key, entry, nowMs)
}

/** Its own contents, with what a renewal takes over. @throws {SessionTooLargeError} */
function contentsOf (
  { contents, predecessor }: Beginning, [current]: readonly LiveMember[], limits: ContentsLimits
): Contents {
  if (current === undefined || predecessor?.takes === undefined) return contents
  return takeOver(contents, current[1].contents, predecessor.takes, limits)
}

/** @param renewed the sessions that it renews: an activity that another request recorded for them meanwhile counts (G1) */
function entryOf (
  beginning: Beginning, seq: number, began: number, nowMs: number, renewed: readonly LiveMember[]
): LiveEntry {
  const { contents, terms, user, device, authentication, startedAtMs = nowMs, lastActivityMs = nowMs } = beginning
  const latestMs = Math.max(lastActivityMs, ...renewed.map(([, entry]) => entry.record.lastActivityMs))
  const record = withAuthentication(
    recordAt(terms, Math.min(startedAtMs, nowMs), Math.min(latestMs, nowMs)), authentication
  )
  return device === undefined
    ? { state: 'live', seq, contents, record, user, began }
    : { state: 'live', seq, contents, record, user, device, began }
}
