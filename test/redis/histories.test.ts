import { after, before } from 'node:test'
import type { Redis } from 'ioredis'
import type { UnixRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { testHistories } from '../store/history.ts'
import { openWorld } from './history-world.ts'

let server: UnixRedisServer
let client: Redis
before(async () => {
  server = await startRedis({ clock: true })
  client = server.connect()
})
after(async () => await server.stop())

testHistories({
  name: 'RedisStore',
  runs: 100,
  open: () => openWorld({ client, servers: [client], advance: seconds => server.advance(seconds) })
})
