import { toMs } from '../../core/clock.ts'
import { refuseUnknown } from '../../option-checks.ts'
import type { ActivityStoreOptions } from '../activity-store.ts'
import { ANONYMOUS_RETENTION_SECONDS, RETENTION_SECONDS } from '../limits.ts'
import { DEFAULT_PREFIX } from './keys.ts'
import type { RedisClient } from './redis-client.ts'
import { checkTimes, leaseFor } from './store-times.ts'

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

const NAMES = [
  'client', 'prefix', 'retention', 'commandTimeout', 'deviceRetention', 'maxSessionBytes', 'maxSessionFields', 'clock'
]

/** The options of a RedisStore with their defaults. */
export interface CheckedOptions {
  readonly client: RedisClient
  readonly prefix: string
  /** The lease, and the retentions of an ended session, of an anonymous one and of a device, in ms. */
  readonly times: readonly number[]
  readonly commandTimeoutMs: number
}

/** Checks the options of a RedisStore, and adds the defaults. @throws {BadOptionError | UnknownOptionError} */
export function checkOptions (options: RedisStoreOptions): CheckedOptions {
  refuseUnknown(options, NAMES)
  const { client, prefix = DEFAULT_PREFIX, retention = RETENTION_SECONDS, commandTimeout = 1 } = options
  const { deviceRetention = retention } = options
  checkTimes(retention, deviceRetention, commandTimeout)
  const anonymousRetention = Math.min(retention, ANONYMOUS_RETENTION_SECONDS)
  const times = [leaseFor(toMs(retention)), ...[retention, anonymousRetention, deviceRetention].map(toMs)]
  return { client, prefix, times, commandTimeoutMs: toMs(commandTimeout) }
}
