import type { ActivityStoreOptions } from '../activity-store.ts'
import type { RedisClient } from './redis-client.ts'

export interface RedisStoreOptions extends ActivityStoreOptions {
  /** `Redis` or `Cluster` of `ioredis` or `iovalkey`, or `fromNodeRedis(client)`. You made it, and you close it. */
  readonly client: RedisClient
  /** What all keys begin with. Default `fss:`. No braces: they would put all sessions into one Cluster slot. */
  readonly prefix?: string | undefined
  /** Seconds for which an ended session stays known: of a user the first {@link TOMBSTONES_PER_USER_AND_HOUR}. Default 86400. */
  readonly retention?: number | undefined
  /**
   * Seconds for which it stays known from where an ended session was signed in to (`deviceOf`). At least two minutes: so long
   * `onSessionEnd` may have to be called again. Default: the retention.
   */
  readonly deviceRetention?: number | undefined
  /** Seconds after which a command counts as failed, whatever the client's own patience. Default 1. */
  readonly commandTimeout?: number | undefined
}
