import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from 'ioredis'
import { DEFAULT_PREFIX, Keys } from '../../src/store/redis/keys.ts'
import type { RedisCluster, RedisClusterNode } from '../helpers/redis-cluster.ts'

/** The ms for which a slot stays between two nodes after each key. A reshard over a network is no faster. */
const PER_KEY_MS = 3

/**
 * Moves one slot with sessions after the other to the next node.
 * @returns how many
 */
export async function moveSlots (cluster: RedisCluster, client: Cluster, isOver: AbortSignal): Promise<number> {
  const { nodes } = cluster
  const slots = await slotsOf(client)
  let turn = 0
  for (; !isOver.aborted; turn++) {
    const slot = slots[turn % slots.length] ?? 0
    const owner = await ownerOf(cluster, slot)
    const [from, to] = [nodes[owner], nodes[(owner + 1) % nodes.length]]
    if (from === undefined || to === undefined) throw new RangeError('the cluster is too small')
    if (turn % 4 === 3) await cluster.migrateSlot(slot, owner, (owner + 1) % nodes.length)
    else await migrateSlowly(cluster, slot, from, to)
    await sleep(50)
  }
  return turn
}

/** The slots that the sessions are in. */
async function slotsOf (client: Cluster): Promise<number[]> {
  const keys = new Keys(DEFAULT_PREFIX, true)
  return await Promise.all(keys.shards.map(async shard => await client.cluster('KEYSLOT', keys.shard(shard))))
}

/**
 * Moves a slot key by key, as `redis-cli --cluster reshard` does. In between there is time for others to find it in
 * halves.
 */
async function migrateSlowly (
  { nodes }: RedisCluster, slot: number, from: RedisClusterNode, to: RedisClusterNode
): Promise<void> {
  await to.client.cluster('SETSLOT', slot, 'IMPORTING', from.id)
  await from.client.cluster('SETSLOT', slot, 'MIGRATING', to.id)
  for (;;) {
    const [key] = await from.client.cluster('GETKEYSINSLOT', slot, 1)
    if (key === undefined) break
    await from.client.migrate('127.0.0.1', to.server.port, '', 0, 5000, 'KEYS', key)
    await sleep(PER_KEY_MS)
  }
  for (const { client } of [to, ...nodes.filter(node => node !== to)]) {
    await client.cluster('SETSLOT', slot, 'NODE', to.id)
  }
}

/** Returns the owner of a slot. */
async function ownerOf ({ nodes }: RedisCluster, slot: number): Promise<number> {
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
