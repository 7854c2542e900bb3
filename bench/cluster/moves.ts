import { setTimeout as sleep } from 'node:timers/promises'
import type { RedisCluster } from '../../test/helpers/redis-cluster.ts'

/** Milliseconds between two moves. A reshard over a network is no faster. */
const PAUSE_MS = 10

/** Moves the slots that hold keys from master to master, one after the other. */
export class SlotMoves {
  readonly #cluster: RedisCluster
  /** Index of the first and the present master, for each slot that holds keys. */
  readonly #owners: Map<number, { first: number, now: number }>

  private constructor (cluster: RedisCluster, owners: Map<number, { first: number, now: number }>) {
    this.#cluster = cluster
    this.#owners = owners
  }

  static async of (cluster: RedisCluster): Promise<SlotMoves> {
    const owners = new Map<number, { first: number, now: number }>()
    for (const [index, { client }] of cluster.nodes.entries()) {
      const tags = new Set((await client.keys('*')).map(key => /\{([^}]+)\}/.exec(key)?.[1] ?? key))
      for (const tag of tags) owners.set(await client.cluster('KEYSLOT', tag), { first: index, now: index })
    }
    return new SlotMoves(cluster, owners)
  }

  /**
   * Moves each slot to the next master, again and again, until the signal aborts.
   * @returns the number of moves
   */
  async run (signal: AbortSignal): Promise<number> {
    let moves = 0
    while (!signal.aborted) {
      for (const [slot, owner] of this.#owners) {
        if (signal.aborted) break
        await this.#move(slot, owner, (owner.now + 1) % this.#cluster.nodes.length)
        moves++
        await sleep(PAUSE_MS)
      }
    }
    return moves
  }

  /** Moves each slot back to its first master. */
  async undo (): Promise<void> {
    for (const [slot, owner] of this.#owners) {
      if (owner.now !== owner.first) await this.#move(slot, owner, owner.first)
    }
  }

  async #move (slot: number, owner: { now: number }, to: number): Promise<void> {
    await this.#cluster.migrateSlot(slot, owner.now, to)
    owner.now = to
  }
}
