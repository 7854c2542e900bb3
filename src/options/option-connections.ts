import { isSeconds } from '../core/clock.ts'
import { SHORTEST_PERIOD, check } from '../option-checks.ts'

/**
 * The longest time between two checks: an hour, in seconds. A longer one would not hold connections to their sessions.
 */
const SLOWEST_CHECK = 3600

/** @throws {BadOptionError} */
export function checkConnections (connections: unknown): void {
  const expected = `{ checkEvery: seconds above 0, at most ${SLOWEST_CHECK}; outageGrace: seconds, 0 or more }`
  check('connections', connections, expected, value => value === undefined || isConnections(value))
}

function isConnections (value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const { checkEvery = SHORTEST_PERIOD, outageGrace = 0, ...others } = value as Record<string, unknown>
  if (Object.keys(others).length > 0) return false
  const isOften = isSeconds(checkEvery) && checkEvery >= SHORTEST_PERIOD && checkEvery <= SLOWEST_CHECK
  return isOften && (outageGrace === 0 || isSeconds(outageGrace))
}
