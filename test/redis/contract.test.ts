import { randomUUID } from 'node:crypto'
import { after, before } from 'node:test'
import type { Redis } from 'ioredis'
import { RedisStore } from '../../src/redis.ts'
import type { UnixRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { storeContract } from '../store/contract.ts'
import { withoutLayout } from '../helpers/session-keys.ts'

let server: UnixRedisServer
let client: Redis
before(async () => {
  server = await startRedis({ clock: true })
  client = server.connect()
})
after(async () => await server.stop())

storeContract('RedisStore', () => {
  const prefix = `${randomUUID()}:`
  return {
    open: async options => new RedisStore({ commandTimeout: 10, ...options, client, prefix }),
    advance: async seconds => server.advance(seconds),
    held: async () => withoutLayout(await client.keys(`${prefix}*`)).length
  }
})
