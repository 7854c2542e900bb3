import { randomUUID } from 'node:crypto'
import { after, before, describe } from 'node:test'
import { createClient as createClient5 } from 'redis5'
import { createClient as createClient6 } from 'redis6'
import type { RedisClient } from '../../src/redis.ts'
import { fromNodeRedis, RedisStore } from '../../src/redis.ts'
import { redisOfSuite } from '../helpers/redis-of-suite.ts'
import { withoutLayout } from '../helpers/session-keys.ts'
import { storeContract } from '../store/contract.ts'

const redis = redisOfSuite({ clock: true })

const VERSIONS = {
  'node-redis 5': () => createClient5({ socket: { path: redis.server.path, tls: false } }),
  'node-redis 6': () => createClient6({ socket: { path: redis.server.path, tls: false } })
}

for (const [version, create] of Object.entries(VERSIONS)) {
  describe(`through ${version}`, () => {
    let client: RedisClient
    let end: () => void
    before(async () => {
      const connected = create()
      client = fromNodeRedis(connected)
      await connected.connect()
      end = () => connected.destroy()
    })
    after(() => end())

    storeContract(`RedisStore on ${version}`, () => {
      const prefix = `${randomUUID()}:`
      return {
        open: async options => new RedisStore({ commandTimeout: 10, ...options, client, prefix }),
        advance: async seconds => redis.server.advance(seconds),
        held: async () => withoutLayout(await redis.client.keys(`${prefix}*`)).length
      }
    })
  })
}
