import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Registry } from 'prom-client'
import { sessionMetrics } from '../../src/metrics.ts'
import { findExecutable } from '../helpers/debian-package.ts'
import { freePort } from '../helpers/free-port.ts'
import { until } from '../helpers/redis-process.ts'
import { openSite } from '../redis/site.ts'

const EXAMPLES = fileURLToPath(new URL('../../examples/observability/', import.meta.url))
const JOB = 'app'
const ALERTS = [
  'SessionActivitiesLost', 'SessionEndsNotNotified', 'SessionStoreAway', 'SessionStoreRefuses', 'SessionsLost',
  'SessionsNotSwept'
]

const CHECKS = [
  ['check', 'rules', 'alerts.yml'], ['test', 'rules', 'alerts.test.yml'], ['check', 'config', 'prometheus.yml']
]

/**
 * The times of the rules, as a test can wait for them: minutes are seconds. The expression of each rule stays as it is.
 */
function hurried (rules: string): string {
  return rules
    .replaceAll(/for: \S+/g, 'for: 1s')
    .replaceAll(/\[\d+m\]|offset \d+m/g, text => text.replace(/\d+m/, '10s'))
    .replace('> 180', '> 2')
}

describe('a real Prometheus', () => {
  it('takes the rules, the tests of the rules and the configuration', async () => {
    const promtool = find('promtool')
    for (const args of CHECKS) {
      const { stdout } = await promisify(execFile)(promtool, args, { cwd: EXAMPLES })
      assert.match(stdout, /SUCCESS/)
    }
  })

  it('scrapes the metrics, answers every query of the dashboard, and raises every alert and takes it back', async t => {
    let fails = true
    const { app, browser, newBrowser, server, client } = await openSite(t, {
      security: {
        warnAfter: 2,
        expireAfter: 4,
        onSessionEnd: () => { if (fails) throw new Error('the database of the application is away') }
      },
      routes: app => { app.register(sessionMetrics, { registry: new Registry() }) }
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const { query, firing } = await startPrometheus(t, `127.0.0.1:${port}`)
    await until('the target is scraped', async () => (await query(`up{job="${JOB}"} == 1`)).length === 1)
    assert.deepEqual(await firing(), [])

    for (let i = 0; i < 3; i++) await newBrowser().post('/sign-in')
    await until('they are seen', async () => await value(query, 'max(session_security_live_sessions)') === 3)
    assert.equal(await value(query, 'sum(session_security_starts_total)'), 3)
    // Nobody sweeps: they expire, and wait.
    await until('an alert', async () => (await firing()).includes('SessionsNotSwept'), 20_000)
    await app.sessionSecurity.sweep()
    await until('an alert', async () => (await firing()).includes('SessionEndsNotNotified'), 20_000)
    fails = false
    await until('it is over', async () => !(await firing()).some(name => /NotSwept|NotNotified/.test(name)), 30_000)

    await browser.post('/sign-in')
    await server.kill()
    assert.equal((await browser.get('/')).statusCode, 503)
    await until('both alerts', async () => {
      const names = await firing()
      return names.includes('SessionStoreAway') && names.includes('SessionActivitiesLost')
    }, 20_000)
    await server.restart()
    await until('it is over', async () => !(await firing()).includes('SessionStoreAway'), 20_000)

    await client.redis.config('SET', 'maxmemory', '1mb')
    await until('an alert', async () => {
      assert.equal((await newBrowser().post('/sign-in')).statusCode, 503)
      return (await firing()).includes('SessionStoreRefuses')
    }, 40_000)
    assert.deepEqual(await app.sessionSecurity.health(), { healthy: true })
    await client.redis.config('SET', 'maxmemory', '0')
    await until('it is over', async () => !(await firing()).includes('SessionStoreRefuses'), 20_000)

    const lasting = Array.from({ length: 30 }, () => newBrowser())
    for (const person of lasting) await person.post('/sign-in')
    let seenAtMs = performance.now()
    await until('they are alive for longer than the alert looks back', async () => {
      if (performance.now() - seenAtMs > 1000) {
        await Promise.all(lasting.map(async person => await person.get('/')))
        seenAtMs = performance.now()
      }
      return await value(query, 'min(min_over_time(session_security_live_sessions[12s]))') === 30
    }, 60_000)
    assert.ok(!(await firing()).includes('SessionsLost'))
    await client.redis.flushall()
    await until('an alert', async () => (await firing()).includes('SessionsLost'), 20_000)
    await until('all alerts are over', async () => (await firing()).length === 0, 60_000)

    const { panels } = JSON.parse(await readFile(join(EXAMPLES, 'dashboard.json'), 'utf8')) as Dashboard
    const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
    assert.ok(expressions.length > 20)
    for (const expr of expressions) {
      const asked = expr.replaceAll('$__rate_interval', '1m').replaceAll('$job', JOB)
      assert.ok((await query(asked)).length > 0, expr)
    }
  })
})

interface Dashboard {
  readonly panels: ReadonlyArray<{ readonly targets: ReadonlyArray<{ readonly expr: string }> }>
}

interface Sample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}

type Query = (expression: string) => Promise<readonly Sample[]>

interface Prometheus {
  readonly query: Query
  /** The names of the alerts that are raised. */
  readonly firing: () => Promise<string[]>
}

/** Starts one that scrapes that address each second, with the rules of the examples, hurried. */
async function startPrometheus (test: Pick<TestContext, 'after'>, target: string): Promise<Prometheus> {
  const program = find('prometheus')
  const folder = await mkdtemp(join(tmpdir(), 'prometheus-'))
  const [config, rules] = await Promise.all(['prometheus.yml', 'alerts.yml'].map(async name => {
    return await readFile(join(EXAMPLES, name), 'utf8')
  })) as [string, string]
  assert.match(config, /127\.0\.0\.1:9464/)
  await writeFile(join(folder, 'alerts.yml'), hurried(rules))
  await writeFile(join(folder, 'prometheus.yml'), config.replaceAll('15s', '1s').replace('127.0.0.1:9464', target))
  const address = `127.0.0.1:${await freePort()}`
  const child = spawn(program, [
    `--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=${address}`, '--log.level=error'
  ], { stdio: ['ignore', 'ignore', 'inherit'] })
  test.after(async () => {
    await end(child)
    await rm(folder, { recursive: true, force: true })
  })
  const ask = async (path: string): Promise<unknown> => {
    const response = await fetch(`http://${address}/api/v1/${path}`)
    const { status, data, error } = await response.json() as { status: string, data: unknown, error?: string }
    assert.equal(status, 'success', error)
    return data
  }
  await until('it is ready', async () => await fetch(`http://${address}/-/ready`).then(({ ok }) => ok, () => false))
  const query: Query = async expression => {
    return (await ask(`query?query=${encodeURIComponent(expression)}`) as { result: Sample[] }).result
  }
  const firing = async (): Promise<string[]> => {
    const { alerts } = await ask('alerts') as { alerts: Array<{ state: string, labels: { alertname: string } }> }
    const names = alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname)
    assert.deepEqual(names.filter(name => !ALERTS.includes(name)), [])
    return names
  }
  return { query, firing }
}

async function value (query: Query, expression: string): Promise<number> {
  const [{ value: [, text] = [0, 'NaN'] } = {}] = await query(expression)
  return Number(text)
}

async function end (child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

function find (name: 'prometheus' | 'promtool'): string {
  const found = findExecutable([name])
  if (found !== undefined) return found
  throw new Error(`This test needs ${name}: install Debian's package "prometheus", without starting its service.`)
}
