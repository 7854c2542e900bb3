import { Cluster, Redis } from 'ioredis'
import type * as valkey from 'iovalkey'
import * as redis5 from 'redis5'
import * as redis6 from 'redis6'
import { describe, expect, test } from 'tstyche'
import { MemoryStore } from '../../src/index.ts'
import type { ActivityStore } from '../../src/index.ts'
import { fromNodeRedis, RedisStore } from '../../src/redis.ts'
import type { RedisClient, RedisStoreOptions } from '../../src/redis.ts'

describe('RedisStore', () => {
  test('takes the clients of ioredis as they are', () => {
    expect<RedisClient>().type.toBeAssignableFrom<Redis>()
    expect<RedisClient>().type.toBeAssignableFrom<Cluster>()
    expect(RedisStore).type.toBeConstructableWith({ client: new Redis() })
    expect(RedisStore).type.toBeConstructableWith({
      client: new Redis({
        sentinels: [{ host: 'a', port: 1 }], name: 'master', tls: {}, keyPrefix: 'app:', enableAutoPipelining: true
      })
    })
    expect(RedisStore).type.toBeConstructableWith({
      client: new Cluster([{ host: 'a', port: 1 }], { redisOptions: { tls: {} } })
    })
  })

  test('takes the clients of iovalkey as they are', () => {
    expect<RedisClient>().type.toBeAssignableFrom<valkey.Redis>()
    expect<RedisClient>().type.toBeAssignableFrom<valkey.Cluster>()
  })

  test('takes those of node-redis through fromNodeRedis only', () => {
    expect(RedisStore).type.toBeConstructableWith({ client: fromNodeRedis(redis6.createClient()) })
    expect(RedisStore).type.not.toBeConstructableWith({ client: redis5.createClient() })
    expect(RedisStore).type.not.toBeConstructableWith({ client: redis6.createClient() })
  })

  test('takes nothing that is no client, and no unknown option', () => {
    expect<RedisStoreOptions>().type.not.toBeAssignableFrom<{ client: {} }>()
    expect<RedisStoreOptions>().type.not.toBeAssignableFrom<{}>()
    expect(RedisStore).type.not.toBeConstructableWith({ client: new Redis(), url: 'redis://' })
  })

  test('takes undefined for what is not given', () => {
    const none = { retention: undefined, maxSessionBytes: undefined, maxSessionFields: undefined, clock: undefined }
    expect(MemoryStore).type.toBeConstructableWith(none)
    const more = { client: new Redis(), prefix: undefined, commandTimeout: undefined }
    expect(RedisStore).type.toBeConstructableWith({ ...none, ...more })
  })

  test('is a store that keeps activity', () => {
    expect<ActivityStore>().type.toBeAssignableFrom<RedisStore>()
    expect<RedisStoreOptions['prefix']>().type.toBe<string | undefined>()
  })
})

describe('fromNodeRedis', () => {
  const nodes = { rootNodes: [{ url: 'redis://a' }] }
  const sentinels = { name: 'master', sentinelRootNodes: [{ host: 'a', port: 1 }] }

  test('takes the clients of node-redis 5, of any protocol and with modules, scripts and mappings of their own', () => {
    expect(fromNodeRedis).type.toBeCallableWith(redis5.createClient())
    expect(fromNodeRedis).type.toBeCallableWith(redis5.createClient({
      url: 'redis://a', RESP: 3, disableOfflineQueue: true
    }))
    expect(fromNodeRedis).type.toBeCallableWith(redis5.createClient()
      .withTypeMapping({ [redis5.RESP_TYPES.BLOB_STRING]: Buffer }))
    expect(fromNodeRedis).type.toBeCallableWith(redis5.createCluster(nodes))
    expect(fromNodeRedis).type.toBeCallableWith(redis5.createCluster({ ...nodes, RESP: 3, useReplicas: true }))
    expect(fromNodeRedis).type.toBeCallableWith(redis5.createSentinel(sentinels))
  })

  test('takes those of node-redis 6', () => {
    expect(fromNodeRedis).type.toBeCallableWith(redis6.createClient())
    expect(fromNodeRedis).type.toBeCallableWith(redis6.createClient({ url: 'redis://a', RESP: 2, keyPrefix: 'app:' }))
    expect(fromNodeRedis).type.toBeCallableWith(redis6.createClient()
      .withTypeMapping({ [redis6.RESP_TYPES.BLOB_STRING]: Buffer }))
    expect(fromNodeRedis).type.toBeCallableWith(redis6.createCluster(nodes))
    expect(fromNodeRedis).type.toBeCallableWith(redis6.createCluster({ ...nodes, RESP: 2, keyPrefix: 'app:' }))
    expect(fromNodeRedis).type.toBeCallableWith(redis6.createSentinel(sentinels))
    expect(fromNodeRedis).type.toBeCallableWith(redis6.createSentinel({ ...sentinels, masterPoolSize: 2 }))
  })

  test('takes no other', () => {
    expect(fromNodeRedis).type.not.toBeCallableWith(new Redis())
    expect(fromNodeRedis).type.not.toBeCallableWith(redis5.createClientPool())
    expect(fromNodeRedis).type.not.toBeCallableWith(redis6.createClientPool())
    expect(fromNodeRedis).type.not.toBeCallableWith({})
  })
})
