import assert from 'node:assert/strict'
import { channel } from 'node:diagnostics_channel'
import { describe, it } from 'node:test'
import session from '@fastify/session'
import type { OpenMetricsContentType } from 'prom-client'
import { Registry, register } from 'prom-client'
import { StoreUnavailableError } from '../../src/errors.ts'
import { fromSessionStore, requireSession, sessionAdmin } from '../../src/index.ts'
import type { SessionMetricsOptions } from '../../src/metrics.ts'
import { sessionMetrics } from '../../src/metrics.ts'
import type { TestApp, TestAppOptions } from '../helpers/app.ts'
import { buildApp } from '../helpers/app.ts'
import { CHANNELS } from '../helpers/channels.ts'
import { steeredKit } from '../helpers/steered-store.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

/** Builds an application with metrics in a registry of its own. */
async function buildMeasured (options: TestAppOptions = {}, given: SessionMetricsOptions = {}): Promise<TestApp> {
  return await buildApp({
    ...options,
    routes: app => {
      app.register(sessionMetrics, { registry: new Registry(), ...given })
      options.routes?.(app)
    }
  })
}

/** Reads a scrape by metric and labels, without their common prefix. */
async function scrape ({ newBrowser }: Pick<TestApp, 'newBrowser'>): Promise<Map<string, number>> {
  const { statusCode, body } = await newBrowser().get('/metrics')
  assert.equal(statusCode, 200)
  const lines = body.split('\n').filter(line => line.startsWith('session_security_'))
  return new Map(lines.map(line => {
    const [, name = '', value] = /^session_security_(.*) (\S+)$/.exec(line) ?? []
    return [name, Number(value)]
  }))
}

for (const kit of [memoryKit, redisKit()]) {
  describe(`the metrics on ${kit.name}`, () => {
    it('count what happens to sessions', async () => {
      let fails = true
      const app = await buildMeasured({
        kit,
        security: { maxSessionsPerUser: 2, onSessionEnd: () => { if (fails) throw new Error('try again') } },
        routes: app => {
          app.get('/private', { preHandler: requireSession() }, async () => 'private')
          app.post('/prove', async ({ sessionSecurity }) => { sessionSecurity.reauthenticated() })
          app.register(sessionAdmin, { authorize: () => true })
        }
      })
      const { clock, browser, newBrowser } = app
      await browser.post('/sign-in')
      clock.advance(7)
      await browser.get('/private')
      await browser.post('/prove')
      await newBrowser().get('/private')
      await newBrowser().get('/session_security/ping?idleFor=abc')
      clock.advance(13)
      const before = await scrape(app)
      assert.deepEqual(['live_sessions', 'pending_ends', 'lag_seconds'].map(name => before.get(name)), [0, 1, 3])
      await app.app.sessionSecurity.sweep()
      fails = false
      clock.advance(61)
      await app.app.sessionSecurity.sweep()
      for (const somebody of [newBrowser(), newBrowser(), browser]) await somebody.post('/sign-in')
      await app.app.sessionSecurity.endUser('ada', { by: 'ruth' })
      await app.app.sessionSecurity.shared.notifier.drain()
      const counted = await scrape(app)
      const expected = {
        starts_total: 4,
        renewals_total: 1,
        authentications_total: 1,
        evictions_total: 1,
        sign_outs_total: 0,
        'revocations_total{what="user",by="operator"}': 1,
        'ends_total{reason="idle",by="deadline"}': 1,
        'ends_total{reason="displaced",by="limit"}': 1,
        'ends_total{reason="revoked",by="operator"}': 2,
        'ends_total{reason="logout",by="user"}': 0,
        duration_seconds_count: 4,
        duration_seconds_sum: 17,
        'refusals_total{what="route",code="FST_SESSION_SECURITY_NO_SESSION"}': 1,
        'refusals_total{what="ping",code="FST_SESSION_SECURITY_BAD_PING"}': 1,
        'refusals_total{what="sign-in",code="FST_SESSION_SECURITY_TOO_MANY_SESSIONS"}': 0,
        unrecorded_activities_total: 0,
        warnings_extended_total: 1,
        sweep_seconds_count: 2,
        end_failures_total: 1,
        live_sessions: 0,
        pending_ends: 0,
        lag_seconds: 0,
        store_up: 1
      }
      assert.deepEqual(Object.fromEntries(Object.keys(expected).map(name => [name, counted.get(name)])), expected)
      await app.app.close()
    })

    it('say that the store is away, and how many activities that cost, in a scrape that does not fail', async () => {
      const steered = steeredKit(kit)
      const app = await buildMeasured({ kit: steered })
      await app.browser.post('/sign-in')
      steered.store.before = () => { throw new StoreUnavailableError('away') }
      assert.equal((await app.browser.get('/')).statusCode, 503)
      const away = await scrape(app)
      const gauges = ['store_up', 'live_sessions', 'pending_ends', 'lag_seconds']
      assert.deepEqual(gauges.map(name => away.get(name)), [0, undefined, undefined, undefined])
      const lost = 'refusals_total{what="request",code="FST_SESSION_SECURITY_STORE_UNAVAILABLE"}'
      assert.deepEqual([away.get(lost), away.get('unrecorded_activities_total')], [1, 1])
      steered.store.before = () => undefined
      const back = await scrape(app)
      assert.deepEqual(gauges.map(name => back.get(name)), [1, 1, 0, 0])
      await app.app.close()
    })

    it('ask the store once for sessions and once for tokens, and not at all with stats: false', async () => {
      for (const [stats, asked] of [[true, ['stats', 'token']], [false, []]] as const) {
        const steered = steeredKit(kit)
        const app = await buildMeasured({ kit: steered }, { stats })
        await app.browser.post('/sign-in')
        app.clock.advance(14)
        steered.store.calls.length = 0
        await scrape(app)
        assert.deepEqual(steered.store.calls, asked)
        await app.app.sessionSecurity.sweep()
        const { size } = await scrape(app)
        const told = await scrape(app)
        const gauges = ['live_sessions', 'lag_seconds', 'store_up'].map(name => told.get(name))
        assert.deepEqual(gauges, stats ? [0, 0, 1] : [undefined, 4, 1])
        assert.equal(told.size, size)
        await app.app.close()
      }
    })
  })
}

describe('the plugin of the metrics', () => {
  it('serves at another path, below a prefix, or nowhere, where the application serves its registry', async () => {
    const { app, newBrowser } = await buildApp({
      routes: app => {
        app.register(sessionMetrics, { registry: new Registry(), url: '/sessions', prefix: '/internal' })
      }
    })
    assert.match((await newBrowser().get('/internal/sessions')).body, /^session_security_starts_total 0$/m)
    assert.equal((await newBrowser().get('/metrics')).statusCode, 404)
    await app.close()
    const registry = new Registry()
    const unserved = await buildMeasured({}, { url: false, registry })
    assert.equal((await unserved.newBrowser().get('/metrics')).statusCode, 404)
    await unserved.browser.post('/sign-in')
    assert.match(await registry.metrics(), /^session_security_starts_total 1$/m)
    await unserved.app.close()
  })

  it('writes to the global registry of prom-client unless told otherwise, and leaves nothing behind', async () => {
    for (let runs = 0; runs < 2; runs++) {
      const { app, newBrowser } = await buildApp({ routes: app => { app.register(sessionMetrics) } })
      const { headers, body } = await newBrowser().get('/metrics')
      assert.equal(headers['content-type'], register.contentType)
      assert.equal(headers['cache-control'], 'no-store')
      assert.equal(headers['set-cookie'], undefined)
      assert.match(body, /^session_security_store_up 1$/m)
      await app.close()
    }
    assert.equal(await register.metrics(), '\n')
    for (const name of CHANNELS) assert.equal(channel(name).hasSubscribers, false, name)
  })

  it('writes OpenMetrics to a registry of that format', async () => {
    const registry = new Registry<OpenMetricsContentType>()
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
    const { app, browser } = await buildMeasured({}, { registry })
    const { headers, body } = await browser.get('/metrics')
    assert.match(String(headers['content-type']), /^application\/openmetrics-text/)
    assert.match(body, /# EOF\n$/)
    await app.close()
  })

  it('is no activity, and does not listen to what each request does', async () => {
    const { app, clock, browser } = await buildMeasured()
    await browser.post('/sign-in')
    assert.equal(channel('fastify-session-security:activity').hasSubscribers, false)
    for (let scrapes = 0; scrapes < 4; scrapes++) {
      clock.advance(3)
      await browser.get('/metrics')
    }
    assert.equal((await browser.get('/')).json().user, null)
    await app.close()
  })

  it('refuses wrong options, a store that cannot count, and a registry that has the metrics', async () => {
    const foreign = { store: fromSessionStore(new session.MemoryStore()) }
    const taken = new Registry()
    const first = await buildMeasured({}, { registry: taken })
    for (const [given, security, message] of [
      [{ registry: 3 }, {}, /Option "registry" must be a Registry of prom-client; received number\./],
      [{ url: 'metrics' }, {}, /Option "url" must be a path that starts with "\/", or false; received "metrics"\./],
      [{ stats: 'yes' }, {}, /Option "stats" must be true or false; received "yes"\./],
      [{ stats: true }, foreign, /Option "stats" must be false: this store cannot list its sessions; received true\./],
      [{ url: '/m', colour: 'red' }, {}, /There is no option "colour"\. The options are: registry, url, stats\./],
      [
        { registry: taken }, {},
        /Option "registry" must be without the metrics of sessions.*; received one that has them\./
      ]
    ] as const) {
      const options = given as unknown as SessionMetricsOptions
      await assert.rejects(buildMeasured({ security }, options), message)
    }
    await first.app.close()
    const built = await buildMeasured({ security: foreign })
    await built.browser.post('/sign-in')
    const counted = await scrape(built)
    assert.deepEqual([counted.get('starts_total'), counted.get('live_sessions')], [1, undefined])
    await built.app.close()
  })
})
