import { performance } from 'node:perf_hooks'
import type { NodeRedisClient } from './clients.ts'
import { discard } from './discard.ts'
import type { Way } from './way.ts'
import { RENEWAL_MS } from './way.ts'

const LOSSES = ['reconnecting', 'ready', 'end']

/**
 * Asks one server. To renew a connection, a second client like the application's own takes its place here. node-redis
 * cannot give up a connection that is being made, and the store must not disturb the application's other commands and
 * subscriptions. The second client lives as long as the application's own.
 */
export class SingleWay implements Way {
  readonly #own: NodeRedisClient
  readonly #onLoss: () => void
  #client: NodeRedisClient
  #renewedAtMs = -Infinity
  /** Whether its `reconnectStrategy` gave up. The application has not closed it then. */
  #hasGivenUp = false

  constructor (own: NodeRedisClient, onLoss: () => void) {
    this.#own = own
    this.#client = own
    this.#onLoss = onLoss
    own.on('error', () => { this.#hasGivenUp = !own.isOpen })
    own.on('connect', () => { this.#hasGivenUp = false })
    own.on('end', () => { if (!this.isOpen) this.#replaceBy(own) })
    for (const event of LOSSES) own.on(event, onLoss)
  }

  get isOpen (): boolean {
    return this.#own.isOpen || this.#hasGivenUp
  }

  placeOf (): string {
    return ''
  }

  async ask (command: 'EVAL' | 'EVALSHA', script: string, keys: string[], args: string[]): Promise<unknown> {
    return await this.#client[command === 'EVAL' ? 'eval' : 'evalSha'](script, { keys, arguments: args })
  }

  async info (section: string): Promise<unknown> {
    return await this.#client.info(section)
  }

  renew (): boolean {
    if (performance.now() - this.#renewedAtMs < RENEWAL_MS) return false
    this.#renewedAtMs = performance.now()
    const fresh = this.#own.duplicate()
    fresh.on('error', () => { /* commands tell of it */ })
    for (const event of LOSSES) fresh.on(event, this.#onLoss)
    fresh.unref() // the application cannot close it
    this.#replaceBy(fresh)
    fresh.connect().catch(() => { /* likewise */ })
    return true
  }

  #replaceBy (client: NodeRedisClient): void {
    if (this.#client !== this.#own && this.#client !== client) discard(this.#client)
    this.#client = client
    this.#onLoss()
  }
}
