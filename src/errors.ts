import { createError } from '@fastify/error'
import type { EndReason } from './core/policy.ts'

/**
 * An option or an argument has a wrong type or range.
 *
 * It may also contradict another one, or be a function with a wrong answer.
 */
export const BadOptionError = createError<[option: string, expected: string, received: string]>(
  'FST_SESSION_SECURITY_BAD_OPTION', 'Option "%s" must be %s; received %s.', 500, TypeError)

/** The option `session.secret` is wrong. The texts are those of @fastify/session, and never show the secret. */
export const BadSecretError = createError<[problem: string]>(
  'FST_SESSION_SECURITY_BAD_OPTION', 'Option "session.secret": %s', 500, TypeError)

/** There is no such option; the message names those that exist. */
export const UnknownOptionError = createError<[option: string, known: string]>(
  'FST_SESSION_SECURITY_UNKNOWN_OPTION', 'There is no option "%s". The options are: %s.', 500, TypeError)

/** An environment variable has a wrong value, or contradicts another variable or an option. */
export const BadEnvError = createError<[problem: string]>(
  'FST_SESSION_SECURITY_BAD_ENV', 'The environment cannot be used: %s', 500, TypeError)

/** The plugin is already registered, in this context or in one around it. */
export const AlreadyRegisteredError = createError(
  'FST_SESSION_SECURITY_ALREADY_REGISTERED',
  'fastify-session-security is registered in this context or in one around it: its hooks would run twice.')

/** Neither `userOf` nor `isAuthenticated` was given. */
export const NoUserOfError = createError(
  'FST_SESSION_SECURITY_NO_USER_OF',
  'The option "userOf" or "isAuthenticated" is required: it tells by the contents of a session who is signed in, ' +
  'for example userOf: session => session.user.', 500, TypeError)

/** @fastify/session was registered by the application, in this context or in one around it. */
export const SessionAlreadyRegisteredError = createError(
  'FST_SESSION_SECURITY_SESSION_ALREADY_REGISTERED',
  'fastify-session-security registers @fastify/session itself. ' +
  'Remove the application\'s own registration and move its options: ' +
  'app.register(sessionSecurity, { session: { secret, cookieName, cookie }, store, userOf }). ' +
  'With the same secret and cookieName, people stay signed in.')

/** The application has registered @fastify/secure-session, in this context or in one around it. */
export const SecureSessionError = createError(
  'FST_SESSION_SECURITY_SECURE_SESSION',
  '@fastify/secure-session is registered in this context or in one around it: ' +
  'both use request.session, and the server cannot end a session that a cookie keeps. ' +
  'Remove it, or register the two in sibling contexts. ' +
  'Its sessions cannot be carried over: people sign in once more.')

/** This is not Fastify 5. */
export const FastifyVersionError = createError<[version: string]>(
  'FST_SESSION_SECURITY_FASTIFY_VERSION', 'fastify-session-security needs Fastify 5; this is Fastify %s.')

/** The installed @fastify/session differs from the version that this package relies on. */
export const CouplingError = createError<[what: string]>(
  'FST_SESSION_SECURITY_COUPLING',
  'The installed @fastify/session cannot be used: %s. ' +
  'Install a version that package.json of fastify-session-security allows.')

/** A guard stands outside the plugin's context, or in a hook from before the plugin. */
export const NotRegisteredError = createError<[what: string]>(
  'FST_SESSION_SECURITY_NOT_REGISTERED',
  '%s is used on a route outside the context in which fastify-session-security is registered, ' +
  'or as a hook that was added before the plugin. ' +
  'Register the plugin in the context of the route or in one around it, before the route and before that hook.')

/** A ping has no valid `idleFor`. It changed nothing and created nothing. */
export const BadPingError = createError<[received: string]>(
  'FST_SESSION_SECURITY_BAD_PING',
  'idleFor must be a finite number of seconds, 0 or more, given once; received %s.', 400)

/** A ping, or a request for the push route, came from another site's page. */
export const CrossSiteError = createError<[received: string]>(
  'FST_SESSION_SECURITY_CROSS_SITE',
  'A ping must come from a page of the same site, or of one of "allowedOrigins"; received %s.', 403)

/** `requireSession()` refused a request: nobody is signed in. */
export class NoSessionError extends createError<[hint: string]>(
  'FST_SESSION_SECURITY_NO_SESSION', 'Sign in to go on%s.', 401
) {
  /** The reason for which the session ended; `none` if it did not end. */
  readonly reason: EndReason | 'none'

  constructor (reason: EndReason | 'none' = 'none') {
    super(reason === 'none' ? '' : `: the session has ended (${reason})`)
    this.reason = reason
  }
}

/** `requireSession({ authenticatedWithin })` refused a request: the authentication is too old. The session goes on. */
export class StaleAuthenticationError extends createError<[seconds: number]>(
  'FST_SESSION_SECURITY_STALE_AUTHENTICATION',
  'Prove once more who you are to go on: you last did more than %d seconds ago.', 401
) {
  /** The option of the guard, in seconds. */
  readonly authenticatedWithin: number

  constructor (authenticatedWithin: number) {
    super(authenticatedWithin)
    this.authenticatedWithin = authenticatedWithin
  }
}

/**
 * A request changed who is signed in after its answer had begun.
 *
 * No cookie can go out then, so nothing of the change is saved.
 */
export const LateSignInError = createError<[route: string]>(
  'FST_SESSION_SECURITY_LATE_SIGN_IN',
  'The session was signed in to, renewed or signed out of after the answer of %s had begun. Nothing was saved: ' +
  'change the session before the answer is sent, and await the call that changes it.')

/**
 * A person signed in over http with `cookie.secure: true`: no browser would send the cookie back. Nothing was saved.
 */
export const InsecureCookieError = createError<[protocol: string]>(
  'FST_SESSION_SECURITY_INSECURE_COOKIE',
  'A sign-in over %s cannot set a cookie with "secure: true". Behind a proxy that ends TLS, set Fastify\'s ' +
  '"trustProxy"; to serve both, set session.cookie.secure to "auto".')

/** A function of the application threw a value that is no Error. Fastify would take `undefined` for success. */
export const ThrownError = createError<[thrown: string]>(
  'FST_SESSION_SECURITY_THROWN', 'A function of the application threw %s, which is no Error.')

/** A call of `request.sessionStore.set()` with plain values would change who is signed in. Nothing was saved. */
export const OutsideSaveError = createError(
  'FST_SESSION_SECURITY_OUTSIDE_SAVE',
  'sessionStore.set() with plain values cannot sign in, sign out or change the user: ' +
  'pass request.session, or change that and let the plugin save it. Nothing was saved.', 500, TypeError)

/** The cookie of the session cannot be written as a header. Nothing was saved. */
export const BadCookieError = createError<[why: string]>(
  'FST_SESSION_SECURITY_BAD_COOKIE',
  'The cookie of the session cannot be written: %s. Nothing was saved.', 500, TypeError)

/** A call ended all sessions of the user while this sign-in was under way. Nothing was saved. */
export const RevokedError = createError(
  'FST_SESSION_SECURITY_REVOKED',
  'All sessions of this user were ended while the sign-in was under way. Sign in again.', 401)

/** A sign-in goes beyond `maxSessionsPerUser`, and `atMaxSessions` is `refuse`. Nothing was saved. */
export const TooManySessionsError = createError<[max: number]>(
  'FST_SESSION_SECURITY_TOO_MANY_SESSIONS',
  'You are signed in on %d devices, and more are not allowed. Sign out on one of them first.', 403)

/** `sessions()` and `endOtherSessions()` need the option `userOf`. */
export const NoUserError = createError<[call: string]>(
  'FST_SESSION_SECURITY_NO_USER', '%s needs the name of the session\'s user: set the option "userOf".')

/** A session holds more than `maxSessionBytes` or `maxSessionFields` of its store allows. Nothing was saved. */
export class SessionTooLargeError extends createError<[held: number, what: string, option: string, limit: number]>(
  'FST_SESSION_SECURITY_SESSION_TOO_LARGE',
  'The session holds %d %s; "%s" allows %d. Nothing was saved.', 500, RangeError
) {
  constructor (held: number, limit: number, option: 'maxSessionBytes' | 'maxSessionFields' = 'maxSessionBytes') {
    super(held, option === 'maxSessionBytes' ? 'bytes' : 'fields', option, limit)
  }
}

/**
 * The record of a token cannot be read, for example from a later version.
 *
 * The token counts as not active.
 */
export const UnreadableTokenError = createError(
  'FST_SESSION_SECURITY_UNREADABLE_TOKEN',
  'The record of this token cannot be read: a later version or another program wrote it. ' +
  'It counts as not active, and was not changed.', 409)

/** A value of the session is no JSON. Nothing was saved. */
export const NotSerializableError = createError<[key: string, why: string]>(
  'FST_SESSION_SECURITY_NOT_SERIALIZABLE',
  'The session\'s "%s" cannot be written as JSON (%s). Nothing was saved.', 500, TypeError)

/** A key of the session has a name that @fastify/session needs itself. Nothing was saved. */
export const ReservedKeyError = createError<[key: string]>(
  'FST_SESSION_SECURITY_RESERVED_KEY',
  'A session cannot hold a value under "%s": @fastify/session needs that name itself. Nothing was saved.',
  500, TypeError)

/**
 * The headers of an answer that another try may change.
 *
 * Without `no-store`, the Back button would show the answer again when all is well.
 */
const TRY_AGAIN = { 'retry-after': '5', 'cache-control': 'no-store' }

/**
 * The store cannot be asked, or refuses: nobody is let in on a guess (G7: fail closed).
 *
 * `Retry-After` goes out with it.
 */
export class StoreUnavailableError extends createError(
  'FST_SESSION_SECURITY_STORE_UNAVAILABLE',
  'Sessions cannot be looked up at the moment. Try again in a few seconds.', 503
) {
  readonly headers = TRY_AGAIN
  /** The store's own words, for the log. The message goes to the client, who must not learn hosts and ports. */
  readonly why: string

  constructor (why: string) {
    super()
    this.why = why
  }
}

/** The sessions under this prefix lie in another number of shards. The store would find none of them. */
export const LayoutError = createError<[prefix: string, found: string, own: number]>(
  'FST_SESSION_SECURITY_LAYOUT',
  'The sessions under the prefix "%s" lie in %s shards, and this store would look for them in %d: ' +
  'one server has 1, a Cluster 256. Give the client that wrote them, or another "prefix".', 500)

const TO_HOLDER = [
  'This session goes on, but this server is too old to read it. Try again in a few seconds.', 503, TRY_AGAIN
] as const

const TO_OPERATOR = [
  'A later version of this package keeps this session: this version can neither read nor end it, and did not ' +
  'change it. Ask a node of that version.', 409, {}
] as const

/**
 * A later version of this package wrote the record of the session, which goes on.
 *
 * A request that presents it is answered 503 with `Retry-After`; a call of an administrator fails with 409. Nothing of
 * the session was read, ended or changed.
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

/** `onSessionEnd` took too long. The error appears in the log only, and the function is called again. */
export const HandlerTimeoutError = createError<[seconds: number]>(
  'FST_SESSION_SECURITY_HANDLER_TIMEOUT', 'onSessionEnd took longer than %d s; it will be called again.')

/** A call or an option needs a store that can list its sessions. */
export const NoListingStoreError = createError<[call: string]>(
  'FST_SESSION_SECURITY_NO_LISTING_STORE',
  '%s needs a store that can list its sessions: MemoryStore or RedisStore. ' +
  'A store wrapped by fromSessionStore() only knows ids.')
