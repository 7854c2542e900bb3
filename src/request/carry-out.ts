import { auditRefusal, auditRenewal, auditSignIn, auditSignOut } from '../diagnostics/audit.ts'
import { LaterVersionError, RevokedError, TooManySessionsError } from '../errors.ts'
import { difference } from '../store/contents.ts'
import type { Begun, FoundSession } from '../store/store.ts'
import type { Binding } from './binding.ts'
import type { SessionObject } from './fastify-session-internals.ts'
import type { Plan } from './planned-beginning.ts'
import { dropSave } from './judge.ts'
import { learn, outcomeOf, refresh } from './knowledge.ts'

/** The number of renewals by other requests that one edit follows. Each costs a round trip. */
const MOST_FOLLOWED = 8

type Beginning = Extract<Plan, { kind: 'begin' }>

/** Carries out a plan by one call of the store. */
export async function carryOut (plan: Plan, session: SessionObject, binding: Binding): Promise<void> {
  if (plan.kind === 'update') return await update(plan, binding)
  if (plan.kind === 'begin') return await begin(plan, binding)
  const { shared: { store, notifier }, context } = binding
  const ended = await store.end(plan.before.key, 'logout')
  auditSignOut(ended)
  notifier.notifySoon(ended)
  plan.before.learn({ state: 'unknown' }, store.clock())
  // The end of an anonymous session clears no cookie: a dead cookie is harmless, a line that comes late is not
  // (G14: the cookie is the browser's).
  if (plan.before.isAuthenticated) context?.signedOut(session)
}

/** Writes an edit. If another request renewed the session meanwhile, the successor gets it (G8: both edits survive). */
async function update ({ link, changes }: Extract<Plan, { kind: 'update' }>, binding: Binding): Promise<void> {
  const { shared: { store } } = binding
  if (link.hasFollowed) await refresh(link, store)
  for (let tries = 0; tries < MOST_FOLLOWED && link.isLive; tries++) {
    const askedAtMs = store.clock()
    const session = await store.update(link.key, changes)
    await learn(link, session, store)
    link.askedAtMs = askedAtMs
    if (session.state !== 'renewed' || !link.isLive) break
  }
  if (!link.isLive) dropSave(link, binding)
}

async function begin (plan: Beginning, binding: Binding): Promise<void> {
  const { shared: { store, notifier, policy, log }, context } = binding
  const askedAtMs = store.clock()
  const begun = await store.begin(plan.link.key, plan.beginning)
  if (begun.state === 'full') throw refused(plan, new TooManySessionsError(policy.maxSessionsPerUser ?? 0))
  if (begun.state === 'revoked' && !isRenewal(plan)) throw refused(plan, new RevokedError())
  if (begun.state === 'over' && isRenewal(plan) && await joinSuccessor(plan, begun.session, binding)) return
  if (begun.state === 'revoked' && await joinSuccessor(plan, unrenewed(plan), binding)) return
  if (begun.state === 'over' && begun.session.state === 'later') throw new LaterVersionError()
  if (begun.state === 'over' || begun.state === 'revoked') {
    // The session that was to be renewed has ended meanwhile, and so has this one (G2: an end is final).
    log.info({ handle: plan.before?.handle, route: context?.route }, 'a session was not renewed: it ended meanwhile')
    plan.link.learn(
      begun.state === 'revoked' || begun.session.state === 'live' ? { state: 'unknown' } : begun.session, store.clock()
    )
    const { handle } = plan.before ?? plan.link
    const { found: session, user, device } = plan.link
    dropSave({ handle, found: session, user, device }, binding, isRenewal(plan) ? 'renewal' : 'save')
    return
  }
  plan.link.learn(begun.session, store.clock())
  plan.link.askedAtMs = askedAtMs // the process may have paused since
  report(plan, begun, binding)
  notifier.notifySoon(begun.ended)
  context?.began(plan.link)
}

/** Publishes the refusal of a sign-in. */
function refused ({ link: { user, device, nowMs } }: Beginning, error: Error & { readonly code: string }): Error {
  auditRefusal('sign-in', nowMs, { user, device }, error.code)
  return error
}

/**
 * Continues with the successor that another request's renewal made, and saves this request's edits there.
 *
 * Other requests renewed the session at the same time and the limit leaves no slot; or the store refused this renewal,
 * because a call ended all other sessions of the user meanwhile.
 */
async function joinSuccessor (
  { link, before, contents }: Beginning, session: FoundSession, binding: Binding
): Promise<boolean> {
  const { shared: { store, log } } = binding
  if (before === null || session.state !== 'renewed') return false
  const askedAtMs = store.clock()
  const { key, session: found } = await outcomeOf(store, session.successors)
  if (key === undefined && found.state === 'later') throw new LaterVersionError()
  if (key === undefined) {
    link.learn(found, store.clock()) // so the request knows why that session is over
    return false
  }
  link.follow(key, found, store.clock())
  log.info(
    { handle: before.handle, successor: link.handle },
    'a session was not renewed again: it goes on under the id that another request gave it'
  )
  const changes = difference(before.contents, contents)
  if (changes !== null) await learn(link, await store.update(key, changes), store)
  link.askedAtMs = askedAtMs
  return link.isLive
}

/** Returns the session that was not renewed. The store may have spared it; then it goes on under its own id. */
function unrenewed ({ before }: Beginning): FoundSession {
  return { state: 'renewed', successors: before === null ? [] : [before.key] }
}

function isRenewal ({ transition }: Beginning): boolean {
  return transition === 'renewed' || transition === 'reauthenticated'
}

function report (
  plan: Beginning, { session, ended }: Extract<Begun, { state: 'begun' }>, { shared: { log } }: Binding
): void {
  const { transition, link: { handle }, before } = plan
  if (transition === 'signedIn' || transition === 'userChanged') {
    log.info({ handle }, 'session started')
    auditSignIn(handle, session, ended)
  } else if (transition === 'signedOut') {
    auditSignOut(ended)
  } else if (isRenewal(plan) && before !== null) {
    log.debug({ handle, predecessor: before.handle }, 'session renewed')
    if (session.record.isAuthenticated) auditRenewal(handle, before.handle, session, transition === 'reauthenticated')
  }
}
