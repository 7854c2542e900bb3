import { Cluster, Redis } from 'ioredis'

/** How a node finds its Redis; plain, to be sent to another process. */
export type Connection =
  | { readonly kind: 'socket', readonly path: string }
  | { readonly kind: 'port', readonly port: number }
  | { readonly kind: 'cluster', readonly ports: readonly number[] }
  | { readonly kind: 'sentinels', readonly name: string, readonly ports: readonly number[] }

/** What the README recommends: a command that cannot be done soon fails soon. */
const OPTIONS = {
  maxRetriesPerRequest: 1,
  commandTimeout: 900,
  disconnectTimeout: 100,
  retryStrategy: (attempts: number) => Math.min(200, attempts * 20)
}

export function connectTo (connection: Connection): Redis | Cluster {
  switch (connection.kind) {
    case 'socket': return new Redis({ ...OPTIONS, path: connection.path })
    case 'port': return new Redis({ ...OPTIONS, host: '127.0.0.1', port: connection.port })
    case 'cluster': return new Cluster(at(connection.ports), { clusterRetryStrategy: OPTIONS.retryStrategy, redisOptions: OPTIONS })
    case 'sentinels': return new Redis({
      ...OPTIONS, sentinels: at(connection.ports), name: connection.name, sentinelRetryStrategy: OPTIONS.retryStrategy
    })
  }
}

function at (ports: readonly number[]): Array<{ host: string, port: number }> {
  return ports.map(port => ({ host: '127.0.0.1', port }))
}
