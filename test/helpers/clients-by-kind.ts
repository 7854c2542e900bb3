import * as ioredis from 'ioredis'
import * as iovalkey from 'iovalkey'
import type { RedisClient } from '../../src/redis.ts'
import { fromNodeRedis } from '../../src/redis.ts'
import { NODE_REDIS } from './node-redis.ts'
import type { RedisCluster } from './redis-cluster.ts'
import type { RedisSentinels } from './redis-sentinel.ts'
import type { TcpRedisServer } from './redis-server.ts'

/** A client that is connected, or will be when it is asked. */
export interface OpenClient {
  readonly client: RedisClient
  close (): unknown
}

export interface ClientKind {
  readonly name: string
  single (server: TcpRedisServer): Promise<OpenClient>
  cluster (cluster: RedisCluster): Promise<OpenClient>
  sentinel (sentinels: RedisSentinels): Promise<OpenClient>
}

const SENTINEL_NAME = 'mymaster'

/** Every package that gives a RedisStore its client. */
export const CLIENT_KINDS: readonly ClientKind[] = [
  {
    name: 'ioredis',
    single: async server => closable(new ioredis.Redis(addressOf(server))),
    cluster: async cluster => closable(new ioredis.Cluster(addressesOf(cluster.nodes))),
    sentinel: async ({ sentinels }) => {
      return closable(new ioredis.Redis({ sentinels: addressesOf(sentinels), name: SENTINEL_NAME }))
    }
  },
  {
    name: 'iovalkey',
    single: async server => closable(new iovalkey.Redis(addressOf(server))),
    cluster: async cluster => closable(new iovalkey.Cluster(addressesOf(cluster.nodes))),
    sentinel: async ({ sentinels }) => {
      return closable(new iovalkey.Redis({ sentinels: addressesOf(sentinels), name: SENTINEL_NAME }))
    }
  },
  ...NODE_REDIS.map(({ version, client, cluster, sentinel }): ClientKind => ({
    name: version,
    single: async server => {
      const opened = client({ url: server.url })
      const adapter = fromNodeRedis(opened)
      await opened.connect()
      return { client: adapter, close: () => opened.destroy() }
    },
    cluster: async ({ nodes }) => {
      const opened = cluster({ rootNodes: nodes.map(({ server }) => ({ url: server.url })) })
      const adapter = fromNodeRedis(opened)
      await opened.connect()
      return { client: adapter, close: () => opened.destroy() }
    },
    sentinel: async ({ sentinels }) => {
      const opened = sentinel({ sentinelRootNodes: addressesOf(sentinels) })
      const adapter = fromNodeRedis(opened)
      await opened.connect()
      return { client: adapter, close: () => opened.destroy() }
    }
  }))
]

interface Disconnectable extends RedisClient {
  disconnect (): void
}

function closable (client: Disconnectable): OpenClient {
  return { client, close: () => client.disconnect() }
}

interface Address {
  readonly host: string
  readonly port: number
}

function addressOf ({ port }: TcpRedisServer): Address {
  return { host: '127.0.0.1', port }
}

function addressesOf (members: ReadonlyArray<{ readonly server: TcpRedisServer }>): Address[] {
  return members.map(({ server }) => addressOf(server))
}
