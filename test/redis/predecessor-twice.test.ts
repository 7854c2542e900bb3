import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RedisStore } from '../../src/redis.ts'
import type { RedisClient } from '../../src/store/redis/redis-client.ts'
import { redisOfSuite } from '../helpers/redis-of-suite.ts'
import { signIn } from '../store/contract-kit.ts'

const redis = redisOfSuite()

async function twice (command: () => Promise<unknown>): Promise<unknown> {
  await command()
  return await command()
}

const TERMS = { isAuthenticated: true, warnAfter: 300, expireAfter: 600, absoluteTimeout: false } as const

describe('a script that runs twice, because its first answer was lost', () => {
  it('renews a session all the same whose successor lies in another shard', async () => {
    const { client } = redis
    const split: RedisClient = {
      evalsha: async (sha1, count, ...words) => await twice(() => client.evalsha(sha1, count, ...words)),
      eval: async (script, count, ...words) => await twice(() => client.eval(script, count, ...words)),
      info: async section => await client.info(section),
      on: () => undefined,
      nodes: () => [client]
    }
    const store = new RedisStore({ client: split })
    const key = await signIn(store, store.idFor('before', 'ada'), { user: 'ada' })
    const next = store.keyOf(store.idFor('next', 'bob'))
    const begun = await store.begin(next, {
      contents: {}, terms: TERMS, user: 'bob', predecessor: { key, becomes: 'renewed' }
    })
    assert.equal(begun.state, 'begun')
    assert.equal((await store.find(next)).state, 'live')
    assert.deepEqual(await store.find(key), { state: 'renewed', successors: [] })
    const other = store.keyOf(store.idFor('other', 'eve'))
    const late = await store.begin(other, {
      contents: {}, terms: TERMS, user: 'eve', predecessor: { key, becomes: 'renewed' }
    })
    assert.deepEqual([late.state, (await store.find(other)).state], ['over', 'ended'], 'only one is its successor')
  })
})
