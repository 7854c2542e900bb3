import { publish, whose } from '../diagnostics.ts'
import { TooManySessionsError } from '../errors.ts'
import type { Binding } from './binding.ts'
import type { SessionObject } from './fastify-session-internals.ts'
import type { Plan } from './judge.ts'
import { lose } from './judge.ts'
import { learn } from './knowledge.ts'

type Beginning = Extract<Plan, { kind: 'begin' }>

/** Writes what was judged: one call of the store. */
export async function carryOut (plan: Plan, session: SessionObject, binding: Binding): Promise<void> {
  if (plan.kind === 'update') return await update(plan, binding)
  if (plan.kind === 'begin') return await begin(plan, binding)
  const { shared: { store, delivery }, context } = binding
  delivery.deliverSoon(await store.end(plan.before.key, 'logout'))
  plan.before.learn({ state: 'unknown' }, store.clock())
  context?.signedOut(session)
}

/** An edit of a session that another request renewed meanwhile goes to its successor (G8: both edits survive). */
async function update ({ link, changes }: Extract<Plan, { kind: 'update' }>, binding: Binding): Promise<void> {
  const { shared: { store } } = binding
  const fate = await store.update(link.key, changes)
  await learn(link, fate, store)
  if (fate.state === 'replaced' && link.isLive) link.learn(await store.update(link.key, changes), store.clock())
  if (!link.isLive) lose(link, binding)
}

async function begin (plan: Beginning, binding: Binding): Promise<void> {
  const { shared: { store, delivery, policy, log }, context } = binding
  const begun = await store.begin(plan.link.key, plan.beginning)
  if (begun.state === 'full') {
    const refusal = new TooManySessionsError(policy.maxSessionsPerUser ?? 0)
    publish('refused', () => ({ what: 'sign-in', code: refusal.code }))
    throw refusal
  }
  if (begun.state === 'over') {
    // G2: the session that was to be renewed has ended meanwhile, and so has this one; or enough others renewed it at once.
    log.info({ handle: plan.before?.handle, route: context?.route }, 'a session was not renewed: it ended meanwhile, or several requests renewed it at once')
    plan.link.learn(begun.fate.state === 'live' ? { state: 'unknown' } : begun.fate, store.clock())
    lose({ handle: (plan.before ?? plan.link).handle, fate: plan.link.fate }, binding)
    return
  }
  plan.link.learn(begun.fate, store.clock())
  delivery.deliverSoon(begun.ended)
  context?.began(plan.link)
  tell(plan, binding)
}

function tell ({ transition, link: { handle, user }, before }: Beginning, { shared: { log } }: Binding): void {
  if (transition === 'signedIn' || transition === 'userChanged') {
    log.info({ handle }, 'session started')
    publish('start', () => whose({ handle, user }))
  } else if (transition === 'renewed' || transition === 'reauthenticated') {
    log.debug({ handle, predecessor: before?.handle }, 'session renewed')
  }
}
