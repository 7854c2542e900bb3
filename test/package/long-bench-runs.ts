import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Row } from '../../bench/requests/report.ts'
import { runBench } from './run-bench.ts'

// Not part of `npm test`: it takes half a minute. `npm run test:long` runs it.

/** What the benches print and write, briefly: that they run, and no more. No figure of a machine is judged here. */
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
    const { figures } = JSON.parse(await readFile(json, 'utf8')) as { figures: Array<{ lists: { pageCommands: number } }> }
    assert.ok(figures.every(({ lists }) => lists.pageCommands === 1)) // one shard on one server
  })

  it('of the client weigh its parts, and count its pings', async () => {
    const tables = await runBench('client', [])
    assert.match(tables, /\| monitor +\| \d+ +\| \d+ +\|/)
    assert.match(tables, /\| 40 +\| \d+ +\| \d+ +\|/)
  })
})
