import type { Handle } from '../handle.ts'
import { handleOf } from '../handle.ts'
import { shardTags } from './shard-tags.ts'

/** A part of the key space. All keys of a shard lie in one Cluster slot. */
export type Shard = number

/** The prefix of all keys by default. */
export const DEFAULT_PREFIX = 'fss:'

/** The number of shards of a Cluster. It never changes: with another number, no session would be found. */
export const CLUSTER_SHARDS = 256

/** The letters of a shard, with which ids and handles of a Cluster begin. */
const LETTERS = /^[0-9a-f]{2}/

const LONE_TAGS: readonly string[] = ['0']
const CLUSTER_TAGS = shardTags(CLUSTER_SHARDS)

/** The name of an index of a shard. See lua/index.lua. */
export type Index = 'due' | 'open' | 'past' | 'tokens' | `u:${string}` | `tu:${string}`

/**
 * Makes the names of sessions and keys. On a Cluster, ids and handles begin with the letters of their shard: all
 * sessions of a user lie in one. A server has one shard, and no letters. Scripts find all keys of a shard by any one of
 * them.
 */
export class Keys {
  readonly prefix: string
  readonly #isCluster: boolean
  #tags: readonly string[]
  #shards: readonly Shard[]

  constructor (prefix: string, isCluster = false) {
    this.prefix = prefix
    this.#isCluster = isCluster
    this.#tags = isCluster ? CLUSTER_TAGS : LONE_TAGS
    this.#shards = this.#tags.map((_tag, shard) => shard)
  }

  get shards (): readonly Shard[] { return this.#shards }

  /** The key with the number of shards. */
  get layout (): string { return `${this.prefix}{0}layout` }

  /** The key with the marks of the applications under the prefix. */
  get application (): string { return `${this.prefix}{0}application` }

  /**
   * Goes on with another number of shards. A Cluster may have one: the sessions of a server were moved there.
   * @returns false if this client has no such layout
   */
  takeShards (count: number): boolean {
    const tags = [LONE_TAGS, ...this.#isCluster ? [CLUSTER_TAGS] : []].find(({ length }) => length === count)
    if (tags === undefined) return false
    if (tags !== this.#tags) {
      this.#tags = tags
      this.#shards = tags.map((_tag, shard) => shard)
    }
    return true
  }

  /** Makes an id. A session without a user lies beside its predecessor, or in a random shard. */
  idFor (random: string, user?: string, predecessor?: Handle): string {
    if (this.shards.length === 1) return random
    const beside = user === undefined && predecessor !== undefined ? LETTERS.exec(predecessor)?.[0] : undefined
    return (beside ?? this.#lettersOf(user ?? random)) + random
  }

  /** Makes a handle. An id without letters is no id of ours. It still has a shard, where it is unknown. */
  handleOf (sessionId: string): Handle {
    if (this.shards.length === 1) return handleOf(sessionId)
    return (LETTERS.exec(sessionId)?.[0] ?? this.#lettersOf(sessionId)) + handleOf(sessionId)
  }

  shardOf (handle: Handle): Shard {
    if (this.shards.length === 1) return 0
    return parseInt(LETTERS.exec(handle)?.[0] ?? this.#lettersOf(handle), 16)
  }

  /** Returns the shard of a user's sessions. */
  shardOfUser (user: string): Shard {
    return this.#hashed(user)
  }

  session (handle: Handle): string {
    return `${this.shard(this.shardOf(handle))}s:${handle}`
  }

  /** Returns the key of a token. The hash of its id spreads tokens over the shards. */
  token (id: string): { readonly shard: Shard, readonly key: string } {
    const shard = this.#hashed(id)
    return { shard, key: `${this.shard(shard)}t:${handleOf(id)}` }
  }

  index (shard: Shard, index: Index): string {
    return this.shard(shard) + index
  }

  /** Returns the prefix of all keys of a shard. A script about no single session gets it as its key. */
  shard (shard: Shard): string {
    return `${this.prefix}{${this.#tags[shard] ?? ''}}`
  }

  #hashed (text: string): Shard {
    return this.shards.length === 1 ? 0 : Buffer.from(handleOf(text).slice(0, 2), 'base64url').readUInt8()
  }

  #lettersOf (text: string): string {
    return this.#hashed(text).toString(16).padStart(2, '0')
  }
}
