import type { FastifyContextConfig } from 'fastify'

/** Marks the config of a route of this package. It is no registered symbol, so only this module can set it. */
const OWN = Symbol('a route of fastify-session-security that answers everybody')

/**
 * The config of this package's own passive routes that answer everybody: the ping, and the files of the browser client.
 * A guard at the root would turn the end of a session, which the ping tells a page, into a 401 that tells it nothing.
 */
export function ownRouteConfig (): FastifyContextConfig {
  return Object.assign({ sessionSecurity: { passive: true } }, { [OWN]: true })
}

/** For @fastify/swagger, which documents what an API is asked for: not this. */
export const HIDDEN_SCHEMA = { hide: true, response: {} }

export function isOwnRoute (config: object): boolean {
  return Object.hasOwn(config, OWN)
}
