import { performance } from 'node:perf_hooks'
import type { IoredisConnection } from './ioredis-connection.ts'
import { connectNow, cut, isIoredisConnection } from './ioredis-connection.ts'
import { slotOf } from './shard-tags.ts'

/** The parts of a `Cluster` of ioredis or iovalkey that its connections need. */
export interface IoredisCluster extends IoredisConnection {
  /** The addresses of the nodes of each slot. The master's comes first. */
  readonly slots: ReadonlyArray<readonly string[] | undefined>
  nodes: (role?: 'all') => unknown[]
  refreshSlotsCache: (done: () => void) => void
}

export function isIoredisCluster (client: IoredisConnection): client is IoredisCluster {
  return Array.isArray(Reflect.get(client, 'slots')) &&
    ['nodes', 'refreshSlotsCache'].every(method => typeof Reflect.get(client, method) === 'function')
}

/** Returns the address of the node to which the client sends commands about a key. */
export function addressOf (cluster: IoredisCluster, key: string): string {
  const { keyPrefix } = cluster.options
  return cluster.slots[slotOf((typeof keyPrefix === 'string' ? keyPrefix : '') + key)]?.[0] ?? ''
}

/**
 * Returns the nodes that owe an answer and are silent. A command about a slot need not be at its node: a client that
 * lost that node asks any other for the way.
 */
export function silentNodes (cluster: IoredisCluster, key: string): string[] {
  const own = addressOf(cluster, key)
  return nodesOf(cluster).filter(node => {
    const silentMs = silenceOf(node)
    return addressOfNode(node) === own ? silentMs >= 0 : silentMs >= SILENCE_MS
  }).map(addressOfNode)
}

/** The ms of silence after which another node than the key's counts as the cause. */
const SILENCE_MS = 500

const heard = new WeakMap<IoredisConnection, { readonly bytes: number, readonly atMs: number }>()

/** Returns the ms for which a node was silent while commands await answers; else -1. */
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
 * Cuts the connections to nodes, and looks up the slots again. A replica may have taken over. The client connects to a
 * node with its next command.
 *
 * @returns whether commands that await their answers never get one
 */
export function cutNodes (cluster: IoredisCluster, addresses: readonly string[]): boolean {
  const before = nodesOf(cluster)
  const nodes = before.filter(node => addresses.includes(addressOfNode(node)))
  const lost = nodes.filter(node => cut(node, () => { if (node.status === 'reconnecting') connectNow(node) }))
  cluster.refreshSlotsCache(() => {
    const now = nodesOf(cluster)
    // The client keeps nodes without slots for a while. Cutting them moves their commands elsewhere.
    for (const former of before) if (!now.includes(former)) former.stream?.destroy()
  })
  return lost.length > 0
}

function addressOfNode ({ options: { host, port } }: IoredisConnection): string {
  return `${String(host)}:${String(port)}`
}

/** Connects the Cluster again after a silent node was asked whether it is ready. */
export function cutAll (cluster: IoredisCluster): void {
  const nodes = nodesOf(cluster)
  if (nodes.length === 0) return
  cluster.disconnect(true)
  for (const { stream } of nodes) stream?.destroy()
}

function nodesOf (cluster: IoredisCluster): IoredisConnection[] {
  return cluster.nodes('all').filter(isIoredisConnection)
}
