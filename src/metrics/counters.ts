import { Counter, Histogram } from 'prom-client'
import type { AuditEvent } from '../diagnostics/audit-event.ts'
import type { Messages } from '../diagnostics/channels.ts'
import type { MetricName } from './names.ts'
import { NAMES, metricOf } from './names.ts'
import type { MetricsRegistry } from './options.ts'

/** The buckets of a session's duration in seconds, from a minute to half a day. */
const LIFE_BUCKETS = [60, 300, 900, 1800, 3600, 7200, 14_400, 28_800, 43_200]

/** The buckets of a sweep's duration in seconds. */
const SWEEP_BUCKETS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30]

/** Labels of most applications. A counter that begins at 0 shows its first step as an increase. */
const USUAL_ENDS = [
  ['idle', 'deadline'], ['absolute', 'deadline'], ['logout', 'user'], ['displaced', 'limit'],
  ['revoked', 'user'], ['revoked', 'operator'], ['revoked', 'application']
] as const
const USUAL_REVOCATIONS = [
  ['session', 'operator'], ['session', 'application'], ['user', 'operator'], ['user', 'application'],
  ['everybody', 'operator'], ['everybody', 'application'], ['other-sessions', 'user']
] as const
const USUAL_REFUSALS = [
  ['ping', 'BAD_PING'], ['ping', 'CROSS_SITE'], ['push', 'CROSS_SITE'],
  ['route', 'NO_SESSION'], ['route', 'STALE_AUTHENTICATION'],
  ['sign-in', 'TOO_MANY_SESSIONS'], ['sign-in', 'REVOKED'], ['admin', 'NOT_AUTHORIZED'], ['admin', 'CROSS_ORIGIN'],
  ['request', 'STORE_UNAVAILABLE'], ['request', 'LATER_VERSION']
] as const

/** Counts the events of the audit trail, and the sweeps. */
export class SessionCounters {
  readonly #starts
  readonly #renewals
  readonly #authentications
  readonly #signOuts
  readonly #evictions
  readonly #revocations
  readonly #ends
  readonly #durations
  readonly #refusals
  readonly #unrecorded
  readonly #extended
  readonly #sweeps
  readonly #failures

  constructor (registry: MetricsRegistry) {
    const registers = [registry]
    const count = <Label extends string>(name: MetricName, help: string, ...labelNames: Label[]) => {
      return new Counter({ name: metricOf(name), help, labelNames, registers })
    }
    this.#starts = count(NAMES.starts, 'Sign-ins')
    this.#renewals = count(NAMES.renewals, 'Sessions that went on under another id')
    this.#authentications = count(NAMES.authentications, 'Times that a signed-in person confirmed the identity again')
    this.#signOuts = count(NAMES.signOuts, 'Sign-outs')
    this.#evictions = count(NAMES.evictions, 'Sessions that a sign-in displaced at the session limit')
    this.#revocations = count(NAMES.revocations, 'Calls that ended sessions or revoked tokens', 'what', 'by')
    this.#ends = count(NAMES.ends, 'Ends that were notified', 'reason', 'by')
    const measure = (name: MetricName, help: string, buckets: number[]): Histogram => {
      return new Histogram({ name: metricOf(name), help, buckets, registers })
    }
    this.#durations = measure(NAMES.durations, 'Seconds from the sign-in of a session to its end', LIFE_BUCKETS)
    this.#refusals = count(NAMES.refusals, 'Refused requests', 'what', 'code')
    this.#unrecorded = count(NAMES.unrecorded, 'Activities that could not be recorded')
    this.#extended = count(NAMES.extended, 'Warnings that a person answered in time')
    this.#sweeps = measure(NAMES.sweeps, 'Seconds that a sweep took', SWEEP_BUCKETS)
    this.#failures = count(NAMES.failures, 'Times that onSessionEnd failed in a sweep')
    for (const [what, by] of USUAL_REVOCATIONS) this.#revocations.inc({ what, by }, 0)
    for (const [reason, by] of USUAL_ENDS) this.#ends.inc({ reason, by }, 0)
    for (const [what, code] of USUAL_REFUSALS) this.#refusals.inc({ what, code: `FST_SESSION_SECURITY_${code}` }, 0)
  }

  audit (event: AuditEvent): void {
    switch (event.event) {
      case 'start': return this.#starts.inc()
      case 'renewal': return this.#renewals.inc()
      case 'authentication': return this.#authentications.inc()
      case 'sign-out': return this.#signOuts.inc()
      case 'eviction': return this.#evictions.inc()
      case 'revocation': return this.#revocations.inc({ what: event.what, by: event.by })
      case 'refusal': return this.#refusals.inc({ what: event.what, code: event.code ?? '' })
      case 'unrecorded': return this.#unrecorded.inc()
      case 'end':
        this.#ends.inc({ reason: event.reason, by: event.by })
        this.#durations.observe(Math.max(0, event.atMs - event.startedAtMs) / 1000)
    }
  }

  extended (): void {
    this.#extended.inc()
  }

  swept ({ seconds, failed }: Messages['sweep']): void {
    this.#sweeps.observe(seconds)
    this.#failures.inc(failed)
  }
}
