import type { FastifyRequest } from 'fastify'
import { isSeconds } from '../core/clock.ts'
import type { Terms, Timeouts } from '../core/terms.ts'
import { BadOptionError } from '../errors.ts'
import { asking } from '../thrown.ts'
import { USER_ID, checkAnswer, isBoolean, isUserId, kindOf } from '../option-checks.ts'
import type { SecurityPolicy, SessionContents } from '../options/options.ts'
import { checkTimeouts, followed } from '../options/option-timeouts.ts'
import type { Device } from '../store/store.ts'
import { LONGEST_DEVICE } from '../store/limits.ts'

/** The user of a session, by its contents. */
export interface Identity {
  readonly isAuthenticated: boolean
  /** Absent if nobody is signed in, or if only `isAuthenticated` is configured. */
  readonly user: string | undefined
}

export const ANONYMOUS: Identity = { isAuthenticated: false, user: undefined }

/** Tells whether both name the same user. */
export function areSame (a: Identity, b: Identity): boolean {
  return a.isAuthenticated === b.isAuthenticated && a.user === b.user
}

/**
 * Asks the application who is signed in.
 * @throws {BadOptionError} when `userOf` gives no id, or a function gives a promise
 */
export function identityOf (policy: SecurityPolicy, session: SessionContents): Identity {
  return asking(() => askIdentity(policy, session))
}

function askIdentity ({ userOf, isAuthenticated }: SecurityPolicy, session: SessionContents): Identity {
  if (isAuthenticated !== undefined) {
    const answer: unknown = isAuthenticated(session)
    checkAnswer('isAuthenticated', answer, 'true or false', isBoolean, kindOf)
    if (!answer) return ANONYMOUS
  }
  const user: unknown = userOf?.(session) ?? undefined
  if (user === undefined) return isAuthenticated === undefined ? ANONYMOUS : { isAuthenticated: true, user: undefined }
  checkAnswer('userOf', user, `${USER_ID}, or nothing`, isUserId, kindOf)
  return { isAuthenticated: true, user: String(user) }
}

/**
 * Asks `userOf` and `isAuthenticated` about an empty session, which most requests have.
 * @throws {BadOptionError} if one of them throws, or answers with a promise
 */
export function checkIdentityFunctions (policy: SecurityPolicy): void {
  try {
    identityOf(policy, {})
  } catch (error) {
    if (error instanceof BadOptionError) throw error
    const option = policy.isAuthenticated === undefined ? 'userOf' : 'isAuthenticated'
    const expected = 'a function that answers for an empty session too, such as session => session.account?.id'
    throw new BadOptionError(option, expected, String(error))
  }
}

/** Tells whether the user depends on that key. Without it the answer would differ, or the question would fail. */
export function needsKey (policy: SecurityPolicy, session: SessionContents, key: string): boolean {
  const { [key as keyof SessionContents]: _left, ...rest } = session
  try {
    return !areSame(identityOf(policy, session), identityOf(policy, rest))
  } catch {
    return true
  }
}

/**
 * Returns the timeouts for a request.
 * @throws {BadOptionError} when a function gives no number of seconds, or the timeouts contradict each other
 */
export function timeoutsFor (policy: SecurityPolicy, request: FastifyRequest): Timeouts {
  const fixed = fixedTimeouts(policy)
  if (fixed !== undefined) return fixed
  // A default that follows `expireAfter` needs its answer, so the plugin asks for it first.
  const expireAfter = ask('expireAfter', policy.expireAfter, request, isSeconds)
  const asked = {
    warnAfter: ask('warnAfter', followed(policy.warnAfter, expireAfter), request, isSeconds),
    expireAfter,
    absoluteTimeout: ask('absoluteTimeout', followed(policy.absoluteTimeout, expireAfter), request, isSecondsOrNone)
  }
  checkTimeouts({ ...policy, ...asked })
  return asked
}

const fixed = new WeakMap<SecurityPolicy, Timeouts>()

/** Returns the timeouts that hold for every request; `undefined` if one is a function. */
export function fixedTimeouts (policy: SecurityPolicy): Timeouts | undefined {
  const known = fixed.get(policy)
  if (known !== undefined) return known
  const { warnAfter, expireAfter, absoluteTimeout } = policy
  if (typeof warnAfter === 'function' || typeof expireAfter === 'function') return undefined
  if (typeof absoluteTimeout === 'function') return undefined
  const timeouts = Object.freeze({ warnAfter, expireAfter, absoluteTimeout })
  fixed.set(policy, timeouts)
  return timeouts
}

/**
 * Returns the timeouts that bind a session in a passive request. A function's answer for the address of a poll says
 * nothing about the page that a person reads.
 */
export function timeoutsInForce (
  { warnAfter, expireAfter, absoluteTimeout }: SecurityPolicy, record: Timeouts
): Timeouts {
  return {
    warnAfter: typeof warnAfter === 'function' ? record.warnAfter : warnAfter,
    expireAfter: typeof expireAfter === 'function' ? record.expireAfter : expireAfter,
    absoluteTimeout: typeof absoluteTimeout === 'function' ? record.absoluteTimeout : absoluteTimeout
  }
}

/** Returns the terms that this request gives an authenticated session. @throws {BadOptionError} */
export function termsFor (policy: SecurityPolicy, request: FastifyRequest): Terms {
  const { warnAfter, expireAfter, absoluteTimeout } = timeoutsFor(policy, request)
  return { isAuthenticated: true, warnAfter, expireAfter, absoluteTimeout }
}

/** Asks the application for the device. @throws {BadOptionError} when `deviceOf` gives no device */
export function deviceFor ({ deviceOf }: SecurityPolicy, request: FastifyRequest): Device | undefined {
  const device: unknown = deviceOf?.(request) ?? undefined
  if (device === undefined) return undefined
  checkAnswer('deviceOf', device, '{ address, userAgent }, both texts or absent, or nothing', isDevice, kindOf)
  const { address, userAgent } = device as Device
  return { ...cut('address', address), ...cut('userAgent', userAgent) }
}

function ask<Answer> (
  option: string, value: Answer | ((request: FastifyRequest) => Answer), request: FastifyRequest,
  holds: (value: unknown) => boolean
): Answer {
  if (!isAsked(value)) return value
  const answer = asking(() => value(request))
  checkAnswer(option, answer, 'a number of seconds above 0', holds)
  return answer
}

function isAsked<Answer> (
  value: Answer | ((request: FastifyRequest) => Answer)
): value is (request: FastifyRequest) => Answer {
  return typeof value === 'function'
}

function isSecondsOrNone (value: unknown): boolean {
  return value === false || isSeconds(value)
}

function isDevice (value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).every(([key, text]) =>
    ['address', 'userAgent'].includes(key) && (text === undefined || typeof text === 'string')
  )
}

function cut (key: keyof Device, text: string | undefined): Device {
  return text === undefined || text === '' ? {} : { [key]: text.slice(0, LONGEST_DEVICE) }
}
