import { BadOptionError } from '../errors.ts'
import type { MetricsRegistry } from './options.ts'

/** The names of all metrics, without the prefix `session_security_`. */
export const NAMES = {
  starts: 'starts_total',
  renewals: 'renewals_total',
  authentications: 'authentications_total',
  signOuts: 'sign_outs_total',
  evictions: 'evictions_total',
  revocations: 'revocations_total',
  ends: 'ends_total',
  durations: 'duration_seconds',
  refusals: 'refusals_total',
  unrecorded: 'unrecorded_activities_total',
  extended: 'warnings_extended_total',
  sweeps: 'sweep_seconds',
  failures: 'end_failures_total',
  up: 'store_up',
  live: 'live_sessions',
  pending: 'pending_ends',
  lag: 'lag_seconds'
} as const

export type MetricName = typeof NAMES[keyof typeof NAMES]

export function metricOf (name: MetricName): string {
  return `session_security_${name}`
}

/**
 * Refuses a registry that has the metrics already. They count what the whole process publishes, once.
 *
 * @throws {BadOptionError}
 */
export function refuseTwice (registry: MetricsRegistry): void {
  if (Object.values(NAMES).every(name => registry.getSingleMetric(metricOf(name)) === undefined)) return
  const expected = 'without the metrics of sessions: they count for the whole process'
  throw new BadOptionError('registry', expected, 'one that has them')
}

export function removeAll (registry: MetricsRegistry): void {
  for (const name of Object.values(NAMES)) registry.removeSingleMetric(metricOf(name))
}
