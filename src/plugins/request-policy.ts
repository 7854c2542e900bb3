import type { FastifyRequest } from 'fastify'
import { isSeconds } from '../core/clock.ts'
import type { Timeouts } from '../core/policy.ts'
import { LONGEST_USER_ID, check, isUserId } from '../option-checks.ts'
import type { ActivityPolicy, Seconds } from '../options.ts'
import { checkTimeouts } from '../options.ts'
import type { Origin } from '../store/store.ts'
import { LONGEST_ORIGIN } from '../store/store.ts'

/** What the options say of one request: functions are asked, and their answers checked as options are. */

/** @throws {BadOptionError} when a function answers with no number of seconds, or the two contradict each other. */
export function timeoutsFor (policy: ActivityPolicy, request: FastifyRequest): Timeouts {
  const { warnAfter, expireAfter, absoluteTimeout } = policy
  if (typeof warnAfter === 'number' && typeof expireAfter === 'number') return { warnAfter, expireAfter, absoluteTimeout }
  const asked = { warnAfter: ask('warnAfter', warnAfter, request), expireAfter: ask('expireAfter', expireAfter, request) }
  checkTimeouts({ ...policy, ...asked })
  return { ...asked, absoluteTimeout }
}

/** The timeouts that hold for every request: those that are no functions. */
export function fixedTimeouts ({ warnAfter, expireAfter, absoluteTimeout }: ActivityPolicy): Partial<Timeouts> & Pick<Timeouts, 'absoluteTimeout'> {
  return {
    ...(typeof warnAfter === 'number' ? { warnAfter } : {}),
    ...(typeof expireAfter === 'number' ? { expireAfter } : {}),
    absoluteTimeout
  }
}

/** The user as text. @throws {BadOptionError} when `userOf` answers with something that is no id. */
export function userIdOf ({ userOf }: ActivityPolicy, request: FastifyRequest): string | undefined {
  const user: unknown = userOf(request) ?? undefined
  if (user === undefined) return undefined
  check('userOf', user, `a function that gives a string of at most ${LONGEST_USER_ID} characters, a number, or nothing`, isUserId)
  return String(user)
}

/** @throws {BadOptionError} when `originOf` answers with something else. */
export function originOf ({ originOf }: ActivityPolicy, request: FastifyRequest): Origin | undefined {
  const origin: unknown = originOf?.(request) ?? undefined
  if (origin === undefined) return undefined
  check('originOf', origin, 'a function that gives { address, userAgent }, both texts or absent, or nothing', isOrigin)
  const { address, userAgent } = origin as Origin
  return { ...cut('address', address), ...cut('userAgent', userAgent) }
}

/** @throws {BadOptionError} when `isAuthenticated` answers with a promise, which would count as true. */
export function isAuthenticated (policy: ActivityPolicy, request: FastifyRequest): boolean {
  return decide('isAuthenticated', policy.isAuthenticated(request))
}

/** @throws {BadOptionError} when `isPassive` answers with a promise, which would count as true. */
export function isPassive (policy: ActivityPolicy, request: FastifyRequest): boolean {
  return decide('isPassive', policy.isPassive(request))
}

function ask (option: string, seconds: Seconds, request: FastifyRequest): number {
  if (typeof seconds !== 'function') return seconds
  const answer: unknown = seconds(request)
  check(option, answer, 'a function that gives a number of seconds above 0', isSeconds)
  return Number(answer)
}

function isOrigin (value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).every(([key, text]) => ['address', 'userAgent'].includes(key) && (text === undefined || typeof text === 'string'))
}

function cut (key: keyof Origin, text: string | undefined): Origin {
  return text === undefined || text === '' ? {} : { [key]: text.slice(0, LONGEST_ORIGIN) }
}

function decide (option: string, answer: unknown): boolean {
  check(option, answer, 'a function that answers at once, with true or false', value => !(value instanceof Promise))
  return Boolean(answer)
}
