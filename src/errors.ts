import { createError } from '@fastify/error'
import type { EndReason } from './core/policy.ts'

/** An option of a wrong type or out of range, or two that contradict each other. */
export const BadOptionError = createError<[option: string, expected: string, received: string]>(
  'FST_SESSION_SECURITY_BAD_OPTION', 'Option "%s" must be %s; received %s.', 500, TypeError)

/** A wrong secret, in the texts of @fastify/session. It is never asked itself: this plugin hands it a signer. */
export const BadSecretError = createError<[problem: string]>('FST_SESSION_SECURITY_BAD_OPTION', '%s', 500, TypeError)

export const UnknownOptionError = createError<[option: string, known: string]>(
  'FST_SESSION_SECURITY_UNKNOWN_OPTION', 'There is no option "%s". The options are: %s.', 500, TypeError)

/** An environment variable of a wrong value, or several that contradict each other or the options. */
export const BadEnvError = createError<[problem: string]>(
  'FST_SESSION_SECURITY_BAD_ENV', 'The environment cannot be used: %s', 500, TypeError)

export const AlreadyRegisteredError = createError(
  'FST_SESSION_SECURITY_ALREADY_REGISTERED',
  'fastify-session-security is registered in this context or in one around it: its hooks would run twice.')

/** Neither `userOf` nor `isAuthenticated` was given. */
export const NoUserOfError = createError(
  'FST_SESSION_SECURITY_NO_USER_OF',
  'The option "userOf" or "isAuthenticated" is required: it says by what a session holds whose it is, for instance userOf: session => session.user.', 500, TypeError)

/** @fastify/session was registered by the application, in this context or in one around it. */
export const SessionAlreadyRegisteredError = createError(
  'FST_SESSION_SECURITY_SESSION_ALREADY_REGISTERED',
  'fastify-session-security registers @fastify/session itself. Remove the application\'s own registration and move its options: app.register(sessionSecurity, { session: { secret, cookieName, cookie }, store, userOf }). With the same secret and cookieName, people stay signed in.')

/** @fastify/secure-session was registered in this context or in one around it. */
export const SecureSessionError = createError(
  'FST_SESSION_SECURITY_SECURE_SESSION',
  '@fastify/secure-session is registered in this context or in one around it: both want request.session, and a session that is kept in a cookie cannot be ended by the server. Remove it, or register the two in sibling contexts. Its sessions cannot be carried over: people sign in once more.')

export const FastifyVersionError = createError<[version: string]>(
  'FST_SESSION_SECURITY_FASTIFY_VERSION', 'fastify-session-security needs Fastify 5; this is Fastify %s.')

/** The installed @fastify/session does not behave as this package relies on. */
export const CouplingError = createError<[what: string]>(
  'FST_SESSION_SECURITY_COUPLING',
  'The installed @fastify/session cannot be used: %s. Install a version that package.json of fastify-session-security allows.')

/** The request came where this plugin is not registered, or came to a hook that runs before its own. */
export const NotRegisteredError = createError<[what: string]>(
  'FST_SESSION_SECURITY_NOT_REGISTERED',
  '%s is used on a route outside of the context in which fastify-session-security is registered, ' +
  'or as a hook that was added before the plugin. ' +
  'Register the plugin in the context of the route or in one around it, before the route and before that hook.')

/** A ping that is not understood. It changed nothing and created nothing. */
export const BadPingError = createError<[received: string]>(
  'FST_SESSION_SECURITY_BAD_PING',
  'idleFor must be a finite number of seconds, 0 or more, given once; received %s.', 400)

/** A ping from another site's page. */
export const CrossSiteError = createError<[received: string]>(
  'FST_SESSION_SECURITY_CROSS_SITE',
  'A ping must come from a page of the same site, or of one of "allowedOrigins"; received %s.', 403)

/** A route behind `requireSession()` without a session. `reason`: why the session ended, `none` where there was none. */
export class NoSessionError extends createError<[hint: string]>(
  'FST_SESSION_SECURITY_NO_SESSION', 'Sign in to go on%s.', 401
) {
  readonly reason: EndReason | 'none'

  constructor (reason: EndReason | 'none' = 'none') {
    super(reason === 'none' ? '' : `: the session has ended (${reason})`)
    this.reason = reason
  }
}

/**
 * A route behind `requireSession({ authenticatedWithin })`, long after the person last proved who they are. The session
 * goes on.
 */
export class StaleAuthenticationError extends createError<[seconds: number]>(
  'FST_SESSION_SECURITY_STALE_AUTHENTICATION', 'Prove once more who you are to go on: you last did more than %d seconds ago.', 401
) {
  /** Seconds. */
  readonly authenticatedWithin: number

  constructor (authenticatedWithin: number) {
    super(authenticatedWithin)
    this.authenticatedWithin = authenticatedWithin
  }
}

/** A sign-in whose answer had begun: its cookie cannot go out any more. The sign-in is not kept. */
export const LateSignInError = createError<[route: string]>(
  'FST_SESSION_SECURITY_LATE_SIGN_IN',
  'The session was signed in to, renewed or signed out of after the answer of %s had begun. That is not kept: change the session before the answer is sent, and await what changes it.')

/** A sign-in over plain http with `cookie.secure`: no browser would send the cookie back. */
export const InsecureCookieError = createError<[protocol: string]>(
  'FST_SESSION_SECURITY_INSECURE_COOKIE',
  'A sign-in over %s cannot set a cookie with "secure: true". Behind a proxy that ends TLS, set Fastify\'s "trustProxy"; to serve both, set session.cookie.secure to "auto".')

/** A function of the application threw something that is no Error: Fastify takes nothing for success. */
export const ThrownError = createError<[thrown: string]>(
  'FST_SESSION_SECURITY_THROWN', 'A function of the application threw %s, which is no Error.')

/** `request.sessionStore.set()` was called with plain values that would change who is signed in. */
export const OutsideSaveError = createError(
  'FST_SESSION_SECURITY_OUTSIDE_SAVE',
  'sessionStore.set() with plain values cannot sign in, sign out or change the user: pass request.session, or change it and have it saved. ' +
  'Nothing was saved.', 500, TypeError)

/** The session's cookie cannot be written as a header. */
export const BadCookieError = createError<[why: string]>(
  'FST_SESSION_SECURITY_BAD_COOKIE', 'The cookie of the session cannot be written: %s. Nothing was saved.', 500, TypeError)

/** A sign-in whose request had arrived before all sessions of its user were ended: its proof is older than that. Nothing was signed in to. */
export const RevokedError = createError(
  'FST_SESSION_SECURITY_REVOKED', 'All sessions of this user were ended while the sign-in was under way. Sign in again.', 401)

/** A sign-in that was refused: `atMaxSessions` is `refuse`. Nothing was signed in to. */
export const TooManySessionsError = createError<[max: number]>(
  'FST_SESSION_SECURITY_TOO_MANY_SESSIONS', 'You are signed in on %d devices, which is all that is allowed. Sign out on one of them first.', 403)

export const NoUserError = createError<[call: string]>(
  'FST_SESSION_SECURITY_NO_USER', '%s needs to know whose session this is: set the option "userOf".')

/** A session holds more than an option of its store allows. */
export class SessionTooLargeError extends createError<[held: number, what: string, option: string, limit: number]>(
  'FST_SESSION_SECURITY_SESSION_TOO_LARGE', 'The session holds %d %s; "%s" allows %d. Nothing was saved.', 500, RangeError) {
  constructor (held: number, limit: number, option: 'maxSessionBytes' | 'maxSessionFields' = 'maxSessionBytes') {
    super(held, option === 'maxSessionBytes' ? 'bytes' : 'fields', option, limit)
  }
}

/** The record of a token that a later version of this package wrote, or something else. It counts as not active, and is left as it is. */
export const UnreadableTokenError = createError(
  'FST_SESSION_SECURITY_UNREADABLE_TOKEN',
  'The record of this token cannot be read: a later version wrote it, or something else did. It counts as not active, and was not changed.', 409)

export const NotSerializableError = createError<[key: string, why: string]>(
  'FST_SESSION_SECURITY_NOT_SERIALIZABLE',
  'The session\'s "%s" cannot be written as JSON (%s). Nothing was saved.', 500, TypeError)

export const ReservedKeyError = createError<[key: string]>(
  'FST_SESSION_SECURITY_RESERVED_KEY',
  'A session cannot hold a value under "%s": @fastify/session needs that name itself. Nothing was saved.', 500, TypeError)

/** The store is away, or refuses: nobody is let in on a guess (G7). `Retry-After` goes out with it. */
export class StoreUnavailableError extends createError(
  'FST_SESSION_SECURITY_STORE_UNAVAILABLE', 'Sessions cannot be looked up at the moment. Try again in a few seconds.', 503) {
  readonly headers = { 'retry-after': '5' }
  /** What the store said. For the log: the message goes to the client, who need not know hosts and ports. */
  readonly why: string

  constructor (why: string) {
    super()
    this.why = why
  }
}

/** Sessions were written with another number of shards: none of them would be found. Another client, or another prefix, is meant. */
export const LayoutError = createError<[prefix: string, found: string, own: number]>(
  'FST_SESSION_SECURITY_LAYOUT',
  'The sessions under the prefix "%s" lie in %s shards, and this store would look for them in %d: one server has 1, a Cluster 256. Give the client that wrote them, or another "prefix".', 500)

const TO_HOLDER = [
  'This session goes on, but this server is too old to read it. Try again in a few seconds.', 503, {
    'retry-after': '5'
  }
] as const

const TO_OPERATOR = [
  'A later version of this package keeps this session: this one can neither read nor end it, and has not changed it. ' +
  'Ask a node of that version.', 409, {}
] as const

/**
 * A later version of this package wrote the record of a session, which goes on: another node can read it. A request of its
 * holder is answered 503 with `Retry-After`, and whoever administers it 409: nothing of it was read, ended or changed.
 */
export class LaterVersionError extends createError<[message: string]>('FST_SESSION_SECURITY_LATER_VERSION', '%s', 503) {
  readonly headers: Readonly<Record<string, string>>

  constructor (toWhom: 'holder' | 'operator' = 'holder') {
    const [message, statusCode, headers] = toWhom === 'operator' ? TO_OPERATOR : TO_HOLDER
    super(message)
    this.statusCode = statusCode
    this.headers = headers
  }
}

export const HandlerTimeoutError = createError<[seconds: number]>(
  'FST_SESSION_SECURITY_HANDLER_TIMEOUT', 'onSessionEnd took longer than %d s; it will be called again.')

export const NoListingStoreError = createError<[call: string]>(
  'FST_SESSION_SECURITY_NO_LISTING_STORE',
  '%s needs a store that can list its sessions: MemoryStore or RedisStore. A store wrapped by fromSessionStore() only knows ids.')

/** The admin page, to somebody whom `authorize` did not let in. */
export const NotAuthorizedError = createError(
  'FST_SESSION_SECURITY_NOT_AUTHORIZED', 'You may not administer sessions.', 403)

/** A form of the admin page that was not sent from it (https://owasp.org/www-community/attacks/csrf). */
export const CrossOriginError = createError<[received: string]>(
  'FST_SESSION_SECURITY_CROSS_ORIGIN',
  'This must be sent from the admin page itself; received %s. Nothing was changed.', 403)

/** Something in an address or a form of the admin page. */
export const BadInputError = createError<[name: string, expected: string, received: string]>(
  'FST_SESSION_SECURITY_BAD_INPUT', '"%s" must be %s; received %s. Nothing was changed.', 400)

export const UnknownSessionError = createError(
  'FST_SESSION_SECURITY_UNKNOWN_SESSION', 'There is no session of this handle, or it is no longer known.', 404)
