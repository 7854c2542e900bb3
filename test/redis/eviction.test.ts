import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { after, before, describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import type { RedisClient } from '../../src/redis.ts'
import { RedisStore } from '../../src/redis.ts'
import type { RedisCluster } from '../helpers/redis-cluster.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { until } from '../helpers/redis-process.ts'
import type { UnixRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { ACL_COMMANDS, ACL_FOR_A_CLUSTER, setUser, USER } from './acl.ts'

const TERMS = { isAuthenticated: true, warnAfter: 300, expireAfter: 600, absoluteTimeout: false } as const
const EVICTS = 'this Redis evicts keys when its memory is full, and with them live sessions: ' +
  'set maxmemory-policy to noeviction'

describe('a Redis that evicts', () => {
  for (const policy of ['allkeys-lru', 'volatile-ttl']) {
    it(`is warned of when a store gets its log, once, by its policy (${policy})`, async t => {
      const client = await serve(t, ['--maxmemory', '100mb', '--maxmemory-policy', policy])
      assert.deepEqual(await warningsOf(client, 2), [{ policy, msg: EVICTS }])
    })
  }

  for (const [what, args] of [
    ['keeps everything, within bounds', ['--maxmemory', '100mb', '--maxmemory-policy', 'noeviction']],
    ['has no bounds, and so never needs its policy', ['--maxmemory', '0', '--maxmemory-policy', 'allkeys-lru']],
    ['is as it comes', []]
  ] as const) {
    it(`is not assumed of one that ${what}`, async t => {
      assert.deepEqual(await warningsOf(await serve(t, args)), [])
    })
  }

  it('is not found by a user without the right to ask, which has no other effect', async t => {
    const client = await serve(t, ['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'], async server => {
      await setUser(server.connect(), ACL_COMMANDS)
      return server.connect({ ...USER, enableReadyCheck: false })
    })
    await assert.rejects(client.info(), /NOPERM/)
    assert.deepEqual(await warningsOf(client), [])
  })

  it('keeps no application from starting while it is away', async t => {
    const client = await serve(t, ['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'], async server => {
      const late = server.connect()
      await late.ping()
      server.pause()
      return late
    })
    assert.deepEqual(bind(client), [])
  })
})

describe('a Cluster', () => {
  let cluster: RedisCluster
  before(async () => { cluster = await startCluster(2) })
  after(async () => await cluster.stop())

  it('is warned of when one of its masters evicts, by a client that knows none of them yet', async () => {
    await cluster.nodes[1]?.client.config('SET', 'maxmemory', '100mb')
    await cluster.nodes[1]?.client.config('SET', 'maxmemory-policy', 'allkeys-lru')
    const client = cluster.connect({ lazyConnect: true })
    assert.deepEqual(client.nodes('master'), [])
    const warnings = bind(client)
    await until('there is a warning', () => warnings.length > 0)
    assert.deepEqual(warnings, [{ policy: 'allkeys-lru', msg: EVICTS }])
  })

  it('asks no more of a user than its own commands and the way', async () => {
    for (const { client } of cluster.nodes) await setUser(client, [...ACL_COMMANDS, ...ACL_FOR_A_CLUSTER])
    const store = new RedisStore(
      { client: cluster.connect({ redisOptions: { ...USER, enableReadyCheck: false } }), commandTimeout: 10 }
    )
    await store.check()
    const keys = Array.from({ length: 40 }, (_, i) => store.keyOf(store.idFor(`s${i}`, `user ${i}`)))
    for (const [i, key] of keys.entries()) {
      assert.equal(
        (await store.begin(key, { contents: { a: '1' }, terms: TERMS, user: `user ${i}` })).state, 'begun'
      )
    }
    for (const key of keys) assert.deepEqual((await store.end(key, 'revoked')).map(({ handle }) => handle), [key])
  })
})

/** A server of its own, until the test is over. */
async function serve (
  t: TestContext, args: readonly string[], connect = async (server: UnixRedisServer): Promise<Redis> => server.connect()
): Promise<Redis> {
  const server = await startRedis({ args })
  t.after(async () => await server.stop())
  return await connect(server)
}

interface Warning {
  readonly policy: unknown
  readonly msg: string
}

/**
 * A store on that client gets its log, more than once perhaps.
 * @returns what it will have warned of
 */
function bind (client: RedisClient, times = 1): Warning[] {
  const warnings: Warning[] = []
  const store = new RedisStore({ client, commandTimeout: 0.2 })
  const warn = (details: object, msg: string): void => {
    warnings.push({ policy: Reflect.get(details, 'policy'), msg })
  }
  for (let i = 0; i < times; i++) store.bind({ info () {}, warn, error: warn })
  return warnings
}

/** Waits until the store has its answer: replies come in the order of the commands. */
async function warningsOf (client: Redis, times = 1): Promise<Warning[]> {
  const warnings = bind(client, times)
  await setImmediate() // the question is on its way
  await client.call('TIME')
  await setImmediate()
  return warnings
}
