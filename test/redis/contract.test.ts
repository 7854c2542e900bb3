import { randomUUID } from 'node:crypto'
import { RedisStore } from '../../src/redis.ts'
import { redisOfSuite } from '../helpers/redis-of-suite.ts'
import { storeContract } from '../store/contract.ts'
import { fieldsContract } from '../store/contract-fields.ts'
import type { ContractHarness } from '../store/contract-kit.ts'
import { withoutLayout } from '../helpers/session-keys.ts'

const redis = redisOfSuite({ clock: true })

const newHarness = (): ContractHarness => {
  const prefix = `${randomUUID()}:`
  return {
    open: async options => new RedisStore({ commandTimeout: 10, ...options, client: redis.client, prefix }),
    advance: async seconds => redis.server.advance(seconds),
    held: async () => withoutLayout(await redis.client.keys(`${prefix}*`)).length
  }
}

storeContract('RedisStore', newHarness)
fieldsContract('RedisStore', newHarness)
