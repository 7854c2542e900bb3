import assert from 'node:assert/strict'
import type { Terms } from '../../src/core/terms.ts'
import type { ActivityStore, ActivityStoreOptions } from '../../src/store/activity-store.ts'
import type { Contents } from '../../src/store/contents.ts'
import type {
  Beginning, Begun, EndedSession, FoundSession, LiveSession, LoadActivity, Loaded, Page, PageQuery, Predecessor,
  Recorded, Row, SessionKey
} from '../../src/store/store.ts'

/** Gives the suite a new store for each test, and sets its time. */
export interface ContractHarness {
  /** `retention` in seconds. Two calls in one test give two nodes on the same data where there can be two. */
  open (options?: ActivityStoreOptions & { readonly retention?: number }): Promise<ActivityStore>
  /** Lets so much time pass for every store that is open. */
  advance (seconds: number): Promise<void>
  /** Sessions, index entries, whatever the store holds at all. */
  held (store: ActivityStore): Promise<number>
}

export const TERMS: Terms = { isAuthenticated: true, warnAfter: 5, expireAfter: 10, absoluteTimeout: 30 }
export const ANONYMOUS: Terms = { isAuthenticated: false, warnAfter: 100, expireAfter: 100, absoluteTimeout: false }

/** No activity is too young to be recorded. */
export const AT_ONCE: LoadActivity = { throttleMs: 0 }

/** Returns the names of a session that is about to begin. */
export function keyFor (store: ActivityStore, name: string, user?: string, predecessor?: Predecessor): SessionKey {
  return store.keyOf(store.idFor(name, user, predecessor?.becomes === 'renewed' ? predecessor.key : undefined))
}

/** Begins an authenticated session, ada's unless another user is named. */
export async function beginAs (
  store: ActivityStore, name: string, beginning: Partial<Beginning> = {}
): Promise<Begun & { readonly key: SessionKey }> {
  const whole = { contents: { user: '"ada"' }, terms: TERMS, user: 'ada', ...beginning }
  const key = keyFor(store, name, whole.user, whole.predecessor)
  return { key, ...await store.begin(key, whole) }
}

/**
 * Likewise, where nothing can be in the way.
 * @returns its key
 */
export async function signIn (
  store: ActivityStore, name: string, beginning: Partial<Beginning> = {}
): Promise<SessionKey> {
  const { key, state } = await beginAs(store, name, beginning)
  assert.equal(state, 'begun')
  return key
}

/** Lets a session go on under another id, with the beginning that it had. */
export async function renew (
  store: ActivityStore, key: SessionKey, name: string, beginning: Partial<Beginning> = {}
): Promise<SessionKey> {
  const session = await store.find(key)
  const kept = session.state === 'live' ? { startedAtMs: session.record.startedAtMs } : {}
  return await signIn(store, name, { ...kept, predecessor: predecessorOf(key, 'renewed'), ...beginning })
}

export async function beginAnonymous (
  store: ActivityStore, name: string, contents: Contents = {}, predecessor?: Predecessor
): Promise<SessionKey> {
  const key = keyFor(store, name, undefined, predecessor)
  const inPlace = predecessor === undefined ? {} : { predecessor }
  const begun = await store.begin(key, { contents, terms: ANONYMOUS, ...inPlace })
  assert.equal(begun.state, 'begun')
  return key
}

export function predecessorOf (key: SessionKey, becomes: Predecessor['becomes']): Predecessor {
  return { key, becomes }
}

export interface Started {
  readonly store: ActivityStore
  readonly harness: ContractHarness
}

export async function start (newHarness: () => ContractHarness): Promise<Started> {
  const harness = newHarness()
  return { store: await harness.open(), harness }
}

/** Claims until nothing is due. */
export async function claimAll (store: ActivityStore): Promise<EndedSession[]> {
  const claimed: EndedSession[] = []
  for (let more = true; more;) {
    const batch = await store.claimEnds(100)
    claimed.push(...batch.sessions)
    more = batch.more
  }
  return claimed
}

export async function listAll (store: ActivityStore, query: PageQuery): Promise<Row[]> {
  const rows: Row[] = []
  for (let cursor: string | null | undefined = query.cursor; cursor !== null;) {
    const page: Page = await store.list({ ...query, ...(cursor === undefined ? {} : { cursor }) })
    assert.ok(page.rows.length <= query.limit)
    rows.push(...page.rows)
    cursor = page.cursor
  }
  return rows
}

/** In an order that does not depend on the store. */
export function handlesIn (sessions: ReadonlyArray<Row | EndedSession>): string[] {
  return sessions.map(({ handle }) => handle).toSorted()
}

/** Likewise: which ended, and why. */
export function reasonsIn (ended: readonly EndedSession[]): string[] {
  return ended.map(({ handle, reason }) => `${handle} ${reason}`).toSorted()
}

export function live (session: FoundSession): LiveSession {
  assert.ok(session.state === 'live', `it is ${session.state}`)
  return session
}

export function alive (loaded: Loaded): Extract<Loaded, { state: 'live' }> {
  assert.ok(loaded.state === 'live', `it is ${loaded.state}`)
  return loaded
}

export function reasonOf (session: FoundSession): string | undefined {
  return session.state === 'ended' ? session.ended.reason : undefined
}

export async function stateOf (store: ActivityStore, key: SessionKey): Promise<string> {
  return (await store.find(key)).state
}

export async function statesOf (store: ActivityStore, ...keys: readonly SessionKey[]): Promise<string[]> {
  return await Promise.all(keys.map(async key => await stateOf(store, key)))
}

export async function contentsOf (store: ActivityStore, key: SessionKey): Promise<Contents> {
  return alive(await store.load(key, null)).contents
}

export async function activityOf (store: ActivityStore, key: SessionKey): Promise<number> {
  return live(await store.find(key)).record.lastActivityMs
}

export async function recordNow (store: ActivityStore, key: SessionKey): Promise<Recorded> {
  const session = await store.find(key)
  return await store.recordActivity(key, session.state === 'live' ? session.nowMs : 0)
}

/** The store's clock. */
export async function nowOf (store: ActivityStore): Promise<number> {
  const key = await beginAnonymous(store, 'a session to read the clock by')
  const { nowMs } = live(await store.find(key))
  return nowMs
}
