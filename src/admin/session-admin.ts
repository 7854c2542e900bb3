import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { NoListingStoreError } from '../errors.ts'
import { sessionClient } from '../browser-files/session-client.ts'
import type { SessionAdminOptions } from './options.ts'
import { DEFAULT_PREFIX, resolveAdminOptions } from './options.ts'

/**
 * Serves pages on which operators list and end sessions, run the sweep, and revoke tokens.
 *
 * Register it after `sessionSecurity`, and after @fastify/csrf-protection if you use that.
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
  const prefix = options.prefix === undefined ? DEFAULT_PREFIX : '' // fastify.register() has applied a given one
  // The plugin is encapsulated: the application may register another client later, or beside this one.
  if (!fastify.hasDecorator('sessionClient')) await fastify.register(sessionClient, { prefix: `${prefix}/client` })
  // An application without the pages does not load them.
  const { pages } = await import('./pages.ts')
  await fastify.register(async child => await pages(child, policy), { prefix })
}
