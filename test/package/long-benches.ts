import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { ClusterRow } from '../../bench/cluster/report.ts'
import type { UnitRow } from '../../bench/units/report.ts'
import { runBench } from './run-bench.ts'

/** What the benches print and write, briefly: that they run, and no more. No figure of a machine is judged here. */
describe('the benches that take longer', () => {
  let dir: string
  before(async () => { dir = await mkdtemp(join(tmpdir(), 'benches-')) })
  after(async () => { await rm(dir, { recursive: true }) })

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
