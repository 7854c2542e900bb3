import * as redis5 from 'redis5'
import * as redis6 from 'redis6'
import type { NodeRedisClient, NodeRedisCluster, NodeRedisSentinel } from '../../src/redis.ts'

export interface ClientSettings {
  readonly url: string
  readonly disableOfflineQueue?: boolean
  readonly socket?: { readonly reconnectStrategy: false }
}

interface Address {
  readonly host: string
  readonly port: number
}

type AddressMap = Record<string, Address>

export interface ClusterSettings {
  readonly rootNodes: Array<{ readonly url: string }>
  readonly nodeAddressMap?: AddressMap
  readonly defaults?: { readonly disableOfflineQueue: boolean }
}

export interface SentinelSettings {
  readonly sentinelRootNodes: Address[]
  readonly nodeAddressMap?: AddressMap
  readonly masterPoolSize?: number
}

interface Closable {
  connect (): Promise<unknown>
  destroy (): unknown
}

/**
 * Ends clients that node-redis leaves behind. A client of a node that was away when its Cluster was closed goes on to
 * connect. So it gives up at some time, and the process of the test may end.
 */
const BOUNDED = { socket: { reconnectStrategy: (attempts: number) => attempts < 300 && 50 } }

/** Both versions of node-redis, with settings that both have. */
export const NODE_REDIS = [
  {
    version: 'node-redis 5',
    client: (settings: ClientSettings): NodeRedisClient => redis5.createClient(settings),
    cluster: ({ defaults, ...settings }: ClusterSettings): NodeRedisCluster & Closable => {
      return redis5.createCluster({ ...settings, defaults: { ...BOUNDED, ...defaults } })
    },
    sentinel: (settings: SentinelSettings): NodeRedisSentinel & Closable => {
      return redis5.createSentinel({ name: 'mymaster', ...settings })
    }
  },
  {
    version: 'node-redis 6',
    client: (settings: ClientSettings): NodeRedisClient => redis6.createClient(settings),
    cluster: ({ defaults, ...settings }: ClusterSettings): NodeRedisCluster & Closable => {
      return redis6.createCluster({ ...settings, defaults: { ...BOUNDED, ...defaults } })
    },
    sentinel: (settings: SentinelSettings): NodeRedisSentinel & Closable => {
      return redis6.createSentinel({ name: 'mymaster', ...settings })
    }
  }
]
