import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, beforeEach, describe, it } from 'node:test'
import { Cluster } from 'ioredis'
import { RedisStore } from '../../src/redis.ts'
import { findSession } from '../../src/store/administration.ts'
import { buildApp } from '../helpers/app.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import type { RedisCluster } from '../helpers/redis-cluster.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { redisOfSuite } from '../helpers/redis-of-suite.ts'
import { beginAs, signIn } from '../store/contract-kit.ts'

const LAYOUT = 'fss:{0}layout'
const WRONG = { code: 'FST_SESSION_SECURITY_LAYOUT', message: /prefix "fss:" lie in 256 shards.* look for them in 1/ }

describe('the number of shards', () => {
  const redis = redisOfSuite()
  beforeEach(async () => { await redis.client.flushall() })
  const open = (): RedisStore => new RedisStore({ client: redis.client, commandTimeout: 10 })

  it('is written down before the first session, and is asked for once', async () => {
    const store = open()
    await signIn(store, 'one')
    assert.equal(await redis.client.get(LAYOUT), '1')
    await redis.client.config('RESETSTAT')
    await signIn(store, 'two')
    assert.match(await redis.client.info('commandstats'), /cmdstat_evalsha:calls=1,/)
  })

  it('stops every call, and health(), while it differs, and none once it is right', async () => {
    const store = open()
    await redis.client.set(LAYOUT, '256')
    const key = store.keyOf('one')
    const calls: Record<string, () => Promise<unknown>> = {
      begin: () => beginAs(store, 'one'),
      load: () => store.load(key, null),
      recordActivity: () => store.recordActivity(key, 0),
      end: () => store.end(key, 'logout'),
      endUser: () => store.endUser('ada', 'revoked'),
      claimEnds: () => store.claimEnds(1),
      list: () => store.list({ state: 'live', limit: 1 }),
      stats: () => store.stats(),
      tokens: () => store.tokens.find('x'),
      check: () => store.check()
    }
    for (const [name, call] of Object.entries(calls)) await assert.rejects(call(), WRONG, name)
    assert.deepEqual(await redis.client.keys('*'), [LAYOUT])
    const kit = { name: 'RedisStore', open: () => ({ store, clock: new FakeClock(), held: async () => 0 }) }
    const { app, browser } = await buildApp({ kit })
    assert.deepEqual((await app.sessionSecurity.health()).healthy, false)
    assert.match(String((await app.sessionSecurity.health()).why), WRONG.message)
    assert.equal((await browser.post('/sign-in')).json().code, WRONG.code)
    await redis.client.set(LAYOUT, '1')
    assert.equal((await beginAs(store, 'one')).state, 'begun')
    assert.equal((await app.sessionSecurity.health()).healthy, true)
    await app.close()
  })

  it('is found to be another by a sweep, and by the first command of a new connection', async () => {
    for (const notice of ['sweep', 'connection'] as const) {
      await redis.client.del(LAYOUT)
      const own = redis.server.connect()
      const store = new RedisStore({ client: own, commandTimeout: 10 })
      await signIn(store, `before ${notice}`)
      await redis.client.set(LAYOUT, '256')
      if (notice === 'sweep') await assert.rejects(store.claimEnds(1), WRONG)
      else await Promise.all([once(own, 'close'), redis.client.client('KILL', 'ID', await own.client('ID'))])
      await assert.rejects(beginAs(store, `after ${notice}`), WRONG)
    }
  })

  it('is written again if it is gone', async () => {
    const store = open()
    await signIn(store, 'one')
    await redis.client.flushall()
    await store.claimEnds(1)
    assert.equal(await redis.client.get(LAYOUT), '1')
  })

  it('goes on to count while Redis keeps no more', async () => {
    const store = open()
    await redis.client.config('SET', 'maxmemory', '1')
    try {
      assert.equal((await store.find(store.keyOf('one'))).state, 'unknown')
    } finally {
      await redis.client.config('SET', 'maxmemory', '0')
    }
  })
})

describe('a Cluster', () => {
  let cluster: RedisCluster
  before(async () => { cluster = await startCluster(2) })
  after(async () => await cluster.stop())
  beforeEach(async () => { for (const { client } of cluster.nodes) await client.flushall() })
  const connect = (): Cluster => new Cluster(cluster.nodes.map(({ server: { port } }) => ({ host: '127.0.0.1', port })))

  it('has 256 shards', async () => {
    const client = connect()
    const store = new RedisStore({ client, commandTimeout: 10 })
    await signIn(store, 'one')
    assert.equal(await client.get(LAYOUT), '256')
    client.disconnect()
  })

  it('continues with one shard if it has the sessions of one server', async () => {
    const client = connect()
    await client.set(LAYOUT, '1')
    const store = new RedisStore({ client, commandTimeout: 10 })
    await assert.rejects(
      store.find(store.keyOf('x')), { code: 'FST_SESSION_SECURITY_STORE_UNAVAILABLE' }
    ) // keys were made for 256
    await new RedisStore({ client, commandTimeout: 10 }).check()
    const keys = await Promise.all(Array.from(
      { length: 20 }, async (_, i) => await signIn(store, `s${i}`, { user: `u${i}` })
    ))
    assert.equal(keys[0]?.length, 43)
    assert.equal((await store.list({ state: 'live', limit: 50 })).rows.length, 20)
    assert.equal((await findSession(store, keys[7] ?? ''))?.user, 'u7')
    assert.equal((await store.endUser('u7', 'revoked')).length, 1)
    const found = (await Promise.all(cluster.nodes.map(async node => await node.client.keys('fss:*')))).flat()
    assert.deepEqual([...new Set(found.map(key => /\{.*\}/.exec(key)?.[0]))], ['{0}'])
    client.disconnect()
  })
})
