import type { Handle } from '../handle.ts'
import { handleOf } from '../handle.ts'

/**
 * The hash tags of the shards, one in the middle of each sixteenth of a Cluster's slots: up to 16 masters with equal
 * shares get equal numbers of sessions. A constant: with another number, sessions would be looked for in vain.
 */
const TAGS = ['u0', 'qp', 'dj', 'wz', 'd2', 'pv', 'uh', 'iy', 'ly', 'h9', 'uv', 'q6', '9s', 'qn', 'dt', 'ha'] as const

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** One of the parts of the keyspace. All keys of one part lie in one Cluster slot. */
export type Shard = number

export const SHARDS: readonly Shard[] = TAGS.map((_tag, shard) => shard)

/** A handle is a hash, so its first letter is as good as any. */
export function shardOf (handle: Handle): Shard {
  return BASE64URL.indexOf(handle.charAt(0)) & (TAGS.length - 1)
}

/** Where a shard keeps what. See lua/session.lua. */
export type Index = 'due' | 'past' | 'left' | 'tokens' | `u:${string}` | `tu:${string}`

/** The names of the keys. Scripts find those of a shard by any one of them. */
export class Keys {
  readonly #prefix: string

  constructor (prefix: string) {
    this.#prefix = prefix
  }

  session (handle: Handle): string {
    return `${this.shard(shardOf(handle))}s:${handle}`
  }

  /** The places of a user, given as one word. */
  places (user: string): string {
    return `${this.shard(shardOf(handleOf(user)))}c:${user}`
  }

  token (hash: string): string {
    return `${this.shard(shardOf(hash))}t:${hash}`
  }

  index (shard: Shard, index: Index): string {
    return this.shard(shard) + index
  }

  /** What all keys of a shard begin with: enough for a script that is about no one session. */
  shard (shard: Shard): string {
    return `${this.#prefix}{${TAGS[shard] ?? ''}}`
  }
}
