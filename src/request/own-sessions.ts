import { NoListingStoreError, NoUserError } from '../errors.ts'
import { listSessions } from '../store/administration.ts'
import type { ActivityStore } from '../store/activity-store.ts'
import type { EndedSession } from '../store/store.ts'
import type { SessionSummary } from '../store/summary.ts'
import { boundSession } from './session-methods.ts'
import { areSame, identityOf } from './request-policy.ts'
import type { RequestState } from './request-state.ts'
import type { Shared } from './shared.ts'

export type OwnSession = SessionSummary & {
  /** Whether it is the one that the request came with. */
  readonly current: boolean
}

/** The most of a user's own sessions that are shown. */
const MOST_SHOWN = 1000

/** Saves a sign-in of this very request: from then on the session is among the caller's. */
export async function saveSignIn ({ request, binding }: RequestState, { policy }: Shared): Promise<void> {
  const session = boundSession(request.session)
  if (session === null || binding === undefined || areSame(identityOf(policy, session), binding.identity)) return
  await binding.save(session, 'call')
}

/** The caller's live sessions, the latest activity in front; none for an anonymous one. @throws {NoListingStoreError | NoUserError} */
export async function ownSessions (context: RequestState, { store, policy }: Shared): Promise<OwnSession[]> {
  refuseWithoutList(store, 'sessions()')
  if (context.record === null) return []
  const user = userOf(context, policy, 'sessions()')
  const { sessions } = await listSessions(store, { user, order: 'ends-last', limit: MOST_SHOWN })
  const own = sessions.map(session => ({ ...session, current: session.handle === context.link?.key }))
  return own.sort((a, b) => b.lastActivityMs - a.lastActivityMs)
}

/**
 * Ends them, but not the caller's own, also when that is renewed meanwhile; none if the caller's own is over.
 * @throws {NoListingStoreError | NoUserError}
 */
export async function endOtherSessions (context: RequestState, { store, policy, delivery }: Shared): Promise<EndedSession[]> {
  refuseWithoutList(store, 'endOtherSessions()')
  if (context.record === null) return []
  const user = userOf(context, policy, 'endOtherSessions()')
  const caller = context.link === null ? {} : { except: [context.link.key], caller: context.link.key }
  const ended = await store.endUser(user, 'revoked', { ...caller, by: user })
  context.arrival = store.arrival()
  delivery.deliverSoon(ended)
  return [...ended]
}

function refuseWithoutList ({ canList }: ActivityStore, call: string): void {
  if (!canList) throw new NoListingStoreError(call)
}

/** Whose it is now: somebody may just have signed in over another person's session. */
function userOf ({ request: { session } }: RequestState, policy: Shared['policy'], call: string): string {
  const { user } = identityOf(policy, session)
  if (user === undefined) throw new NoUserError(call)
  return user
}
