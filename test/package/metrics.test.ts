import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FastifyPluginAsync } from 'fastify'
import { publish } from '../../src/diagnostics.ts'
import { requireSession } from '../../src/index.ts'
import type { TestApp } from '../helpers/app.ts'
import { buildApp } from '../helpers/app.ts'

const { metrics } = await import(String(new URL('metrics.example.js', import.meta.url))) as { metrics: FastifyPluginAsync }

/** What a scrape says, by metric and labels. */
async function scrape ({ newBrowser }: Pick<TestApp, 'newBrowser'>): Promise<Map<string, number>> {
  const { statusCode, body } = await newBrowser().get('/metrics')
  assert.equal(statusCode, 200)
  return new Map(body.split('\n').filter(line => /^session/.test(line)).map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]))
}

describe('the example of the README with prom-client', () => {
  it('counts what happens to sessions', async () => {
    let fails = true
    const app = await buildApp({
      security: { onSessionEnd: () => { if (fails) throw new Error('try again') } },
      routes: app => {
        app.register(metrics)
        app.get('/private', { preHandler: requireSession() }, async () => 'private')
      }
    })
    const { clock, browser, newBrowser } = app
    await browser.post('/sign-in')
    clock.advance(7)
    await browser.get('/private')
    await newBrowser().get('/private')
    await newBrowser().get('/session_security/ping?idleFor=abc')
    clock.advance(13)
    await app.app.sessionSecurity.sweep()
    assert.equal((await scrape(app)).get('session_sweep_lag_seconds'), 3)
    fails = false
    clock.advance(61)
    await app.app.sessionSecurity.sweep()
    const counted = await scrape(app)
    assert.deepEqual([
      'sessions_started_total',
      'sessions_ended_total{reason="idle"}',
      'session_seconds_sum',
      'session_warnings_extended_total',
      'session_refusals_total{what="route",code="FST_SESSION_SECURITY_NO_SESSION"}',
      'session_refusals_total{what="ping",code="FST_SESSION_SECURITY_BAD_PING"}',
      'session_sweep_seconds_count',
      'session_end_failures_total',
      'session_sweep_lag_seconds'
    ].map(name => counted.get(name)), [1, 1, 17, 1, 1, 1, 2, 1, 0])
    await app.app.close()
  })

  it('shows an outage for as long as it lasts', async () => {
    const app = await buildApp({ routes: app => { app.register(metrics) } })
    publish('outage-begin', () => ({ why: 'away' }))
    assert.equal((await scrape(app)).get('session_store_away'), 1)
    publish('unrecorded', () => ({ handle: 'handle' }))
    assert.equal((await scrape(app)).get('session_activities_unrecorded_total'), 1)
    publish('outage-end', () => ({ seconds: 1, unrecorded: 0 }))
    assert.equal((await scrape(app)).get('session_store_away'), 0)
    await app.app.close()
  })
})
