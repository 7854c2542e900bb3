import { check, kindOf } from '../../option-checks.ts'
import type { AnyNodeRedis } from './node-redis/clients.ts'
import { isUsable } from './node-redis/clients.ts'
import { ClusterWay } from './node-redis/cluster-way.ts'
import { named } from './node-redis/reply-error.ts'
import { SentinelWay } from './node-redis/sentinel-way.ts'
import { SingleWay } from './node-redis/single-way.ts'
import type { Way } from './node-redis/way.ts'
import { nodeRedisSubscriber } from './node-redis/subscriber.ts'
import type { RedisClient, RedisNode } from './redis-client.ts'
import type { OnMessage, Subscriber } from './subscriptions.ts'

const EXPECTED = 'a client from createClient, createSentinel or createCluster of node-redis (npm: redis) 5 or 6'

/** The adapters of clients: each client has one. */
const adapters = new WeakMap<object, NodeRedisAdapter>()

/**
 * Adapts a client of node-redis 5 or 6 for `RedisStore`. You make it, connect it and close it.
 * @throws {BadOptionError} for anything else. A pool brings no speed here, and would change the order of commands.
 */
export function fromNodeRedis (client: AnyNodeRedis): RedisClient {
  check('client', client, EXPECTED, isUsable, kindOf)
  const known = adapters.get(client)
  if (known !== undefined) return known
  const adapter = new NodeRedisAdapter(client)
  adapters.set(client, adapter)
  return adapter
}

class NodeRedisAdapter implements RedisClient {
  readonly nodes?: () => RedisNode[]
  readonly #client: AnyNodeRedis
  readonly #way: Way
  readonly #listeners: Array<(error: Error) => void> = []
  /** The functions that reject commands under way, by the address of the node. */
  readonly #underWay = new Map<string, Set<(error: Error) => void>>()

  constructor (client: AnyNodeRedis) {
    this.#client = client
    const way = this.#way = wayOf(client, () => this.#reportLoss())
    if (way.masters === undefined) return
    const { masters } = way
    this.nodes = () => masters.call(way).map(ask => {
      return { info: async section => textOf(await this.#answered(ask(section))) }
    })
  }

  async evalsha (sha1: string, numberOfKeys: number, ...words: string[]): Promise<unknown> {
    return await this.#ask('EVALSHA', sha1, numberOfKeys, words)
  }

  async eval (script: string, numberOfKeys: number, ...words: string[]): Promise<unknown> {
    return await this.#ask('EVAL', script, numberOfKeys, words)
  }

  async info (section: string): Promise<string> {
    this.#checkOpen()
    return textOf(await this.#answered(this.#way.info(section)))
  }

  on (event: 'close' | 'error', listener: (error: Error) => void): void {
    if (event === 'close') this.#listeners.push(listener) // commands reject with errors themselves
  }

  hear (onMessage: OnMessage): Subscriber {
    return nodeRedisSubscriber(this.#client, onMessage)
  }

  renew (key: string): void {
    if (!this.#way.isOpen) return
    const stuck = [...this.#underWay.get(this.#way.placeOf(key)) ?? []]
    if (!this.#way.renew(key)) return
    for (const reject of stuck) reject(new Error('the store closed the connection, which gave no answers'))
  }

  async #ask (command: 'EVAL' | 'EVALSHA', script: string, numberOfKeys: number, words: string[]): Promise<unknown> {
    this.#checkOpen()
    const [keys, args] = [words.slice(0, numberOfKeys), words.slice(numberOfKeys)]
    const sent = this.#way.ask(command, script, keys, args)
    return plain(await this.#answered(this.#unlessRenewed(this.#way.placeOf(keys[0] ?? ''), sent)))
  }

  #checkOpen (): void {
    if (!this.#way.isOpen) throw new Error('the node-redis client is closed, or connect() was not called')
  }

  #unlessRenewed (place: string, reply: Promise<unknown>): Promise<unknown> {
    const rejects = this.#underWay.get(place) ?? new Set()
    this.#underWay.set(place, rejects)
    return new Promise((resolve, reject) => {
      rejects.add(reject)
      reply.then(resolve, reject).finally(() => rejects.delete(reject))
    })
  }

  async #answered (reply: Promise<unknown>): Promise<unknown> {
    try {
      return await reply
    } catch (error) {
      throw named(error)
    }
  }

  #reportLoss (): void {
    for (const listener of this.#listeners) listener(new Error('the client lost a connection'))
  }
}

function wayOf (client: AnyNodeRedis, onLoss: () => void): Way {
  if ('nodeClient' in client) return new ClusterWay(client, onLoss)
  return 'getMasterNode' in client ? new SentinelWay(client, onLoss) : new SingleWay(client, onLoss)
}

/** Converts buffers: the client may be set to give texts so. */
function plain (reply: unknown): unknown {
  if (Buffer.isBuffer(reply)) return reply.toString()
  return Array.isArray(reply) ? reply.map(plain) : reply
}

function textOf (reply: unknown): string {
  return reply === undefined ? '' : String(reply)
}
