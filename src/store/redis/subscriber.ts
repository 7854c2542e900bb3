import type { IoredisConnection } from './ioredis-connection.ts'
import { isIoredisConnection } from './ioredis-connection.ts'
import { isIoredisCluster } from './ioredis-cluster.ts'
import { isFunction } from '../../option-checks.ts'
import type { RedisClient } from './redis-client.ts'
import type { OnMessage, Subscriber } from './subscriptions.ts'

/** The parts of a `Redis` or a `Cluster` that subscribe. */
interface Subscribing extends Omit<IoredisConnection, 'on'> {
  on (event: string, listener: (channel: string) => void): unknown
  subscribe (...channels: string[]): Promise<unknown>
  unsubscribe (...channels: string[]): Promise<unknown>
  ssubscribe (...channels: string[]): Promise<unknown>
  sunsubscribe (...channels: string[]): Promise<unknown>
}

/**
 * The options of a connection that subscribes. A command waits for the connection, however long that takes: a server
 * that is away reports no end.
 */
const PATIENT = {
  maxRetriesPerRequest: null,
  commandTimeout: undefined,
  enableOfflineQueue: true,
  autoResubscribe: true,
  autoResendUnfulfilledCommands: true,
  lazyConnect: false,
  keepAlive: 30_000, // ms: nothing is sent there, so nothing else would notice that it delivers no messages any more
  keyPrefix: '' // the channels have it already
}

/**
 * Makes a connection like the client's own that receives messages.
 * @returns null if the client cannot: it wraps another, or is of a Cluster without sharded Pub/Sub
 */
export function subscriberOf (client: RedisClient, onMessage: OnMessage): Subscriber | null {
  if (client.hear !== undefined) return client.hear(onMessage)
  if (!isIoredisConnection(client) || !isFunction(Reflect.get(client, 'duplicate'))) return null
  return isIoredisCluster(client) ? ofCluster(client, onMessage) : ofServer(client, onMessage)
}

function ofServer (client: IoredisConnection, onMessage: OnMessage): Subscriber {
  const own = duplicate(client, PATIENT)
  own.on('message', onMessage)
  own.on('connect', () => { own.stream?.unref?.() }) // it keeps no idle process alive
  own.on('reconnecting', () => { own.reconnectTimeout?.unref() })
  return {
    command: 'PUBLISH',
    subscribe: async channels => await own.subscribe(...channels),
    unsubscribe: async channels => await own.unsubscribe(...channels),
    close: () => own.disconnect()
  }
}

/**
 * Subscribes on a Cluster. Later versions of ioredis have sharded Pub/Sub. An earlier one, or iovalkey, ignores the
 * option.
 */
function ofCluster (client: IoredisConnection, onMessage: OnMessage): Subscriber | null {
  const redisOptions = { ...Object(client.options['redisOptions']), ...PATIENT }
  const { enableOfflineQueue, lazyConnect, keyPrefix } = PATIENT
  const options = { redisOptions, enableOfflineQueue, lazyConnect, keyPrefix, shardedSubscribers: true }
  const own = duplicate(client, [], options)
  if (!Reflect.has(own, 'shardedSubscribers')) {
    own.disconnect()
    return null
  }
  own.on('smessage', onMessage)
  return {
    command: 'SPUBLISH',
    subscribe: async channels => await own.ssubscribe(...channels),
    unsubscribe: async channels => await own.sunsubscribe(...channels),
    close: () => own.disconnect()
  }
}

function duplicate (client: IoredisConnection, ...options: unknown[]): Subscribing {
  const own = Reflect.apply(Reflect.get(client, 'duplicate'), client, options) as Subscribing
  own.on('error', () => { /* it comes back by itself */ })
  return own
}
