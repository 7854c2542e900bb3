import type { Contents } from '../../src/store/contents.ts'
import type { ActivityStore, SessionKey, Terms } from '../../src/index.ts'
import { EndNotifier } from '../../src/sweep/end-notifier.ts'
import { MOST_SWEPT, Sweeper } from '../../src/sweep/sweeper.ts'

/** Contents of about 200 bytes of JSON, as in a small application. */
export const CONTENT = {
  user: { id: 4711, name: 'Ada Lovelace', roles: ['editor', 'auditor'] },
  csrf: 'x'.repeat(32),
  cart: [17, 4, 2026],
  theme: 'dark',
  locale: 'en-GB',
  flags: { beta: true, tour: false }
}

/** Makes new texts for each session. Texts that sessions share would take no memory in a memory store. */
function contents (): Contents {
  return Object.fromEntries(Object.entries(CONTENT).map(([key, value]) => [key, JSON.stringify(value)]))
}

/** Terms of sessions that do not expire during the bench. */
export const LASTING: Terms = { isAuthenticated: true, warnAfter: 3000, expireAfter: 3600, absoluteTimeout: 43_200 }

/** Terms of sessions that are expired as soon as all are written. */
export const PASSING: Terms = { isAuthenticated: true, warnAfter: 0.01, expireAfter: 0.02, absoluteTimeout: 43_200 }

const AT_ONCE = 500

export const SESSIONS_PER_USER = 10

/**
 * Calls `act` for every number below `count`, some at a time.
 * @returns the number of calls in a second
 */
export async function forEach (count: number, act: (i: number) => Promise<unknown>): Promise<number> {
  const startedMs = performance.now()
  for (let i = 0; i < count; i += AT_ONCE) {
    await Promise.all(Array.from(
      { length: Math.min(AT_ONCE, count - i) }, (_, j) => act(i + j)
    ))
  }
  return count / (performance.now() - startedMs) * 1000
}

export async function begin (store: ActivityStore, i: number, terms: Terms): Promise<void> {
  await store.begin(keyOf(store, i), { contents: contents(), terms })
}

/** Begins a session of a user. Each user has ten sessions. */
export async function beginOfUser (store: ActivityStore, i: number, terms: Terms): Promise<void> {
  const user = userOf(i)
  await store.begin(keyOf(store, i, user), { contents: contents(), terms, user })
}

export function keyOf (store: ActivityStore, i: number, user?: string): SessionKey {
  return store.keyOf(store.idFor(idOf(i), user))
}

const SILENT = { info () {}, debug () {}, error () {} }

/**
 * Sweeps until no session is expired, and notifies nobody.
 * @returns the number of sessions that it ended
 */
export async function sweepAll (store: ActivityStore): Promise<number> {
  const sweeper = new Sweeper(store, new EndNotifier(store, undefined, SILENT), SILENT)
  let swept = 0
  for (let more = true; more;) {
    const run = await sweeper.run({ limit: MOST_SWEPT })
    swept += run.ended
    more = run.more
  }
  return swept
}

export function userOf (i: number): string {
  return `user-${Math.floor(i / SESSIONS_PER_USER)}`
}

export function idOf (i: number): string {
  return `session-id-of-32-characters-${String(i).padStart(8, '0')}`
}
