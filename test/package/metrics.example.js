import { subscribe } from 'node:diagnostics_channel'
import { Counter, Gauge, Histogram, register } from 'prom-client'

const starts = new Counter({ name: 'sessions_started_total', help: 'Sign-ins' })
const ends = new Counter({ name: 'sessions_ended_total', help: 'Ends that were notified', labelNames: ['reason'] })
const lengths = new Histogram({ name: 'session_seconds', help: 'From sign-in to the end', buckets: [60, 600, 3600, 14_400, 43_200] })
const extended = new Counter({ name: 'session_warnings_extended_total', help: 'Warnings that a person answered in time' })
const refusals = new Counter({ name: 'session_refusals_total', help: 'What was refused', labelNames: ['what', 'code'] })
const sweeps = new Histogram({ name: 'session_sweep_seconds', help: 'How long a sweep took' })
const failures = new Counter({ name: 'session_end_failures_total', help: 'Times that onSessionEnd failed in a sweep' })
const lateness = new Gauge({ name: 'session_sweep_lag_seconds', help: 'How late the last sweep was for the session that expired first' })
const away = new Gauge({ name: 'session_store_away', help: '1 while Redis cannot be asked' })
const unrecorded = new Counter({ name: 'session_activities_unrecorded_total', help: 'Activities that were not recorded' })

const on = (event, listener) => subscribe(`fastify-session-security:${event}`, listener)
on('start', () => starts.inc())
on('end', ({ reason, lasted }) => { ends.inc({ reason }); lengths.observe(lasted) })
on('warning-extended', () => extended.inc())
on('refused', ({ what, code }) => refusals.inc({ what, code }))
on('sweep', ({ seconds, failed, lag }) => { sweeps.observe(seconds); failures.inc(failed); lateness.set(lag) })
on('outage-begin', () => away.set(1))
on('outage-end', () => away.set(0))
on('unrecorded', () => unrecorded.inc())

export async function metrics (fastify) { // for your monitoring alone: not on a port that the world can reach
  fastify.get('/metrics', async (_request, reply) => await reply.type(register.contentType).send(await register.metrics()))
}
