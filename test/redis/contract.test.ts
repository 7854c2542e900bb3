import { randomUUID } from 'node:crypto'
import { RedisStore } from '../../src/redis.ts'
import { redisOfSuite } from '../helpers/redis-of-suite.ts'
import { storeContract } from '../store/contract.ts'
import { withoutLayout } from '../helpers/session-keys.ts'

const redis = redisOfSuite({ clock: true })

storeContract('RedisStore', () => {
  const prefix = `${randomUUID()}:`
  return {
    open: async options => new RedisStore({ commandTimeout: 10, ...options, client: redis.client, prefix }),
    advance: async seconds => redis.server.advance(seconds),
    held: async () => withoutLayout(await redis.client.keys(`${prefix}*`)).length
  }
})
