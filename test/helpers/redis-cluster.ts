import type { ClusterOptions, Redis } from 'ioredis'
import { Cluster } from 'ioredis'
import { until } from './redis-process.ts'
import type { TcpRedisServer } from './redis-server.ts'
import { startRedis } from './redis-server.ts'

const SLOTS = 16_384

/** Replies come in one shape: that of a client without `replyMapping`. */
export interface ClusterClientOptions extends Omit<ClusterOptions, 'redisOptions'> {
  readonly redisOptions?: Omit<NonNullable<ClusterOptions['redisOptions']>, 'replyMapping'>
}

export interface RedisClusterNode {
  readonly id: string
  readonly server: TcpRedisServer
  /** A client of this node only: it follows no redirection. */
  readonly client: Redis
}

/** A cluster of masters that share the slots evenly, the lowest at the first. */
export interface RedisCluster {
  readonly nodes: readonly RedisClusterNode[]
  /** The replica of the first master. It takes over when the master is silent for two seconds. */
  readonly replica: RedisClusterNode | null
  /** A new client of the whole cluster, which `stop` closes. */
  connect (options?: ClusterClientOptions): Cluster
  migrateSlot (slot: number, fromIndex: number, toIndex: number): Promise<void>
  /** Lets time pass for all masters, at once: only with `clock: true`. */
  advance (seconds: number): void
  stop (): Promise<void>
}

interface ClusterChoices {
  /** Whether the masters have clocks that the test sets. With `running`, these run by themselves. */
  readonly clock?: boolean | 'running'
  readonly hasReplica?: boolean
}

export async function startCluster (
  masters = 3, { clock = false, hasReplica = false }: ClusterChoices = {}
): Promise<RedisCluster> {
  const nodes: RedisClusterNode[] = []
  let replica: RedisClusterNode | null = null
  const clients = new Set<Cluster>()
  const advance = (seconds: number): void => { for (const { server } of nodes) server.advance(seconds) }
  async function stop (): Promise<void> {
    for (const client of clients) client.disconnect()
    await Promise.all([...nodes, ...replica === null ? [] : [replica]].map(({ server }) => server.stop()))
  }
  try {
    for (let index = 0; index < masters; index++) nodes.push(await startNode(clock))
    await join(nodes, () => { if (clock) advance(1) })
    if (hasReplica) {
      replica = await startNode(clock)
      await follow(replica, nodes)
    }
  } catch (error) {
    await stop()
    throw error
  }
  return {
    nodes,
    replica,
    connect (options = {}) {
      const client = new Cluster(nodes.map(({ server }) => ({ host: '127.0.0.1', port: server.port })), options)
      client.on('error', () => {})
      clients.add(client)
      return client
    },
    migrateSlot: (slot, fromIndex, toIndex) => migrateSlot(
      nodes, slot, nodeAt(nodes, fromIndex), nodeAt(nodes, toIndex)
    ),
    advance,
    stop
  }
}

async function startNode (clock: boolean | 'running'): Promise<RedisClusterNode> {
  // A node that has not heard of another for longer than its patience takes it for dead: a test moves clocks by
  // minutes.
  const patienceMs = clock ? '1000000000' : '2000'
  const server = await startRedis({
    port: true,
    clock,
    args: [
      '--cluster-enabled', 'yes', '--cluster-node-timeout', patienceMs, '--cluster-require-full-coverage', 'no'
    ]
  })
  const client = server.connect()
  return { id: await client.cluster('MYID'), server, client }
}

/** `tick` lets a clock go on that stands still: a node waits a while by its clock. */
async function join (nodes: readonly RedisClusterNode[], tick: () => void): Promise<void> {
  for (const [index, { client }] of nodes.entries()) {
    const [first, next] = [index, index + 1].map(share => Math.floor(share * SLOTS / nodes.length))
    // Of an epoch each from the start, the nodes have no conflict to settle.
    await client.cluster('SET-CONFIG-EPOCH', index + 1)
    await client.cluster('ADDSLOTSRANGE', Number(first), Number(next) - 1)
    for (const { server } of nodes.slice(0, index)) await client.cluster('MEET', '127.0.0.1', server.port)
  }
  const joined = [
    'cluster_state:ok', `cluster_slots_ok:${SLOTS}`, `cluster_known_nodes:${nodes.length}`,
    `cluster_size:${nodes.length}`
  ]
  for (const { client } of nodes) {
    await until('the cluster is complete', async () => {
      tick()
      const lines = String(await client.cluster('INFO')).split('\r\n')
      return joined.every(line => lines.includes(line))
    }, 20_000)
  }
}

/** Has the node follow the first of the masters, and waits until all know that. */
async function follow ({ id, client }: RedisClusterNode, masters: readonly RedisClusterNode[]): Promise<void> {
  const first = nodeAt(masters, 0)
  await client.cluster('MEET', '127.0.0.1', first.server.port)
  await until('it follows', async () => await client.call('CLUSTER', 'REPLICATE', first.id) === 'OK')
  await until(
    'it has what its master has', async () => /master_link_status:up/.test(await client.info('replication')), 20_000
  )
  for (const master of masters) {
    const line = new RegExp(`^${id} [^ ]+ (?:myself,)?slave ${first.id} `, 'm')
    await until('all know it', async () => line.test(String(await master.client.cluster('NODES'))), 20_000)
  }
}

async function migrateSlot (
  nodes: readonly RedisClusterNode[], slot: number, from: RedisClusterNode, to: RedisClusterNode
): Promise<void> {
  await to.client.cluster('SETSLOT', slot, 'IMPORTING', from.id)
  await from.client.cluster('SETSLOT', slot, 'MIGRATING', to.id)
  for (;;) {
    const keys = await from.client.cluster('GETKEYSINSLOT', slot, 100)
    if (keys.length === 0) break
    await from.client.migrate('127.0.0.1', to.server.port, '', 0, 5000, 'KEYS', ...keys)
  }
  // First where the slot goes: it must never be nobody's.
  for (const { client } of [to, ...nodes.filter(node => node !== to)]) {
    await client.cluster('SETSLOT', slot, 'NODE', to.id)
  }
}

function nodeAt (nodes: readonly RedisClusterNode[], index: number): RedisClusterNode {
  const node = nodes[index]
  if (node === undefined) throw new RangeError(`The cluster has no node ${index}.`)
  return node
}
