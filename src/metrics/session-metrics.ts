import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import type { Messages } from '../diagnostics/channels.ts'
import { HIDDEN_SCHEMA } from '../request/own-routes.ts'
import { SessionCounters } from './counters.ts'
import type { AskStats } from './gauges.ts'
import { SessionGauges } from './gauges.ts'
import { refuseTwice, removeAll } from './names.ts'
import type { MetricsRegistry, SessionMetricsOptions } from './options.ts'
import { resolveMetricsOptions } from './options.ts'

/**
 * Counts events of sessions with prom-client, and serves the metrics to Prometheus. Register it after
 * `sessionSecurity`, where only your monitoring reaches it, and once a process: it counts what all servers of the
 * process publish.
 *
 * @throws {BadOptionError | UnknownOptionError} when it is registered
 */
export const sessionMetrics: FastifyPluginAsync<SessionMetricsOptions> = fp(metrics, {
  fastify: '5.x',
  name: 'fastify-session-security/metrics',
  dependencies: ['fastify-session-security'],
  encapsulate: true
})

async function metrics (fastify: FastifyInstance, options: SessionMetricsOptions): Promise<void> {
  const { sessionSecurity } = fastify
  const { registry, url, stats } = resolveMetricsOptions(options, sessionSecurity.shared.store.canList)
  refuseTwice(registry)
  const stop = count(registry, stats ? async () => await sessionSecurity.stats() : null)
  fastify.addHook('onClose', async () => {
    stop()
    removeAll(registry)
  })
  if (url === false) return
  const route = { config: { sessionSecurity: { passive: true } }, schema: HIDDEN_SCHEMA }
  fastify.get(url, route, async function sendMetrics (_request, reply) {
    return await reply.header('cache-control', 'no-store').type(registry.contentType).send(await registry.metrics())
  })
}

/** @returns a function that stops the counting */
function count (registry: MetricsRegistry, ask: AskStats | null): () => void {
  const [counters, gauges] = [new SessionCounters(registry), new SessionGauges(registry, ask)]
  const stops = [
    hear('audit', event => counters.audit(event)),
    hear('warning-extended', () => counters.extended()),
    hear('sweep', swept => { counters.swept(swept); gauges.swept(swept.lag) }),
    hear('outage-begin', () => gauges.outage(true)),
    hear('outage-end', () => gauges.outage(false))
  ]
  return () => { for (const stop of stops) stop() }
}

function hear<Event extends keyof Messages> (event: Event, listener: (message: Messages[Event]) => void): () => void {
  const name = `fastify-session-security:${event}`
  const onMessage = (message: unknown): void => listener(message as Messages[Event])
  subscribe(name, onMessage)
  return () => { unsubscribe(name, onMessage) }
}
