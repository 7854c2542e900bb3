import type { Handle } from '../handle.ts'
import { LENGTH, LENGTH_ON_CLUSTER, isHandle } from '../handle.ts'
import type { Mark } from './cursor.ts'
import { NO_MARK } from './cursor.ts'
import type { Index, Shard } from './keys.ts'
import { list } from './replies.ts'
import type { Shards } from './shards.ts'

/** The most entries that one script looks at. Without records, that takes half a millisecond. */
const AT_ONCE = 500

/** The indexes with handles. A session that ends meanwhile moves from the first to the second. */
const INDEXES: readonly Index[] = ['due', 'past']

/**
 * Finds sessions by the beginning of their handles. No index is in the order of handles, so a search looks at all
 * sessions of a shard, live and ended, five hundred in a script. On a Cluster the beginning names the shard.
 */
export class HandleSearch {
  readonly #shards: Shards

  constructor (shards: Shards) {
    this.#shards = shards
  }

  /**
   * Whether a text is as long as handles are here. A handle of a Cluster without its last two letters is as long as one
   * of a server.
   */
  isWhole (text: string): text is Handle {
    return isHandle(text) && text.length === (this.#shards.keys.shards.length === 1 ? LENGTH : LENGTH_ON_CLUSTER)
  }

  /** @returns at most so many handles; the search ends then */
  async find (beginning: string, most: number): Promise<readonly Handle[]> {
    const shard = this.#shards.keys.shardOf(beginning)
    const found = new Set<Handle>()
    for (const index of INDEXES) {
      for await (const handles of this.#partsOf(shard, index, beginning)) {
        for (const handle of handles) found.add(handle)
        if (found.size >= most) return [...found].slice(0, most)
      }
    }
    return [...found]
  }

  async * #partsOf (shard: Shard, index: Index, beginning: string): AsyncGenerator<readonly Handle[]> {
    const key = this.#shards.keys.index(shard, index)
    for (let last: Mark | null = NO_MARK; last !== null;) {
      const words = [beginning, String(AT_ONCE), last.handle, last.score]
      const { rest: [handles, handle, score] } = await this.#shards.ask('handles', shard, key, ...words)
      yield list(handles).map(String)
      last = handle === '' ? null : { handle: String(handle), score: String(score) }
    }
  }
}
