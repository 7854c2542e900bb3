import { dated, withAuthentication } from '../../core/authentication.ts'
import { deadlineMs } from '../../core/policy.ts'
import type { Contents, ContentsLimits } from '../contents.ts'
import { takeOver } from '../contents.ts'
import { recordAt } from './entry.ts'
import type { LiveEntry } from './entry.ts'
import type { MemoryFamilies } from './families.ts'
import type { LiveMember, MemoryLifecycle } from './lifecycle.ts'
import type { MemoryRevocations } from './revocations.ts'
import type { MemorySessions } from './sessions.ts'
import type { Beginning, Begun, LiveSession, Predecessor, SessionKey } from '../store.ts'
import { liveSession } from '../live-session.ts'
import { MOST_SUCCESSORS } from '../limits.ts'

/** The parts of a memory store that a beginning needs. */
export interface Memory {
  readonly sessions: MemorySessions
  readonly lifecycle: MemoryLifecycle
  readonly families: MemoryFamilies
  readonly revocations: MemoryRevocations
  readonly limits: ContentsLimits
}

/**
 * Begins a session in memory. Each reason to refuse the session is looked at before anything is written.
 *
 * A key that is alive for the same user is the same beginning once more, whose answer was lost. Its contents stay, as
 * another request may have edited them since, and a sweep claims the ends that the first call claimed. A key that is
 * alive for another user is over for this one.
 *
 * @throws {SessionTooLargeError} if a renewal takes over too much
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

/** Returns the beginning of a renewal, which is that of its predecessor. A twin begins with its request. */
function beginningOf (
  lifecycle: MemoryLifecycle, { key }: Predecessor, user: string | undefined, nowMs: number
): number | undefined {
  const entry = lifecycle.live(key, nowMs)
  return entry?.user === user ? entry?.began : undefined
}

/** Returns the live sessions that the new session renews or ends. */
function predecessorsIn (
  families: MemoryFamilies, predecessor: Predecessor | undefined, nowMs: number
): readonly LiveMember[] {
  if (predecessor === undefined) return []
  const { key, becomes } = predecessor
  return becomes === 'ended' ? families.signedOutWith(key, nowMs) : families.living(key, nowMs)
}

/** Returns the oldest sessions of the user that exceed the limit. A renewal by the same user keeps its slot. */
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

/** Drops an anonymous predecessor. Any other session stays. */
function dropAnonymous (lifecycle: MemoryLifecycle, key: SessionKey, nowMs: number): void {
  const entry = lifecycle.live(key, nowMs)
  if (entry?.record.isAuthenticated === false) lifecycle.drop(key, entry, nowMs)
}

/**
 * Returns the contents of the new session, with the fields that a renewal takes over.
 * @throws {SessionTooLargeError}
 */
function contentsOf (
  { contents, predecessor }: Beginning, [current]: readonly LiveMember[], limits: ContentsLimits
): Contents {
  if (current === undefined || predecessor?.takes === undefined) return contents
  return takeOver(contents, current[1].contents, predecessor.takes, limits)
}

/**
 * Makes the entry of the new session.
 * @param renewed the sessions that it renews. An activity that another request recorded for them meanwhile counts (G1)
 */
function entryOf (
  beginning: Beginning, seq: number, began: number, nowMs: number, renewed: readonly LiveMember[]
): LiveEntry {
  const { contents, terms, user, device, authentication, startedAtMs = nowMs, lastActivityMs = nowMs } = beginning
  const latestMs = Math.max(lastActivityMs, ...renewed.map(([, entry]) => entry.record.lastActivityMs))
  const record = withAuthentication(
    recordAt(terms, Math.min(startedAtMs, nowMs), Math.min(latestMs, nowMs)), dated(authentication, nowMs)
  )
  return device === undefined
    ? { state: 'live', seq, contents, record, user, began }
    : { state: 'live', seq, contents, record, user, device, began }
}
