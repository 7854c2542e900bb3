import { isSeconds } from '../core/clock.ts'
import { NoListingStoreError, NoUserOfError } from '../errors.ts'
import { isOrigin } from '../http/request-origin.ts'
import {
  check, isBoolean, isDestination, isFunction, isObject, isPassiveUrls, isSweep, prefixOf, refuseUnknown
} from '../option-checks.ts'
import { withSameSite } from './option-cookie.ts'
import { checkSession, withoutContents } from './option-session.ts'
import { checkTimeouts, timeoutsOf } from './option-timeouts.ts'
import { checkConnections } from './option-connections.ts'
import type { ActivityStore } from '../store/activity-store.ts'
import { isActivityStore } from '../store/activity-store.ts'
import { MemoryStore } from '../store/memory/memory-store.ts'
import type { SessionSecurityOptions, SecurityPolicy, PublicPolicy } from './options.ts'

const KEYS = [
  'session', 'cookie', 'store', 'userOf', 'isAuthenticated', 'warnAfter', 'expireAfter', 'absoluteTimeout',
  'allowShortWarning', 'throttle', 'passiveUrls', 'isPassive', 'allowedOrigins', 'deviceOf', 'maxSessionsPerUser',
  'atMaxSessions', 'dropAtSignIn', 'onSessionEnd', 'redirectToLogout', 'pingUrl', 'pushUrl', 'pingFormat', 'sweep',
  'connections', 'prefix'
] as const

const FUNCTIONS = ['userOf', 'isAuthenticated', 'isPassive', 'deviceOf', 'onSessionEnd'] as const

/**
 * Checks the options and adds the defaults.
 * @throws {BadOptionError | UnknownOptionError | NoUserOfError | NoListingStoreError}
 */
export function resolveOptions (options: SessionSecurityOptions): SecurityPolicy {
  refuseUnknown(options, KEYS)
  const {
    store = new MemoryStore(), allowShortWarning = false, throttle = 1, passiveUrls = [], allowedOrigins = [],
    atMaxSessions = 'displace', dropAtSignIn = [], pingUrl = '/session_security/ping', pingFormat = 'view', prefix = ''
  } = options
  for (const name of FUNCTIONS) {
    check(name, options[name], 'a function', value => value === undefined || isFunction(value))
  }
  if (options.userOf === undefined && options.isAuthenticated === undefined) throw new NoUserOfError()
  checkSession(options.session)
  check(
    'cookie', options.cookie, 'an object with options of @fastify/cookie',
    value => value === undefined || isObject(value)
  )
  check(
    'store', withoutContents(store), 'a MemoryStore, a RedisStore or fromSessionStore(store)',
    () => isActivityStore(store)
  )
  check('allowShortWarning', allowShortWarning, 'true or false', isBoolean)
  check('throttle', throttle, 'a number of seconds, 0 or more', value => value === 0 || isSeconds(value))
  check('passiveUrls', passiveUrls, 'an array of paths that start with "/" and regular expressions', isPassiveUrls)
  check(
    'allowedOrigins', allowedOrigins, 'an array of origins such as "https://app.example"',
    value => Array.isArray(value) && value.every(isOrigin)
  )
  check('dropAtSignIn', dropAtSignIn, 'an array of keys of the session', isTexts)
  check(
    'redirectToLogout', options.redirectToLogout, 'a path that starts with one "/", or an http(s) URL',
    value => value === undefined || isDestination(value)
  )
  check('atMaxSessions', atMaxSessions, '"displace" or "refuse"', value => value === 'displace' || value === 'refuse')
  checkMaxSessions(options, store)
  check('pingUrl', pingUrl, 'a path such as /session_security/ping', isPath)
  check(
    'pushUrl', options.pushUrl, 'a path such as /session_security/push', value => value === undefined || isPath(value)
  )
  check(
    'pushUrl', options.pushUrl, `another path than that of the ping, ${pingUrl}`,
    () => withoutSlash(options.pushUrl) !== withoutSlash(pingUrl)
  )
  check('pingFormat', pingFormat, '"view" or "seconds"', value => value === 'view' || value === 'seconds')
  checkSweep(options.sweep, store)
  checkConnections(options.connections)
  const policy = {
    ...options,
    ...timeoutsOf(options),
    session: Object.freeze({ ...options.session, cookie: withSameSite(options.session.cookie) }),
    store,
    allowShortWarning,
    throttle,
    passiveUrls: Object.freeze([...passiveUrls]),
    allowedOrigins: Object.freeze([...allowedOrigins]),
    atMaxSessions,
    dropAtSignIn: Object.freeze([...dropAtSignIn]),
    pingUrl: withoutSlash(pingUrl),
    pingFormat,
    prefix: prefixOf(prefix)
  }
  checkTimeouts(policy)
  return Object.freeze(policy)
}

/** Returns a path without the slash at its end. */
function withoutSlash (path: string | undefined): string {
  return path?.replace(/\/$/, '') ?? ''
}

/** Returns the options that may be sent to a browser, or written to a log. */
export function publicPolicyOf (policy: SecurityPolicy): PublicPolicy {
  const { session: _session, cookie: _cookie, store: _store, ...shown } = policy
  return Object.freeze(shown)
}

/** One script looks at all sessions of a user who has the most. So many take it about a millisecond. */
const MOST_SESSIONS_OF_USER = 100

function checkMaxSessions (
  { maxSessionsPerUser: max, userOf }: Partial<SessionSecurityOptions>, store: ActivityStore
): void {
  if (max === undefined) return
  check(
    'maxSessionsPerUser', max, `a whole number from 1 to ${MOST_SESSIONS_OF_USER}`,
    value => Number.isInteger(value) && max >= 1 && max <= MOST_SESSIONS_OF_USER
  )
  check('userOf', userOf, 'given when "maxSessionsPerUser" is: sessions are counted by user', isFunction)
  if (!store.canList) throw new NoListingStoreError('the option "maxSessionsPerUser"')
}

function checkSweep (sweep: unknown, store: ActivityStore): void {
  check('sweep', sweep, '{ every: seconds, at most 86400 }, { cron: "0 5 * * *", timezone } or false', isSweep)
  if (sweep !== undefined && sweep !== false && !store.canList) throw new NoListingStoreError('the option "sweep"')
}

function isTexts (value: unknown): boolean {
  return Array.isArray(value) && value.every(text => typeof text === 'string')
}

function isPath (value: unknown): boolean {
  return typeof value === 'string' && /^(?:\/[\w.~-]+)+\/?$/.test(value)
}
