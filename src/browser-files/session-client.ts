import type { FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import type { SessionClient } from './session-client-decorator.ts'
import type { SessionClientOptions } from './tag-options.ts'

declare module 'fastify' {
  interface FastifyInstance {
    sessionClient: SessionClient
  }
}

/**
 * Serves the browser client, and decorates Fastify with `sessionClient`. Register it after `sessionSecurity`.
 *
 * @throws {BadOptionError | UnknownOptionError} when it is registered
 */
export const sessionClient: FastifyPluginAsync<SessionClientOptions> = fp(async (fastify, options) => {
  // An application without the client loads neither its files nor its texts.
  const { serveClient } = await import('./serve-client.ts')
  await serveClient(fastify, options)
}, {
  fastify: '5.x',
  name: 'fastify-session-security/client',
  dependencies: ['fastify-session-security']
})
