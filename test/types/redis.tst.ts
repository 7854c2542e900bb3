import { Cluster, Redis } from 'ioredis'
import { describe, expect, test } from 'tstyche'
import { MemoryStore } from '../../src/index.ts'
import type { ActivityStore } from '../../src/index.ts'
import { RedisStore } from '../../src/redis.ts'
import type { RedisClient, RedisStoreOptions } from '../../src/redis.ts'

describe('RedisStore', () => {
  test('takes the clients of ioredis as they are', () => {
    expect<RedisClient>().type.toBeAssignableFrom<Redis>()
    expect<RedisClient>().type.toBeAssignableFrom<Cluster>()
    expect(RedisStore).type.toBeConstructableWith({ client: new Redis() })
    expect(RedisStore).type.toBeConstructableWith({ client: new Redis({ sentinels: [{ host: 'a', port: 1 }], name: 'master', tls: {}, keyPrefix: 'app:', enableAutoPipelining: true }) })
    expect(RedisStore).type.toBeConstructableWith({ client: new Cluster([{ host: 'a', port: 1 }], { redisOptions: { tls: {} } }) })
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
