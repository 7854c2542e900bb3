import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import * as ioredis from 'ioredis'
import * as iovalkey from 'iovalkey'
import { createClient, createCluster } from 'redis6'
import type { NodeRedisClient, RedisClient } from '../../src/redis.ts'
import { fromNodeRedis, RedisStore } from '../../src/redis.ts'
import type { SessionKey } from '../../src/store/store.ts'
import type { EndSubscription } from '../../src/store/watched.ts'
import { CLIENT_KINDS } from '../helpers/clients-by-kind.ts'
import type { RedisCluster } from '../helpers/redis-cluster.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { until } from '../helpers/redis-process.ts'
import type { RedisSentinels } from '../helpers/redis-sentinel.ts'
import { startSentinels } from '../helpers/redis-sentinel.ts'
import type { TcpRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { signIn } from '../store/contract-kit.ts'

// Not part of `npm test`: each client, on each kind of server.

let server: TcpRedisServer
let cluster: RedisCluster
let sentinels: RedisSentinels
before(async () => {
  [server, cluster, sentinels] = await Promise.all([startRedis({ port: true }), startCluster(), startSentinels()])
})
after(async () => await Promise.all([server.stop(), cluster.stop(), sentinels.stop()]))

for (const kind of CLIENT_KINDS) {
  describe(`ends are reported through ${kind.name}`, () => {
    for (const [where, open, servers] of [
      ['one server', async () => await kind.single(server), () => [server.connect()]],
      ['a Cluster', async () => await kind.cluster(cluster), () => cluster.nodes.map(({ client }) => client)],
      ['Sentinels', async () => await kind.sentinel(sentinels), () => []]
    ] as const) {
      it(`on ${where}, also when the connection that hears was lost meanwhile`, async t => {
        const { client, close } = await open()
        t.after(close)
        if (kind.name === 'iovalkey' && where === 'a Cluster') {
          return assert.equal(new RedisStore({ client }).subscribeToEnds(() => {}), null)
        }
        await hears(client, async () => {
          for (const redis of servers()) await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
        })
      })
    }
  })
}

describe('ends are reported through a client that puts something before the names of keys', () => {
  for (const [what, open] of [
    ['ioredis on one server', () => new ioredis.Redis({ port: server.port, host: '127.0.0.1', keyPrefix: 'app:' })],
    ['ioredis on a Cluster', () => {
      return new ioredis.Cluster(cluster.nodes.map(({ server }) => server.port), { keyPrefix: 'app:' })
    }],
    ['iovalkey on one server', () => new iovalkey.Redis({ port: server.port, host: '127.0.0.1', keyPrefix: 'app:' })]
  ] as const) {
    it(what, async t => {
      const client = open()
      t.after(() => client.disconnect())
      await hears(client, async () => {})
    })
  }

  for (const [what, open] of [
    ['node-redis 6 on one server', () => createClient({ url: server.url, keyPrefix: 'app:' } as object)],
    ['node-redis 6 on a Cluster', () => {
      const rootNodes = cluster.nodes.map(({ server: { url } }) => ({ url }))
      return createCluster({ rootNodes, keyPrefix: 'app:' } as unknown as Parameters<typeof createCluster>[0])
    }]
  ] as const) {
    it(what, async t => {
      const opened = open()
      await opened.connect()
      t.after(() => opened.destroy())
      await hears(fromNodeRedis(opened as unknown as NodeRedisClient), async () => {})
    })
  }
})

async function hears (client: RedisClient, lose: () => Promise<void>): Promise<void> {
  const prefix = `${randomUUID()}:`
  const [store, other] = [new RedisStore({ client, prefix }), new RedisStore({ client, prefix })]
  const reported: SessionKey[] = []
  const watch: EndSubscription | null = store.subscribeToEnds(family => reported.push(family))
  assert.ok(watch !== null)
  try {
    for (let round = 0; round < 2; round++) {
      const keys: SessionKey[] = []
      for (let i = 0; i < 20; i++) keys.push(await signIn(store, `r${round} s${i}`, { user: `u${i}` }))
      await store.watch(keys)
      const heard: boolean[] = await Promise.all(keys.map(async (key): Promise<boolean> => await watch.add(key)))
      assert.ok(heard.every(isHeard => isHeard))
      for (const key of keys.slice(0, 10)) await other.end(key, 'revoked')
      await until('ends are reported', () => keys.slice(0, 10).every(key => reported.includes(key)))
      await lose()
      for (let i = 0; i < 3; i++) {
        await until('an end is reported again', async () => {
          const again: SessionKey = await signIn(store, `again ${Math.random()}`, { user: 'ada' })
          await store.watch([again])
          await watch.add(again)
          await other.end(again, 'revoked')
          await sleep(20)
          return reported.includes(again)
        })
      }
    }
  } finally {
    watch.close()
  }
}
