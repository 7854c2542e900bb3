import { isFunction } from '../../../option-checks.ts'

/** The parts of node-redis 5 and 6 that all clients have. The package itself is no dependency. */
interface NodeRedisEvents {
  readonly isOpen: boolean
  on (event: string, listener: (error: Error) => void): unknown
}

/** One connection. It reconnects by itself after a loss. */
export interface NodeRedisConnection extends NodeRedisEvents {
  readonly isReady: boolean
  sendCommand (args: string[]): Promise<unknown>
  once (event: string, listener: (error: Error) => void): unknown
  destroy (): void
}

interface NodeRedisScripts {
  evalSha (sha1: string, options: { keys: string[], arguments: string[] }): Promise<unknown>
  eval (script: string, options: { keys: string[], arguments: string[] }): Promise<unknown>
}

/** A client of `createClient`. */
export interface NodeRedisClient extends NodeRedisConnection, NodeRedisScripts {
  info (section: string): Promise<unknown>
  duplicate (): NodeRedisClient
  connect (): Promise<unknown>
  unref (): void
}

/** A client of `createCluster`. */
export interface NodeRedisCluster extends NodeRedisEvents, NodeRedisScripts {
  readonly slots: ReadonlyArray<{ readonly master: NodeRedisMaster }>
  readonly masters: readonly NodeRedisMaster[]
  readonly nodeByAddress: ReadonlyMap<string, NodeRedisMaster>
  nodeClient (node: NodeRedisMaster): Promise<NodeRedisNodeClient> | NodeRedisNodeClient
  /** Its `rediscover` looks up the nodes of each slot. It asks a node, and then all that the application named. */
  readonly _slots?: { readonly rediscover: unknown } | undefined
  readonly _keyPrefix?: string | Buffer | undefined
}

export interface NodeRedisMaster {
  readonly address: string
  client?: NodeRedisNodeClient | undefined
}

interface NodeRedisNodeClient extends NodeRedisConnection {
  readonly options?: { readonly socket?: object | undefined } | undefined
  info (section: string): Promise<unknown>
}

/** A client of `createSentinel`. */
export interface NodeRedisSentinel extends NodeRedisEvents, NodeRedisMasters {
  acquire (): Promise<NodeRedisLease>
  getMasterNode (): unknown
  readonly _keyPrefix?: string | Buffer | undefined
}

export interface NodeRedisLease extends NodeRedisMasters {
  release (): unknown
}

interface NodeRedisMasters {
  /** Hands over the connection to the master, and another one if that is lost. */
  _execute<Answer> (isReadonly: boolean, ask: (connection: NodeRedisConnection) => Promise<Answer>): Promise<Answer>
}

export type AnyNodeRedis = NodeRedisClient | NodeRedisCluster | NodeRedisSentinel

/** Whether a value is a client of node-redis, of any kind and version. The scripts of ioredis have other names. */
export function isOfNodeRedis (value: unknown): value is object {
  return typeof value === 'object' && value !== null && 'evalSha' in value
}

/** Whether a client can be used. A pool cannot: it may change the order of commands. Version 4 has no `destroy`. */
export function isUsable (value: unknown): boolean {
  if (!isOfNodeRedis(value) || 'totalClients' in value) return false
  const isSentinel = 'getMasterNode' in value
  const methods = 'nodeClient' in value ? ['nodeClient'] : isSentinel ? ['acquire', '_execute'] : ['duplicate', 'info']
  const isComplete = [...methods, 'evalSha', 'eval', 'on', 'destroy'].every(name => {
    return isFunction(Reflect.get(value, name))
  })
  return isComplete && typeof Reflect.get(value, 'isOpen') === 'boolean'
}
