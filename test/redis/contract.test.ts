import { redisOfSuite } from '../helpers/redis-of-suite.ts'
import { contractOfClient } from './contract-of-client.ts'

const redis = redisOfSuite({ clock: true })

contractOfClient('RedisStore', () => {
  const { client, server } = redis
  return { client, servers: [client], advance: seconds => server.advance(seconds) }
})
