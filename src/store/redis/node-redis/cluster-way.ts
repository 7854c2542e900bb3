import { performance } from 'node:perf_hooks'
import { slotOf } from '../shard-tags.ts'
import type { NodeRedisCluster, NodeRedisMaster } from './clients.ts'
import { discard } from './discard.ts'
import type { Way } from './way.ts'
import { RENEWAL_MS } from './way.ts'

const LOSSES = ['node-reconnecting', 'node-ready', 'node-disconnect', 'connect', 'disconnect']

/**
 * The ms for which a node may take to name the nodes of slots. The client itself would wait for a silent one forever.
 */
const DISCOVERY_MS = 1000

/** Asks a Cluster. Scripts go to masters only, even with `useReplicas`: node-redis takes them for writing commands. */
export class ClusterWay implements Way {
  readonly #cluster: NodeRedisCluster
  readonly #renewedAtMs = new Map<string, number>()
  /** The node that answered last. */
  #answering = ''

  constructor (cluster: NodeRedisCluster, onLoss: () => void) {
    this.#cluster = cluster
    cluster.on('error', () => { /* commands tell of it */ })
    for (const event of LOSSES) cluster.on(event, onLoss)
  }

  get isOpen (): boolean {
    return this.#cluster.isOpen
  }

  placeOf (key: string): string {
    return this.#masterOf(key)?.address ?? ''
  }

  async ask (command: 'EVAL' | 'EVALSHA', script: string, keys: string[], args: string[]): Promise<unknown> {
    if (this.#masterOf(keys[0] ?? '') === undefined) {
      throw new Error('the client knows no node of the Cluster for this key')
    }
    const reply = await this.#cluster[command === 'EVAL' ? 'eval' : 'evalSha'](script, { keys, arguments: args })
    this.#answering = this.placeOf(keys[0] ?? '')
    return reply
  }

  /** Asks one node. A Cluster has one answer for each node: see `masters`. */
  async info (section: string): Promise<unknown> {
    return await this.masters()[0]?.(section)
  }

  masters (): Array<(section: string) => Promise<unknown>> {
    return this.#cluster.masters.map(node => async section => {
      const client = await this.#cluster.nodeClient(node)
      return await client.info(section)
    })
  }

  /** Renews the connection. Another master names the nodes of slots, so that a replica that took over is found. */
  renew (key: string): boolean {
    const node = this.#masterOf(key)
    const others = this.#cluster.masters.filter(master => master !== node && master.client?.isReady === true)
    const other = others.find(({ address }) => address === this.#answering) ?? others[0]
    const address = node?.address ?? ''
    if (performance.now() - (this.#renewedAtMs.get(address) ?? -Infinity) < RENEWAL_MS) return false
    this.#renewedAtMs.set(address, performance.now())
    if (node !== undefined) this.#reconnect(node, other === undefined)
    if (other !== undefined) this.#discover(other)
    return true
  }

  #masterOf (key: string): NodeRedisMaster | undefined {
    return this.#cluster.slots[slotOf(`${String(this.#cluster._keyPrefix ?? '')}${key}`)]?.master
  }

  /**
   * Connects a node again. If it is the only one to be asked for the slots, that happens when it answers or refuses.
   */
  #reconnect (node: NodeRedisMaster, isAlone: boolean): void {
    const { client } = node
    Object.assign(node, { client: undefined, connectPromise: undefined })
    if (client !== undefined) discard(client)
    if (!isAlone) return
    Promise.resolve(this.#cluster.nodeClient(node)).catch(() => { /* commands tell of it */ })
    for (const event of ['ready', 'error']) node.client?.once(event, () => this.#discover(node))
  }

  #discover (from: NodeRedisMaster): void {
    const { isOpen, _slots } = this.#cluster
    const options = from.client?.options
    if (!isOpen || typeof _slots?.rediscover !== 'function') return
    const startWith = { options: { ...options, socket: { ...options?.socket, socketTimeout: DISCOVERY_MS } } }
    const discovery: Promise<unknown> = Reflect.apply(_slots.rediscover, _slots, [startWith])
    discovery.catch(() => { /* the next renewal asks again */ }).finally(() => { if (!this.isOpen) this.#discardAll() })
  }

  /** Closes connections that a discovery opened after the application had closed the client. */
  #discardAll (): void {
    for (const { client } of this.#cluster.nodeByAddress.values()) {
      if (client?.isOpen === true) discard(client)
    }
  }
}
