import type { Cluster, Redis } from 'ioredis'
import type { Handle } from '../../src/index.ts'
import type { Shard } from '../../src/store/redis/keys.ts'
import { Keys, SHARDS, shardOf } from '../../src/store/redis/keys.ts'

const keys = new Keys('fss:')

/** What is left in Redis besides the knowledge that sessions ended. That the end of one was told, no `open` says. */
export async function remainsIn (masters: readonly Redis[]): Promise<string[]> {
  const remains = await Promise.all(masters.map(async master => {
    const all = (await master.keys('*')).filter(key => !/\}(?:past|left)$/.test(key))
    const isKnowledge = await Promise.all(all.map(async key => key.includes('}u:')
      ? await master.zcount(key, 0, '+inf') === 0 // of a user, those that ended stand below 0
      : key.includes('}s:') && isEnded(await master.hgetall(key))))
    return all.filter((_key, index) => isKnowledge[index] === false)
  }))
  return remains.flat()
}

/** Whether no session is known any more. An index may outlive what it named, but goes by itself, a day and an hour after the last deadline at most. */
export async function isForgotten (master: Redis): Promise<boolean> {
  const [seconds = 0] = (await master.time()).map(Number)
  const names = await Promise.all((await master.keys('*')).map(async key => {
    if (!/\}(?:left$|u:)/.test(key) || await master.ttl(key) > 25.5 * 3600) return 1
    return key.endsWith('left') ? 0 : await master.zcount(key, '-inf', -1000 * (seconds + 1)) + await master.zcount(key, 0, '+inf')
  }))
  return names.every(count => count === 0)
}

function isEnded (record: Record<string, string>): boolean {
  // Nothing: it has been forgotten since.
  return Object.keys(record).length === 0 || (Object.keys(record).length === 1 && record['@']?.startsWith('1 ended ') === true)
}

/** Until when the end of a session is somebody's to tell; `null` when it has been told. */
export async function claimedUntil (redis: Redis, handle: Handle): Promise<number | null> {
  const score = await redis.zscore(openOf(shardOf(handle)), handle)
  return score === null ? null : Number(score)
}

/** Lets the claims run out that nobody has acknowledged, as a minute would. */
export async function expireClaims (redis: Redis | Cluster): Promise<Handle[]> {
  const expired: Handle[] = []
  for (const shard of SHARDS) {
    const open = openOf(shard)
    for (const handle of await redis.zrange(open, '0', '-1')) {
      await redis.zadd(open, 'XX', '1', handle)
      expired.push(handle)
    }
  }
  return expired
}

/** The ended sessions of a shard that are not told yet. */
function openOf (shard: Shard): string {
  return `${keys.shard(shard)}open`
}
