import { BadOptionError } from '../../errors.ts'
import { check, isFunction, kindOf } from '../../option-checks.ts'
import type { OnMessage, Subscriber } from './subscriptions.ts'
import { isOfNodeRedis } from './node-redis/clients.ts'

/** One server, for what is asked of each: an `ioredis` client of a Cluster's node. */
export interface RedisNode {
  info (section: string): Promise<string>
}

/**
 * What the store needs of a client. `Redis` and `Cluster` of ioredis 5 and 6 and of iovalkey have it, and so has
 * whatever wraps them; `fromNodeRedis` gives it to those of node-redis. What a server answers is rejected with an error
 * whose name is `ReplyError`. The caller made it, and closes it.
 */
export interface RedisClient extends RedisNode {
  evalsha (sha1: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>
  eval (script: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>
  /** Sends commands together, to the server that has the key. Without it, a script does what two plain commands could do for less. */
  pipeline? (commands: string[][]): { exec: () => Promise<ReadonlyArray<readonly [Error | null, unknown]> | null> }
  /** `close`: the connection is lost. */
  on (event: 'close' | 'error', listener: (error: Error) => void): unknown
  /** A Cluster has nodes. */
  nodes?: (role: 'master') => RedisNode[]
  /**
   * Replaces the connection to the server that has this key, on which nobody answers, or whose server cannot write: at
   * once, and by one to the server that has it now. Commands that are under way there are rejected or answered. Called
   * at most once a second for a key, and for several keys of one server at about the same time.
   */
  renew?: (key: string) => void
  /** Makes a connection of its own that hears messages. Without it, and without `duplicate()`, no end is told of at once. */
  hear?: (onMessage: OnMessage) => Subscriber
}

/** @throws {BadOptionError} if there are no options, or the client itself stands in their place. */
export function refuseBareClient (options: unknown): void {
  const isObject = typeof options === 'object' && options !== null
  const isNodeRedis = isOfNodeRedis(options)
  if (isObject && !isNodeRedis && !('evalsha' in options)) return
  const received = isObject ? 'the client itself' : kindOf(options) // an address may hold a password
  const place = isNodeRedis ? '{ client: fromNodeRedis(client) }' : '{ client }'
  throw new BadOptionError('client', `a client of Redis under its name: new RedisStore(${place})`, received)
}

/** @throws {BadOptionError} which says by what a client of node-redis becomes one that can be used. */
export function checkClient (client: unknown): void {
  const ioredis = 'an ioredis client, or fromNodeRedis(client)'
  const nodeRedis = 'fromNodeRedis(client) for a client of node-redis'
  check('client', client, isOfNodeRedis(client) ? nodeRedis : ioredis, isClient, kindOf)
}

function isClient (value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return ['evalsha', 'eval', 'info', 'on'].every(method => isFunction(Reflect.get(value, method)))
}
