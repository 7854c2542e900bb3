import type { Timeouts } from '../core/terms.ts'
import type { Via } from '../diagnostics/audit-event.ts'
import type { ActivityStore } from '../store/activity-store.ts'
import type { FoundSession, LiveSession, Recorded, SessionKey } from '../store/store.ts'
import { renewalsOf } from '../store/successors.ts'
import type { SessionLink } from './session-link.ts'

/** Tells whether this request's knowledge of its session is too old to decide on (G4: no guard sees it alive). */
export function isStale (link: SessionLink, store: ActivityStore): boolean {
  return store.clock() - link.askedAtMs >= store.freshForMs
}

/** Asks the store for the state of a session, and follows renewals by other requests. */
export async function refresh (link: SessionLink, store: ActivityStore): Promise<void> {
  const askedAtMs = store.clock()
  await learn(link, await findParted(link, store) ?? await store.find(link.key), store)
  link.askedAtMs = askedAtMs
}

/**
 * Looks whether the presented session has lost its successor, which the link follows.
 *
 * All other sessions of the user were ended, and the successor may be the one that was spared. It goes on without the
 * sender of this request, who came with an older cookie and may be a thief.
 *
 * @returns the presented session without successors; else null
 */
async function findParted (
  { hasFollowed, loadedKey }: SessionLink, store: ActivityStore
): Promise<FoundSession | null> {
  const session = hasFollowed ? await store.find(loadedKey) : null
  return session?.state === 'renewed' && session.successors.length === 0 ? session : null
}

/** Takes in an answer of the store, after following renewals. */
export async function learn (link: SessionLink, session: FoundSession, store: ActivityStore): Promise<void> {
  if (session.state !== 'renewed') return link.learn(session, store.clock())
  const outcome = await outcomeOf(store, session.successors)
  if (outcome.key === undefined) link.learn(outcome.session, store.clock())
  else link.follow(outcome.key, outcome.session, store.clock())
}

/**
 * Records an activity of a session, or of its successor after another request's renewal.
 *
 * @param timeouts the timeouts from now on, if they change
 * @returns null if the session is not alive, or anonymous
 */
export async function recordFor (
  link: SessionLink, store: ActivityStore, via: Via, atMs: number, timeouts?: Timeouts
): Promise<Extract<Recorded, { state: 'recorded' }> | null> {
  try {
    return await record(link, store, atMs, timeouts)
  } catch (error) {
    store.reportUnrecorded(link, via)
    throw error
  }
}

async function record (
  link: SessionLink, store: ActivityStore, atMs: number, timeouts?: Timeouts
): Promise<Extract<Recorded, { state: 'recorded' }> | null> {
  if (link.hasFollowed) await refresh(link, store)
  if (link.hasFollowed && !link.isLive) return null
  const askedAtMs = store.clock()
  const first = await store.recordActivity(link.key, atMs, timeouts)
  if (first.state === 'renewed') await learn(link, first, store)
  const recorded = first.state === 'renewed' && link.isLive
    ? await store.recordActivity(link.key, atMs, timeouts)
    : first
  if (recorded.state !== 'renewed') link.recorded(recorded, timeouts, store.clock())
  link.askedAtMs = askedAtMs
  return recorded.state === 'recorded' ? recorded : null
}

type Outcome =
  | { readonly key: SessionKey, readonly session: LiveSession }
  | { readonly key?: undefined, readonly session: Exclude<FoundSession, LiveSession> }

/**
 * Finds the session that a renewed session goes on as.
 *
 * @returns the first live successor, else one that a later version keeps, else an ended one
 */
export async function outcomeOf (
  store: Pick<ActivityStore, 'find'>, successors: readonly SessionKey[]
): Promise<Outcome> {
  let over: Exclude<FoundSession, LiveSession> = { state: 'unknown' }
  for await (const { handle: key, session } of renewalsOf(store, ...successors)) {
    if (session.state === 'live') return { key, session }
    if (session.state === 'later' || (session.state === 'ended' && over.state !== 'later')) over = session
  }
  return { session: over }
}
