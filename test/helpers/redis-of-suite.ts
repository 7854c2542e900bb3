import { after, before } from 'node:test'
import type { Redis } from 'ioredis'
import type { UnixRedisServer } from './redis-server.ts'
import { startRedis } from './redis-server.ts'

/** A Redis, and a client of it: there while the tests of a suite run. */
export interface RedisOfSuite {
  readonly server: UnixRedisServer
  readonly client: Redis
}

/** Starts a Redis for the calling suite or file, and stops it after its tests. */
export function redisOfSuite (options: { readonly clock?: boolean } = {}): RedisOfSuite {
  let started: RedisOfSuite | undefined
  before(async () => {
    const server = await startRedis(options)
    started = { server, client: server.connect() }
  })
  after(async () => await started?.server.stop())
  const get = (): RedisOfSuite => {
    if (started === undefined) throw new Error('the Redis of the suite is there when its tests run')
    return started
  }
  return { get server () { return get().server }, get client () { return get().client } }
}
