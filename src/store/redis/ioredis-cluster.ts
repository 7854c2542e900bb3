import { performance } from 'node:perf_hooks'
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
 * The nodes to which something was sent and which say nothing. Commands about a slot need not be at its node: a client
 * that lost that one asks any other for the way.
 */
export function silentNodes (cluster: IoredisCluster, key: string): string[] {
  const own = addressOf(cluster, key)
  return nodesOf(cluster).filter(node => {
    const silentMs = silenceOf(node)
    return addressOfNode(node) === own ? silentMs >= 0 : silentMs >= SILENCE_MS
  }).map(addressOfNode)
}

/** How long a node that is not the key's has to say nothing, in ms, until that is why nobody answers. */
const SILENCE_MS = 500

const heard = new WeakMap<IoredisConnection, { readonly bytes: number, readonly atMs: number }>()

/** How long it was seen to say nothing though commands await their answers; -1 if it has said something. */
function silenceOf (node: IoredisConnection): number {
  const nowMs = performance.now()
  const bytes = node.stream?.bytesRead ?? 0
  const before = heard.get(node)
  const isAwaited = Number(node.commandQueue?.length) + Number(node.offlineQueue?.length) > 0
  if (isAwaited && before?.bytes === bytes) return nowMs - before.atMs
  heard.set(node, { bytes, atMs: nowMs })
  return isAwaited && before === undefined ? 0 : -1
}

/**
 * Cuts the connections to nodes, and looks up anew which node has which slots: a replica may have taken over. The client
 * connects to a node when it next has something to ask it.
 *
 * @returns whether commands that await their answers will never get one
 */
export function cutNodes (cluster: IoredisCluster, addresses: readonly string[]): boolean {
  const before = nodesOf(cluster)
  const nodes = before.filter(node => addresses.includes(addressOfNode(node)))
  const lost = nodes.filter(node => cut(node, () => { if (node.status === 'reconnecting') connectNow(node) }))
  cluster.refreshSlotsCache(() => {
    const now = nodesOf(cluster)
    // The client parts slowly with those that have no slot any more; what they were asked is asked elsewhere then.
    for (const former of before) if (!now.includes(former)) former.stream?.destroy()
  })
  return lost.length > 0
}

function addressOfNode ({ options: { host, port } }: IoredisConnection): string {
  return `${String(host)}:${String(port)}`
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
