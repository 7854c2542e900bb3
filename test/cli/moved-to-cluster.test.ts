import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { SessionSummary } from '../../src/store/summary.ts'
import { RedisStore } from '../../src/redis.ts'
import type { Handle } from '../../src/index.ts'
import { buildApp } from '../helpers/app.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import type { RedisCluster } from '../helpers/redis-cluster.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { run } from './run.ts'
import { signInMany } from './seed.ts'

describe('a Cluster with the data of one server', () => {
  let cluster: RedisCluster
  let handles: Handle[]
  before(async () => { cluster = await startCluster(2) })
  after(async () => await cluster.stop())
  beforeEach(async () => {
    for (const { client } of cluster.nodes) await client.flushall()
    const client = cluster.connect()
    await client.set('fss:{0}layout', '1')
    const store = new RedisStore({ client, commandTimeout: 10 })
    await store.check()
    handles = await signInMany(store, 20, { user: 'ada' })
    await store.end(handles.pop() ?? '', 'logout')
    for (const { length } of handles) assert.equal(length, 43) // without the letters of a shard
  })

  async function ask<Answer> (...args: string[]): Promise<Answer> {
    const { code, out, err } = await run([...args, '--json', '--cluster'], { REDIS_URL: cluster.nodes[1]?.server.url })
    assert.deepEqual([code, err], [0, ''], args.join(' '))
    return JSON.parse(out)
  }

  it('is listed, counted, ended and swept by the command line, at the first call', async () => {
    const { sessions } = await ask<{ readonly sessions: readonly SessionSummary[] }>('list')
    assert.deepEqual(sessions.map(({ handle }) => handle).toSorted(), handles.toSorted())
    const { live, ended } = await ask<{ readonly live: number, readonly ended: number }>('stats')
    assert.deepEqual([live, ended], [19, 1])
    const [first = ''] = handles
    const other = handles.findLast(handle => !handle.startsWith('-')) ?? ''
    const { sessions: [shown] } = await ask<{ readonly sessions: readonly SessionSummary[] }>('show', other.slice(0, 9))
    assert.equal(shown?.handle, other)
    assert.equal((await ask<{ readonly ended: readonly SessionSummary[] }>('end', first)).ended[0]?.handle, first)
    const { code, err } = await run(['sweep', '--json', '--cluster'], { REDIS_URL: cluster.nodes[0]?.server.url })
    assert.deepEqual([code, err], [0, ''])
    assert.deepEqual(await ask('stats'), { live: 18, ended: 2, expired: 0, pending: 2, lag: 0, tokens: 0 })
  })

  it('is healthy to an application at its first call, and signs people in there', async () => {
    const fresh = (): RedisStore => new RedisStore({ client: cluster.connect(), commandTimeout: 10 })
    await fresh().check()
    const store = fresh()
    const kit = { name: 'RedisStore', open: () => ({ store, clock: new FakeClock(), held: async () => 0 }) }
    const { app, browser } = await buildApp({ kit })
    assert.deepEqual(await app.sessionSecurity.health(), { healthy: true })
    assert.equal((await browser.post('/sign-in')).statusCode, 200)
    assert.equal((await app.sessionSecurity.list({ user: 'ada' })).sessions.length, 20)
    await app.close()
  })
})
