import { BadOptionError } from '../../errors.ts'
import { kindOf } from '../../option-checks.ts'

/** One server, for what is asked of each: an `ioredis` client of a Cluster's node. */
export interface RedisNode {
  info (section: string): Promise<string>
}

/**
 * What the store needs of a client. `Redis` and `Cluster` of ioredis 5 and 6 have it, and so has whatever wraps them.
 * The caller made it, and closes it.
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
}

/** @throws {BadOptionError} if there are no options, or the client itself stands in their place. */
export function refuseBareClient (options: unknown): void {
  const isObject = typeof options === 'object' && options !== null
  if (isObject && !('evalsha' in options)) return
  const received = isObject ? 'the client itself' : kindOf(options) // an address may hold a password
  throw new BadOptionError('client', 'an ioredis client under its name: new RedisStore({ client })', received)
}
