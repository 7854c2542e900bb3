import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import type { SessionSecurityOptions } from './options.ts'
import { resolveOptions } from './options.ts'
import { sessionActivity } from './plugins/activity.ts'
import { sessionPing } from './plugins/ping.ts'
import { sessionSweep } from './plugins/sweep.ts'

/**
 * The pair, and the sweep where the store has one. Register it after @fastify/session.
 *
 * @throws {BadOptionError | UnknownOptionError | AlreadyRegisteredError}
 */
export const sessionSecurity: FastifyPluginAsync<SessionSecurityOptions> = fp(pair, {
  fastify: '5.x',
  name: 'fastify-session-security',
  dependencies: ['@fastify/session']
})

async function pair (fastify: FastifyInstance, options: SessionSecurityOptions): Promise<void> {
  const { activity, ping, sweep } = resolveOptions(options)
  await fastify.register(sessionActivity, activity)
  await fastify.register(sessionPing, { ...ping, ...(options.prefix === undefined ? {} : { prefix: options.prefix }) })
  if (activity.store !== undefined || sweep !== undefined) await fastify.register(sessionSweep, sweep === undefined ? {} : { sweep })
}
