import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { ClusterRow } from '../../bench/cluster/report.ts'
import type { Row } from '../../bench/requests/report.ts'
import type { UnitRow } from '../../bench/units/report.ts'
import { runBench } from './run-bench.ts'

// Not part of `npm test`: they take minutes. `npm run test:long` runs them.

/** Checks that the benches run. The figures of such short runs mean nothing. No figure of a machine is judged here. */
describe('the benches', () => {
  let dir: string
  before(async () => { dir = await mkdtemp(join(tmpdir(), 'benches-')) })
  after(async () => { await rm(dir, { recursive: true }) })

  it('of requests set what is asked for beside the floors and references, and count what Redis is asked', async () => {
    const json = join(dir, 'requests.json')
    const args = ['Redis: within', '--rounds', '1', '--seconds', '0.2', '--browsers', '1,20']
    const table = await runBench('requests', [...args, '--prof', '--json', json])
    assert.match(table, /\| bare Fastify +\| 1 [^\n]*\n\| bare Fastify +\| 20 [^\n]*\n\| one GET +\|/)
    assert.match(table, /\n\| ours, Redis: within the throttle +\| % +\|(?:\n[^\n]+)*\n\| fastify-session-security +\|/)
    const { rows } = JSON.parse(await readFile(json, 'utf8')) as { rows: Row[] }
    const references = ['bare Fastify', 'one GET', 'connect-redis, rolling', 'connect-redis, not rolling']
    const names = [...references, 'ours, Redis: within the throttle']
    assert.deepEqual(rows.map(row => [row.name, row.browsers]), names.flatMap(name => [[name, 1], [name, 20]]))
    const commands = rows.map(({ redis }) => redis.commands)
    assert.deepEqual(commands.slice(0, 4).map(Math.round), [0, 0, 1, 1])
    assert.ok(commands.slice(8).every(count => count > 0 && count < 1.05), 'one read, or its part of one')
    assert.ok(rows.every(({ perSecond, times: { bare, rolling } }) => perSecond > 0 && bare && rolling))
  })

  it('of the stores go through every size that is asked for', async () => {
    const json = join(dir, 'stores.json')
    const tables = await runBench('stores', ['200,400', '--json', json])
    assert.equal(tables.match(/^\| (?:200|400) +\|/gm)?.length, 6)
    const { figures } = JSON.parse(await readFile(json, 'utf8')) as {
      figures: Array<{ lists: { pageCommands: number } }>
    }
    assert.ok(figures.every(({ lists }) => lists.pageCommands === 1)) // one shard on one server
  })

  it('of the client weigh its parts, and count its pings', async () => {
    const tables = await runBench('client', [])
    assert.match(tables, /\| monitor +\| \d+ +\| \d+ +\|/)
    assert.match(tables, /\| 40 +\| \d+ +\| \d+ +\|/)
  })

  it('of Redis set every unit beside what connect-redis asks, and count the commands of each', async () => {
    const json = join(dir, 'units.json')
    const args = ['--rounds', '1', '--calls', '40', '--sessions', '200', '--bounds', '1', '--json', json]
    const tables = await runBench('redis-units', args)
    assert.match(tables, /\| load, active, moves the index +\|/)
    assert.match(tables, /\| 1000 fields, names of 58 characters +\| end +\|/)
    assert.match(tables, /\| live, 200 bytes in one value, 100 of each user, with device +\| [-\d]+ +\| [-.\d]+ +\|/)
    assert.match(tables, /\| 100000000 +\| 27778 +\| 86400 +\| \d+ GB +\| \d+ GB +\| \d+ GB +\|/)
    const { units } = JSON.parse(await readFile(json, 'utf8')) as { units: UnitRow[] }
    const commands = new Map(units.map(({ name, alone }) => [name, Math.round(alone.commands)]))
    const ones = ['GET', 'load, active', 'sign-in', 'first sign-in under a limit', 'log-out', 'list page of 50']
    assert.deepEqual(ones.map(name => commands.get(name)), ones.map(() => 1))
    assert.equal(commands.get('GET + SET'), 2)
    assert.ok(units.every(({ alone, together }) => alone.cpuUs > 0 && together.cpuUs > 0))
  })

  it('of connections count what they ask of Redis, and time ends', async () => {
    const json = join(dir, 'connections.json')
    const table = await runBench('connections', ['100', '--seconds', '6', '--json', json])
    assert.match(table, /\| 100 +\| \d+ +\| [\d.]+ +\|/)
    const { figures: [figure] } = JSON.parse(await readFile(json, 'utf8'))
    assert.ok(figure.commands > 0 && figure.heap > 0 && figure.p50Ms > 0)
  })

  it('of a Cluster load every master, move slots meanwhile, and reckon on paper', async () => {
    const json = join(dir, 'cluster.json')
    const args = ['within', '--masters', '3', '--rounds', '1', '--seconds', '0.3', '--browsers', '5', '--people', '20']
    const fewer = ['--servers', '1', '--calls', '20', '--sessions', '200']
    const tables = await runBench('cluster', [...args, ...fewer, '--json', json])
    assert.match(tables, /\nThe first limit that is met: [^\n]+, at [\d.]+ times this load\./)
    const { figures } = JSON.parse(await readFile(json, 'utf8')) as { figures: Array<{ rows: ClusterRow[] }> }
    const rows = figures.flatMap(figure => figure.rows)
    assert.deepEqual(rows.map(({ name, movesPerSecond }) => [name, movesPerSecond > 0]), [
      ['ours, Redis: within the throttle', false], ['ours, Redis: within the throttle, slots move', true]
    ])
    assert.ok(rows.every(({ masters, redis }) => masters === 3 && redis.cpuUsOfEach.every(us => us > 0)))
  })
})
