import type { FastifyContextConfig } from 'fastify'

/** Marks the config of a route of this package. The symbol is not registered, so only this module can set it. */
const OWN = Symbol('a route of fastify-session-security that answers everybody')

/**
 * Returns the config of this package's own passive routes, which answer everybody.
 *
 * They are the ping and the client's files. A guard at the root would turn the ping's answer about an ended session
 * into a 401 that tells the page nothing.
 */
export function ownRouteConfig (): FastifyContextConfig {
  return Object.assign({ sessionSecurity: { passive: true } }, { [OWN]: true })
}

/** Hides a route from @fastify/swagger, which documents an application's own API. */
export const HIDDEN_SCHEMA = { hide: true, response: {} }

export function isOwnRoute (config: object): boolean {
  return Object.hasOwn(config, OWN)
}
