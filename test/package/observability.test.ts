import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import type { LogRecord, Logger } from '@opentelemetry/api-logs'
import { logs } from '@opentelemetry/api-logs'
import { Registry } from 'prom-client'
import type { AuditEvent } from '../../src/index.ts'
import { NAMES, metricOf } from '../../src/metrics/names.ts'
import { publish } from '../../src/diagnostics/channels.ts'
import { sessionMetrics } from '../../src/metrics.ts'
import { buildApp } from '../helpers/app.ts'

const examples = new URL('../../examples/observability/', import.meta.url)

const { writeAuditLog } = await import(String(new URL('audit-log.js', examples))) as
  { writeAuditLog: (destination: { write (line: string): void }) => () => void }
const { emitSessionEvents } = await import(String(new URL('opentelemetry.js', examples))) as
  { emitSessionEvents: () => () => void }

const atMs = Date.UTC(2026, 0, 1)
const at = '2026-01-01T00:00:00.000Z'
const about = { handle: 'a', user: 'ada', device: { address: '10.0.0.1', userAgent: 'Browser' } }
const EVENTS: Readonly<Record<AuditEvent['event'], AuditEvent>> = {
  start: { event: 'start', atMs, ...about, by: 'user', predecessor: 'b', methods: ['pwd'] },
  renewal: { event: 'renewal', atMs, ...about, by: 'application', predecessor: 'b' },
  authentication: { event: 'authentication', atMs, ...about, by: 'user', methods: ['otp'] },
  'sign-out': { event: 'sign-out', atMs, ...about, by: 'user', count: 1 },
  eviction: { event: 'eviction', atMs, ...about, by: 'limit', successor: 'c' },
  revocation: {
    event: 'revocation', atMs, user: 'ada', what: 'user', reason: 'revoked', by: 'operator', actor: 'ruth', count: 2
  },
  end: {
    event: 'end', atMs, ...about, reason: 'idle', by: 'deadline', startedAtMs: atMs - 1000, lastActivityMs: atMs - 500
  },
  refusal: { event: 'refusal', atMs, what: 'ping', code: 'FST_SESSION_SECURITY_BAD_PING' },
  unrecorded: { event: 'unrecorded', atMs, handle: 'a', via: 'ping' }
}

describe('the example of an audit log', () => {
  it('writes a line for each event, with the words of the Elastic Common Schema', () => {
    const lines: string[] = []
    const stop = writeAuditLog({ write: line => { lines.push(line) } })
    for (const event of Object.values(EVENTS)) publish('audit', event)
    stop()
    publish('audit', EVENTS.start)
    assert.equal(lines.length, Object.keys(EVENTS).length)
    const logged = lines.map(line => JSON.parse(line))
    const by = (name: string) => logged.find(({ event }) => event.action === `session-${name}`)
    const device = { source: { address: '10.0.0.1' }, user_agent: { original: 'Browser' } }
    assert.deepEqual(by('end'), {
      'log.level': 'info',
      '@timestamp': at,
      event: {
        kind: 'event',
        category: ['session'],
        type: ['end'],
        outcome: 'success',
        action: 'session-end',
        reason: 'idle',
        start: '2025-12-31T23:59:59.000Z',
        duration: 1_000_000_000
      },
      user: { id: 'ada' },
      ...device,
      session_security: { handle: 'a', lastActivityMs: atMs - 500, by: 'deadline' }
    })
    assert.deepEqual(by('revocation').user, { name: 'ruth', target: { id: 'ada' } })
    const { 'log.level': level, error, user } = by('refusal')
    assert.deepEqual([level, error, user], ['warn', { code: 'FST_SESSION_SECURITY_BAD_PING' }, undefined])
    assert.deepEqual(by('renewal').session_security, { handle: 'a', predecessor: 'b', by: 'application' })
  })
})

describe('the example of OpenTelemetry', () => {
  it('emits each event through the logger provider, a start and an end as the conventions have it', t => {
    const emitted: LogRecord[] = []
    const logger: Logger = { emit: record => { emitted.push(record) }, enabled: () => true }
    logs.setGlobalLoggerProvider({ getLogger: () => logger })
    t.after(() => { logs.disable() })
    const stop = emitSessionEvents()
    for (const event of Object.values(EVENTS)) publish('audit', event)
    stop()
    publish('audit', EVENTS.start)
    assert.deepEqual(emitted.map(({ eventName }) => eventName), [
      'session.start', 'session.start', 'session_security.authentication', 'session_security.sign_out',
      'session_security.eviction', 'session_security.revocation', 'session.end', 'session_security.refusal',
      'session_security.unrecorded'
    ])
    const whose = {
      'session.id': 'a', 'user.id': 'ada', 'client.address': '10.0.0.1', 'user_agent.original': 'Browser'
    }
    assert.deepEqual(emitted[1]?.attributes, {
      ...whose, 'session.previous_id': 'b', 'session_security.by': 'application'
    })
    assert.deepEqual(emitted[6]?.attributes, {
      ...whose,
      'session_security.reason': 'idle',
      'session_security.by': 'deadline',
      'session_security.started_at_ms': atMs - 1000,
      'session_security.last_activity_ms': atMs - 500
    })
    assert.equal(emitted[6]?.timestamp, atMs)
    assert.deepEqual(emitted.map(({ severityNumber }) => severityNumber), [9, 9, 9, 9, 9, 9, 9, 13, 13])
  })
})

describe('the alerts and the dashboard', () => {
  it('ask for metrics and labels that there are, and for all of them together', async () => {
    const registry = new Registry()
    const { app } = await buildApp({ routes: app => { app.register(sessionMetrics, { registry }) } })
    publish('audit', EVENTS.revocation)
    const known = new Set((await registry.metrics()).match(/^session_security_\w+/gm))
    const labels = new Set((await registry.metrics()).match(/\b\w+(?==")/g))
    await app.close()
    const [alerts, dashboard] = await Promise.all(['alerts.yml', 'dashboard.json'].map(async file => {
      return await readFile(new URL(file, examples), 'utf8')
    })) as [string, string]
    const asked = new Set([alerts, dashboard].flatMap(text => text.match(/\bsession_security_\w+/g) ?? []))
    assert.deepEqual([...asked].filter(name => !known.has(name)), [])
    const bare = (name: string): string => name.replace(/_bucket$/, '')
    assert.deepEqual(new Set([...asked].map(bare)), new Set(Object.values(NAMES).map(metricOf)))
    const grouped = [...dashboard.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(', '))
    assert.deepEqual(grouped.filter(name => !labels.has(name)), [])
    assert.equal(alerts.match(/^ *- alert:/gm)?.length, 6)
  })
})
