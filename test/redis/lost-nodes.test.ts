import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { RedisStore } from '../../src/redis.ts'
import { Keys } from '../../src/store/redis/keys.ts'
import type { ClusterClientOptions, RedisCluster } from '../helpers/redis-cluster.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { until } from '../helpers/redis-process.ts'
import type { DeafProxy } from './deaf-proxy.ts'
import { openDeafProxy } from './deaf-proxy.ts'

const UNAVAILABLE = { code: 'FST_SESSION_SECURITY_STORE_UNAVAILABLE' }
const BACK = 'the session store is back'
const MASTERS = 3
const { shards } = new Keys('fss:', true)

const OPTIONS: Record<string, ClusterClientOptions> = {
  'ioredis\' own options': {},
  'the options of the docs': { redisOptions: { commandTimeout: 1000, maxRetriesPerRequest: 1 } },
  'nodes that are tried again': { clusterNodeRetryStrategy: () => 60_000 },
  'nodes that are tried again, and asked nothing again': {
    clusterNodeRetryStrategy: () => 50,
    redisOptions: { autoResendUnfulfilledCommands: false, maxRetriesPerRequest: null }
  },
  'no retries': { clusterRetryStrategy: () => null },
  'no offline queue': { enableOfflineQueue: false },
  'pipelines by itself': { enableAutoPipelining: true },
  'few redirections': { maxRedirections: 1 },
  'a prefix of its own': { keyPrefix: 'app:{not a tag}:' },
  'a long farewell': { redisOptions: { disconnectTimeout: 60_000 } },
  'no second look at slots': { slotsRefreshTimeout: 200, retryDelayOnFailover: 0, retryDelayOnMoved: 0 }
}

interface Member {
  readonly how: string
  readonly proxies: readonly DeafProxy[]
  readonly store: RedisStore
  /** The lines that the store logged. */
  readonly lines: string[]
}

describe('a store on a Cluster', () => {
  let cluster: RedisCluster
  const members: Member[] = []
  const opened: DeafProxy[] = []

  before(async () => {
    cluster = await startCluster(MASTERS)
    // One after the other: each asks every shard, within half a second.
    for (const [how, options] of Object.entries(OPTIONS)) {
      const ports = cluster.nodes.map(({ server: { port } }) => port)
      const proxies = await Promise.all(ports.map(async port => await openDeafProxy({ port })))
      opened.push(...proxies)
      const natMap = Object.fromEntries(cluster.nodes.map(({ server: { port } }, i) => {
        return [`127.0.0.1:${port}`, { host: '127.0.0.1', port: Number(proxies[i]?.port) }]
      }))
      const store = new RedisStore({ client: cluster.connect({ ...options, natMap }), commandTimeout: 0.5 })
      const lines: string[] = []
      const note = (_details: object, message: string): void => { lines.push(message) }
      store.bind({ info: note, warn: note, error: note })
      await until('it is connected', async () => await store.check().then(() => true))
      members.push({ how, proxies, store, lines })
    }
  })
  after(async () => {
    await cluster.stop()
    await Promise.all(opened.map(async proxy => await proxy.close()))
  })

  async function allAreBack (): Promise<void> {
    for (const { how, store, lines } of members) {
      await until(how, () => lines.at(-1) === BACK)
      await store.check()
    }
  }

  for (const [lost, what] of [[1, 'one node'], [MASTERS, 'every node']] as const) {
    it(`is back by itself, whatever its options, when the connection to ${what} is lost without a word`, async () => {
      const before = members.map(({ proxies }) => proxies.map(({ accepted }) => accepted))
      for (const { proxies } of members) for (const proxy of proxies.slice(0, lost)) proxy.deafen()
      await Promise.all(members.map(async ({ how, store }) => await assert.rejects(store.check(), UNAVAILABLE, how)))
      await allAreBack()
      const made = members.map(({ proxies }, i) =>
        proxies.map(({ accepted }, at) => accepted - Number(before[i]?.[at]))
      )
      const most = Math.max(...made.flat())
      assert.ok(most < shards.length / MASTERS / 4, `a node was connected to ${most} times for ${shards.length} shards`)
    })
  }
})
