import type { Redis } from 'ioredis'

/** The commands that an ACL user needs, each without its plus sign. Fewer do not do, and there is a test that tries. */
export const ACL_COMMANDS = [
  'eval', 'evalsha', 'time',
  'get', 'getrange', 'set', 'setrange', 'exists', 'del', 'pexpire', 'pexpireat', 'pttl', 'bitfield',
  'zadd', 'zrem', 'zcard', 'zcount', 'zrange', 'zrangebyscore', 'zremrangebyscore', 'zscore'
] as const

/** For the warning about a policy that evicts, and for the ready check of ioredis: without it, nobody is warned. */
export const ACL_FOR_THE_WARNING = ['info'] as const

/** What ioredis needs besides to find its way in a Cluster. */
export const ACL_FOR_A_CLUSTER = ['cluster|slots', 'cluster|info'] as const

/** The keys, with the default prefix. */
export const ACL_KEYS = '~fss:*'

/** As words of `ACL SETUSER`. */
export function aclRules (commands: readonly string[]): string[] {
  return [ACL_KEYS, ...commands.map(command => `+${command}`)]
}

/** The user that tests make. */
export const USER = { username: 'sessions', password: 'pass' } as const

export async function setUser (client: Redis, commands: readonly string[]): Promise<void> {
  await client.call('ACL', 'SETUSER', USER.username, 'reset', 'on', `>${USER.password}`, ...aclRules(commands))
}
