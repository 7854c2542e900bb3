import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Redis } from 'ioredis'
import { RedisStore } from '../../src/redis.ts'
import { Keys } from '../../src/store/redis/keys.ts'
import type { RedisClient } from '../../src/store/redis/redis-client.ts'
import type { Beginning, Predecessor, SessionKey } from '../../src/store/store.ts'
import type { RedisCluster, RedisClusterNode } from '../helpers/redis-cluster.ts'
import { startCluster } from '../helpers/redis-cluster.ts'

const TERMS = { isAuthenticated: true, warnAfter: 540, expireAfter: 600, absoluteTimeout: false } as const
const ANONYMOUS = { ...TERMS, isAuthenticated: false } as const
const keys = new Keys('fss:', true)
const USER = 'ada'
const SHARD = keys.shardOfUser(USER)

describe('while the slot of a shard is on its way to another node', () => {
  let cluster: RedisCluster
  let client: Redis
  before(async () => {
    cluster = await startCluster(2)
    const [from, to, slot] = await ways()
    client = from.client
    await seed(new RedisStore({ client: cluster.connect() }))
    await to.client.cluster('SETSLOT', slot, 'IMPORTING', from.id)
    await client.cluster('SETSLOT', slot, 'MIGRATING', to.id)
  })
  after(async () => await cluster.stop())

  /** From where to where the slot is on its way. */
  async function ways (): Promise<[RedisClusterNode, RedisClusterNode, number]> {
    const slot = await cluster.nodes[0]?.client.cluster('KEYSLOT', keys.shard(SHARD)) ?? NaN
    const [from, to] = slot < 8192 ? cluster.nodes : cluster.nodes.toReversed()
    assert.ok(from !== undefined && to !== undefined)
    return [from, to, slot]
  }

  const verbs: Record<string, (store: RedisStore) => Promise<unknown>> = {
    'a sign-in': async store => await begin(store, 'new'),
    'a renewal': async store => await begin(store, 'new', { predecessor: predecessorOf('live', 'renewed') }),
    'a sign-in over an anonymous session': async store => await begin(
      store, 'new', { predecessor: predecessorOf('anonymous', 'dropped') }
    ),
    'a sign-in that displaces another one': async store => await begin(
      store, 'new', { limit: { max: 1, whenFull: 'displace' } }
    ),
    'an end': async store => await store.end(keyOf('live'), 'revoked'),
    'an end of what was renewed': async store => await store.end(keyOf('renewed'), 'revoked'),
    'an activity that comes late': async store => await store.recordActivity(
      keyOf('due'), Number.MAX_SAFE_INTEGER, TERMS
    ),
    'a sweep': async store => await store.claimEnds(1000),
    'a token': async store => await store.tokens.track({ id: tokenId('new'), user: 'ada', expiresAtMs: 4e12 }),
    'a revocation': async store => await store.tokens.revoke(tokenId('known'))
  }
  for (const [what, verb] of Object.entries(verbs)) {
    it(`${what} is done whole or not at all`, async () => {
      const earlier = await contents()
      await assert.rejects(
        verb(new RedisStore({ client: asCluster(client) })), { code: 'FST_SESSION_SECURITY_STORE_UNAVAILABLE' }
      )
      assert.deepEqual(await contents(), earlier)
    })
  }

  it('a load is answered, and records the activity if nothing else is to be written', async () => {
    const store = new RedisStore({ client: asCluster(client) })
    const before = await store.load(keyOf('live'), null)
    const indexed = await client.zscore(keys.index(SHARD, 'due'), keyOf('live'))
    const timeouts = { ...TERMS, expireAfter: 3600 }
    const loaded = await store.load(keyOf('live'), { throttleMs: 0, timeouts })
    assert.ok(before.state === 'live' && loaded.state === 'live')
    assert.equal(loaded.activityBeforeMs, before.record.lastActivityMs)
    assert.equal(loaded.record.expireAfter, 3600)
    assert.equal(await client.zscore(keys.index(SHARD, 'due'), keyOf('live')), indexed)
  })

  it('a load of a renewed session whose root has moved already does not say that it goes on as nothing', async () => {
    const [, to] = await ways()
    const store = new RedisStore({ client: asCluster(client) })
    const loaded = await store.load(keyOf('middle'), null)
    assert.deepEqual(loaded.state === 'renewed' && loaded.successors, [keyOf('latest')])
    await client.migrate('127.0.0.1', to.server.port, keys.session(keyOf('root')), 0, 5000)
    const key = keyOf('middle')
    for (const ask of [() => store.load(key, null), () => store.find(key), () => store.end(key, 'logout')]) {
      await assert.rejects(ask(), { code: 'FST_SESSION_SECURITY_STORE_UNAVAILABLE' })
    }
  })

  it('a sign-in or renewal at the new node does not count a session as none that is still to migrate', async () => {
    const [, to] = await ways()
    const other = new RedisStore({ client: asCluster(asking(to.client)) })
    for (const becomes of ['renewed', 'ended', 'dropped'] as const) {
      const renewed = begin(other, `new ${becomes}`, { predecessor: predecessorOf('live', becomes) })
      await assert.rejects(renewed, { code: 'FST_SESSION_SECURITY_STORE_UNAVAILABLE' }, becomes)
    }
    assert.equal((await new RedisStore({ client: asCluster(client) }).find(keyOf('live'))).state, 'live')
  })

  async function contents (): Promise<Record<string, string>> {
    const names = (await client.keys('*')).toSorted()
    return Object.fromEntries(
      await Promise.all(names.map(async name => [name, (await client.dumpBuffer(name)).toString('hex')]))
    )
  }
})

/** A client of one node of a Cluster, which follows no redirection. */
function asCluster (node: Redis): RedisClient {
  return new Proxy(node, {
    get (target, name) {
      if (name === 'nodes') return () => [target]
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    }
  })
}

/** A client that was redirected to the new node of a slot. It sends ASKING before each command. */
function asking (node: Redis): Redis {
  return new Proxy(node, {
    get (target, name) {
      const value: unknown = Reflect.get(target, name)
      if (name !== 'evalsha' && name !== 'eval') return typeof value === 'function' ? value.bind(target) : value
      return async (...args: unknown[]): Promise<unknown> => {
        if (args.includes(keys.layout)) return String(keys.shards.length) // it lies elsewhere
        const asked = target.asking()
        const answer: unknown = Reflect.apply(target[name], target, args)
        await asked
        return await answer
      }
    }
  })
}

async function seed (store: RedisStore): Promise<void> {
  for (const id of ['live', 'renewed', 'due']) await begin(store, id)
  await begin(store, 'successor', { predecessor: predecessorOf('renewed', 'renewed') })
  await begin(store, 'root')
  await begin(store, 'middle', { predecessor: predecessorOf('root', 'renewed') })
  await begin(store, 'latest', { predecessor: predecessorOf('middle', 'renewed') })
  await store.begin(keyOf('anonymous'), { contents: {}, terms: ANONYMOUS })
  await store.tokens.track({ id: tokenId('known'), user: 'ada', expiresAtMs: 4e12 })
}

async function begin (store: RedisStore, id: string, others: Partial<Beginning> = {}): Promise<unknown> {
  return await store.begin(keyOf(id), { contents: { user: '1' }, terms: TERMS, user: USER, ...others })
}

function predecessorOf (id: string, becomes: Predecessor['becomes']): Predecessor {
  return { key: keyOf(id), becomes }
}

function keyOf (id: string): SessionKey {
  return keys.handleOf(keys.idFor(id, USER))
}

/** A token in the shard. */
function tokenId (id: string): string {
  for (let salt = 0; ; salt++) if (keys.token(`${id}${salt}`).shard === SHARD) return `${id}${salt}`
}
