import type { Redis } from 'ioredis'

/** The commands that an ACL user needs, each without its plus sign. Fewer do not do, and there is a test that tries. */
export const ACL_COMMANDS = [
  'eval', 'evalsha', 'time',
  'get', 'getrange', 'set', 'setrange', 'exists', 'del', 'pexpireat', 'pttl', 'bitfield',
  'zadd', 'zrem', 'zcard', 'zcount', 'zrange', 'zrangebyscore', 'zremrangebyscore', 'zscore'
] as const

/** The right that the warning about eviction and the ready check of ioredis need. Without it, no warning is logged. */
export const ACL_FOR_THE_WARNING = ['info'] as const

/**
 * The rights that ioredis needs besides in a Cluster. It names the connection by which it asks for the slots, and asks
 * the next node for a key of a slot that migrates.
 */
export const ACL_FOR_A_CLUSTER = ['cluster|slots', 'cluster|info', 'client|setname', 'asking'] as const

/** With `db`, and with `connectionName`. */
export const ACL_FOR_OPTIONS = ['select', 'client|setname'] as const

/** The command by which ioredis names itself. Redis 7.2 or later knows it, and Redis 7.0 has no right of that name. */
export const ACL_FOR_CLIENT_INFO = ['client|setinfo'] as const

/** The commands that ioredis sends to Sentinels. */
export const ACL_FOR_SENTINELS = ['sentinel|sentinels', 'sentinel|get-master-addr-by-name'] as const

/**
 * The rights for connections of sessions on one server. They allow to report ends, and to receive them on {@link
 * ACL_CHANNELS}.
 */
export const ACL_FOR_CONNECTIONS = ['publish', 'subscribe', 'unsubscribe'] as const

/** The same on a Cluster. */
export const ACL_FOR_CONNECTIONS_OF_A_CLUSTER = ['spublish', 'ssubscribe', 'sunsubscribe'] as const

/** The channels, with the default prefix. */
export const ACL_CHANNELS = '&fss:*'

/** The keys, with the default prefix. */
export const ACL_KEYS = '~fss:*'

/** As words of `ACL SETUSER`. */
export function aclRules (commands: readonly string[]): string[] {
  return [ACL_KEYS, ...commands.map(command => `+${command}`)]
}

/** The user that tests make. */
export const USER = { username: 'sessions', password: 'pass' } as const

export async function setUser (client: Redis, commands: readonly string[]): Promise<void> {
  const info = await knowsClientInfo(client) ? ACL_FOR_CLIENT_INFO : []
  const rules = aclRules([...commands, ...info])
  await client.call('ACL', 'SETUSER', USER.username, 'reset', 'on', `>${USER.password}`, ...rules)
}

/** Whether Redis knows `CLIENT SETINFO`: 7.2 or later does. */
export async function knowsClientInfo (client: Redis): Promise<boolean> {
  const [major = 0, minor = 0] =
    /redis_version:(\d+)\.(\d+)/.exec(await client.info('server'))?.slice(1).map(Number) ?? []
  return major > 7 || (major === 7 && minor >= 2)
}
