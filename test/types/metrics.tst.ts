import type { FastifyInstance } from 'fastify'
import type { OpenMetricsContentType } from 'prom-client'
import type { Registry } from 'prom-client'
import { describe, expect, test } from 'tstyche'
import type { SessionMetricsOptions } from '../../src/metrics.ts'
import sessionMetrics from '../../src/metrics.ts'

declare const app: FastifyInstance

describe('sessionMetrics', () => {
  test('is a plugin, with options or without', () => {
    expect(app.register).type.toBeCallableWith(sessionMetrics)
    expect(app.register).type.toBeCallableWith(sessionMetrics, { url: '/internal', stats: false, prefix: '/a' })
  })

  test('takes the registries of prom-client in either format', () => {
    expect<SessionMetricsOptions>().type.toBeAssignableFrom<{ registry: Registry }>()
    expect<SessionMetricsOptions>().type.toBeAssignableFrom<{ registry: Registry<OpenMetricsContentType> }>()
  })

  test('takes undefined for what is not given, false for no route, and nothing else', () => {
    expect<SessionMetricsOptions>().type.toBeAssignableFrom<{ registry: undefined, url: undefined, stats: undefined }>()
    expect<SessionMetricsOptions>().type.toBeAssignableFrom<{ url: false }>()
    expect<SessionMetricsOptions>().type.not.toBeAssignableFrom<{ url: true }>()
    expect<SessionMetricsOptions>().type.not.toBeAssignableFrom<{ registry: object }>()
  })
})
