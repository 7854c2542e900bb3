import { performance } from 'node:perf_hooks'
import type { NodeRedisConnection, NodeRedisLease, NodeRedisSentinel } from './clients.ts'
import { discard } from './discard.ts'
import type { Way } from './way.ts'
import { RENEWAL_MS } from './way.ts'

const LOSSES = ['topology-change', 'reconnecting', 'ready', 'end']

/** Asks the master that Sentinels name. If a connection to it is destroyed, node-redis asks the Sentinels again. */
export class SentinelWay implements Way {
  readonly #sentinel: NodeRedisSentinel
  readonly #onLoss: () => void
  readonly #known = new WeakSet<NodeRedisConnection>()
  #begun: Promise<unknown> = Promise.resolve()
  #renewedAtMs = -Infinity

  constructor (sentinel: NodeRedisSentinel, onLoss: () => void) {
    this.#sentinel = sentinel
    this.#onLoss = onLoss
    sentinel.on('error', () => { /* commands tell of it */ })
    for (const event of LOSSES) sentinel.on(event, onLoss)
  }

  get isOpen (): boolean {
    return this.#sentinel.isOpen
  }

  placeOf (): string {
    return ''
  }

  async ask (command: 'EVAL' | 'EVALSHA', script: string, keys: string[], args: string[]): Promise<unknown> {
    const prefix = String(this.#sentinel._keyPrefix ?? '')
    return await this.#send([command, script, String(keys.length), ...keys.map(key => prefix + key), ...args])
  }

  async info (section: string): Promise<unknown> {
    return await this.#send(['INFO', section])
  }

  /**
   * Sends a command one step after the command before. Commands of the same time share a connection, except two that
   * node-redis gets in one step: the second then waits until all others have gone.
   */
  async #send (args: string[]): Promise<unknown> {
    const turn = this.#begun
    const begun = turn.then(() => {
      const reply = this.#sentinel._execute(false, async connection => {
        this.#follow(connection)
        return await connection.sendCommand(args)
      })
      return { reply }
    })
    this.#begun = begun.catch(() => { /* the caller receives the error */ })
    return await (await begun).reply
  }

  #follow (connection: NodeRedisConnection): void {
    if (this.#known.has(connection)) return
    this.#known.add(connection)
    connection.on('reconnecting', this.#onLoss)
    this.#onLoss()
  }

  /** Replaces all connections to the master. The client asks for another master only if it has none. */
  renew (): boolean {
    if (performance.now() - this.#renewedAtMs < RENEWAL_MS) return false
    this.#renewedAtMs = performance.now()
    this.#discardAll().catch(() => { /* commands tell of it */ })
    return true
  }

  async #discardAll (): Promise<void> {
    const [connections, leases] = [new Set<NodeRedisConnection>(), new Set<NodeRedisLease>()]
    let isLate = false
    const take = async (connection: NodeRedisConnection): Promise<void> => { if (!isLate) connections.add(connection) }
    const acquire = (): void => {
      this.#sentinel.acquire().then(lease => {
        if (isLate) return lease.release()
        leases.add(lease)
        lease._execute(false, take).catch(() => { /* it is being replaced */ })
        acquire()
      }, () => { /* closed */ })
    }
    this.#sentinel._execute(false, take).catch(() => { /* likewise */ })
    acquire()
    await new Promise(resolve => setImmediate(resolve))
    isLate = true
    for (const connection of connections) discard(connection)
    for (const lease of leases) lease.release()
  }
}
