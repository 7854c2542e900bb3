import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify'
import type { Clock } from '../core/clock.ts'
import type { Connections } from '../connections/connections.ts'
import type { SecurityPolicy } from '../options.ts'
import type { ActivityStore } from '../store/activity-store.ts'
import type { EndedSession, SessionKey } from '../store/store.ts'
import type { SessionInternals } from './fastify-session-internals.ts'
import type { PageKeys } from './page-keys.ts'
import type { SessionCookie } from './session-cookie.ts'
import type { SessionGateway } from './session-gateway.ts'

/** Notifies the application of claimed ends. */
export interface Delivery {
  /** Notifies of several ends together. @returns the number of notified ends */
  deliver (claimed: readonly EndedSession[]): Promise<number>
  /** Does the same beside a request, which does not wait for it. */
  deliverSoon (claimed: readonly EndedSession[]): void
  /** Makes `drain()` wait for this work. */
  track<Result> (work: Promise<Result>): Promise<Result>
  drain (): Promise<void>
}

/** The parts that all requests of one registration share. */
export interface Shared {
  readonly fastify: FastifyInstance
  readonly policy: SecurityPolicy
  readonly store: ActivityStore
  readonly clock: Clock
  readonly log: FastifyBaseLogger
  readonly delivery: Delivery
  readonly cookie: SessionCookie
  readonly gateway: SessionGateway
  /** Null if the application's signer gives other signatures on each node. */
  readonly pageKeys: PageKeys | null
  readonly internals: () => SessionInternals
  /** Creates the connections when the first one is attached. */
  readonly connections: () => Connections
  readonly isPassive: (request: FastifyRequest) => boolean
  /** Returns a new session id: for that user, or beside the session that it renews. */
  readonly newId: (request: FastifyRequest, user?: string, predecessor?: SessionKey) => string
}
