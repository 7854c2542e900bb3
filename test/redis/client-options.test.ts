import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Server, Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { describe, it } from 'node:test'
import { runInThisContext } from 'node:vm'
import { Redis } from 'ioredis'
import { RedisStore } from '../../src/redis.ts'
import { CLIENT_OPTIONS } from '../../src/store/redis/client-options.ts'
import { handleOf } from '../../src/store/handle.ts'
import { until } from '../helpers/redis-process.ts'
import type { ClientOptions, TcpRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { docs } from '../package/docs.ts'

const TERMS = { isAuthenticated: true, warnAfter: 300, expireAfter: 600, absoluteTimeout: false } as const

/** An address. The test chooses the server behind it for later connections. */
interface Address {
  readonly path: string
  target: TcpRedisServer
  /** The number of connections that were made. */
  connections: number
  /** Stops all traffic without closing a connection, as a machine does that is gone. */
  lose (): void
}

async function addressOf (test: TestContext, target: TcpRedisServer): Promise<Address> {
  const sockets = new Set<Socket>()
  const proxy: Server = createServer(near => {
    address.connections++
    const far = connect({ host: '127.0.0.1', port: address.target.port })
    near.pipe(far).pipe(near)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => { near.destroy(); far.destroy() })
    }
  })
  const path = join(target.dir, 'address.sock')
  await once(proxy.listen(path), 'listening')
  test.after(() => {
    for (const socket of sockets) socket.destroy()
    proxy.close()
  })
  const address: Address = {
    path,
    target,
    connections: 0,
    lose: () => { for (const socket of sockets) socket.unpipe().pause() }
  }
  return address
}

function storeAt (
  test: TestContext, address: Address, options: ClientOptions = {}
): { readonly client: Redis, readonly store: RedisStore } {
  const client = new Redis({ path: address.path, ...CLIENT_OPTIONS, ...options })
  test.after(() => client.disconnect())
  return { client, store: new RedisStore({ client }) }
}

async function server (test: TestContext): Promise<TcpRedisServer> {
  const server = await startRedis({ port: true })
  test.after(async () => await server.stop())
  return server
}

describe('the options of a client that the docs and this package use', () => {
  it('are the same', async () => {
    const [, code = ''] = /new Redis\(REDIS_URL, (\{[\s\S]*?\n\})\)/.exec(docs) ?? []
    const shown = runInThisContext(`(${code})`) as typeof CLIENT_OPTIONS
    assert.deepEqual(Object.keys(shown).toSorted(), Object.keys(CLIENT_OPTIONS).toSorted())
    const results = (options: typeof CLIENT_OPTIONS): unknown => ({
      ...options,
      retryStrategy: [1, 5, 1000].map(options.retryStrategy),
      reconnectOnError: [
        'READONLY You can\'t write', 'ERR', 'ERR script: -READONLY'
      ].map(text => options.reconnectOnError(new Error(text)))
    })
    assert.deepEqual(results(shown), results(CLIENT_OPTIONS))
  })

  it('leave a server that became a replica, if the address then leads to the master', async test => {
    const [former, master] = [await server(test), await server(test)]
    const address = await addressOf(test, former)
    const { store } = storeAt(test, address)
    const begin = async (name: string): Promise<string> =>
      (await store.begin(handleOf(name), { contents: {}, terms: TERMS })).state
    assert.equal(await begin('one'), 'begun')
    await former.connect().replicaof('127.0.0.1', master.port)
    address.target = master
    await assert.rejects(begin('two'), { code: 'FST_SESSION_SECURITY_STORE_UNAVAILABLE', why: /READONLY/ })
    await until('sessions begin at the master', async () => await begin('three') === 'begun')
  })

  it('give up a connection without answers, and keep an idle one', async test => {
    const address = await addressOf(test, await server(test))
    const { store, client } = storeAt(test, address, { commandTimeout: 100, socketTimeout: 200 })
    const find = async (): Promise<string> => (await store.find(handleOf('one'))).state
    assert.equal(await find(), 'unknown')
    const idle = new Redis({ path: address.path, ...CLIENT_OPTIONS, socketTimeout: 50 })
    test.after(() => idle.disconnect())
    await idle.ping()
    const { connections } = address
    let [lost, closed] = [0, 0]
    client.on('close', () => { lost++ })
    idle.on('error', () => {}).on('close', () => { closed++ })
    address.lose()
    await assert.rejects(find())
    await until('the connection is given up', () => lost === 1)
    await until('a new connection answers', async () => await find() === 'unknown')
    assert.deepEqual([address.connections, closed], [connections + 1, 0])
  })
})
