import type { Ioredis } from '../store/redis/load-ioredis.ts'
import { CLIENT_OPTIONS } from '../store/redis/client-options.ts'
import type { RedisAddress, RedisHost } from './redis-address.ts'

/** A client of one server, also through Sentinels, or of a Cluster. */
export type IoredisClient = InstanceType<Ioredis['Redis' | 'Cluster']>

/** Seconds for which a person waits for one answer. A request does not: there it is one. */
export const PATIENCE = 5

/** How long a Sentinel may take, in ms: the next one is asked then. */
const SENTINEL_MS = 1000

/**
 * Connects once: a person at a terminal wants to know at once, and cron comes again. Without the ready check, no right
 * to INFO is needed.
 */
export function connect (ioredis: Ioredis, address: RedisAddress, isCluster: boolean): IoredisClient {
  const { username, password, hasTls, database } = address
  const longer = 2000 * PATIENCE // than the store waits, which can say more of it
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
  return new ioredis.Redis({ ...options, ...placeOf(address), db: database, retryStrategy: () => null })
}

function placeOf (address: RedisAddress) {
  if (address.kind === 'socket') return { path: address.path }
  if (address.kind === 'servers') return first(address.servers)
  const { servers, master, asked, hasTls } = address
  const safe = hasTls ? { sentinelTLS: {}, enableTLSForSentinelMode: true } : {}
  const patience = { sentinelCommandTimeout: SENTINEL_MS, sentinelRetryStrategy: () => null }
  return { sentinels: [...servers], name: master, ...asked, ...safe, ...patience }
}

function first ([server]: readonly RedisHost[]): Partial<RedisHost> {
  return { ...server }
}
