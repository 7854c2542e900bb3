import { LayoutError, StoreUnavailableError } from '../../errors.ts'
import type { Keys } from './keys.ts'

/** Asks Redis in how many shards the sessions lie, and tells it in how many they would. */
type Ask = (key: string, shards: number) => Promise<unknown>

/** For how long the number stands where nobody asks any more: 30 days. */
export const LAYOUT_LIFE_MS = 30 * 86_400_000

/** How many connections the client has lost. */
export interface Connections {
  readonly count: number
}

/**
 * Makes sure that sessions are looked for where they lie. With another number of shards none would be found, and everybody
 * signed out: one server has one, a Cluster many. The number stands beside the sessions. It is read before the first
 * command of each connection, by each sweep and by `health()`; where it is gone (`FLUSHALL`), it is written again.
 */
export class Layout {
  readonly #keys: Keys
  readonly #ask: Ask
  readonly #connections: Connections
  #settledFor: number | null = null
  #isKnown = false
  #asking: Promise<void> | null = null

  constructor (keys: Keys, connections: Connections, ask: Ask) {
    this.#keys = keys
    this.#connections = connections
    this.#ask = ask
  }

  /** Whether it was asked on this connection. */
  get isSettled (): boolean { return this.#settledFor === this.#connections.count }

  /**
   * Asks. A number that was right before goes on to count while nobody answers.
   * @throws {LayoutError} if the sessions lie in another number of shards. Every call asks anew then.
   * @throws {StoreUnavailableError} if nobody answers; and once where the number is only known from now on, since keys were
   * made for another one
   */
  settle (): Promise<void> {
    this.#asking ??= this.#settle().finally(() => { this.#asking = null })
    return this.#asking
  }

  async #settle (): Promise<void> {
    const shards = this.#keys.shards.length
    try {
      const found = Number(await this.#ask(this.#keys.layout, shards))
      this.#isKnown = found === shards || found === 1
      this.#settledFor = this.#isKnown ? this.#connections.count : null
      if (!this.#isKnown) throw new LayoutError(this.#keys.prefix, String(found), shards)
      if (found !== shards) this.#becomeOneShard()
    } catch (error) {
      if (!this.#isKnown || this.isSettled) throw error
    }
  }

  #becomeOneShard (): never {
    this.#keys.becomeOneShard()
    throw new StoreUnavailableError('the sessions of this Cluster lie in one shard, as those of one server do')
  }
}
