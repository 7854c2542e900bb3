import assert from 'node:assert/strict'
import type { ActivityStore } from '../../src/store/activity-store.ts'
import type { FoundSession, SessionKey } from '../../src/store/store.ts'
import { handlesIn } from './contract-kit.ts'
import { liveIn } from './history-calls.ts'
import type { HistoryModel } from './history-model.ts'
import type { ModelSession } from './history-session.ts'
import { deadlineOf, expiryOf } from './history-session.ts'
import { USERS } from './history-steps.ts'

/** The handles in each index of a Redis, and of its sessions, by key. */
export type Indexes = Readonly<Record<string, readonly string[]>>

/** All that a store shows of the sessions of a history, with its indexes. */
export interface View {
  readonly fates: Readonly<Record<SessionKey, string>>
  readonly listed: Readonly<Record<string, readonly string[]>>
  /** Sessions that are alive or whose end is pending; and all that have ended. */
  readonly counts: readonly [number, number]
  /** The number of expired sessions without a claim, and the seconds since their first deadline. */
  readonly expired: readonly [number, number]
  readonly indexes: Indexes
}

export async function viewOf (
  store: ActivityStore, keys: readonly SessionKey[], model: HistoryModel, indexes: Indexes | null
): Promise<View> {
  const found = new Map<SessionKey, FoundSession>()
  await Promise.all(keys.map(async key => {
    const [session, loaded] = await Promise.all([store.find(key), store.load(key, null)])
    assert.equal(loaded.state, session.state, 'a load says what find says')
    found.set(key, session)
  }))
  const isAnonymous = (key: SessionKey): boolean => model.sessions.get(key)?.user === null
  const listed = await Promise.all([...USERS, null].map(async user => {
    return [user ?? 'all', handlesIn(await liveIn(store, user, user === null ? 100 : 3))]
  }))
  const { live, ended, expired, pending, lag } = await store.stats()
  return {
    fates: Object.fromEntries(keys.map(key => [key, wordOf(found.get(key), isAnonymous(key), found)])),
    listed: Object.fromEntries(listed),
    counts: [live + pending, live + ended],
    expired: [expired, lag],
    indexes: indexes ?? {}
  }
}

/** Returns the expected view. An expired session may have left the index of its user already. */
export function expectedOf (model: HistoryModel, indexes: Indexes | null): View {
  const sessions = [...model.sessions.values()]
  const lives = USERS.map(user => [user, model.liveOf(user).toSorted()])
  const signedIn = sessions.filter(({ user, state }) => user !== null && (state === 'live' || state === 'ended'))
  const expired = signedIn.filter(one => model.isExpired(one))
  const pending = signedIn.filter(({ claimedUntilMs }) => claimedUntilMs < Infinity)
  return {
    fates: Object.fromEntries(sessions.map(session => [session.key, expectedWord(model, session)])),
    listed: Object.fromEntries([...lives, ['all', USERS.flatMap(user => model.liveOf(user)).toSorted()]]),
    counts: [pending.length, signedIn.length],
    expired: [expired.length, Math.max(0, ...expired.map(one => model.nowMs - deadlineOf(one))) / 1000],
    indexes: indexes === null ? {} : indexesOf(model, indexes)
  }
}

function wordOf (
  session: FoundSession | undefined, isAnonymous: boolean, found: ReadonlyMap<SessionKey, FoundSession>
): string {
  if (session?.state === 'live') return `live ${session.user}`
  if (isAnonymous) return 'over'
  if (session?.state === 'ended') return `ended ${session.ended.reason}`
  if (session?.state !== 'renewed') return 'unknown'
  return `goes on as ${session.successors.filter(key => found.get(key)?.state === 'live').toSorted().join()}`
}

function expectedWord (model: HistoryModel, session: ModelSession): string {
  const { key, user, state, reason } = session
  if (model.isLive(key)) return `live ${user ?? undefined}`
  if (user === null) return 'over'
  if (state !== 'renewed') return `ended ${reason ?? expiryOf(session)}`
  return `goes on as ${model.family(key).toSorted().join()}`
}

function indexesOf (model: HistoryModel, found: Indexes): Indexes {
  const keysOf = (is: (session: ModelSession) => boolean): string[] => {
    return [...model.sessions.values()].filter(one => one.user !== null && is(one)).map(({ key }) => key).toSorted()
  }
  const isPending = ({ claimedUntilMs }: ModelSession): boolean => claimedUntilMs < Infinity
  const expected: Record<string, readonly string[]> = {
    due: keysOf(({ state }) => state === 'live'),
    open: keysOf(one => one.state === 'ended' && isPending(one)),
    past: keysOf(({ state }) => state === 'ended'),
    s: (found['s'] ?? []).filter(key => model.sessions.has(key)) // nothing is kept of what was refused
  }
  for (const user of USERS) {
    const entries = found[`u:${user}`] ?? []
    const isListed = (one: ModelSession): boolean => !model.isExpired(one) || entries.includes(one.key)
    expected[`u:${user}`] = keysOf(one => one.user === user && one.state === 'live' && isListed(one))
  }
  return Object.fromEntries(Object.entries(expected).filter(([, keys]) => keys.length > 0))
}
