import { check, isFunction } from '../../option-checks.ts'
import type { Handle } from '../handle.ts'
import type { StoreLog } from '../store-log.ts'
import type { Answer } from './batch.ts'
import { Batch } from './batch.ts'
import type { Shard } from './keys.ts'
import { Keys, SHARDS, shardOf } from './keys.ts'
import { Outages } from './outages.ts'
import type { RedisClient } from './redis-client.ts'
import type { Reply } from './replies.ts'
import { readReply, readTouches } from './replies.ts'
import type { Verb } from './scripts.ts'
import { run } from './scripts.ts'

/** Runs verbs on the shard that they are about, or on all. Every call fails within its time when Redis cannot be asked. */
export class Shards {
  readonly keys: Keys
  readonly #client: RedisClient
  readonly #outages: Outages
  readonly #loads: Batch
  readonly #touches: Batch

  constructor (client: RedisClient, prefix: string, timeoutMs: number, log: () => StoreLog | undefined) {
    check('client', client, 'an ioredis client', isClient)
    check('prefix', prefix, 'a string without braces, such as "fss:"', value => typeof value === 'string' && !/[{}]/.test(value))
    this.keys = new Keys(prefix)
    this.#client = client
    const isCluster = client.nodes !== undefined
    this.#outages = new Outages({ isCluster, timeoutMs, log, probe: shard => this.ask('find', shard, this.keys.shard(shard)) })
    // No script is about several keys of a slot that migrates.
    this.#touches = new Batch(isCluster, (shard, keys, args) => this.#runTogether('touch', shard, keys, args, readTouches))
    this.#loads = new Batch(isCluster, (shard, keys, args) => {
      this.#touches.flush()
      return this.#runTogether('load', shard, keys, args, readReply)
    })
    hush(client)
  }

  load (handle: Handle): Promise<Answer> {
    return this.#loads.ask(shardOf(handle), this.keys.session(handle))
  }

  touch (handle: Handle, activityMs: string, terms: string): Promise<Answer> {
    return this.#touches.ask(shardOf(handle), this.keys.session(handle), activityMs, terms)
  }

  /** About one session. */
  run (verb: Verb, handle: Handle, ...args: string[]): Promise<Reply> {
    return this.ask(verb, shardOf(handle), this.keys.session(handle), ...args)
  }

  ask (verb: Verb, shard: Shard, key: string, ...args: string[]): Promise<Reply> {
    this.#touches.flush() // what was asked first is done first; who loads may as well see what was asked later
    return this.#outages.run(shard, () => run(this.#client, verb, [key], args)).then(readReply)
  }

  /** The same of every shard. */
  async askAll (verb: Verb, shards: readonly Shard[] = SHARDS): Promise<Reply[]> {
    return await Promise.all(shards.map(shard => this.ask(verb, shard, this.keys.shard(shard))))
  }

  /** `spread`: a proxy that has them on several servers refuses the script, which is no outage. */
  #runTogether (verb: Verb, shard: Shard, keys: readonly string[], args: readonly string[], read: (reply: unknown) => Reply): Promise<Reply | 'spread'> {
    const command = (): Promise<unknown> => run(this.#client, verb, keys, args)
    if (keys.length === 1) return this.#outages.run(shard, command).then(read)
    return this.#outages.run(shard, () => command().catch(spreadOrThrow)).then(reply => reply === 'spread' ? reply : read(reply))
  }

  /** @throws {StoreUnavailableError} when a server cannot be asked. */
  async check (): Promise<void> {
    await this.askAll('find', this.#client.nodes === undefined ? SHARDS.slice(0, 1) : SHARDS)
  }
}

/** What a Cluster's servers and several proxies say of keys that are not on one server. */
const CROSS_SLOT = /cross-?slot|\bsame (?:hash ?)?(?:slot|server|node|shard)\b/i

function spreadOrThrow (error: unknown): 'spread' {
  if (error instanceof Error && CROSS_SLOT.test(error.message)) return 'spread'
  throw error
}

const hushed = new WeakSet<RedisClient>()

/** An outage is told once. Without a listener, ioredis prints a line for each attempt to connect. */
function hush (client: RedisClient): void {
  if (hushed.has(client)) return
  hushed.add(client)
  client.on('error', () => {})
}

function isClient (value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return ['evalsha', 'eval', 'info', 'on'].every(method => isFunction(Reflect.get(value, method)))
}
