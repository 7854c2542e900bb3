import type { FastifyRequest } from 'fastify'
import { isSeconds } from './core/clock.ts'
import { check, isBoolean, isDestination, isFunction, isPassiveUrls, isSweep, pick, refuseUnknown } from './option-checks.ts'
import { NoActivityStoreError } from './errors.ts'
import type { ActivityStore } from './store/activity-store.ts'
import { isActivityStore } from './store/activity-store.ts'
import { holdsOwnData } from './store/contents.ts'
import type { EndedSession, Origin } from './store/store.ts'

/** Seconds, or a function that is asked in `onRequest` of every request that counts as activity, and at sign-in. */
export type Seconds = number | ((request: FastifyRequest) => number)

/** A path, `prefix/*`, a route pattern such as `/api/jobs/:id`, or an expression that the path is tested against. */
export type PassiveUrl = string | RegExp

export interface ActivityOptions {
  /** The store that @fastify/session was given, when it is a MemoryStore or RedisStore. */
  store?: ActivityStore
  /** Idle seconds until the warning. Default 540. */
  warnAfter?: Seconds
  /** Idle seconds until the end. Default 600. At least 20 more than `warnAfter` (WCAG 2.2.1). */
  expireAfter?: Seconds
  /** Seconds from sign-in to the end whatever happens; `false` for none. Default 43200 (12 h, OWASP ASVS 7.3.2). */
  absoluteTimeout?: number | false
  /** Allows a warning of less than 20 seconds. Default `false`. */
  allowShortWarning?: boolean
  /** Seconds between two stamps of one session. 0 stamps every request. Default 1. */
  throttle?: number
  /** Requests that happen without a person. Default none. */
  passiveUrls?: readonly PassiveUrl[]
  /** The same, decided per request. Asked in `onRequest`: there is a session by then, but no body. */
  isPassive?: (request: FastifyRequest) => boolean
  /** Which sessions are protected. Default: those that hold data of their own. */
  isAuthenticated?: (request: FastifyRequest) => boolean
  /** The id of the signed-in user. Default: none. */
  userOf?: (request: FastifyRequest) => string | number | null | undefined
  /**
   * Where a person signs in from, to be shown in lists: asked at sign-in, kept until the session is forgotten. Cut at 200 characters
   * each. These are personal data. Default: nothing is kept.
   */
  originOf?: (request: FastifyRequest) => { readonly [Key in keyof Origin]: Origin[Key] | undefined } | null | undefined
  /** The most live sessions of one user, 1 to 1000. Needs `userOf`, and a store that keeps activity. Default: any number. */
  maxSessionsPerUser?: number
  /** What gives way to a sign-in beyond that: the user's oldest session (`displace`), or the sign-in (`refuse`, 403). Default `displace`. */
  atMaxSessions?: 'displace' | 'refuse'
  /** Told of every ended session, at least once; called again when it throws or takes longer than 30 s. */
  onSessionEnd?: (ended: EndedSession) => unknown
  /** Where the browser is to go at the end, e.g. an SSO end-session URL. Default none. */
  redirectToLogout?: string
}

export interface PingOptions {
  /** Default `/session_security/ping`. */
  pingUrl?: string
  /** `seconds` answers as django-session-security does. Default `view`. */
  pingFormat?: 'view' | 'seconds'
}

export interface SweepOptions {
  /** Default: every tenth of `expireAfter`, within 10 s and 10 min. */
  sweep?: { readonly every: number } | { readonly cron: string, readonly timezone?: string } | false
}

export interface SessionSecurityOptions extends ActivityOptions, PingOptions, SweepOptions {
  /** Put before `pingUrl`. */
  prefix?: string
}

/** Options that have been checked. What has a default is there. */
type Checked<Options, Defaulted extends keyof Options> = Readonly<Omit<Options, Defaulted> & Required<Pick<Options, Defaulted>>>

export type ActivityPolicy = Checked<ActivityOptions,
  'warnAfter' | 'expireAfter' | 'absoluteTimeout' | 'allowShortWarning' | 'throttle' | 'passiveUrls' | 'isPassive' | 'isAuthenticated' | 'userOf' | 'atMaxSessions'>
export type PingPolicy = Checked<PingOptions, 'pingUrl' | 'pingFormat'>

/** The shortest warning that WCAG 2.2.1 (Timing Adjustable) allows, in seconds. */
const SHORTEST_WARNING = 20

const ACTIVITY_KEYS = ['store', 'warnAfter', 'expireAfter', 'absoluteTimeout', 'allowShortWarning', 'throttle', 'passiveUrls',
  'isPassive', 'isAuthenticated', 'userOf', 'originOf', 'maxSessionsPerUser', 'atMaxSessions', 'onSessionEnd', 'redirectToLogout'] as const
const PING_KEYS = ['pingUrl', 'pingFormat'] as const
const SWEEP_KEYS = ['sweep'] as const
/** The options of the whole, sorted by the part that they belong to. @throws {BadOptionError | UnknownOptionError} */
export function resolveOptions (options: SessionSecurityOptions): { activity: ActivityPolicy, ping: PingPolicy, sweep: SweepOptions['sweep'] } {
  refuseUnknown(options, [...ACTIVITY_KEYS, ...PING_KEYS, ...SWEEP_KEYS])
  return {
    activity: resolveActivityOptions(pick(options, ACTIVITY_KEYS)),
    ping: resolvePingOptions(pick(options, PING_KEYS)),
    sweep: resolveSweepOptions(pick(options, SWEEP_KEYS))
  }
}

export function resolveActivityOptions (options: ActivityOptions): ActivityPolicy {
  refuseUnknown(options, ACTIVITY_KEYS)
  const {
    warnAfter = 540, expireAfter = 600, absoluteTimeout = 43_200, allowShortWarning = false, throttle = 1, passiveUrls = [],
    isPassive = () => false, isAuthenticated = hasOwnData, userOf = () => undefined, atMaxSessions = 'displace'
  } = options
  check('store', options.store, 'a MemoryStore or a RedisStore', value => value === undefined || isActivityStore(value))
  check('allowShortWarning', allowShortWarning, 'true or false', isBoolean)
  check('absoluteTimeout', absoluteTimeout, 'a number of seconds above 0, or false', value => value === false || isSeconds(value))
  check('throttle', throttle, 'a number of seconds, 0 or more', value => value === 0 || isSeconds(value))
  check('passiveUrls', passiveUrls, 'an array of paths that start with "/" and regular expressions', isPassiveUrls)
  for (const [name, value] of Object.entries({ isPassive, isAuthenticated, userOf })) check(name, value, 'a function', isFunction)
  check('originOf', options.originOf, 'a function', value => value === undefined || isFunction(value))
  check('atMaxSessions', atMaxSessions, '"displace" or "refuse"', value => value === 'displace' || value === 'refuse')
  checkMaxSessions(options)
  check('onSessionEnd', options.onSessionEnd, 'a function', value => value === undefined || isFunction(value))
  check('redirectToLogout', options.redirectToLogout, 'a path that starts with one "/", or an http(s) URL', value => value === undefined || isDestination(value))
  const policy = { ...options, warnAfter, expireAfter, absoluteTimeout, allowShortWarning, throttle, passiveUrls: Object.freeze([...passiveUrls]), isPassive, isAuthenticated, userOf, atMaxSessions }
  checkTimeouts(policy)
  return Object.freeze(policy)
}

export function resolvePingOptions (options: PingOptions): PingPolicy {
  refuseUnknown(options, PING_KEYS)
  const { pingUrl = '/session_security/ping', pingFormat = 'view' } = options
  check('pingUrl', pingUrl, 'a path such as /session_security/ping', value => typeof value === 'string' && /^(?:\/[\w.~-]+)+\/?$/.test(value))
  check('pingFormat', pingFormat, '"view" or "seconds"', value => value === 'view' || value === 'seconds')
  return Object.freeze({ pingUrl: pingUrl.replace(/\/$/, ''), pingFormat })
}

export function resolveSweepOptions (options: SweepOptions): SweepOptions['sweep'] {
  refuseUnknown(options, SWEEP_KEYS)
  check('sweep', options.sweep, '{ every: seconds, at most 86400 }, { cron: "0 5 * * *", timezone } or false', isSweep)
  return options.sweep === undefined || options.sweep === false ? options.sweep : Object.freeze({ ...options.sweep })
}

/** Each is a number or a function, and numbers do not contradict each other. */
export function checkTimeouts ({ warnAfter, expireAfter, absoluteTimeout, allowShortWarning, throttle }: ActivityPolicy): void {
  for (const [name, value] of Object.entries({ warnAfter, expireAfter })) {
    check(name, value, 'a number of seconds above 0, or a function that gives one', value => isFunction(value) || isSeconds(value))
  }
  if (typeof expireAfter !== 'number') return
  const limit = (value: unknown, standard: number): string => `expireAfter, which is ${expireAfter}${value === standard ? ', also at its default' : ''}`
  if (typeof warnAfter === 'number') {
    const least = allowShortWarning ? 0 : SHORTEST_WARNING
    const rule = allowShortWarning ? 'less than' : `at least ${SHORTEST_WARNING} less than`
    const source = allowShortWarning ? '' : ' (WCAG 2.2.1; see allowShortWarning)'
    check('warnAfter', warnAfter, `${rule} ${limit(warnAfter, 540)}${source}`, () => warnAfter < expireAfter && warnAfter + least <= expireAfter)
  }
  check('throttle', throttle, `less than ${limit(throttle, 1)}`, () => throttle < expireAfter)
  check('absoluteTimeout', absoluteTimeout, `no less than ${limit(absoluteTimeout, 43_200)}`, () => absoluteTimeout === false || absoluteTimeout >= expireAfter)
}

function checkMaxSessions ({ maxSessionsPerUser: max, userOf, store }: ActivityOptions): void {
  if (max === undefined) return
  check('maxSessionsPerUser', max, 'a whole number from 1 to 1000', value => Number.isInteger(value) && max >= 1 && max <= 1000)
  check('userOf', userOf, 'given when "maxSessionsPerUser" is: sessions are counted by user', isFunction)
  if (store === undefined) throw new NoActivityStoreError('the option "maxSessionsPerUser"')
}

function hasOwnData (request: FastifyRequest): boolean {
  return request.session != null && holdsOwnData(request.session)
}
