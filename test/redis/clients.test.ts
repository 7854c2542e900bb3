import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import * as valkey from 'iovalkey'
import * as redis5 from 'redis5'
import * as redis6 from 'redis6'
import type { RedisClient } from '../../src/redis.ts'
import { fromNodeRedis, RedisStore } from '../../src/redis.ts'
import { installPackage } from '../helpers/debian-package.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { startSentinels } from '../helpers/redis-sentinel.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { live } from './live.ts'

describe('RedisStore works through every kind of client', async () => {
  const server = await startRedis()
  after(async () => await server.stop())
  beforeEach(async () => { await server.connect().flushall() })

  it('a plain one', async () => await live(server.connect()))

  it('one with a keyPrefix, without a key outside it', async () => {
    await live(server.connect({ keyPrefix: 'app:{not a tag}:' }))
    const keys = await server.connect().keys('*')
    assert.ok(keys.length > 0)
    assert.deepEqual(keys.filter(key => !key.startsWith('app:{not a tag}:fss:{')), [])
  })

  it('but not one that is given as the options, nor none: the error shows how to give it', () => {
    const bare = [
      [server.connect(), 'the client itself'], [undefined, 'undefined'], ['redis://:pw@a', 'a string of 13 characters']
    ]
    for (const [options, received] of bare) {
      assert.throws(() => Reflect.construct(RedisStore, [options]), {
        code: 'FST_SESSION_SECURITY_BAD_OPTION',
        message: 'Option "client" must be a client of Redis under its name: new RedisStore({ client }); ' +
          `received ${String(received)}.`
      })
    }
  })

  it('one with autopipelining', async () => await live(server.connect({ enableAutoPipelining: true })))

  it('one that returns numbers as texts', async () => await live(server.connect({ stringNumbers: true })))

  it('one with the older protocol', async () => await live(server.connect({ protocol: 2 })))

  it('one that Redis answers with NOSCRIPT at every step', async () => {
    const [client, other] = [server.connect(), server.connect()]
    const forgetful: RedisClient = {
      evalsha: async (...args) => { await other.script('FLUSH'); return await client.evalsha(...args) },
      eval: async (...args) => await client.eval(...args),
      info: async section => await client.info(section),
      on: (event, listener) => client.on(event, listener)
    }
    await live(forgetful)
  })

  it('one with TLS', async () => {
    await installPackage('openssl', 'command -v openssl')
    const dir = await mkdtemp(join(tmpdir(), 'tls-'))
    const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')]
    await promisify(execFile)(
      'openssl',
      [
        'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '1', '-subj',
        '/CN=localhost'
      ]
    )
    const port = String(20_000 + process.pid % 10_000)
    const secure = await startRedis(
      {
        args: [
          '--tls-port', port, '--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert,
          '--tls-auth-clients', 'no', '--bind', '127.0.0.1'
        ]
      }
    )
    const client = new Redis({ host: '127.0.0.1', port: Number(port), tls: { rejectUnauthorized: false } })
    await live(client)
    client.disconnect()
    await secure.stop()
    await rm(dir, { recursive: true })
  })

  it('one of iovalkey', async () => {
    const client = new valkey.Redis({ path: server.path })
    await live(client)
    client.disconnect()
  })

  it('a Cluster of three masters, each of which gets sessions', async () => {
    const cluster = await startCluster()
    const rootNodes = cluster.nodes.map(({ server }) => ({ url: server.url }))
    const [iovalkey, node5, node6] = [
      new valkey.Cluster(cluster.nodes.map(({ server }) => ({ host: '127.0.0.1', port: server.port }))),
      redis5.createCluster({ rootNodes, useReplicas: true }),
      redis6.createCluster({ rootNodes, minimizeConnections: true })
    ]
    try {
      await Promise.all([node5.connect(), node6.connect()])
      for (const client of [cluster.connect(), iovalkey, fromNodeRedis(node5), fromNodeRedis(node6)]) {
        await live(client)
        const keys = await Promise.all(cluster.nodes.map(async node => await node.client.dbsize()))
        assert.ok(keys.every(count => count > 0), `keys by node: ${keys.join(', ')}`)
        for (const node of cluster.nodes) await node.client.flushall()
      }
    } finally {
      iovalkey.disconnect()
      for (const client of [node5, node6]) client.destroy()
      await cluster.stop()
    }
  })

  it('one that asks Sentinels for the master', async () => {
    const sentinels = await startSentinels()
    const sentinelRootNodes = sentinels.sentinels.map(({ server }) => ({ host: '127.0.0.1', port: server.port }))
    const [node5, node6] = [
      redis5.createSentinel({ name: 'mymaster', sentinelRootNodes, replicaPoolSize: 1 }),
      redis6.createSentinel({ name: 'mymaster', sentinelRootNodes, masterPoolSize: 2 })
    ]
    try {
      await Promise.all([node5.connect(), node6.connect()])
      for (const client of [sentinels.connect(), fromNodeRedis(node5), fromNodeRedis(node6)]) {
        await live(client)
        await sentinels.master.client.flushall()
      }
    } finally {
      await Promise.all([node5.destroy(), node6.destroy()])
      await sentinels.stop()
    }
  })
})
