import type { Handle } from '../handle.ts'
import type { StoreLog } from '../store-log.ts'
import type { FoundSession } from '../store.ts'
import type { EndSubscription, WatchedAnswers } from '../watched.ts'
import { answeredEach } from '../watched.ts'
import type { Channel } from './end-subscription.ts'
import { RedisEndSubscription } from './end-subscription.ts'
import { sessionOf } from './found-sessions.ts'
import { familyIn } from './record-text.ts'
import type { RedisClient } from './redis-client.ts'
import type { WatchedText } from './replies.ts'
import type { Shards } from './shards.ts'
import { subscriberOf } from './subscriber.ts'

/** The part of a channel's name between its shard and the family. See lua/mark.lua. */
const CHANNEL = 'c:'

/** Reads sessions that have connections, and subscribes to their ends. */
export class Watches {
  readonly #client: RedisClient
  readonly #shards: Shards
  readonly #log: () => StoreLog | undefined
  readonly #subscriptions = new Set<RedisEndSubscription>()
  /** The prefix that the client puts before the names of keys. Only a script sees it. */
  #keyPrefix = ''

  constructor (client: RedisClient, shards: Shards, log: () => StoreLog | undefined) {
    this.#client = client
    this.#shards = shards
    this.#log = log
  }

  /** Reads sessions, and marks the live ones while a subscription exists. `onSeen` receives each. */
  async read (
    keys: readonly Handle[], onSeen: (key: Handle, session: FoundSession) => void
  ): Promise<WatchedAnswers> {
    const command = [...this.#subscriptions].map(({ command }) => command).find(command => command !== '') ?? ''
    return await answeredEach(keys.map(async key => {
      const { nowMs, answer } = await this.#shards.watch(key, command)
      const { text, channels } = answer as WatchedText
      const { keys } = this.#shards
      this.#keyPrefix = channels.slice(0, channels.length - keys.shard(keys.shardOf(key)).length - CHANNEL.length)
      const found = sessionOf(key, text === '' ? undefined : text, nowMs)
      onSeen(key, found)
      return { session: found, family: familyIn(key, text) }
    }))
  }

  /**
   * Subscribes to ends.
   * @returns null if the client cannot
   */
  subscribe (onEnd: (family: Handle) => void): EndSubscription | null {
    const subscriber = subscriberOf(this.#client, channel => onEnd(channel.slice(channel.lastIndexOf(':') + 1)))
    if (subscriber === null) return null
    const subscription = new RedisEndSubscription(subscriber, family => this.#channelOf(family), this.#log)
    this.#subscriptions.add(subscription)
    return subscription
  }

  #channelOf (family: Handle): Channel {
    const { keys } = this.#shards
    const slot = keys.shardOf(family)
    return { slot, name: this.#keyPrefix + keys.shard(slot) + CHANNEL + family }
  }
}
