import { randomBytes } from 'node:crypto'
import cookie from '@fastify/cookie'
import session from '@fastify/session'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import {
  AlreadyRegisteredError, FastifyVersionError, SecureSessionError, SessionAlreadyRegisteredError
} from './errors.ts'
import { asking } from './thrown.ts'
import { routerOptionsOf } from './http/router-path.ts'
import { check, checkAnswer, isBoolean, kindOf, refuseUnknown } from './option-checks.ts'
import type { Connections } from './connections/connections.ts'
import { notesOf } from './options/option-notes.ts'
import type { SecurityPolicy, SessionSecurityOptions } from './options/options.ts'
import { resolveOptions } from './options/resolve-options.ts'
import { EndNotifier } from './sweep/end-notifier.ts'
import { registerPing } from './ping/ping.ts'
import { registerPush } from './ping/push.ts'
import { SessionSecurity } from './administration/session-security-decorator.ts'
import { registerSweep } from './sweep/sweep.ts'
import { decorateAnswers } from './request/answer-progress.ts'
import { applicationMarks } from './request/application-marks.ts'
import { adoptDecrypted } from './request/decrypt-session.ts'
import { enforceSession } from './request/enforce-session.ts'
import { SessionInternals, checkHandOver, createSession } from './request/fastify-session-internals.ts'
import { finishSession, reportLateChanges, restoreSession } from './request/finish-session.ts'
import { loadSession } from './request/load-session.ts'
import { openConnections } from './request/own-connections.ts'
import { addStops, beginErrorAnswer } from './request/one-answer.ts'
import { pageKeysOf } from './request/page-keys.ts'
import { passiveRule } from './request/passive-requests.ts'
import { checkIdentityFunctions, fixedTimeouts, identityOf } from './request/request-policy.ts'
import { rememberingSigner } from './options/remembering-signer.ts'
import { renewBeforeBody, renewKnowledge } from './request/renew-knowledge.ts'
import { reportCookieAge, reportCookiePath, reportUnmatchedUrls } from './request/report-at-start.ts'
import type { RequestSessionSecurity } from './request/request-session-security.ts'
import { SessionCookie } from './request/session-cookie.ts'
import { SessionGateway } from './request/session-gateway.ts'
import { contextOf } from './request/request-session.ts'
import type { Shared } from './request/shared.ts'
import type { SessionKey } from './store/store.ts'
import { ForeignStore } from './store/foreign/store.ts'
import { reportRefusal } from './ping/report-refusal.ts'

declare module 'fastify' {
  interface FastifyInstance {
    sessionSecurity: SessionSecurity
  }
  interface FastifyRequest {
    sessionSecurity: RequestSessionSecurity
  }
  interface FastifyContextConfig {
    sessionSecurity?: {
      /**
       * `true`: requests of this route are passive. `false`: they are activity.
       *
       * It outweighs `passiveUrls` and the headers.
       */
      passive?: boolean
    }
  }
}

/**
 * Logs out a browser that nobody sits at.
 *
 * It registers @fastify/cookie if that is absent, @fastify/session, the hooks around it, the ping route and the sweep.
 * Register it before the routes that need sessions.
 *
 * @throws {BadOptionError | UnknownOptionError | NoUserOfError | NoListingStoreError | AlreadyRegisteredError |
 * SessionAlreadyRegisteredError | SecureSessionError | FastifyVersionError | CouplingError} when it is registered
 */
export const sessionSecurity: FastifyPluginAsync<SessionSecurityOptions> = fp(
  register, { name: 'fastify-session-security' }
)

/** The id of a probe session, which no request gets. */
const PROBE = 'fastify-session-security probe'

/** Adds the hooks in the order in which a request passes them. */
async function register (fastify: FastifyInstance, options: SessionSecurityOptions): Promise<void> {
  refuseWrongPlace(fastify)
  const policy = resolveOptions(options)
  checkIdentityFunctions(policy)
  if (!fastify.hasReplyDecorator('setCookie')) await fastify.register(cookie, policy.cookie ?? {})
  const shared = share(fastify, policy)
  for (const { level, text } of notesOf(options)) shared.log[level](`environment: ${text}`)
  fastify.decorate('sessionSecurity', new SessionSecurity(shared))
  fastify.decorateRequest('sessionSecurity')
  decorateAnswers(fastify)
  fastify.addHook('onRoute', checkRouteConfig)
  fastify.addHook('onRoute', addStops)
  fastify.addHook('onRequest', loadSession)
  fastify.addHook('onSend', finishSession)
  await fastify.register(session, sessionOptionsOf(policy, shared))
  fastify.addHook('onRequest', enforceSession)
  fastify.addHook('onSend', restoreSession)
  adoptDecrypted(fastify, shared)
  shared.internals()
  const { gateway, cookie: { signer } } = shared
  checkHandOver(fastify, signer.sign(PROBE), PROBE, (values, run) => gateway.hand(PROBE, values, run))
  fastify.addHook('preParsing', renewBeforeBody)
  fastify.addHook('preValidation', renewKnowledge)
  fastify.addHook('preHandler', renewKnowledge)
  fastify.addHook('onError', beginErrorAnswer)
  fastify.addHook('onError', reportError)
  fastify.addHook('onResponse', reportLateChanges)
  fastify.addHook('preClose', waitForNotifications) // while a client that a later hook closes is still there
  fastify.addHook('onClose', waitForNotifications)
  reportUnmatchedUrls(fastify, policy)
  reportCookieAge(fastify, policy)
  reportCookiePath(fastify, policy)
  await registerPing(fastify, policy)
  await registerPush(fastify, policy)
  if (policy.store.canList) await registerSweep(fastify, policy)
}

function refuseWrongPlace (fastify: FastifyInstance): void {
  if (!fastify.version.startsWith('5.')) throw new FastifyVersionError(fastify.version)
  if (fastify.hasDecorator('sessionSecurity')) throw new AlreadyRegisteredError()
  if (fastify.hasDecorator('createSecureSession') &&
    fastify.hasRequestDecorator('session')) throw new SecureSessionError()
  if (fastify.hasDecorator('decryptSession') ||
    fastify.hasRequestDecorator('session')) throw new SessionAlreadyRegisteredError()
}

function share (fastify: FastifyInstance, policy: SecurityPolicy): Shared {
  const { store, session: { secret, algorithm, idGenerator = randomId } } = policy
  const log = fastify.log.child({ plugin: 'fastify-session-security' })
  const notifier = new EndNotifier(store, policy.onSessionEnd, log)
  const findPassive = passiveRule(policy, routerOptionsOf(fastify.initialConfig))
  const noRequest = {} // for the probe session: the application's idGenerator may read a request
  let internals: SessionInternals | undefined
  let connections: Connections | undefined
  const signer = rememberingSigner(secret, algorithm)
  store.bind(log, applicationMarks(secret, algorithm, signer))
  if (store instanceof ForeignStore) {
    store.bindPolicy({
      identityOf: values => identityOf(policy, values),
      timeouts: fixedTimeouts(policy),
      onEnded: ended => notifier.notifySoon(ended)
    })
  }
  const shared: Shared = {
    fastify,
    policy,
    store,
    clock: store.clock,
    log,
    notifier,
    cookie: new SessionCookie(fastify, policy.session, signer),
    gateway: new SessionGateway(policy, log, ended => notifier.notifySoon(ended)),
    pageKeys: pageKeysOf(secret, signer),
    internals: () => (internals ??= new SessionInternals(createSession(fastify, noRequest))),
    connections: () => (connections ??= openConnections(policy, log)),
    isPassive: request => findPassive(request) !== null,
    newId: (request, user, predecessor) => store.idFor(
      request === noRequest ? randomId() : idFrom(idGenerator, request), user, predecessor
    )
  }
  // Until then, an open stream is held to its session. Without connections, the first one could come after that.
  fastify.addHook('onClose', async () => shared.connections().close())
  return shared
}

/** Returns the options for @fastify/session, with which it saves nothing by itself. */
function sessionOptionsOf ({ session: options }: SecurityPolicy, { gateway, cookie, newId }: Shared) {
  return {
    ...options,
    cookie: { ...options.cookie }, // @fastify/session writes a default into this object
    secret: cookie.signer,
    store: gateway,
    saveUninitialized: false,
    rolling: false,
    idGenerator: (request?: FastifyRequest) => newId(request as FastifyRequest, undefined, renewedBy(request))
  }
}

/**
 * Asks the application's generator for an id.
 * @throws {BadOptionError} if it gives no text, or a promise of one
 */
function idFrom (generate: (request: FastifyRequest) => string, request: FastifyRequest): string {
  const id: unknown = asking(() => generate(request))
  checkAnswer(
    'session.idGenerator', id, 'a text that is not empty', value => typeof value === 'string' && value !== '', kindOf
  )
  return String(id)
}

function randomId (): string {
  return randomBytes(24).toString('base64url')
}

/** Returns the key of the session that a new session of the request would renew. */
function renewedBy (request: FastifyRequest | undefined): SessionKey | undefined {
  return request === undefined ? undefined : contextOf(request)?.link?.key
}

function checkRouteConfig ({ config }: RouteOptions): void {
  if (config?.sessionSecurity === undefined) return
  check(
    'config.sessionSecurity', config.sessionSecurity, 'an object such as { passive: true }',
    value => typeof value === 'object' && value !== null
  )
  const { passive, ...others } = config.sessionSecurity
  refuseUnknown(others, ['passive'])
  check('config.sessionSecurity.passive', passive, 'true or false', value => value === undefined || isBoolean(value))
}

/**
 * Reports an error by callback.
 *
 * A hook that waits would let a later hook of the application begin (G18: one answer).
 */
function reportError (request: FastifyRequest, _reply: FastifyReply, error: Error, done: () => void): void {
  reportRefusal(request, error)
  done()
}

async function waitForNotifications (this: FastifyInstance): Promise<void> {
  await this.sessionSecurity.shared.notifier.drain()
}
