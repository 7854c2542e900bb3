import { LayoutError } from '../../errors.ts'
import type { Connections } from './connections.ts'
import type { Keys } from './keys.ts'

/** The ms for which the number stays if no node asks any more: 30 days. */
export const LAYOUT_LIFE_MS = 30 * 86_400_000

/** Asks Redis for the number of shards, and writes this node's if none is there. */
type Ask = (key: string, shards: number, writes: boolean) => Promise<unknown>

/**
 * Makes sure that this node looks for sessions in the shards where they lie. A server has one shard, a Cluster many.
 * With the wrong number no session would be found, and everybody would be signed out. The number stands beside the
 * sessions. A node reads it before the first command of each connection, with each sweep and by `health()`, and writes
 * it again if it is gone (`FLUSHALL`).
 */
export class Layout {
  readonly #keys: Keys
  readonly #ask: Ask
  readonly #connections: Pick<Connections, 'count'>
  #settledFor: number | null = null
  #isKnown = false
  #isWritten = false
  #asking: Promise<void> | null = null

  constructor (keys: Keys, connections: Pick<Connections, 'count'>, ask: Ask) {
    this.#keys = keys
    this.#connections = connections
    this.#ask = ask
  }

  /** The number was read on this connection, and written if the next command writes. */
  isSettled (isWriting: boolean): boolean {
    return this.#settledFor === this.#connections.count && (this.#isWritten || !isWriting)
  }

  /**
   * Asks. A number that was right before goes on to count while nobody answers.
   * @param writes whether it is written where it is missing
   * @throws {LayoutError} if the sessions lie in another number of shards. Every call asks anew then.
   * @throws {StoreUnavailableError} if nobody answers
   */
  settle (writes: boolean): Promise<void> {
    this.#asking ??= this.#settle(writes).finally(() => { this.#asking = null })
    return this.#asking
  }

  async #settle (writes: boolean): Promise<void> {
    const { layout, prefix, shards: { length } } = this.#keys
    try {
      const found = await this.#ask(layout, length, writes)
      const count = /^\d{1,9}$/.test(String(found)) ? Number(found) : NaN
      this.#isKnown = this.#keys.takeShards(count)
      this.#isWritten = this.#isKnown && writes
      this.#settledFor = this.#isKnown ? this.#connections.count : null
      if (!this.#isKnown) {
        throw new LayoutError(
          prefix, Number.isNaN(count) ? JSON.stringify(String(found).slice(0, 20)) : String(count), length
        )
      }
    } catch (error) {
      if (!this.#isKnown) throw error
    }
  }
}
