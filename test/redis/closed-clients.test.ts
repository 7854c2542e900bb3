import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Redis } from 'ioredis'
import type { RedisClient } from '../../src/redis.ts'
import { RedisStore } from '../../src/redis.ts'
import { until } from '../helpers/redis-process.ts'
import type { ClientOptions, TcpRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import type { DeafProxy } from './deaf-proxy.ts'
import { openDeafProxy } from './deaf-proxy.ts'

const UNAVAILABLE = { code: 'FST_SESSION_SECURITY_STORE_UNAVAILABLE' }
const OPTIONS: Record<string, ClientOptions> = {
  'ioredis\' own options': {},
  'no retries': { retryStrategy: null },
  'retries after a second': { retryStrategy: () => 1000 }
}

describe('a client that the application closed', () => {
  let server: TcpRedisServer
  before(async () => { server = await startRedis({ port: true }) })
  after(async () => await server.stop())

  async function open (t: { after (end: () => Promise<void>): void }, options: ClientOptions) {
    const proxy = await openDeafProxy(server)
    const client = server.connect({ ...options, port: proxy.port })
    t.after(async () => {
      client.disconnect()
      await proxy.close()
    })
    const store = new RedisStore({ client, commandTimeout: 0.1 })
    await until('it is there', async () => await store.check().then(() => true))
    return { proxy, client, store }
  }

  /** Each call would begin a renewal, if any did. */
  async function staysClosed ({ proxy, store }: { proxy: DeafProxy, store: RedisStore }): Promise<void> {
    const before = proxy.accepted
    for (let i = 0; i < 20; i++) await assert.rejects(store.check(), UNAVAILABLE)
    await server.connect({ port: proxy.port }).ping() // later than any that those had begun
    assert.equal(proxy.accepted, before + 1)
  }

  const CLOSE: Record<string, (client: Redis) => void> = {
    'disconnect()': client => client.disconnect(),
    'quit()': client => { client.quit().catch(() => { /* it stood still */ }) }
  }
  for (const [how, options] of Object.entries(OPTIONS)) {
    for (const [way, close] of Object.entries(CLOSE)) {
      it(`by ${way} stays closed, with ${how}`, async t => {
        const opened = await open(t, options)
        close(opened.client)
        await until('it is closed', () => opened.client.status === 'end')
        await staysClosed(opened)
      })
    }

    it(`in the midst of an outage stays closed, with ${how}`, async t => {
      const opened = await open(t, options)
      opened.proxy.deafenAll()
      await assert.rejects(opened.store.check(), UNAVAILABLE)
      const { accepted } = opened.proxy
      await until('its connection was renewed', () => opened.proxy.accepted > accepted)
      opened.client.disconnect()
      opened.proxy.hear()
      await staysClosed(opened)
    })
  }

  it('and connected again serves again', async t => {
    const { client, store } = await open(t, {})
    client.disconnect()
    await until('it is closed', () => client.status === 'end')
    await assert.rejects(store.check(), UNAVAILABLE)
    await client.connect()
    await until('it is back', async () => await store.check().then(() => true))
  })

  it('that is wrapped and cannot be closed is accepted; one that can renew its connections is asked to', async t => {
    const { proxy, client } = await open(t, { retryStrategy: () => 20 })
    const bare: RedisClient = {
      evalsha: async (...args) => await client.evalsha(...args),
      eval: async (...args) => await client.eval(...args),
      info: async section => await client.info(section),
      on: (event, listener) => client.on(event, listener)
    }
    const asked: string[] = []
    const own = { ...bare, renew: (key: string) => { asked.push(key); client.disconnect(true) } }
    const stores = [bare, own].map(client => new RedisStore({ client, commandTimeout: 0.1, prefix: 'app:' }))
    proxy.deafen()
    for (const store of stores) await assert.rejects(store.check(), UNAVAILABLE)
    for (const store of stores) await until('it is back', async () => await store.check().then(() => true))
    assert.ok(asked.length > 0 && asked.length < 4, `asked ${asked.length} times`)
    assert.match(String(asked[0]), /^app:\{0\}/)
  })
})

describe('the address of a server that became a replica', () => {
  it('leads to another one by now, and the store finds that: by a connection of its own, and no restart', async t => {
    const [former, next] = await Promise.all([startRedis({ port: true }), startRedis({ port: true })])
    const target = { port: former.port }
    const proxy = await openDeafProxy(target)
    const client = former.connect({ port: proxy.port })
    t.after(async () => {
      await Promise.all([former.stop(), next.stop()])
      await proxy.close()
    })
    const store = new RedisStore({ client })
    await store.check()
    target.port = next.port
    await former.connect().replicaof('127.0.0.1', next.port)
    await assert.rejects(store.check(), UNAVAILABLE)
    await until('it is back', async () => await store.check().then(() => true))
    assert.match(await client.info('replication'), /role:master/)
    assert.ok(proxy.accepted <= 3)
  })
})
