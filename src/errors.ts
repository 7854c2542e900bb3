import { createError } from '@fastify/error'

/** An option of a wrong type or out of range, or two that contradict each other. */
export const BadOptionError = createError<[option: string, expected: string, received: string]>(
  'FST_SESSION_SECURITY_BAD_OPTION', 'Option "%s" must be %s; received %s.', 500, TypeError)

export const UnknownOptionError = createError<[option: string, known: string]>(
  'FST_SESSION_SECURITY_UNKNOWN_OPTION', 'There is no option "%s". The options are: %s.', 500, TypeError)

/** An environment variable of a wrong value, or several that contradict each other or the options. */
export const BadEnvError = createError<[problem: string]>(
  'FST_SESSION_SECURITY_BAD_ENV', 'The environment cannot be used: %s', 500, TypeError)

export const AlreadyRegisteredError = createError(
  'FST_SESSION_SECURITY_ALREADY_REGISTERED',
  'fastify-session-security is registered in this context or in one around it: its hooks would run twice.')

export const StoreMismatchError = createError<[detail: string]>(
  'FST_SESSION_SECURITY_STORE_MISMATCH',
  'The option "store" must be the very store that @fastify/session was given; received %s.')

/** A ping that is not understood. It changed nothing and created nothing. */
export const BadPingError = createError<[received: string]>(
  'FST_SESSION_SECURITY_BAD_PING',
  'idleFor must be a finite number of seconds, 0 or more, given once; received %s.', 400)

/** A ping from another site's page. */
export const CrossSiteError = createError<[received: string]>(
  'FST_SESSION_SECURITY_CROSS_SITE',
  'A ping must come from a page of the same site; received Sec-Fetch-Site: %s.', 403)

export const NoSessionError = createError(
  'FST_SESSION_SECURITY_NO_SESSION', 'Sign in to go on.', 401)

/** A sign-in that was refused: `atMaxSessions` is `refuse`. Nothing was signed in to. */
export const TooManySessionsError = createError<[max: number]>(
  'FST_SESSION_SECURITY_TOO_MANY_SESSIONS', 'You are signed in on %d devices, which is all that is allowed. Sign out on one of them first.', 403)

export const NoUserError = createError<[call: string]>(
  'FST_SESSION_SECURITY_NO_USER', '%s needs to know whose session this is: set the option "userOf".')

export const SessionTooLargeError = createError<[bytes: number, limit: number]>(
  'FST_SESSION_SECURITY_SESSION_TOO_LARGE',
  'The session holds %d bytes; "maxSessionBytes" allows %d. Nothing was saved.', 500, RangeError)

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

export const HandlerTimeoutError = createError<[seconds: number]>(
  'FST_SESSION_SECURITY_HANDLER_TIMEOUT', 'onSessionEnd took longer than %d s; it will be called again.')

export const NoActivityStoreError = createError<[call: string]>(
  'FST_SESSION_SECURITY_NO_ACTIVITY_STORE',
  '%s needs a store that keeps activity: MemoryStore or RedisStore, passed as the option "store".')

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
