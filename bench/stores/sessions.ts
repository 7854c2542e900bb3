import type { Contents } from '../../src/store/contents.ts'
import type { ActivityStore, SessionKey, Terms } from '../../src/index.ts'
import { EndNotifier } from '../../src/sweep/end-notifier.ts'
import { MOST_SWEPT, Sweeper } from '../../src/sweep/sweeper.ts'

/** 200 bytes of JSON, as a small application keeps them. */
export const CONTENT = {
  user: { id: 4711, name: 'Ada Lovelace', roles: ['editor', 'auditor'] },
  csrf: 'x'.repeat(32),
  cart: [17, 4, 2026],
  theme: 'dark',
  locale: 'en-GB',
  flags: { beta: true, tour: false }
}

/** Each session's own: in memory, texts that are shared would weigh nothing. */
function contents (): Contents {
  return Object.fromEntries(Object.entries(CONTENT).map(([key, value]) => [key, JSON.stringify(value)]))
}

/** An hour, which nobody waits for here. */
export const LASTING: Terms = { isAuthenticated: true, warnAfter: 3000, expireAfter: 3600, absoluteTimeout: 43_200 }

/** Due as soon as all are written. */
export const PASSING: Terms = { isAuthenticated: true, warnAfter: 0.01, expireAfter: 0.02, absoluteTimeout: 43_200 }

const AT_ONCE = 500

export const SESSIONS_PER_USER = 10

/** Does it for every number, some at a time. @returns how many a second */
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

/** Begins one of a user; there are a tenth as many users as sessions. */
export async function beginOfUser (store: ActivityStore, i: number, terms: Terms): Promise<void> {
  const user = userOf(i)
  await store.begin(keyOf(store, i, user), { contents: contents(), terms, user })
}

/** What the store calls that session. */
export function keyOf (store: ActivityStore, i: number, user?: string): SessionKey {
  return store.keyOf(store.idFor(idOf(i), user))
}

const SILENT = { info () {}, debug () {}, error () {} }

/** The sweep of a node, which tells nobody, as often as it takes. @returns how many it ended */
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
