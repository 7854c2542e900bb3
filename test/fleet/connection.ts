import type { EventEmitter } from 'node:events'
import { Cluster, Redis } from 'ioredis'
import { createClient } from 'redis6'
import type { RedisClient } from '../../src/redis.ts'
import { fromNodeRedis } from '../../src/redis.ts'

/** The Redis of a node, as plain data for another process. */
export type Connection =
  | { readonly kind: 'socket', readonly path: string }
  | { readonly kind: 'port', readonly port: number }
  /** With node-redis; all others with ioredis. */
  | { readonly kind: 'node-redis', readonly port: number }
  | { readonly kind: 'cluster', readonly ports: readonly number[] }
  | { readonly kind: 'sentinels', readonly name: string, readonly ports: readonly number[] }

/** The options that the docs recommend: a command that cannot be done soon fails soon. */
const OPTIONS = {
  maxRetriesPerRequest: 1,
  commandTimeout: 900,
  disconnectTimeout: 100,
  retryStrategy: (attempts: number) => Math.min(200, attempts * 20)
}

export interface Connected {
  readonly client: RedisClient
  /** The options with which the client subscribes. */
  readonly emitter: EventEmitter
}

/** @param commandTimeout the seconds that a command may take. Default 0.9; node-redis has no such option */
export async function connectTo (connection: Connection, commandTimeout?: number): Promise<Connected> {
  if (connection.kind === 'node-redis') return await connectNodeRedis(connection.port)
  const client = openIoredis(connection, commandTimeout)
  return { client, emitter: client }
}

/** As the docs have it. */
async function connectNodeRedis (port: number): Promise<Connected> {
  const emitter = createClient({ url: `redis://127.0.0.1:${port}` })
  const client = fromNodeRedis(emitter)
  await emitter.connect()
  return { client, emitter }
}

function openIoredis (
  connection: Exclude<Connection, { kind: 'node-redis' }>, commandTimeout?: number
): Redis | Cluster {
  const options = commandTimeout === undefined ? OPTIONS : { ...OPTIONS, commandTimeout: commandTimeout * 1000 }
  switch (connection.kind) {
    case 'socket': return new Redis({ ...options, path: connection.path })
    case 'port': return new Redis({ ...options, host: '127.0.0.1', port: connection.port })
    case 'cluster': return new Cluster(
      at(connection.ports), { clusterRetryStrategy: OPTIONS.retryStrategy, redisOptions: options }
    )
    case 'sentinels': return new Redis({
      ...options, sentinels: at(connection.ports), name: connection.name, sentinelRetryStrategy: OPTIONS.retryStrategy
    })
  }
}

function at (ports: readonly number[]): Array<{ host: string, port: number }> {
  return ports.map(port => ({ host: '127.0.0.1', port }))
}
