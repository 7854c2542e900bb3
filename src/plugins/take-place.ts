import type { FastifyRequest } from 'fastify'
import { visitorTerms } from '../core/policy.ts'
import { publish } from '../diagnostics.ts'
import { TooManySessionsError } from '../errors.ts'
import type { Settlement } from '../store/store.ts'
import type { Held } from './keeper.ts'
import type { Shared } from './shared.ts'

/**
 * Takes one of the places that `maxSessionsPerUser` allows, before the session becomes the user's. What had to give way has ended
 * by then, so that there are never more.
 *
 * @param entered the session that the request came with
 * @throws {TooManySessionsError} when the sign-in is what gives way. Its session is gone, without a trace if nobody was signed in to it before.
 */
export async function takePlace (request: FastifyRequest, { policy, keeper, delivery }: Shared, { terms, user, replaces }: Settlement, entered: Held | null): Promise<void> {
  const { maxSessionsPerUser: max, atMaxSessions: whenFull } = policy
  if (max === undefined || user === undefined || !terms.protected) return
  const { isAdmitted, displaced } = await keeper.admit(request, user, { max, whenFull }, replaces)
  for (const ended of displaced) delivery.deliverSoon(keeper.claim(ended))
  if (isAdmitted) return
  const hadBegun = entered?.record.protected === true && entered.handle === keeper.held(request)?.handle
  if (!hadBegun) await keeper.settle(request, { terms: visitorTerms() }, true) // its end is none to be told
  delivery.deliverSoon(await keeper.end(request, 'displaced'))
  const refusal = new TooManySessionsError(max)
  publish('refused', () => ({ what: 'sign-in', code: refusal.code }))
  throw refusal
}
