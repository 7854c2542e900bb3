import { after, before, describe } from 'node:test'
import { createClient as createClient6 } from 'redis6'
import type { RedisClient } from '../../src/redis.ts'
import { fromNodeRedis } from '../../src/redis.ts'
import { redisOfSuite } from '../helpers/redis-of-suite.ts'
import { contractOfClient } from './contract-of-client.ts'

const redis = redisOfSuite({ clock: true })

/** The earlier version is in long-contracts.ts. */
const VERSIONS = {
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

    contractOfClient(`RedisStore on ${version}`, () => {
      return { client, servers: [redis.client], advance: seconds => redis.server.advance(seconds) }
    })
  })
}
