import { NoActivityStoreError, NoUserError } from '../errors.ts'
import { endUser, listSessions } from '../store/administration.ts'
import type { ActivityStore } from '../store/activity-store.ts'
import type { EndedSession } from '../store/store.ts'
import type { SessionSummary } from '../store/summary.ts'
import type { CallerSession } from './caller-session.ts'
import type { Shared } from './shared.ts'

export type OwnSession = SessionSummary & {
  /** Whether it is the one that the request came with. */
  readonly current: boolean
}

/** The most of a user's own sessions that are shown. */
const MOST_SHOWN = 1000

/** The caller's live sessions; none for a visitor. @throws {NoActivityStoreError | NoUserError} */
export async function ownSessions (caller: CallerSession, shared: Shared): Promise<OwnSession[]> {
  const store = storeOf(shared, 'mine()')
  if (caller.record === null) return []
  const user = userOf(caller, 'mine()')
  const own: OwnSession[] = []
  for (let cursor: string | null | undefined; cursor !== null && own.length < MOST_SHOWN;) {
    const page = await listSessions(store, { user, order: 'newest', limit: 100, ...(cursor === undefined ? {} : { cursor }) })
    own.push(...page.sessions.map(session => ({ ...session, current: session.handle === caller.handle })))
    cursor = page.cursor
  }
  return own
}

/** Ends them, but not the caller's own, also when that is renewed meanwhile. @throws {NoActivityStoreError | NoUserError} */
export async function endOtherSessions (caller: CallerSession, shared: Shared): Promise<EndedSession[]> {
  const store = storeOf(shared, 'endOthers()')
  if (caller.record === null) return []
  const spared = [caller.handle, caller.entered?.handle].filter(handle => handle != null)
  const ended = await endUser(store, userOf(caller, 'endOthers()'), 'revoked', spared)
  for (const session of ended) shared.delivery.deliverSoon(store.claim(session.handle))
  return ended
}

function storeOf ({ policy: { store } }: Shared, call: string): ActivityStore {
  if (store === undefined) throw new NoActivityStoreError(call)
  return store
}

/** Whose it is now: somebody may just have signed in over another person's session. */
function userOf (caller: CallerSession, call: string): string {
  const user = caller.user() ?? caller.held?.user ?? caller.entered?.user
  if (user === undefined) throw new NoUserError(call)
  return user
}
