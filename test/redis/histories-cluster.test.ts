import { after, before } from 'node:test'
import type { Cluster } from 'ioredis'
import type { RedisCluster } from '../helpers/redis-cluster.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { testHistories } from '../store/history.ts'
import { openWorld } from './history-world.ts'

let cluster: RedisCluster
let client: Cluster
before(async () => {
  cluster = await startCluster(3, { clock: true })
  client = cluster.connect()
})
after(async () => await cluster.stop())

testHistories({
  name: 'RedisStore on a Cluster',
  runs: 15,
  open () {
    const servers = cluster.nodes.map(node => node.client)
    return openWorld({ client, servers, advance: seconds => cluster.advance(seconds) })
  }
})
