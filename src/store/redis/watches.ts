import type { Handle } from '../handle.ts'
import type { StoreLog } from '../store-log.ts'
import type { Fate } from '../store.ts'
import type { EndWatch, Watched } from '../watched.ts'
import type { Place } from './end-watch.ts'
import { RedisEndWatch } from './end-watch.ts'
import { fateOf } from './fates.ts'
import { familyIn } from './record-text.ts'
import type { RedisClient } from './redis-client.ts'
import type { WatchedText } from './replies.ts'
import type { Shards } from './shards.ts'
import { subscriberOf } from './subscriber.ts'

/** What stands in the name of a channel between its shard and the family. See lua/mark.lua. */
const CHANNEL = 'c:'

/** Reads sessions that have connections, and hears of their ends. */
export class Watches {
  readonly #client: RedisClient
  readonly #shards: Shards
  readonly #log: () => StoreLog | undefined
  readonly #endWatches = new Set<RedisEndWatch>()
  /** What the client puts before the names of keys, which only a script sees. */
  #keyPrefix = ''

  constructor (client: RedisClient, shards: Shards, log: () => StoreLog | undefined) {
    this.#client = client
    this.#shards = shards
    this.#log = log
  }

  /** Marks those that live, while somebody hears of ends. `onSeen` is told of what was read. */
  async read (keys: readonly Handle[], onSeen: (key: Handle, fate: Fate) => void): Promise<readonly Watched[]> {
    const command = [...this.#endWatches].map(({ command }) => command).find(command => command !== '') ?? ''
    return await Promise.all(keys.map(async key => {
      const { nowMs, answer } = await this.#shards.watch(key, command)
      const { text, channels } = answer as WatchedText
      const { keys } = this.#shards
      this.#keyPrefix = channels.slice(0, channels.length - keys.shard(keys.shardOf(key)).length - CHANNEL.length)
      const fate = fateOf(key, text === '' ? undefined : text, nowMs)
      onSeen(key, fate)
      return { fate, family: familyIn(key, text) }
    }))
  }

  /** @returns null where the client cannot hear */
  tell (onEnd: (family: Handle) => void): EndWatch | null {
    const subscriber = subscriberOf(this.#client, channel => onEnd(channel.slice(channel.lastIndexOf(':') + 1)))
    if (subscriber === null) return null
    const endWatch = new RedisEndWatch(subscriber, family => this.#placeOf(family), this.#log)
    this.#endWatches.add(endWatch)
    return endWatch
  }

  #placeOf (family: Handle): Place {
    const { keys } = this.#shards
    const slot = keys.shardOf(family)
    return { slot, channel: this.#keyPrefix + keys.shard(slot) + CHANNEL + family }
  }
}
