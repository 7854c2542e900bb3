import type { FastifyRequest } from 'fastify'
import type { Terms } from '../core/policy.ts'
import type { Touched } from '../store/store.ts'
import type { CallerSession } from './caller-session.ts'
import { callerOf } from './caller-session.ts'
import type { Held } from './keeper.ts'
import type { Shared } from './shared.ts'
import { takePlace } from './take-place.ts'
import { tellActivity } from './tell-activity.ts'

/** preHandler: stamps the session, unless the request is passive or the session was stamped just now. The write runs beside the handler. */
export function stamp (request: FastifyRequest, shared: Shared): void {
  const caller = callerOf(request)
  if (caller === undefined || caller.passive) return
  const { held } = caller
  if (held === null || (!held.record.protected && !caller.isAuthenticated())) return
  caller.stamping = write(request, shared, caller, held)
  caller.stamping?.catch(() => { /* settle() waits for it and reports; a hijacked reply never comes there */ })
}

function write (request: FastifyRequest, shared: Shared, caller: CallerSession, held: Held): Promise<unknown> | undefined {
  const { keeper } = shared
  const terms = caller.terms()
  const user = caller.user()
  const nowMs = caller.nowMs()
  const isUnderTerms = sameTerms(terms, held.record)
  const touch = (): Promise<Touched> => keeper.touch(request, nowMs, isUnderTerms ? undefined : terms)
  if (!held.record.protected || (user !== undefined && user !== held.user)) {
    const settlement = { terms, ...(user === undefined ? {} : { user }) }
    return takePlace(request, shared, settlement, caller.entered)
      .then(() => keeper.settle(request, settlement, false))
      .then((): Promise<unknown> => held.record.protected ? tellActivity(caller, 'request', touch) : touch())
  }
  const sinceMs = nowMs - held.record.lastActivityMs
  const isFresh = sinceMs >= 0 && sinceMs < caller.throttleMs() // below 0 the clock was set back: the record must follow
  return isFresh && isUnderTerms ? undefined : tellActivity(caller, 'request', touch)
}

export function sameTerms (a: Terms, b: Terms): boolean {
  return a.protected === b.protected && a.expireAfter === b.expireAfter && a.warnAfter === b.warnAfter && a.absoluteTimeout === b.absoluteTimeout
}
