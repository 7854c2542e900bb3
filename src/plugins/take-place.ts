import type { FastifyRequest } from 'fastify'
import { visitorTerms } from '../core/policy.ts'
import { publish } from '../diagnostics.ts'
import { TooManySessionsError } from '../errors.ts'
import type { Settlement } from '../store/store.ts'
import type { Shared } from './shared.ts'

/**
 * Takes one of the places that `maxSessionsPerUser` allows, before the session becomes the user's. What had to give way has ended
 * by then, so that there are never more.
 *
 * @throws {TooManySessionsError} when the sign-in is what gives way. Its session is gone, without a trace.
 */
export async function takePlace (request: FastifyRequest, { policy, keeper, delivery }: Shared, { terms, user, replaces }: Settlement): Promise<void> {
  const { maxSessionsPerUser: max, atMaxSessions: whenFull } = policy
  if (max === undefined || user === undefined || !terms.protected) return
  const { isAdmitted, displaced } = await keeper.admit(request, user, { max, whenFull }, replaces)
  for (const ended of displaced) delivery.deliverSoon(keeper.claim(ended))
  if (isAdmitted) return
  await keeper.settle(request, { terms: visitorTerms() }, true) // nobody has signed in to it: its end is none to be told
  await keeper.end(request, 'displaced')
  const refusal = new TooManySessionsError(max)
  publish('refused', () => ({ what: 'sign-in', code: refusal.code }))
  throw refusal
}
