import { auditRevocation, effectOf, isAudited } from '../diagnostics/audit.ts'
import { NoListingStoreError, NoUserError } from '../errors.ts'
import { MOST_LISTED } from '../option-checks.ts'
import { listSessions } from '../store/administration.ts'
import type { ActivityStore } from '../store/activity-store.ts'
import type { EndedSession } from '../store/store.ts'
import type { SessionSummary } from '../store/summary.ts'
import type { Binding } from './binding.ts'
import { boundSession } from './binding.ts'
import { refresh } from './knowledge.ts'
import { saveSession } from './save-session.ts'
import { linkToSuccessor } from './session-methods.ts'
import { areSame, identityOf } from './request-policy.ts'
import type { RequestState } from './request-state.ts'
import type { Shared } from './shared.ts'

export type OwnSession = SessionSummary & {
  /** Tells whether this is the session of the request. */
  readonly current: boolean
}

/** The number of renewals in one call, if other requests renew the session, too. */
const MOST_TRIES = 4

/** The number of saves: the first one may join a successor that another request made. */
const MOST_SAVES = 2

/** Saves a sign-in of this very request, so that its session is among the caller's. */
export async function saveSignIn (context: RequestState, { policy }: Shared): Promise<void> {
  await saveIf(context, binding => isSignIn(context, policy, binding))
}

/**
 * Lists the caller's live sessions, the latest activity first. An anonymous session has none.
 * @throws {NoListingStoreError | NoUserError}
 */
export async function ownSessions (context: RequestState, { store, policy }: Shared): Promise<OwnSession[]> {
  refuseWithoutList(store, 'sessions()')
  if (context.record === null) return emptyUnlessLater(context)
  const user = userOf(context, policy, 'sessions()')
  const { sessions } = await listSessions(store, { user, order: 'ends-last', limit: MOST_LISTED })
  const own = sessions.map(session => ({ ...session, current: session.handle === context.link?.key }))
  return own.sort((a, b) => b.lastActivityMs - a.lastActivityMs)
}

/**
 * Ends the caller's other sessions. It ends none if the caller's own session is over.
 *
 * A session that another request renewed may be in the hands of a thief who holds the cookie too. So this request
 * renews it once more, and spares only the session that it has made itself.
 * @throws {NoListingStoreError | NoUserError}
 */
export async function endOtherSessions (context: RequestState, shared: Shared): Promise<EndedSession[]> {
  const { store, policy, notifier, log } = shared
  refuseWithoutList(store, 'endOtherSessions()')
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    await saveRenewal(context, shared)
    const { link } = context
    if (link === null || context.record === null) return emptyUnlessLater(context)
    const user = userOf(context, policy, 'endOtherSessions()')
    const ended = await store.endOthers(link.key, user, 'revoked', user)
    if (ended !== null) {
      context.arrivalAs = { user, arrival: store.arrival() }
      const { handle, device } = link
      if (isAudited()) {
        auditRevocation({ what: 'other-sessions', ...effectOf(ended, store), handle, user, device, by: user })
      }
      notifier.notifySoon(ended)
      return [...ended]
    }
    await refresh(link, store)
    context.leaveWhenOver(link)
  }
  log.warn({ handle: context.link?.handle }, 'no other session was ended: other requests keep renewing this one')
  return []
}

/**
 * Saves a pending renewal, and renews another request's successor, while a cookie can go out.
 *
 * Without a free slot, a save may join what another request made.
 */
async function saveRenewal (context: RequestState, shared: Shared): Promise<void> {
  for (let saves = 0; saves < MOST_SAVES; saves++) {
    await renewSuccessor(context, shared)
    await savePending(context, shared)
    if (context.link === null || context.link.key === context.link.loadedKey) return
  }
}

/** Makes the next save renew the successor, instead of the session that this request loaded. */
async function renewSuccessor (context: RequestState, shared: Shared): Promise<void> {
  const { link, binding, request } = context
  const session = boundSession(request.session)
  if (link === null || link.key === link.loadedKey || session === null || binding === undefined) return
  if (context.hasAnswered || context.areHeadersGone) return
  const successor = await linkToSuccessor(link, shared)
  if (successor === null) return
  if (binding.link === null) {
    binding.predecessor = successor
  } else {
    binding.link = successor
    await session.regenerate(Object.keys(session))
  }
}

async function savePending (context: RequestState, { policy }: Shared): Promise<void> {
  await saveIf(context, binding => {
    return binding.isRenewed || context.proof !== null || isSignIn(context, policy, binding)
  })
}

async function saveIf ({ request, binding }: RequestState, isPending: (binding: Binding) => boolean): Promise<void> {
  const session = boundSession(request.session)
  if (session !== null && binding !== undefined && isPending(binding)) await saveSession(session, binding, 'call')
}

/** Tells whether this request has changed the user and has not saved that yet. */
function isSignIn ({ request }: RequestState, policy: Shared['policy'], { identity }: Binding): boolean {
  return !areSame(identityOf(policy, request.session), identity)
}

/**
 * Returns an empty list.
 * @throws {LaterVersionError} if only a later version can tell whose session the caller has
 */
function emptyUnlessLater (context: RequestState): [] {
  context.refuseLater()
  return []
}

function refuseWithoutList ({ canList }: ActivityStore, call: string): void {
  if (!canList) throw new NoListingStoreError(call)
}

/** Returns the session's present user. A person may just have signed in over another person's session. */
function userOf ({ request: { session } }: RequestState, policy: Shared['policy'], call: string): string {
  const { user } = identityOf(policy, session)
  if (user === undefined) throw new NoUserError(call)
  return user
}
