import type { FastifyRequest } from 'fastify'
import { isSeconds } from '../core/clock.ts'
import { check, isFunction, pick } from '../option-checks.ts'

/**
 * Seconds, or a function of the request.
 *
 * The plugin calls the function when it loads the session: for active requests and at sign-in.
 */
export type Seconds = number | ((request: FastifyRequest) => number)

/** Seconds, `false` for none, or a function of the request. */
export type SecondsOrNone = number | false | ((request: FastifyRequest) => number | false)

/** The options that are times of a session. */
export interface Times {
  readonly warnAfter: Seconds
  readonly expireAfter: Seconds
  readonly absoluteTimeout: SecondsOrNone
}

/** The shortest warning that WCAG 2.2.1 (Timing Adjustable) allows, in seconds. */
const SHORTEST_WARNING = 20

const DEFAULT_EXPIRE_AFTER = 600
const DEFAULT_ABSOLUTE_TIMEOUT = 43_200
/** The default length of the warning before the end, in seconds. */
const DEFAULT_NOTICE = 60

/**
 * Returns the timeouts with defaults, which follow each other. A default that depends on a function is a function, too.
 */
export function timeoutsOf (options: { readonly [Name in keyof Times]?: Times[Name] | undefined }): Times {
  const { warnAfter, absoluteTimeout } = options
  checkKinds(options)
  const expireAfter = options.expireAfter ??
    (typeof warnAfter === 'number' ? Math.max(DEFAULT_EXPIRE_AFTER, warnAfter + DEFAULT_NOTICE) : DEFAULT_EXPIRE_AFTER)
  return {
    expireAfter,
    warnAfter: warnAfter ?? following(expireAfter, defaultWarnAfter),
    absoluteTimeout: absoluteTimeout ?? following(expireAfter, seconds => Math.max(DEFAULT_ABSOLUTE_TIMEOUT, seconds))
  }
}

const follows = new WeakMap<object, (expireAfter: number) => number>()

function following (leader: Seconds, follow: (expireAfter: number) => number): Seconds {
  if (typeof leader !== 'function') return follow(leader)
  const ask = (request: FastifyRequest): number => follow(leader(request))
  follows.set(ask, follow)
  return ask
}

/** Returns a default that follows `expireAfter`, for one answer of it; any other value unchanged. */
export function followed<Value> (value: Value, expireAfter: number): Value | number {
  const follow = typeof value === 'function' ? follows.get(value) : undefined
  return follow === undefined ? value : follow(expireAfter)
}

function defaultWarnAfter (expireAfter: number): number {
  return expireAfter > 2 * DEFAULT_NOTICE ? expireAfter - DEFAULT_NOTICE : expireAfter / 2
}

/** Checks the timeouts. Each is a number or a function, and numbers do not contradict each other. */
export function checkTimeouts (
  policy: Times & { readonly allowShortWarning: boolean, readonly throttle: number }
): void {
  const { warnAfter, expireAfter, absoluteTimeout, allowShortWarning, throttle } = policy
  checkKinds(policy)
  if (typeof expireAfter !== 'number') return
  const isDefault = expireAfter === DEFAULT_EXPIRE_AFTER
  const limit = `expireAfter, which is ${expireAfter}${isDefault ? ', also at its default' : ''}`
  if (typeof warnAfter === 'number') {
    const least = allowShortWarning ? 0 : SHORTEST_WARNING
    const rule = allowShortWarning ? 'less than' : `at least ${SHORTEST_WARNING} less than`
    const source = allowShortWarning ? '' : ' (WCAG 2.2.1; see allowShortWarning)'
    check(
      'warnAfter', warnAfter, `${rule} ${limit}${source}`,
      () => warnAfter < expireAfter && warnAfter + least <= expireAfter
    )
  }
  check('throttle', throttle, `less than ${limit}`, () => throttle < expireAfter)
  if (typeof absoluteTimeout === 'function') return
  check(
    'absoluteTimeout', absoluteTimeout, `no less than ${limit}`,
    () => absoluteTimeout === false || absoluteTimeout >= expireAfter
  )
}

/** Checks that each given timeout is a number or a function. */
function checkKinds (times: { readonly [Name in keyof Times]?: Times[Name] | undefined }): void {
  for (const [name, value] of Object.entries(pick(times, ['warnAfter', 'expireAfter']))) {
    check(
      name, value, 'a number of seconds above 0, or a function that gives one',
      value => isFunction(value) || isSeconds(value)
    )
  }
  check(
    'absoluteTimeout', times.absoluteTimeout,
    'a number of seconds above 0, false, or a function that gives one of these',
    value => value === undefined || value === false || isFunction(value) || isSeconds(value)
  )
}
