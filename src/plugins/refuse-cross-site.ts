import type { FastifyInstance, FastifyRequest } from 'fastify'
import { CrossSiteError } from '../errors.ts'
import { describeOrigin, requestOriginOf } from '../http/request-origin.ts'

/** Refuses what a page of another site asks of the ping or the push route. @throws {CrossSiteError} */
export async function refuseCrossSite (this: FastifyInstance, request: FastifyRequest): Promise<void> {
  const { allowedOrigins } = this.sessionSecurity.policy
  if (requestOriginOf(request, allowedOrigins) === 'cross-site') throw new CrossSiteError(describeOrigin(request))
}
