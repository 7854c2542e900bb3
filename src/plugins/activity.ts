import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { systemClock } from '../core/clock.ts'
import { AlreadyRegisteredError } from '../errors.ts'
import type { ActivityOptions, ActivityPolicy } from '../options.ts'
import { resolveActivityOptions } from '../options.ts'
import { check, isBoolean, refuseUnknown } from '../option-checks.ts'
import { DataKeeper } from './data-keeper.ts'
import { EndDelivery } from './end-delivery.ts'
import { enforce } from './enforce.ts'
import { passiveRule, unmatchedUrls } from './passive-rules.ts'
import { reportPersistentCookie } from './persistent-cookie.ts'
import { fixedTimeouts, userIdOf } from './request-policy.ts'
import type { RequestSessionSecurity } from './request-session-security.ts'
import { SessionSecurity } from './session-security-decorator.ts'
import { settle } from './settle.ts'
import { stamp } from './stamp.ts'
import { StoreKeeper } from './store-keeper.ts'
import { tellRefusal } from './tell-refusal.ts'

declare module 'fastify' {
  interface FastifyInstance {
    sessionSecurity: SessionSecurity
  }
  interface FastifyRequest {
    sessionSecurity: RequestSessionSecurity
  }
  interface FastifyContextConfig {
    sessionSecurity?: {
      /** `true`: requests of this route happen without a person. `false`: they do not, whatever `passiveUrls` says. */
      passive?: boolean
    }
  }
}

/**
 * Enforces deadlines and stamps activity. Register it after @fastify/session, in the context whose routes it is for.
 *
 * @throws {BadOptionError | UnknownOptionError | AlreadyRegisteredError}
 */
export const sessionActivity: FastifyPluginAsync<ActivityOptions> = fp(activity, {
  fastify: '5.x',
  name: 'fastify-session-security/activity',
  dependencies: ['@fastify/session']
})

async function activity (fastify: FastifyInstance, options: ActivityOptions): Promise<void> {
  if (fastify.hasDecorator('sessionSecurity')) throw new AlreadyRegisteredError()
  const security = createSecurity(fastify, resolveActivityOptions(options))
  fastify.decorate('sessionSecurity', security)
  fastify.decorateRequest('sessionSecurity')
  fastify.addHook('onRequest', enforceDeadlines)
  fastify.addHook('preHandler', stampActivity)
  fastify.addHook('onSend', settleSession)
  fastify.addHook('onError', tellError)
  fastify.addHook('onClose', waitForDeliveries)
  fastify.addHook('onRoute', checkRouteConfig)
  reportUnmatchedUrls(fastify, security.policy)
  reportPersistentCookie(fastify)
}

async function enforceDeadlines (this: FastifyInstance, request: FastifyRequest): Promise<void> {
  await enforce(request, this, this.sessionSecurity.shared)
}

async function stampActivity (this: FastifyInstance, request: FastifyRequest): Promise<void> {
  stamp(request, this.sessionSecurity.shared)
}

async function settleSession (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  await settle(request, reply, this.sessionSecurity.shared)
}

async function tellError (request: FastifyRequest, _reply: FastifyReply, error: Error): Promise<void> {
  tellRefusal(request, error)
}

async function waitForDeliveries (fastify: FastifyInstance): Promise<void> {
  await fastify.sessionSecurity.shared.delivery.drain()
}

function checkRouteConfig ({ config }: RouteOptions): void {
  if (config?.sessionSecurity === undefined) return
  check('config.sessionSecurity', config.sessionSecurity, 'an object such as { passive: true }', value => typeof value === 'object' && value !== null)
  const { passive, ...others } = config.sessionSecurity
  refuseUnknown(others, ['passive'])
  check('config.sessionSecurity.passive', passive, 'true or false', value => value === undefined || isBoolean(value))
}

function createSecurity (fastify: FastifyInstance, policy: ActivityPolicy): SessionSecurity {
  const { store, onSessionEnd } = policy
  const log = fastify.log.child({ plugin: 'fastify-session-security' })
  const clock = store?.clock ?? systemClock
  const { warnAfter = 540, expireAfter = 600, absoluteTimeout } = fixedTimeouts(policy)
  store?.bind({ warnAfter, expireAfter, absoluteTimeout }, log)
  if (store === undefined) {
    log.warn('sessions are kept by a store that keeps no activity: guarantees G1, G2, G5, G6 and G8 do not hold, and there is no sweep. Pass a MemoryStore or RedisStore as the option "store"')
  }
  const keeper = store === undefined ? new DataKeeper(clock, request => userIdOf(policy, request)) : new StoreKeeper(store, fastify)
  return new SessionSecurity({
    policy, clock, keeper, log, isPassive: passiveRule(policy), delivery: new EndDelivery(store, onSessionEnd, log)
  })
}

/** A passive URL that matches nothing is most often a typing error, and one that logs people out late or never. */
function reportUnmatchedUrls (fastify: FastifyInstance, { passiveUrls }: ActivityPolicy): void {
  const patterns: string[] = []
  fastify.addHook('onRoute', ({ url }) => { patterns.push(url) })
  fastify.addHook('onReady', async function report () {
    for (const url of unmatchedUrls(passiveUrls, patterns)) {
      if (typeof url === 'string' && fastify.supportedMethods.some(method => fastify.hasRoute({ method, url }))) continue
      this.sessionSecurity.shared.log.warn({ passiveUrl: String(url) }, 'a passive URL matches no route that was added after this plugin')
    }
  })
}
