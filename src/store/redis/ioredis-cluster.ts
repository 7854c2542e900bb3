import type { IoredisConnection } from './ioredis-connection.ts'
import { connectNow, cut, isIoredisConnection } from './ioredis-connection.ts'
import { slotOf } from './shard-tags.ts'

/** What a `Cluster` of ioredis or iovalkey shows of its connections. */
export interface IoredisCluster extends IoredisConnection {
  /** The addresses of the nodes that have a slot, the master's first. */
  readonly slots: ReadonlyArray<readonly string[] | undefined>
  nodes: (role?: 'all') => unknown[]
  refreshSlotsCache: (done: () => void) => void
}

export function isIoredisCluster (client: IoredisConnection): client is IoredisCluster {
  return Array.isArray(Reflect.get(client, 'slots')) &&
    ['nodes', 'refreshSlotsCache'].every(method => typeof Reflect.get(client, method) === 'function')
}

/** Where the client looks for the key. */
export function addressOf (cluster: IoredisCluster, key: string): string {
  const { keyPrefix } = cluster.options
  return cluster.slots[slotOf((typeof keyPrefix === 'string' ? keyPrefix : '') + key)]?.[0] ?? ''
}

/**
 * Cuts the connection to one node, and looks up anew which node has which slots: a replica may have taken over. The
 * client connects to a node when it next has something to ask it.
 *
 * @returns whether commands that await their answers will never get one
 */
export function cutNode (cluster: IoredisCluster, address: string): boolean {
  const node = nodesOf(cluster).find(({ options: { host, port } }) => `${String(host)}:${String(port)}` === address)
  const isLost = node !== undefined && cut(node, () => { if (node.status === 'reconnecting') connectNow(node) })
  const before = nodesOf(cluster)
  cluster.refreshSlotsCache(() => {
    const nodes = nodesOf(cluster)
    // The client parts slowly with those that have no slot any more; what they were asked is asked elsewhere then.
    for (const former of before) if (!nodes.includes(former)) former.stream?.destroy()
  })
  return isLost
}

/** Begins anew, where the client had asked a node that says nothing whether the Cluster is ready. */
export function cutAll (cluster: IoredisCluster): void {
  const nodes = nodesOf(cluster)
  if (nodes.length === 0) return
  cluster.disconnect(true)
  for (const { stream } of nodes) stream?.destroy()
}

function nodesOf (cluster: IoredisCluster): IoredisConnection[] {
  return cluster.nodes('all').filter(isIoredisConnection)
}
