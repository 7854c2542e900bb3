import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { createClient as createClient5, createClientPool, RESP_TYPES } from 'redis5'
import { createClient as createClient6 } from 'redis6'
import { fromNodeRedis, RedisStore } from '../../src/redis.ts'
import { NODE_REDIS } from '../helpers/node-redis.ts'
import { until } from '../helpers/redis-process.ts'
import type { TcpRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { live } from './live.ts'

const BUFFERS = {
  [RESP_TYPES.BLOB_STRING]: Buffer,
  [RESP_TYPES.SIMPLE_STRING]: Buffer,
  [RESP_TYPES.VERBATIM_STRING]: Buffer,
  [RESP_TYPES.NUMBER]: String
} as const

describe('fromNodeRedis', () => {
  let server: TcpRedisServer
  before(async () => { server = await startRedis({ port: true }) })
  after(async () => await server.stop())
  beforeEach(async () => { await server.connect().flushall() })

  /** A client of each version and of each protocol, until the test is over. */
  const create = {
    'node-redis 5, RESP 2': (options = {}) => createClient5({ url: server.url, RESP: 2, ...options }),
    'node-redis 5, RESP 3': (options = {}) => createClient5({ url: server.url, RESP: 3, ...options }),
    'node-redis 6, RESP 2': (options = {}) => createClient6({ url: server.url, RESP: 2, ...options }),
    'node-redis 6, RESP 3': (options = {}) => createClient6({ url: server.url, RESP: 3, ...options })
  }
  for (const [kind, open] of Object.entries(create)) {
    it(`serves a store through ${kind}, also if it returns texts as buffers and numbers as texts`, async t => {
      const client = open({ commandOptions: { typeMapping: BUFFERS } })
      t.after(() => client.destroy())
      await client.connect()
      const adapter = fromNodeRedis(client)
      await live(adapter)
      assert.match(await adapter.info('memory'), /^maxmemory_policy:noeviction\r$/m)
    })
  }

  it('keeps to the keyPrefix of version 6', async t => {
    const client = createClient6({ url: server.url, keyPrefix: 'app:' })
    t.after(() => client.destroy())
    await client.connect()
    await live(fromNodeRedis(client))
    const keys = await server.connect().keys('*')
    assert.ok(keys.length > 0)
    assert.deepEqual(keys.filter(key => !key.startsWith('app:fss:{')), [])
  })

  it('gives one client one adapter, so that several stores hear of it', () => {
    const client = createClient5({ url: server.url })
    assert.equal(fromNodeRedis(client), fromNodeRedis(client))
  })

  it('refuses a value that is no client, and a pool, and says how to wrap a bare client', () => {
    const client = createClient5({ url: server.url })
    const pool = createClientPool({ url: server.url })
    const wrong = [undefined, null, 'redis://:pw@a', {}, server.connect(), client.legacy(), pool]
    for (const value of wrong) {
      assert.throws(() => Reflect.apply(fromNodeRedis, undefined, [value]), (error: Error) => {
        assert.equal(Reflect.get(error, 'code'), 'FST_SESSION_SECURITY_BAD_OPTION')
        assert.match(error.message, /^Option "client" must be a client from createClient, .* of node-redis/)
        return !error.message.includes('pw')
      })
    }
    const whole = /new RedisStore\(\{ client: fromNodeRedis\(client\) \}\)/
    for (const [options, message] of [[client, whole], [{ client }, /must be fromNodeRedis\(client\)/]]) {
      const code = 'FST_SESSION_SECURITY_BAD_OPTION'
      assert.throws(() => Reflect.construct(RedisStore, [options]), { code, message })
    }
  })

  it('is an outage before connect(), and after the application has closed the client', async () => {
    for (const { client: create } of NODE_REDIS) {
      const client = create({ url: server.url })
      const store = new RedisStore({ client: fromNodeRedis(client) })
      const why = 'the node-redis client is closed, or connect() was not called'
      const away = { code: 'FST_SESSION_SECURITY_STORE_UNAVAILABLE', why }
      await assert.rejects(store.check(), away)
      await client.connect()
      await until('the breaker has found out', async () => await store.check().then(() => true))
      client.destroy()
      await assert.rejects(store.check(), away)
    }
  })

  it('reports a lost connection, and an outage ends no process, also without an offline queue', async t => {
    const other = await startRedis({ port: true })
    t.after(async () => await other.stop())
    for (const { client: create } of NODE_REDIS) {
      const client = create({ url: other.url, disableOfflineQueue: true })
      const adapter = fromNodeRedis(client)
      await client.connect()
      const store = new RedisStore({ client: adapter })
      await store.check()
      let losses = 0
      adapter.on('close', () => { losses++ })
      await other.kill()
      await until('the loss is reported', () => losses > 0)
      await assert.rejects(store.check(), { code: 'FST_SESSION_SECURITY_STORE_UNAVAILABLE' })
      await other.restart()
      await until('it is back', async () => { await store.check(); return true })
      client.destroy()
    }
  })

  it('names the errors of a server as ioredis does, and none of its own', async () => {
    for (const { client: create } of NODE_REDIS) {
      const client = create({ url: server.url })
      const adapter = fromNodeRedis(client)
      await client.connect()
      await assert.rejects(adapter.evalsha('0'.repeat(40), 0), { name: 'ReplyError', message: /^NOSCRIPT / })
      const loading = adapter.eval('return redis.error_reply("LOADING it")', 0)
      await assert.rejects(loading, { name: 'ReplyError', message: 'LOADING it' })
      await assert.rejects(adapter.eval('error("it")', 0), { name: 'ReplyError' })
      const cut = assert.rejects(adapter.eval('while true do end', 0), { name: 'Error' })
      client.destroy()
      await cut
    }
  })
})
