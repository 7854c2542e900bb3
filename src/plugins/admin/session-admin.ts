import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { NoListingStoreError } from '../../errors.ts'
import { sessionClient } from '../session-client.ts'
import type { SessionAdminOptions } from './options.ts'
import { DEFAULT_PREFIX, resolveAdminOptions } from './options.ts'

/**
 * Serves pages on which operators list and end sessions, run the sweep, and revoke tokens. Register it after
 * `sessionSecurity`, and after @fastify/csrf-protection where that is used.
 *
 * @throws {BadOptionError | UnknownOptionError | NoListingStoreError} when it is registered
 */
export const sessionAdmin: FastifyPluginAsync<SessionAdminOptions> = fp(admin, {
  fastify: '5.x',
  name: 'fastify-session-security/admin',
  dependencies: ['fastify-session-security'],
  encapsulate: true
})

async function admin (fastify: FastifyInstance, options: SessionAdminOptions): Promise<void> {
  const policy = resolveAdminOptions(options)
  if (!fastify.sessionSecurity.shared.store.canList) throw new NoListingStoreError('sessionAdmin')
  const prefix = options.prefix === undefined ? DEFAULT_PREFIX : '' // one that is given holds already
  // Encapsulated: the application may register a client of its own later, or beside this.
  if (!fastify.hasDecorator('sessionClient')) await fastify.register(sessionClient, { prefix: `${prefix}/client` })
  const { pages } = await import('./pages.ts') // an application without them does not load them
  await fastify.register(async child => await pages(child, policy), { prefix })
}
