import { after, before } from 'node:test'
import type { Redis } from 'ioredis'
import { Cluster } from 'ioredis'
import { until } from '../helpers/redis-process.ts'
import type { TcpRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { contractOfClient } from './contract-of-client.ts'

let server: TcpRedisServer
let node: Redis
let client: Cluster
before(async () => {
  server = await startRedis(
    { port: true, clock: true, args: ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'] }
  )
  node = server.connect()
  await node.cluster('ADDSLOTSRANGE', 0, 16_383)
  await until('the cluster is up', async () => {
    server.advance(1) // a node waits a while by its clock
    return String(await node.cluster('INFO')).includes('cluster_state:ok')
  })
  client = new Cluster([{ host: '127.0.0.1', port: server.port }])
})
after(async () => {
  client.disconnect()
  await server.stop()
})

contractOfClient('RedisStore on a Cluster', () => {
  return { client, servers: [node], advance: seconds => server.advance(seconds) }
})
