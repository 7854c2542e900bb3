import type { FastifyCookieOptions } from '@fastify/cookie'
import type { FastifySessionOptions } from '@fastify/session'
import type { FastifyRequest, Session } from 'fastify'
import type { Seconds, SecondsOrNone } from './option-timeouts.ts'
import type { ConnectionsOptions } from '../connections/connections.ts'
import type { PassiveUrl } from '../http/passive-urls.ts'
import type { ActivityStore } from '../store/activity-store.ts'
import type { Device, EndedSession } from '../store/store.ts'

/** The contents of a session, as the application wrote them. */
export type SessionContents = Readonly<Partial<Session>>

/**
 * The options of @fastify/session, without `store` and `saveUninitialized`, which the plugin sets.
 *
 * `rolling` is `false` by default.
 */
export type SessionOptions = Omit<FastifySessionOptions, 'store' | 'saveUninitialized'>

/**
 * Names the user of a session, by its contents: text, number or bigint.
 *
 * The text must not be empty.
 * @returns `null` or `undefined` for an anonymous session
 */
export type UserOf = (session: SessionContents) => string | number | bigint | null | undefined

/**
 * Names the device from which a person signs in.
 * @returns `null` or `undefined` to keep nothing
 */
type DeviceOf = (request: FastifyRequest) =>
  { readonly [Key in keyof Device]: Device[Key] | undefined } | null | undefined

interface Options {
  /** Options of @fastify/session, which the plugin registers. `secret` is required. */
  session: SessionOptions
  /** Options of @fastify/cookie, which the plugin registers if it is absent. Default none. */
  cookie?: FastifyCookieOptions | undefined
  /** The store of the sessions. Default: a new MemoryStore. */
  store?: ActivityStore | undefined
  /** Idle seconds until the warning. Default: a minute before `expireAfter`, or half of it if that is less. */
  warnAfter?: Seconds | undefined
  /** Idle seconds until the end. Default 600. At least 20 more than `warnAfter` (WCAG 2.2.1). */
  expireAfter?: Seconds | undefined
  /**
   * Seconds from sign-in to the end, with any activity; `false` for none.
   *
   * Default 43200 (12 h, OWASP ASVS 7.3.2), never below `expireAfter`.
   */
  absoluteTimeout?: SecondsOrNone | undefined
  /** Allows a warning of less than 20 seconds. Default `false`. */
  allowShortWarning?: boolean | undefined
  /** Seconds between two recorded activities of one session. 0 records every request. Default 1. */
  throttle?: number | undefined
  /** The addresses of passive requests. Default none. */
  passiveUrls?: readonly PassiveUrl[] | undefined
  /**
   * Decides whether a request is passive, before the session is loaded. Default none.
   *
   * The plugin asks it after all other rules.
   */
  isPassive?: ((request: FastifyRequest) => boolean) | undefined
  /** Other sites whose pages may use this application with its cookies: `https://app.example`. Default none. */
  allowedOrigins?: readonly string[] | undefined
  /**
   * Names the device at sign-in, for lists. It is personal data. Default: none is kept.
   *
   * Each text is cut at 200 characters.
   */
  deviceOf?: DeviceOf | undefined
  /** The most live sessions of one user, 1 to 100. Needs `userOf`. Default: no limit. */
  maxSessionsPerUser?: number | undefined
  /**
   * The effect of a sign-in beyond that. Default `displace`.
   *
   * `displace` ends the user's oldest session, `refuse` answers 403.
   */
  atMaxSessions?: 'displace' | 'refuse' | undefined
  /** Keys that an anonymous session loses at a sign-in, beside `_csrf`. Default none. */
  dropAtSignIn?: readonly string[] | undefined
  /**
   * Called for every ended session, at least once. Default none.
   *
   * The plugin calls it again when it throws or takes longer than 30 s.
   */
  onSessionEnd?: ((ended: EndedSession) => unknown) | undefined
  /**
   * The address to which the browser goes at the end. Default none.
   *
   * It is a path, or the URL of a single sign-on.
   */
  redirectToLogout?: string | undefined
  /** The path of the ping route. Default `/session_security/ping`. */
  pingUrl?: string | undefined
  /**
   * The path of the push route, such as `/session_security/push`. Default none.
   *
   * By it a page hears of its end at once. Without it, a page learns of the end by its next ping.
   */
  pushUrl?: string | undefined
  /** The format of a ping's answer: `seconds` answers as django-session-security does. Default `view`. */
  pingFormat?: 'view' | 'seconds' | undefined
  /**
   * The time between two sweeps. Default: a tenth of `expireAfter`, within 10 s and 10 min.
   *
   * If `expireAfter` is a function, the default is 60 s.
   */
  sweep?: SweepOptions | undefined
  /**
   * Bounds the life of attached sockets and streams after their sessions. Default `{ checkEvery: 5, outageGrace: 30 }`.
   */
  connections?: ConnectionsOptions | undefined
  /**
   * A path such as `/api`, put before `pingUrl` and `pushUrl`.
   *
   * Its type is that of Fastify's own option, without `undefined`.
   */
  prefix?: string
}

/**
 * The schedule of the sweep: `every` so many seconds, `cron`, or `false` for none.
 *
 * `every` is at most 86400; `cron` is a cron expression.
 */
export type SweepOptions = { readonly every: number } | { readonly cron: string, readonly timezone?: string } | false

/**
 * The functions that say who is signed in. At least one is there, and neither may be `undefined`.
 *
 * Each is asked about the contents of the session, at every door and at every save.
 */
type IdentityFunctions =
  | { userOf: UserOf, isAuthenticated?: (session: SessionContents) => boolean }
  | { userOf?: UserOf, isAuthenticated: (session: SessionContents) => boolean }

/** The options of the plugin. `session`, and `userOf` or `isAuthenticated`, are required. */
export type SessionSecurityOptions = Options & IdentityFunctions

type Defaulted =
  | 'store' | 'warnAfter' | 'expireAfter' | 'absoluteTimeout' | 'allowShortWarning' | 'throttle' | 'passiveUrls'
  | 'allowedOrigins' | 'atMaxSessions' | 'dropAtSignIn' | 'pingUrl' | 'pingFormat' | 'prefix'

type WithDefaults = Omit<Options, Defaulted> & { [Key in Defaulted]-?: Exclude<Options[Key], undefined> }

/** The options in force: they are checked, and have their defaults. */
export type SecurityPolicy = Readonly<WithDefaults> & {
  readonly userOf?: UserOf
  readonly isAuthenticated?: (session: SessionContents) => boolean
}

/** Options that lead to a secret: by themselves, or by the client in a store. */
type Secretive = 'session' | 'cookie' | 'store'

/** The options in force as an application may show them: without secrets, store and client. */
export type PublicPolicy = Omit<SecurityPolicy, Secretive>
