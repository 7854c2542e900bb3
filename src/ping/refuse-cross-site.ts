import type { FastifyInstance, FastifyRequest } from 'fastify'
import { CrossSiteError } from '../errors.ts'
import { describeOrigin, requestOriginOf } from '../http/request-origin.ts'
import { reportRefused } from './report-refusal.ts'

type Hook = (this: FastifyInstance, request: FastifyRequest) => Promise<void>

/** Makes the hook that refuses requests by pages of other sites. It throws a CrossSiteError. */
export function refuseCrossSite (what: 'ping' | 'push'): Hook {
  return async function refuse (request) {
    const { allowedOrigins } = this.sessionSecurity.policy
    if (requestOriginOf(request, allowedOrigins) !== 'cross-site') return
    const error = new CrossSiteError(describeOrigin(request))
    reportRefused(request, what, error.code)
    throw error
  }
}
