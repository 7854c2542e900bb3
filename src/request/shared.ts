import type { SessionStore } from '@fastify/session'
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify'
import type { Clock } from '../core/clock.ts'
import type { Connections } from '../connections/connections.ts'
import type { SecurityPolicy } from '../options/options.ts'
import type { ActivityStore } from '../store/activity-store.ts'
import type { EndedSession, Loaded, SessionKey, SessionNames } from '../store/store.ts'
import type { SessionInternals } from './fastify-session-internals.ts'
import type { PageKeys } from './page-keys.ts'
import type { SessionCookie } from './session-cookie.ts'
import type { SessionLink } from './session-link.ts'

/** Notifies the application of claimed ends. */
export interface Notifier {
  /** Notifies of several ends together. @returns the number of notified ends */
  notify (claimed: readonly EndedSession[]): Promise<number>
  /** Does the same beside a request, which does not wait for it. */
  notifySoon (claimed: readonly EndedSession[]): void
  /** Makes `drain()` wait for this work. */
  track<Result> (work: Promise<Result>): Promise<Result>
  drain (): Promise<void>
}

/** Values for the constructor of a session, of which one is its link. `null`: there is no session. */
export type SessionValues = Record<string, unknown> | null

/** The store's answer for a session id, in the form that @fastify/session takes. The contents stay with the link. */
export interface Restored {
  readonly link: SessionLink
  readonly values: Record<string, unknown>
}

/** The store that @fastify/session gets. By it the plugin hands over sessions that it has loaded. */
export interface Gateway extends SessionStore {
  /** Runs the next hook, that of @fastify/session, which asks for that session while it runs. */
  hand (id: string, values: SessionValues, run: () => void): void
  /** Stops handing over. A handler that decrypts a session in the same tick means another session. */
  clear (): void
  /**
   * Makes a session from the store's answer.
   * @returns `null` if it is not live, or cannot be read
   */
  restore (names: SessionNames, loaded: Loaded): Restored | null
}

/** The parts that all requests of one registration share. */
export interface Shared {
  readonly fastify: FastifyInstance
  readonly policy: SecurityPolicy
  readonly store: ActivityStore
  readonly clock: Clock
  readonly log: FastifyBaseLogger
  readonly notifier: Notifier
  readonly cookie: SessionCookie
  readonly gateway: Gateway
  /** Null if the application's signer gives other signatures on each node. */
  readonly pageKeys: PageKeys | null
  readonly internals: () => SessionInternals
  /** Creates the connections when the first one is attached. */
  readonly connections: () => Connections
  readonly isPassive: (request: FastifyRequest) => boolean
  /** Returns a new session id: for that user, or beside the session that it renews. */
  readonly newId: (request: FastifyRequest, user?: string, predecessor?: SessionKey) => string
}
