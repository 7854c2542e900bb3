import type { FastifyBaseLogger, FastifyRequest } from 'fastify'
import type { Clock } from '../core/clock.ts'
import type { ActivityPolicy } from '../options.ts'
import type { EndDelivery } from './end-delivery.ts'
import type { Keeper } from './keeper.ts'

/** What all requests of one registration share. */
export interface Shared {
  readonly policy: ActivityPolicy
  readonly clock: Clock
  readonly keeper: Keeper
  readonly delivery: EndDelivery
  readonly log: FastifyBaseLogger
  readonly isPassive: (request: FastifyRequest) => boolean
}
