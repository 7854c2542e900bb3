import { StoreUnavailableError } from '../../errors.ts'
import { check, isFunction, kindOf } from '../../option-checks.ts'
import type { Handle } from '../handle.ts'
import type { StoreLog } from '../store-log.ts'
import type { Answer } from './batch.ts'
import { Batch } from './batch.ts'
import type { Shard } from './keys.ts'
import { Keys } from './keys.ts'
import type { Connections } from './layout.ts'
import { LAYOUT_LIFE_MS, Layout } from './layout.ts'
import { Outages } from './outages.ts'
import type { RedisClient } from './redis-client.ts'
import type { Reply } from './replies.ts'
import { readRecorded, readReply } from './replies.ts'
import type { Verb } from './scripts.ts'
import { run } from './scripts.ts'

/**
 * Runs verbs on the shard that they are about, or on all. Every call fails within its time when Redis cannot be asked.
 */
export class Shards {
  readonly keys: Keys
  readonly #client: RedisClient
  readonly #outages: Outages
  readonly #layout: Layout
  readonly #loads: Batch
  readonly #activities: Batch

  constructor (client: RedisClient, prefix: string, timeoutMs: number, log: () => StoreLog | undefined) {
    check('client', client, 'an ioredis client', isClient, kindOf)
    check('prefix', prefix, 'a string without braces, such as "fss:"', isPrefix)
    const isCluster = client.nodes !== undefined
    this.keys = new Keys(prefix, isCluster)
    this.#client = client
    const probe = (shard: Shard): Promise<Reply> => this.askShard('find', shard)
    this.#outages = new Outages({ shards: this.keys.shards, timeoutMs, log, probe })
    this.#layout = new Layout(this.keys, watch(client), (key, shards, isTelling) => {
      const life = isTelling ? String(LAYOUT_LIFE_MS) : ''
      return this.#outages.run(0, () => run(client, 'layout', [key], [String(shards), life]))
    })
    // No script is about several keys of a slot that migrates.
    this.#activities = new Batch(isCluster, (shard, keys, args) => {
      return this.#run('record-activity', shard, keys, args).then(readRecorded)
    })
    this.#loads = new Batch(isCluster, (shard, keys, args) => {
      this.#activities.flush()
      return this.#run('load', shard, keys, args).then(readReply)
    })
  }

  load (handle: Handle, activity: string): Promise<Answer> {
    return this.#loads.ask(this.keys.shardOf(handle), this.keys.session(handle), activity)
  }

  recordActivity (handle: Handle, activityMs: string, timeouts: string): Promise<Answer> {
    return this.#activities.ask(this.keys.shardOf(handle), this.keys.session(handle), activityMs, timeouts)
  }

  /** About one session. */
  run (verb: Verb, handle: Handle, ...args: string[]): Promise<Reply> {
    return this.ask(verb, this.keys.shardOf(handle), this.keys.session(handle), ...args)
  }

  ask (verb: Verb, shard: Shard, keys: string | readonly string[], ...args: string[]): Promise<Reply> {
    this.#activities.flush() // what was asked first is done first; a load may as well see what was asked later
    return this.#run(verb, shard, [keys].flat(), args).then(readReply)
  }

  /** About no one session. */
  askShard (verb: Verb, shard: Shard, ...args: string[]): Promise<Reply> {
    return this.ask(verb, shard, this.keys.shard(shard), ...args)
  }

  /** The same of every shard. */
  async askAll (verb: Verb, ...args: string[]): Promise<Reply[]> {
    return await Promise.all(this.keys.shards.map(shard => this.askShard(verb, shard, ...args)))
  }

  /** @throws {StoreUnavailableError | LayoutError} when a server cannot be asked, or has the sessions of another layout. */
  async check (): Promise<void> {
    await this.settle()
    await this.askAll('find')
  }

  /** Makes sure that the sessions are where they are looked for. @throws {LayoutError} */
  async settle (isTelling = false): Promise<void> {
    await this.#layout.settle(isTelling)
  }

  #run (verb: Verb, shard: Shard, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    const send = (): Promise<unknown> => this.#outages.run(shard, () => run(this.#client, verb, keys, args))
    const isWriting = !READING.has(verb)
    return this.#layout.isSettled(isWriting) ? send() : this.#settleFirst(isWriting, send)
  }

  async #settleFirst (isWriting: boolean, send: () => Promise<unknown>): Promise<unknown> {
    const { shards } = this.keys
    await this.#layout.settle(isWriting)
    if (shards === this.keys.shards) return await send()
    throw new StoreUnavailableError('only now it is known in how many shards the sessions lie')
  }
}

/** Verbs that write no session: these do not say where sessions lie. */
const READING: ReadonlySet<Verb> = new Set(['load', 'find', 'list', 'stats', 'token-find', 'token-list', 'token-count'])

const watched = new WeakMap<RedisClient, Connections>()

/** Counts the connections that a client lost, and hears of its errors: without a listener, ioredis prints a line for each. */
function watch (client: RedisClient): Connections {
  const known = watched.get(client)
  if (known !== undefined) return known
  const connections = { count: 0 }
  watched.set(client, connections)
  client.on('error', () => { /* an outage is told once */ })
  client.on('close', () => { connections.count++ })
  return connections
}

function isPrefix (value: unknown): boolean {
  return typeof value === 'string' && !/[{}]/.test(value)
}

function isClient (value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return ['evalsha', 'eval', 'info', 'on'].every(method => isFunction(Reflect.get(value, method)))
}
