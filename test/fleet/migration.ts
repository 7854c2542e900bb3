import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from 'ioredis'
import { DEFAULT_PREFIX, Keys } from '../../src/store/redis/keys.ts'
import type { RedisCluster, RedisClusterNode } from '../helpers/redis-cluster.ts'

/** How long a slot stays between two nodes after each of its keys, in ms: a reshard over a network is no faster. */
const PER_KEY_MS = 3

/** The slots that the sessions are in. */
export async function slotsOf (client: Cluster): Promise<number[]> {
  const keys = new Keys(DEFAULT_PREFIX, true)
  return await Promise.all(keys.shards.map(async shard => await client.cluster('KEYSLOT', keys.shard(shard))))
}

/** Moves a slot key by key, as `redis-cli --cluster reshard` does, with time in between for others to find it in halves. */
export async function migrateSlowly ({ nodes }: RedisCluster, slot: number, from: RedisClusterNode, to: RedisClusterNode): Promise<void> {
  await to.client.cluster('SETSLOT', slot, 'IMPORTING', from.id)
  await from.client.cluster('SETSLOT', slot, 'MIGRATING', to.id)
  for (;;) {
    const [key] = await from.client.cluster('GETKEYSINSLOT', slot, 1)
    if (key === undefined) break
    await from.client.migrate('127.0.0.1', to.server.port, '', 0, 5000, 'KEYS', key)
    await sleep(PER_KEY_MS)
  }
  for (const { client } of [to, ...nodes.filter(node => node !== to)]) await client.cluster('SETSLOT', slot, 'NODE', to.id)
}

/** Whose a slot is. */
export async function ownerOf ({ nodes }: RedisCluster, slot: number): Promise<number> {
  for (const [index, { client, id }] of nodes.entries()) {
    const lines = String(await client.cluster('NODES')).split('\n')
    const slots = lines.find(line => line.startsWith(id))?.split(' ').slice(8) ?? []
    const isOwner = slots.some(range => {
      const [first = NaN, last = first] = range.split('-').map(Number)
      return first <= slot && slot <= last
    })
    if (isOwner) return index
  }
  throw new RangeError(`slot ${slot} is nobody's`)
}
