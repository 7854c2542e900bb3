/** Names that Django's users know and that have no meaning here, with advice. */

const WHERE = 'The application says where sessions are kept, by the option "store". Leave it out.'

const NO_NAMES = 'Routes have no names here: write their paths or patterns, such as /api/jobs/:id, into ' +
  'SESSION_SECURITY_PASSIVE_URLS, or set config.sessionSecurity.passive of the route.'

const BY_THE_SERVER = 'The server ends sessions by itself, whatever becomes of the cookie. Leave it out.'

/**
 * Settings of Django and django-session-security that a deployment relies on. The application does not start with them.
 */
export const FOREIGN: ReadonlyMap<string, string> = new Map([
  ['SESSION_SECURITY_PASSIVE_URL_NAMES', NO_NAMES],
  ['SESSION_SECURITY_INSECURE', BY_THE_SERVER],
  ['SESSION_ENGINE', WHERE],
  ['SESSION_CACHE_ALIAS', WHERE],
  ['SESSION_FILE_PATH', WHERE],
  ['SESSION_SERIALIZER', 'Sessions are kept as JSON. Leave it out.']
])

/** Settings of packages beside Django that other code may read. The log says that they do nothing here. */
export const NOT_READ: ReadonlyMap<string, string> = new Map([
  ['ACCOUNT_REAUTHENTICATION_TIMEOUT', 'the guard of a route says that, by requireSession({ authenticatedWithin }).'],
  ['ACCOUNT_SESSION_REMEMBER', 'the handler of the sign-in says that, by request.session.cookie.maxAge.']
])
