import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { describe, it } from 'node:test'
import type { RedisClient } from '../../src/redis.ts'
import { fromNodeRedis } from '../../src/redis.ts'
import { NODE_REDIS } from '../helpers/node-redis.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { until } from '../helpers/redis-process.ts'
import { startSentinels } from '../helpers/redis-sentinel.ts'
import { startRedis } from '../helpers/redis-server.ts'
import type { SilentProxy } from '../helpers/silent-proxy.ts'
import { openSilentProxy } from '../helpers/silent-proxy.ts'

/** Keys whose slots lie at the first, the second and the third of three masters. */
const KEYS = ['{3}', '{1}', '{0}'] as const

/** The calls under way, as they end. */
const ask = async (client: RedisClient, key: string): Promise<string> => {
  return String(await client.eval('return KEYS[1]', 1, key))
}

async function proxyOf (t: TestContext, port: number): Promise<SilentProxy> {
  const proxy = await openSilentProxy(port)
  t.after(async () => await proxy.close())
  return proxy
}

function lossesOf (client: RedisClient): { count: number } {
  const losses = { count: 0 }
  client.on('close', () => { losses.count++ })
  return losses
}

for (const { version, client: createClient } of NODE_REDIS) {
  describe(`${version}: a connection without answers is replaced`, () => {
    it('on one server: commands under way are rejected, and later ones are answered', async t => {
      const server = await startRedis({ port: true })
      t.after(async () => await server.stop())
      const proxy = await proxyOf(t, server.port)
      const own = createClient({ url: `redis://127.0.0.1:${proxy.port}` })
      const client = fromNodeRedis(own)
      await own.connect()
      assert.equal(await ask(client, 'a'), 'a')
      const losses = lossesOf(client)
      proxy.fallSilent()
      const stuck = assert.rejects(ask(client, 'b'), /gave no answers/)
      client.renew?.('b')
      assert.ok(losses.count > 0)
      await stuck
      const next = ask(client, 'c')
      client.renew?.('another key') // of the same server, for which that was the first renewal too
      assert.equal(await next, 'c')
      own.destroy()
      await until('the connection in the place of the first one is closed with it', () => proxy.connections === 0)
      client.renew?.('d')
      await assert.rejects(ask(client, 'd'), /closed/)
      assert.equal(proxy.connections, 0)
    })

    it('again and again, until one is answered; and each that did not connect is closed', async t => {
      const server = await startRedis({ port: true })
      t.after(async () => await server.stop())
      const proxy = await proxyOf(t, server.port)
      const own = createClient({ url: `redis://127.0.0.1:${proxy.port}` })
      const client = fromNodeRedis(own)
      await own.connect()
      proxy.fallSilent({ forAll: true })
      client.renew?.('a')
      const stuck = assert.rejects(ask(client, 'a'), /gave no answers/)
      await until('it is tried', () => proxy.connections === 2)
      proxy.speak()
      await until('another one is answered', async () => {
        client.renew?.('a')
        return await Promise.race([ask(client, 'a'), new Promise(resolve => setTimeout(resolve, 100))]) === 'a'
      })
      await stuck
      own.destroy()
    })

    it('and is closed with the client, also while it is being made', async t => {
      const server = await startRedis({ port: true })
      t.after(async () => await server.stop())
      const proxy = await proxyOf(t, server.port)
      for (let turns = 0; turns < 20; turns++) {
        const own = createClient({ url: `redis://127.0.0.1:${proxy.port}` })
        const client = fromNodeRedis(own)
        await own.connect()
        client.renew?.('a')
        for (let turn = 0; turn < turns; turn++) await new Promise(resolve => setImmediate(resolve))
        own.destroy()
      }
      await until('all are closed', () => proxy.connections === 0)
    })

    it('of a server that stands still, so that it is answered when the server goes on', async t => {
      const server = await startRedis({ port: true })
      t.after(async () => await server.stop())
      const own = createClient({ url: server.url })
      const client = fromNodeRedis(own)
      await own.connect()
      server.pause()
      const stuck = assert.rejects(ask(client, 'a'), /gave no answers/)
      client.renew?.('a')
      await stuck
      const waiting = ask(client, 'b')
      server.resume()
      assert.equal(await waiting, 'b')
      own.destroy()
    })

    it('if the client has given up by itself', async t => {
      const server = await startRedis({ port: true })
      t.after(async () => await server.stop())
      const own = createClient({ url: server.url, socket: { reconnectStrategy: false } })
      const client = fromNodeRedis(own)
      await own.connect()
      await server.kill()
      await until('it has given up', () => !own.isOpen)
      await server.restart()
      await assert.rejects(ask(client, 'a'))
      client.renew?.('a')
      assert.equal(await ask(client, 'b'), 'b')
    })
  })
}

it('of a Cluster only the connection to that node is replaced', async t => {
  const cluster = await startCluster()
  t.after(async () => await cluster.stop())
  for (const { version, cluster: createCluster } of NODE_REDIS) {
    const proxies = await Promise.all(cluster.nodes.map(async ({ server }) => await proxyOf(t, server.port)))
    const nodeAddressMap = Object.fromEntries(cluster.nodes.map(({ server }, i) => {
      return [`127.0.0.1:${server.port}`, { host: '127.0.0.1', port: proxies[i]?.port ?? 0 }]
    }))
    const rootNodes = proxies.map(({ port }) => ({ url: `redis://127.0.0.1:${port}` }))
    const own = createCluster({ rootNodes, nodeAddressMap })
    const client = fromNodeRedis(own)
    await own.connect()
    for (const key of KEYS) assert.equal(await ask(client, key), key)
    const losses = lossesOf(client)
    proxies[0]?.fallSilent()
    const stuck = assert.rejects(ask(client, KEYS[0]), Error, version)
    cluster.nodes[1]?.server.pause()
    const patient = ask(client, KEYS[1])
    client.renew?.(KEYS[0])
    await stuck
    assert.equal(await ask(client, KEYS[0]), KEYS[0])
    cluster.nodes[1]?.server.resume()
    assert.equal(await patient, KEYS[1])
    assert.ok(losses.count > 0)
    own.destroy()
    await until('all is closed', () => proxies.every(({ connections }) => connections === 0))
  }
})

it('of a Cluster, the slots are looked up anew: a replica has taken over', async t => {
  const cluster = await startCluster()
  t.after(async () => await cluster.stop())
  const [master] = cluster.nodes
  const replica = await startRedis({ port: true, args: ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'] })
  t.after(async () => await replica.stop())
  const node = replica.connect()
  await node.cluster('MEET', '127.0.0.1', master?.server.port ?? 0)
  await until('the replica knows its master', async () => await node.cluster('REPLICATE', master?.id ?? '') === 'OK')
  await until('it follows', async () => /master_link_status:up/.test(await node.info('replication')))
  const own = NODE_REDIS.map(({ cluster: createCluster }) => createCluster({
    rootNodes: cluster.nodes.map(({ server }) => ({ url: server.url })), defaults: { disableOfflineQueue: true }
  }))
  const clients = own.map(cluster => fromNodeRedis(cluster))
  for (const cluster of own) await cluster.connect()
  for (const client of clients) assert.equal(await ask(client, KEYS[0]), KEYS[0])
  await master?.server.kill()
  await until('it takes over', async () => {
    await node.cluster('FAILOVER', 'TAKEOVER')
    return /role:master/.test(await node.info('replication'))
  })
  for (const client of clients) {
    await until('it is found', async () => {
      client.renew?.(KEYS[0])
      return await ask(client, KEYS[0]) === KEYS[0]
    })
  }
  for (const cluster of own) cluster.destroy()
})

it('behind Sentinels, whichever of several it is; the Sentinels are asked anew', async t => {
  const { master, sentinels, stop } = await startSentinels()
  t.after(stop)
  const sentinelRootNodes = sentinels.map(({ server }) => ({ host: '127.0.0.1', port: server.port }))
  for (const { sentinel: createSentinel } of NODE_REDIS) {
    for (const masterPoolSize of [1, 2]) {
      const proxy = await proxyOf(t, master.server.port)
      const nodeAddressMap = { [`127.0.0.1:${master.server.port}`]: { host: '127.0.0.1', port: proxy.port } }
      const own = createSentinel({ sentinelRootNodes, nodeAddressMap, masterPoolSize })
      const client = fromNodeRedis(own)
      await own.connect()
      for (const key of KEYS) assert.equal(await ask(client, key), key)
      const losses = lossesOf(client)
      proxy.fallSilent()
      const stuck = assert.rejects(ask(client, 'a'))
      client.renew?.('a')
      await stuck
      for (const key of KEYS) assert.equal(await ask(client, key), key)
      assert.ok(losses.count > 0)
      await own.destroy()
      await until('all is closed', () => proxy.connections === 0)
    }
  }
})

it('behind Sentinels, later commands do not delay a command', async t => {
  const { sentinels, stop } = await startSentinels()
  t.after(stop)
  const sentinelRootNodes = sentinels.map(({ server }) => ({ host: '127.0.0.1', port: server.port }))
  for (const { sentinel: createSentinel } of NODE_REDIS) {
    const own = createSentinel({ sentinelRootNodes })
    t.after(async () => { await own.destroy() })
    const client = fromNodeRedis(own)
    await own.connect()
    const answered: unknown[] = []
    const slowly = async (key: string): Promise<void> => {
      answered.push(await client.eval('for i = 1, 300000 do end return KEYS[1]', 1, key))
    }
    const all = ['a', 'b', 'c'].map(slowly)
    for (let i = 0; i < 20; i++) { // at each moment several are under way
      await new Promise(resolve => setImmediate(resolve))
      all.push(slowly('later'))
    }
    await Promise.all(all)
    assert.deepEqual(answered.slice(0, 3), ['a', 'b', 'c'])
  }
})
