import { isSeconds } from './core/clock.ts'
import { check, isObject, refuseUnknownIn } from './option-checks.ts'

/** An hour, in seconds: a connection that outlives its session by more is not held to it. */
const SLOWEST_CHECK = 3600

/** @throws {BadOptionError | UnknownOptionError} */
export function checkConnections (connections: unknown): void {
  if (connections === undefined) return
  check('connections', connections, 'an object such as { checkEvery: 5, outageGrace: 30 }', isObject)
  const { checkEvery, outageGrace, ...others } = Object(connections) as Record<string, unknown>
  refuseUnknownIn('connections', Object.keys(others), ['checkEvery', 'outageGrace'])
  check('connections.checkEvery', checkEvery, `a number of seconds above 0, at most ${SLOWEST_CHECK}`,
    value => value === undefined || (isSeconds(value) && value >= 0.001 && value <= SLOWEST_CHECK))
  check('connections.outageGrace', outageGrace, 'a number of seconds, 0 or more',
    value => value === undefined || value === 0 || isSeconds(value))
}
