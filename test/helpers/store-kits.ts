import type { Redis } from 'ioredis'
import type { ActivityStore } from '../../src/store/activity-store.ts'
import { MemoryStore } from '../../src/store/memory/memory-store.ts'
import { RedisStore } from '../../src/redis.ts'
import { FakeClock } from './fake-clock.ts'
import type { UnixRedisServer } from './redis-server.ts'
import { redisOfSuite } from './redis-of-suite.ts'

/** A store on clocks that stand still until the test moves them. */
export interface TestStore {
  readonly store: ActivityStore
  /** The node's; it takes the store's with it. */
  readonly clock: FakeClock
  /** Counts the sessions of the store, and everything else that it keeps of them. */
  held (): Promise<number>
}

export interface StoreKit {
  readonly name: string
  open (): TestStore
}

export const memoryKit: StoreKit = {
  name: 'MemoryStore',
  open () {
    const clock = new FakeClock()
    const store = new MemoryStore({ clock: clock.now })
    return { store, clock, held: async () => store.size }
  }
}

export interface RedisKit extends StoreKit {
  client (): Redis
  /** Moves Redis' clock, and no node's. */
  advance (seconds: number): void
}

/** A Redis of the test file, months away from the node's clock (G5: one clock). To be called at the top of the file. */
export function redisKit (): RedisKit {
  const redis = redisOfSuite({ clock: true })
  let opened = 0
  return {
    name: 'RedisStore',
    client: () => redis.client,
    advance: seconds => redis.server.advance(seconds),
    open () {
      const { server, client } = redis
      const prefix = `${String(opened++).padStart(3, '0')}:` // as long as the default
      const clock = new LinkedClock(server)
      const store = new RedisStore({ client, prefix, clock: clock.now, commandTimeout: 10 })
      return { store, clock, held: async () => (await client.keys(`${prefix}*s:*`)).length }
    }
  }
}

class LinkedClock extends FakeClock {
  readonly #server: UnixRedisServer

  constructor (server: UnixRedisServer) {
    super()
    this.#server = server
  }

  override advance (seconds: number): void {
    super.advance(seconds)
    this.#server.advance(seconds)
  }
}
