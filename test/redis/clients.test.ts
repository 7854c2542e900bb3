import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { Cluster, Redis } from 'ioredis'
import type { RedisClient } from '../../src/redis.ts'
import { RedisStore } from '../../src/redis.ts'
import { installPackage } from '../helpers/debian-package.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { until } from '../helpers/redis-process.ts'
import { startSentinels } from '../helpers/redis-sentinel.ts'
import { startRedis } from '../helpers/redis-server.ts'

const TERMS = { protected: true, warnAfter: 60, expireAfter: 120, absoluteTimeout: false } as const
const SHORT = { ...TERMS, warnAfter: 0.01, expireAfter: 0.05 }

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

  it('but not one that stands in the place of the options, nor none: the error shows how to give it', () => {
    const bare = [
      [server.connect(), 'the client itself'], [undefined, 'undefined'], ['redis://:pw@a', 'a string of 13 characters']
    ]
    for (const [options, received] of bare) {
      assert.throws(() => Reflect.construct(RedisStore, [options]), {
        code: 'FST_SESSION_SECURITY_BAD_OPTION',
        message: 'Option "client" must be an ioredis client under its name: new RedisStore({ client }); ' +
          `received ${String(received)}.`
      })
    }
  })

  it('one that pipelines by itself', async () => await live(server.connect({ enableAutoPipelining: true })))

  it('one that gives numbers as texts', async () => await live(server.connect({ stringNumbers: true })))

  it('one that speaks the older protocol', async () => await live(server.connect({ protocol: 2 })))

  it('one that is told at every step that Redis knows no scripts', async () => {
    const [client, other] = [server.connect(), server.connect()]
    const forgetful: RedisClient = {
      evalsha: async (...args) => { await other.script('FLUSH'); return await client.evalsha(...args) },
      eval: async (...args) => await client.eval(...args),
      info: async section => await client.info(section),
      on: (event, listener) => client.on(event, listener)
    }
    await live(forgetful)
  })

  it('one that goes by TLS', async () => {
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

  it('a Cluster of three masters, each of which gets sessions', async () => {
    const cluster = await startCluster()
    try {
      const client = cluster.connect()
      assert.ok(client instanceof Cluster)
      await live(client)
      const keys = await Promise.all(cluster.nodes.map(async node => await node.client.dbsize()))
      assert.ok(keys.every(count => count > 0), `keys by node: ${keys.join(', ')}`)
    } finally {
      await cluster.stop()
    }
  })

  it('one that asks Sentinels for the master', async () => {
    const sentinels = await startSentinels()
    try {
      await live(sentinels.connect())
    } finally {
      await sentinels.stop()
    }
  })
})

/** Every verb once, for enough sessions that many shards are met. */
async function live (client: RedisClient): Promise<void> {
  const store = new RedisStore({ client, commandTimeout: 10 })
  await store.check()
  const keyOf = (id: string): string => store.keyOf(store.idFor(id, 'ada'))
  const keys = Array.from({ length: 60 }, (_, i) => keyOf(`s${i}`))
  const anonymous = Array.from({ length: 60 }, (_, i) => store.keyOf(store.idFor(`a${i}`)))
  await Promise.all(
    anonymous.map(async key => await store.begin(key, { contents: { a: '0' }, terms: { ...TERMS, protected: false } }))
  )
  await Promise.all(keys.map(async (key, i) => {
    const predecessor = { key: anonymous[i] ?? '', becomes: 'dropped' } as const
    assert.equal(
      (await store.begin(key, { contents: { user: '"ada"' }, terms: TERMS, user: 'ada', predecessor })).state, 'begun'
    )
    assert.deepEqual(await store.find(predecessor.key), { state: 'replaced', by: [] })
    assert.equal((await store.update(key, { set: { a: '1' }, remove: ['b'] })).state, 'live')
    assert.equal((await store.recordActivity(key, Number.MAX_SAFE_INTEGER, TERMS)).state, 'recorded')
    const loaded = await store.load(key, { throttleMs: 0 })
    assert.deepEqual(
      loaded.state === 'live' && [loaded.contents, Number.isInteger(loaded.activityBeforeMs)],
      [{ user: '"ada"', a: '1' }, true]
    )
  }))
  assert.equal((await listed(store, 'live')).length, 60)

  const [revoked = '', renewed = '', ...others] = keys
  assert.deepEqual(
    (await store.end(revoked, 'revoked')).map(({ handle, reason }) => [handle, reason]), [[revoked, 'revoked']]
  )
  await store.acknowledge([revoked])
  const successor = keyOf('successor')
  await store.begin(
    successor,
    { contents: { user: '"ada"' }, terms: TERMS, user: 'ada', predecessor: { key: renewed, becomes: 'renewed' } }
  )
  assert.deepEqual(await store.find(renewed), { state: 'replaced', by: [successor] })

  for (const key of others) await store.recordActivity(key, 0, SHORT)
  const claimed: string[] = []
  await until('all are claimed', async () => {
    const { sessions } = await store.claimDue(100)
    claimed.push(...sessions.map(({ handle }) => handle))
    await store.acknowledge(sessions.map(({ handle }) => handle))
    return claimed.length >= others.length
  })
  assert.deepEqual(claimed.toSorted(), others.toSorted())
  assert.deepEqual((await listed(store, 'live')).map(({ handle }) => handle), [successor])
  assert.equal((await listed(store, 'ended')).length, 59)
}

async function listed (store: RedisStore, state: 'live' | 'ended'): Promise<Array<{ readonly handle: string }>> {
  const { rows, cursor } = await store.list({ state, user: 'ada', limit: 100 })
  assert.equal(cursor, null)
  return [...rows]
}
