import { toMs } from '../../core/clock.ts'
import { refuseUnknown } from '../../option-checks.ts'
import type { ActivityStoreOptions } from '../activity-store.ts'
import { ANONYMOUS_RETENTION_SECONDS, RETENTION_SECONDS } from '../limits.ts'
import { DEFAULT_PREFIX } from './keys.ts'
import type { RedisClient } from './redis-client.ts'
import { checkTimes, leaseFor } from './store-times.ts'

export interface RedisStoreOptions extends ActivityStoreOptions {
  /**
   * The client: `Redis` or `Cluster` of `ioredis` or `iovalkey`, or `fromNodeRedis(client)`. You make it, and you close
   * it.
   */
  readonly client: RedisClient
  /** The prefix of all keys. Default `fss:`. It has no braces: they would put all sessions into one Cluster slot. */
  readonly prefix?: string | undefined
  /**
   * Seconds for which an ended session keeps its tombstone. The first {@link TOMBSTONES_PER_USER_AND_HOUR} of each user
   * and hour stay so long. Default 86400.
   */
  readonly retention?: number | undefined
  /**
   * Seconds for which the device of an ended session stays (`deviceOf`). At least two minutes, in which `onSessionEnd`
   * may be called again. Default: the retention.
   */
  readonly deviceRetention?: number | undefined
  /** Seconds after which a command counts as failed, even if the client would wait longer. Default 1. */
  readonly commandTimeout?: number | undefined
}

const NAMES = [
  'client', 'prefix', 'retention', 'commandTimeout', 'deviceRetention', 'maxSessionBytes', 'maxSessionFields', 'clock'
]

/** The options of a RedisStore with their defaults. */
export interface CheckedOptions {
  readonly client: RedisClient
  readonly prefix: string
  /** The lease, and the retentions of ended and anonymous sessions and of devices, in ms. */
  readonly times: readonly number[]
  readonly commandTimeoutMs: number
}

/**
 * Checks the options of a RedisStore, and adds the defaults.
 * @throws {BadOptionError | UnknownOptionError}
 */
export function checkOptions (options: RedisStoreOptions): CheckedOptions {
  refuseUnknown(options, NAMES)
  const { client, prefix = DEFAULT_PREFIX, retention = RETENTION_SECONDS, commandTimeout = 1 } = options
  const { deviceRetention = retention } = options
  checkTimes(retention, deviceRetention, commandTimeout)
  const anonymousRetention = Math.min(retention, ANONYMOUS_RETENTION_SECONDS)
  const times = [leaseFor(toMs(retention)), ...[retention, anonymousRetention, deviceRetention].map(toMs)]
  return { client, prefix, times, commandTimeoutMs: toMs(commandTimeout) }
}
