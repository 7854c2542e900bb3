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

/** Notifies ends that are claimed. */
export interface Delivery {
  /** Notifies them together. @returns how many were notified */
  deliver (claimed: readonly EndedSession[]): Promise<number>
  /** The same beside a request, which does not wait for it. */
  deliverSoon (claimed: readonly EndedSession[]): void
  /** Has `drain()` wait for that. */
  track<Result> (work: Promise<Result>): Promise<Result>
  drain (): Promise<void>
}

/** What all requests of one registration share. */
export interface Shared {
  readonly fastify: FastifyInstance
  readonly policy: SecurityPolicy
  readonly store: ActivityStore
  readonly clock: Clock
  readonly log: FastifyBaseLogger
  readonly delivery: Delivery
  readonly cookie: SessionCookie
  readonly gateway: SessionGateway
  /** Null where the application's own signer gives none that would be the same on every node. */
  readonly pageKeys: PageKeys | null
  readonly internals: () => SessionInternals
  /** Made when the first connection is attached. */
  readonly connections: () => Connections
  readonly isPassive: (request: FastifyRequest) => boolean
  /** A new session id for that user, or for one without a name, beside the session that it renews. */
  readonly newId: (request: FastifyRequest, user?: string, predecessor?: SessionKey) => string
}
