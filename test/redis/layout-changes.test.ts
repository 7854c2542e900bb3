import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { RedisStore } from '../../src/redis.ts'
import { buildApp } from '../helpers/app.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import type { RedisCluster } from '../helpers/redis-cluster.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { redisOfSuite } from '../helpers/redis-of-suite.ts'
import { listAll, signIn, stateOf } from '../store/contract-kit.ts'

const LAYOUT = 'fss:{0}layout'
const CODE = 'FST_SESSION_SECURITY_LAYOUT'

describe('the number of shards of one server', () => {
  const redis = redisOfSuite()
  beforeEach(async () => { await redis.client.flushall() })
  const open = (): RedisStore => new RedisStore({ client: redis.client, commandTimeout: 10 })

  it('is written by the first sign-in, and by nothing that only reads', async () => {
    const store = open()
    const key = store.keyOf('one')
    const reads: Record<string, () => Promise<unknown>> = {
      list: () => store.list({ state: 'live', limit: 1 }),
      'list in order': () => store.list({ state: 'ended', order: 'ends-last', limit: 1 }),
      find: () => store.find(key),
      load: () => store.load(key, null),
      'load with an activity': () => store.load(key, { throttleMs: 0 }),
      stats: () => store.stats(),
      'tokens.find': () => store.tokens.find('x'),
      'tokens.list': () => store.tokens.list({ limit: 1 }),
      'tokens.count': () => store.tokens.count(),
      check: () => store.check()
    }
    for (const [name, read] of Object.entries(reads)) {
      await read()
      assert.deepEqual(await redis.client.keys('*'), [], name)
    }
    await signIn(store, 'one')
    assert.equal(await redis.client.get(LAYOUT), '1')
  })

  it('is shown as it is if it is no number', async () => {
    for (const found of ['x', '', '-', 'NaN']) {
      await redis.client.set(LAYOUT, found)
      const store = open()
      for (const call of [() => store.check(), () => signIn(store, 'one'), () => store.claimEnds(1)]) {
        await assert.rejects(call, (error: Error & { readonly code?: string }) => {
          assert.equal(error.code, CODE)
          assert.ok(error.message.includes(` lie in "${found}" shards`), error.message)
          if (found !== 'NaN') assert.doesNotMatch(error.message, /NaN|%/)
          return true
        })
      }
      assert.equal(await redis.client.get(LAYOUT), found)
    }
  })
})

describe('stores that go on with one shard on a Cluster', () => {
  let cluster: RedisCluster
  before(async () => { cluster = await startCluster(2) })
  after(async () => await cluster.stop())
  const open = (): RedisStore => new RedisStore({ client: cluster.connect(), commandTimeout: 10 })

  it('go on with 256 after FLUSHALL and the sign-in of another node, after one call at the latest', async () => {
    await cluster.connect().set(LAYOUT, '1')
    const clock = new FakeClock()
    const nodes = await Promise.all([1, 2, 3].map(async number => {
      const store = open()
      await store.check()
      assert.equal((await signIn(store, `before ${number}`)).length, 43)
      const kit = { name: 'RedisStore', open: () => ({ store, clock, held: async () => 0 }) }
      return await buildApp({ kit })
    }))
    for (const { client } of cluster.nodes) await client.flushall()
    const key = await signIn(open(), 'of another node', { user: 'eve' })
    assert.equal(key.length, 45)
    assert.equal(await cluster.connect().get(LAYOUT), '256')
    const notices = ['claimEnds', 'health', 'sweep'] as const
    for (const [i, { app, store }] of nodes.entries()) {
      const notice = notices[i]
      if (notice === 'claimEnds') await store.claimEnds(1).catch(() => { /* it learns the number of shards */ })
      if (notice === 'health') await app.sessionSecurity.health()
      if (notice === 'sweep') await app.sessionSecurity.sweep().catch(() => { /* it learns the number of shards */ })
      assert.equal(await stateOf(store, key), 'live', notice)
      assert.equal((await signIn(store, `after ${i}`, { user: 'eve' })).length, 45)
      assert.equal((await listAll(store, { state: 'live', limit: 50 })).length, 2 + i)
      assert.deepEqual(await app.sessionSecurity.health(), { healthy: true })
      await app.close()
    }
  })
})
