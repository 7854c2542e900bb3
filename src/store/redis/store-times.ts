import { isSeconds } from '../../core/clock.ts'
import { check } from '../../option-checks.ts'
import { CLAIM_LEASE_MS, checkRetention } from '../limits.ts'

/**
 * Checks the options of a RedisStore that are times, in seconds.
 * @throws {BadOptionError}
 */
export function checkTimes (retention: unknown, deviceRetention: unknown, commandTimeout: unknown): void {
  checkRetention(retention)
  check('deviceRetention', deviceRetention, 'a number of seconds, at most the retention', value => {
    return value === 0 || (isSeconds(value) && value <= retention)
  })
  const isTimeout = (value: unknown): boolean => isSeconds(value) && value <= 60
  check('commandTimeout', commandTimeout, 'a number of seconds above 0, at most 60', isTimeout)
}

/**
 * Returns the ms for which a claim holds. A retention that is hardly longer than a lease leaves time for a second
 * claim, too.
 */
export function leaseFor (retentionMs: number): number {
  return Math.min(CLAIM_LEASE_MS, 0.75 * retentionMs)
}
