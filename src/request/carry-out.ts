import { auditRefusal, auditRenewal, auditSignIn, auditSignOut } from '../audit.ts'
import { LaterVersionError, RevokedError, TooManySessionsError } from '../errors.ts'
import { difference } from '../store/contents.ts'
import type { Begun, FoundSession } from '../store/store.ts'
import type { Binding } from './binding.ts'
import type { SessionObject } from './fastify-session-internals.ts'
import type { Plan } from './planned-beginning.ts'
import { lose } from './judge.ts'
import { learn, outcomeOf } from './knowledge.ts'

/** How many renewals by other requests one edit follows: each is one more round trip. */
const MOST_FOLLOWED = 8

type Beginning = Extract<Plan, { kind: 'begin' }>

/** Writes what was judged: one call of the store. */
export async function carryOut (plan: Plan, session: SessionObject, binding: Binding): Promise<void> {
  if (plan.kind === 'update') return await update(plan, binding)
  if (plan.kind === 'begin') return await begin(plan, binding)
  const { shared: { store, delivery }, context } = binding
  const ended = await store.end(plan.before.key, 'logout')
  auditSignOut(ended)
  delivery.deliverSoon(ended)
  plan.before.learn({ state: 'unknown' }, store.clock())
  if (plan.before.isAuthenticated) {
    context?.signedOut(session)
  } // a dead cookie is harmless, and a line that comes late is not (G14)
}

/** An edit of a session that another request renewed meanwhile goes to its successor (G8: both edits survive). */
async function update ({ link, changes }: Extract<Plan, { kind: 'update' }>, binding: Binding): Promise<void> {
  const { shared: { store } } = binding
  for (let tries = 0; tries < MOST_FOLLOWED; tries++) {
    const askedAtMs = store.clock()
    const session = await store.update(link.key, changes)
    await learn(link, session, store)
    link.askedAtMs = askedAtMs
    if (session.state !== 'renewed' || !link.isLive) break
  }
  if (!link.isLive) lose(link, binding)
}

async function begin (plan: Beginning, binding: Binding): Promise<void> {
  const { shared: { store, delivery, policy, log }, context } = binding
  const askedAtMs = store.clock()
  const begun = await store.begin(plan.link.key, plan.beginning)
  if (begun.state === 'full') throw refused(plan, new TooManySessionsError(policy.maxSessionsPerUser ?? 0))
  if (begun.state === 'revoked' && !isRenewal(plan)) throw refused(plan, new RevokedError())
  if (begun.state === 'over' && isRenewal(plan) && await join(plan, begun.session, binding)) return
  if (begun.state === 'revoked' && await join(plan, stillThere(plan), binding)) return
  if (begun.state === 'over' && begun.session.state === 'later') throw new LaterVersionError()
  if (begun.state === 'over' || begun.state === 'revoked') {
    // G2: the session that was to be renewed has ended meanwhile, and so has this one.
    log.info({ handle: plan.before?.handle, route: context?.route }, 'a session was not renewed: it ended meanwhile')
    plan.link.learn(
      begun.state === 'revoked' || begun.session.state === 'live' ? { state: 'unknown' } : begun.session, store.clock()
    )
    const { handle } = plan.before ?? plan.link
    const { found: session, user, device } = plan.link
    lose({ handle, found: session, user, device }, binding, isRenewal(plan) ? 'renewal' : 'save')
    return
  }
  plan.link.learn(begun.session, store.clock())
  plan.link.askedAtMs = askedAtMs // the process may have stood still since
  tell(plan, begun, binding)
  delivery.deliverSoon(begun.ended)
  context?.began(plan.link)
}

/** Publishes the refusal of a sign-in. */
function refused ({ link: { user, device, nowMs } }: Beginning, error: Error & { readonly code: string }): Error {
  auditRefusal('sign-in', nowMs, { user, device }, error.code)
  return error
}

/**
 * Other requests have renewed the session at the same time, and there is no room for one more; or this renewal was refused, as all other
 * sessions were ended meanwhile. The session goes on as it is there, with the edits of this request.
 */
async function join ({ link, before, contents }: Beginning, session: FoundSession, binding: Binding): Promise<boolean> {
  const { shared: { store, log } } = binding
  if (before === null || session.state !== 'renewed') return false
  const askedAtMs = store.clock()
  const { key, session: found } = await outcomeOf(store, session.successors)
  if (key === undefined && found.state === 'later') throw new LaterVersionError()
  if (key === undefined) {
    link.learn(found, store.clock()) // it tells why that is over
    return false
  }
  link.follow(key, found, store.clock())
  log.info(
    { handle: before.handle, successor: link.handle },
    'a session was not renewed once more: it goes on as other requests renewed it'
  )
  const changes = difference(before.contents, contents)
  if (changes !== null) await learn(link, await store.update(key, changes), store)
  link.askedAtMs = askedAtMs
  return link.isLive
}

/** The session that was not renewed: it may have been spared, and then goes on as it is. */
function stillThere ({ before }: Beginning): FoundSession {
  return { state: 'renewed', successors: before === null ? [] : [before.key] }
}

function isRenewal ({ transition }: Beginning): boolean {
  return transition === 'renewed' || transition === 'reauthenticated'
}

function tell (
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
