import { BadOptionError } from '../../errors.ts'
import { check, isFunction, kindOf } from '../../option-checks.ts'
import type { OnMessage, Subscriber } from './subscriptions.ts'
import { isOfNodeRedis } from './node-redis/clients.ts'

/** One server, such as a client of a Cluster's node. */
export interface RedisNode {
  info (section: string): Promise<string>
}

/**
 * The parts of a client that the store needs. `Redis` and `Cluster` of ioredis 5 and 6 and of iovalkey have them, and
 * so has a client that wraps them; `fromNodeRedis` adds them to a client of node-redis. A client rejects an answer of
 * the server with an error whose name is `ReplyError`. The caller makes the client, and closes it.
 */
export interface RedisClient extends RedisNode {
  evalsha (sha1: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>
  eval (script: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>
  /**
   * Sends commands together to the server of a key. Without it, a script does the work of two plain commands, which
   * cost less.
   */
  pipeline? (commands: string[][]): { exec: () => Promise<ReadonlyArray<readonly [Error | null, unknown]> | null> }
  /** The event `close` reports a lost connection. */
  on (event: 'close' | 'error', listener: (error: Error) => void): unknown
  /** Returns the nodes of a Cluster. */
  nodes?: (role: 'master') => RedisNode[]
  /**
   * Replaces the connection to the server of a key. The store calls it if the server does not answer or cannot write:
   * at most once a second for a key, and for several keys of one server at about the same time. The new connection
   * leads to the server that has the key now. Commands under way on the old one are rejected or answered.
   */
  renew?: (key: string) => void
  /**
   * Makes a connection of its own that receives messages. Without it, and without `duplicate()`, no end is reported at
   * once.
   */
  hear?: (onMessage: OnMessage) => Subscriber
}

/**
 * Refuses missing options, and the client itself in their place.
 * @throws {BadOptionError}
 */
export function refuseBareClient (options: unknown): void {
  const isObject = typeof options === 'object' && options !== null
  const isNodeRedis = isOfNodeRedis(options)
  if (isObject && !isNodeRedis && !('evalsha' in options)) return
  const received = isObject ? 'the client itself' : kindOf(options) // an address may hold a password
  const place = isNodeRedis ? '{ client: fromNodeRedis(client) }' : '{ client }'
  throw new BadOptionError('client', `a client of Redis under its name: new RedisStore(${place})`, received)
}

/**
 * Refuses a client that the store cannot use. The error says how a client of node-redis becomes usable.
 * @throws {BadOptionError}
 */
export function checkClient (client: unknown): void {
  const ioredis = 'an ioredis client, or fromNodeRedis(client)'
  const nodeRedis = 'fromNodeRedis(client) for a client of node-redis'
  check('client', client, isOfNodeRedis(client) ? nodeRedis : ioredis, isClient, kindOf)
}

function isClient (value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return ['evalsha', 'eval', 'info', 'on'].every(method => isFunction(Reflect.get(value, method)))
}
