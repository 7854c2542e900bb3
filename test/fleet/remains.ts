import type { Cluster, Redis } from 'ioredis'
import type { Handle } from '../../src/index.ts'
import { DEFAULT_PREFIX, Keys } from '../../src/store/redis/keys.ts'
import { withoutLayout } from '../helpers/session-keys.ts'

/** The ms for which an anonymous session may live. */
const DAY_MS = 86_400_000

/** The kinds of keys: tombstones, keys that just expire (anonymous sessions), and keys with work left. */
type Remain = 'knowledge' | 'passing' | 'open'

/** Returns the keys in Redis with work left: no tombstones, no anonymous sessions. */
export async function remainsIn (masters: readonly Redis[]): Promise<string[]> {
  const remains = await Promise.all(masters.map(async master => {
    const keys = await keysOf(master, 'open')
    return await Promise.all(keys.map(async key => `${key} ${await showKey(master, key)}`))
  }))
  return remains.flat()
}

/** Shows a key to a reader who asks why it is left. */
async function showKey (master: Redis, key: string): Promise<string> {
  const lifeMs = await master.pttl(key)
  return key.includes('}s:') ? `${JSON.stringify(await master.get(key))}, for ${lifeMs} ms` : `for ${lifeMs} ms`
}

/** Whether nothing is known any more but anonymous sessions. */
export async function isForgotten (master: Redis): Promise<boolean> {
  return (await keysOf(master, 'open', 'knowledge')).length === 0
}

async function keysOf (master: Redis, ...wanted: Remain[]): Promise<string[]> {
  const keys = withoutLayout(await master.keys('*'))
  const remains = await Promise.all(keys.map(key => remainOf(master, key)))
  return keys.filter((_key, index) => wanted.includes(remains[index] ?? 'knowledge'))
}

async function remainOf (master: Redis, key: string): Promise<Remain> {
  if (/\}(?:past|brief|d:.*)$/.test(key)) return 'knowledge'
  if (/\}o:.*$/.test(key)) return 'passing'
  if (!key.includes('}s:')) return 'open'
  const text = await master.get(key)
  // Nothing: it has been forgotten since.
  if (text === null || /^1 (?:ended|replaced|renewed) .*$/.test(text)) return 'knowledge'
  const lifeMs = await master.pttl(key)
  return text.startsWith('1 visitor ') && lifeMs > 0 && lifeMs <= DAY_MS ? 'passing' : 'open'
}

/** Returns the moment at which the lease of an end expires; `null` if acknowledged. */
export async function claimedUntil (redis: Redis | Cluster, handle: Handle): Promise<number | null> {
  const keys = keysIn(redis)
  const score = await redis.zscore(keys.index(keys.shardOf(handle), 'open'), handle)
  return score === null ? null : Number(score)
}

/** Lets the claims run out that nobody has acknowledged, as a minute would. */
export async function expireClaims (redis: Redis | Cluster): Promise<Handle[]> {
  const keys = keysIn(redis)
  const expired = await Promise.all(keys.shards.map(async shard => {
    const open = keys.index(shard, 'open')
    const handles = await redis.zrange(open, '0', '-1')
    for (const handle of handles) await redis.zadd(open, 'XX', '1', handle)
    return handles
  }))
  return expired.flat()
}

function keysIn (redis: Redis | Cluster): Keys {
  return new Keys(DEFAULT_PREFIX, redis.isCluster)
}
