import { redisOfSuite } from '../helpers/redis-of-suite.ts'
import { testHistories } from '../store/history.ts'
import { openWorld } from './history-world.ts'

const redis = redisOfSuite({ clock: true })

testHistories({
  name: 'RedisStore',
  runs: 100,
  open: () => openWorld({
    client: redis.client, servers: [redis.client], advance: seconds => redis.server.advance(seconds)
  })
})
