import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { RedisStore } from '../../src/redis.ts'
import { until } from '../helpers/redis-process.ts'
import type { ClientOptions, TcpRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import type { DeafProxy } from './deaf-proxy.ts'
import { openDeafProxy } from './deaf-proxy.ts'

const UNAVAILABLE = { code: 'FST_SESSION_SECURITY_STORE_UNAVAILABLE' }

/** The options that applications give ioredis, for good reasons and others. */
const OPTIONS: Record<string, ClientOptions> = {
  'ioredis\' own': {},
  'the options of the docs': {
    commandTimeout: 1000, maxRetriesPerRequest: 1, retryStrategy: attempts => Math.min(attempts * 50, 500)
  },
  'no retries': { retryStrategy: null },
  'retries that give up at once': { retryStrategy: () => null },
  'retries after a minute': { retryStrategy: () => 60_000 },
  'no offline queue': { enableOfflineQueue: false },
  'no offline queue and no retries': { enableOfflineQueue: false, retryStrategy: null },
  'commands that are not sent again': { autoResendUnfulfilledCommands: false },
  'commands that are not sent again, and no end of patience': {
    autoResendUnfulfilledCommands: false, maxRetriesPerRequest: null
  },
  'commands that are not sent again, and no ready check': {
    autoResendUnfulfilledCommands: false, enableReadyCheck: false, protocol: 2, disableClientInfo: true
  },
  'no end of patience': { maxRetriesPerRequest: null },
  'no patience': { maxRetriesPerRequest: 0 },
  'a short time for commands': { commandTimeout: 50 },
  'a long time for commands': { commandTimeout: 5000 },
  'a time for the socket': { socketTimeout: 60_000 },
  'a late beginning': { lazyConnect: true },
  'no ready check': { enableReadyCheck: false },
  'no ready check and nothing else that it waits for': {
    enableReadyCheck: false, protocol: 2, disableClientInfo: true
  },
  'pipelines by itself': { enableAutoPipelining: true },
  'pipelines by itself, which are not sent again': {
    enableAutoPipelining: true, autoResendUnfulfilledCommands: false
  },
  'a long farewell': { disconnectTimeout: 60_000 },
  'a new connection for every error': { reconnectOnError: () => 2 }
}

interface Member {
  readonly how: string
  readonly proxy: DeafProxy
  readonly store: RedisStore
}

describe('with every kind of options of ioredis, a store is back by itself', () => {
  let server: TcpRedisServer
  let members: readonly Member[]

  before(async () => {
    server = await startRedis({ port: true })
    members = await Promise.all(Object.entries(OPTIONS).map(async ([how, options]) => {
      const proxy = await openDeafProxy({ port: server.port })
      const client = server.connect({ ...options, port: proxy.port })
      if (options.lazyConnect !== true) await until('it is connected', () => client.status === 'ready')
      return { how, proxy, store: new RedisStore({ client, commandTimeout: 0.2 }) }
    }))
    await allAreBack()
  })
  after(async () => {
    await server.stop()
    await Promise.all(members.map(async ({ proxy }) => await proxy.close()))
  })

  async function allAreBack (): Promise<void> {
    await Promise.all(members.map(async ({ how, store }) => await until(how, async () => {
      await store.check()
      return true
    })))
  }

  /** The circuits open, of those that are asked before the server is back. */
  async function allAreAway (): Promise<void> {
    await Promise.all(members.map(async ({ how, store }) => await assert.rejects(store.check(), UNAVAILABLE, how)))
  }

  it('when the connection was lost without a word, and new ones work', async () => {
    for (const { proxy } of members) proxy.deafen()
    await allAreAway()
    await allAreBack()
  })

  it('when new connections were as dead for a while', async () => {
    for (const { proxy } of members) proxy.deafenAll()
    await allAreAway()
    await until('new connections were tried', () => members.every(({ proxy }) => proxy.accepted >= 3))
    for (const { proxy } of members) proxy.hear()
    await allAreBack()
  })

  it('when the server was started again', async () => {
    await server.kill()
    await allAreAway()
    await server.restart()
    await allAreBack()
  })

  it('when the server was a replica for a while', async () => {
    const admin = server.connect()
    await admin.replicaof('127.0.0.1', '1')
    await allAreAway()
    await admin.replicaof('NO', 'ONE')
    await allAreBack()
  })
})
