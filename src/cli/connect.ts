import type { Ioredis } from '../store/redis/load-ioredis.ts'
import { CLIENT_OPTIONS } from '../store/redis/client-options.ts'
import type { RedisAddress, RedisHost } from './redis-address.ts'

/** A client of one server, also through Sentinels, or of a Cluster. */
export type IoredisClient = InstanceType<Ioredis['Redis' | 'Cluster']>

/** Seconds for which a person waits for one answer. A request of a node waits for one second. */
export const PATIENCE = 5

/** Milliseconds after which the client asks the next Sentinel. */
const SENTINEL_MS = 1000

/**
 * Connects once, without retries: a person wants to know at once, and cron runs again. Without the ready check, the
 * user needs no right to `INFO`.
 */
export function connect (ioredis: Ioredis, address: RedisAddress, isCluster: boolean): IoredisClient {
  const { username, password, hasTls, database } = address
  const longer = 2000 * PATIENCE // the store waits for less, and its error says more
  const options = {
    ...CLIENT_OPTIONS,
    commandTimeout: longer,
    connectTimeout: PATIENCE * 1000,
    socketTimeout: longer,
    disconnectTimeout: 100,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    reconnectOnError: null,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(hasTls ? { tls: {} } : {})
  }
  if (isCluster && address.kind === 'servers') {
    return new ioredis.Cluster([...address.servers], {
      enableReadyCheck: false, clusterRetryStrategy: () => null, redisOptions: options
    })
  }
  return new ioredis.Redis({ ...options, ...serversOf(address), db: database, retryStrategy: () => null })
}

function serversOf (address: RedisAddress) {
  if (address.kind === 'socket') return { path: address.path }
  if (address.kind === 'servers') return first(address.servers)
  const { servers, master, sentinelUser, hasTls } = address
  const safe = hasTls ? { sentinelTLS: {}, enableTLSForSentinelMode: true } : {}
  const patience = { sentinelCommandTimeout: SENTINEL_MS, sentinelRetryStrategy: () => null }
  return { sentinels: [...servers], name: master, ...sentinelUser, ...safe, ...patience }
}

function first ([server]: readonly RedisHost[]): Partial<RedisHost> {
  return { ...server }
}
