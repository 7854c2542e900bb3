import type { Handle } from '../handle.ts'
import { handleOf } from '../handle.ts'
import { shardTags } from './shard-tags.ts'

/** One of the parts of the key space. All keys of one part lie in one Cluster slot. */
export type Shard = number

/** What all keys begin with, where nothing else is asked for. */
export const DEFAULT_PREFIX = 'fss:'

/** How many shards a Cluster has. A constant: with another number, sessions would be looked for in vain. */
export const CLUSTER_SHARDS = 256

/** The shard's letters, with which the ids and the handles of a Cluster begin. */
const LETTERS = /^[0-9a-f]{2}/

const LONE_TAGS: readonly string[] = ['0']
const CLUSTER_TAGS = shardTags(CLUSTER_SHARDS)

/** Where a shard keeps what. See lua/index.lua. */
export type Index = 'due' | 'open' | 'past' | 'tokens' | `u:${string}` | `tu:${string}`

/**
 * The names of sessions and of keys. On a Cluster an id begins with the letters of its shard, and so does its handle:
 * all sessions of a user are in one. On one server there is one shard, and there are no letters. Scripts find the keys
 * of a shard by any one of them.
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

  /** Where it stands how many shards there are. */
  get layout (): string { return `${this.prefix}{0}layout` }

  /** Says which applications keep their sessions under the prefix. */
  get application (): string { return `${this.prefix}{0}application` }

  /**
   * Goes on with so many shards. On a Cluster that may be one: the sessions of one server were moved there.
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

  /** A session without a user lies beside its predecessor, or in any shard: its random part says in which. */
  idFor (random: string, user?: string, predecessor?: Handle): string {
    if (this.shards.length === 1) return random
    const beside = user === undefined && predecessor !== undefined ? LETTERS.exec(predecessor)?.[0] : undefined
    return (beside ?? this.#lettersOf(user ?? random)) + random
  }

  /** An id without letters is of no session of ours. It has a shard all the same, where it is unknown. */
  handleOf (sessionId: string): Handle {
    if (this.shards.length === 1) return handleOf(sessionId)
    return (LETTERS.exec(sessionId)?.[0] ?? this.#lettersOf(sessionId)) + handleOf(sessionId)
  }

  shardOf (handle: Handle): Shard {
    if (this.shards.length === 1) return 0
    return parseInt(LETTERS.exec(handle)?.[0] ?? this.#lettersOf(handle), 16)
  }

  /** The shard of a user's sessions. */
  shardOfUser (user: string): Shard {
    return this.#hashed(user)
  }

  session (handle: Handle): string {
    return `${this.shard(this.shardOf(handle))}s:${handle}`
  }

  /** Tokens are spread over the shards by the hash of their id. */
  token (id: string): { readonly shard: Shard, readonly key: string } {
    const shard = this.#hashed(id)
    return { shard, key: `${this.shard(shard)}t:${handleOf(id)}` }
  }

  index (shard: Shard, index: Index): string {
    return this.shard(shard) + index
  }

  /** What all keys of a shard begin with: enough for a script that is about no one session. */
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
