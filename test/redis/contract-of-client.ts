import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { RedisClient } from '../../src/redis.ts'
import { RedisStore } from '../../src/redis.ts'
import { withoutLayout } from '../helpers/session-keys.ts'
import { watchContract } from '../store/contract-watch.ts'
import { fieldsContract } from '../store/contract-fields.ts'
import type { ContractHarness } from '../store/contract-kit.ts'
import { storeContract } from '../store/contract.ts'

/** A Redis whose clocks a test sets, and the client for the store. */
export interface ContractRedis {
  readonly client: RedisClient
  /** Clients of the servers that have the data, one each. */
  readonly servers: readonly Redis[]
  /** Moves the servers' clocks. */
  advance (seconds: number): void
}

/** All that a RedisStore keeps of the contract. `redis` is asked when the tests run. */
export function contractOfClient (name: string, redis: () => ContractRedis): void {
  const newHarness = (): ContractHarness => {
    const prefix = `${randomUUID()}:`
    return {
      open: async options => new RedisStore({ commandTimeout: 10, ...options, client: redis().client, prefix }),
      advance: async seconds => redis().advance(seconds),
      held: async () => {
        const keys = await Promise.all(redis().servers.map(async server => await server.keys(`${prefix}*`)))
        return withoutLayout(keys.flat()).length
      }
    }
  }
  storeContract(name, newHarness)
  fieldsContract(name, newHarness)
  watchContract(name, newHarness)
}
