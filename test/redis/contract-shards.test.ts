import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { Cluster } from 'ioredis'
import { RedisStore } from '../../src/redis.ts'
import { handleOf } from '../../src/store/handle.ts'
import { CLUSTER_SHARDS, Keys } from '../../src/store/redis/keys.ts'
import type { Beginning, Begun, SessionKey } from '../../src/store/store.ts'
import type { RedisCluster } from '../helpers/redis-cluster.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { withoutLayout } from '../helpers/session-keys.ts'

const TERMS = { isAuthenticated: true, warnAfter: 300, expireAfter: 600, absoluteTimeout: false } as const
const ANONYMOUS = { isAuthenticated: false, warnAfter: 900, expireAfter: 900, absoluteTimeout: false } as const
const keys = new Keys('fss:', true)

let cluster: RedisCluster
let client: Cluster
let store: RedisStore
before(async () => {
  cluster = await startCluster()
  client = cluster.connect()
  store = new RedisStore({ client, commandTimeout: 10 })
  await store.check()
})
after(async () => await cluster.stop())
beforeEach(async () => { for (const node of cluster.nodes) await node.client.flushall() })

describe('the shards of a Cluster', () => {
  it('lie in one slot each, one in every equal part of the slots', async () => {
    const slots = await Promise.all(
      keys.shards.map(async shard => Number(await cluster.nodes[0]?.client.cluster('KEYSLOT', keys.shard(shard))))
    )
    assert.deepEqual(
      slots.map(slot => Math.floor(slot / 64)), Array.from({ length: CLUSTER_SHARDS }, (_, part) => part)
    )
  })

  it('are named by the letters with which ids and handles begin, the same for all sessions of a user', () => {
    const ids = Array.from({ length: 20 }, (_, i) => store.idFor(`random ${i}`, 'ada'))
    assert.equal(new Set([...ids, ...ids.map(id => store.handleOf(id))].map(name => name.slice(0, 2))).size, 1)
    assert.ok(new Set(Array.from({ length: 20 }, (_, i) => store.idFor(`random ${i}`).slice(0, 2))).size > 10)
    for (const id of ids) assert.equal(store.handleOf(id), id.slice(0, 2) + handleOf(id))
  })

  it('have none of an id without letters: it is unknown, and is never begun', async () => {
    for (const id of ['', 'no letters', 'ZZ', 'é']) {
      assert.deepEqual(await store.find(store.keyOf(id)), { state: 'unknown' })
      assert.deepEqual(await store.load(store.keyOf(id), null), { state: 'unknown' })
      assert.deepEqual(await store.end(id, 'logout'), [])
    }
  })

  it('are not there on one server', () => {
    const lone = new Keys('fss:')
    assert.deepEqual(
      [lone.idFor('random', 'ada'), lone.handleOf('random'), lone.shards], ['random', handleOf('random'), [0]]
    )
  })

  it('have all keys of a user in one slot, through sign-ins, renewals, ends and lists', async () => {
    for (let i = 0; i < 5; i++) await signIn(`s${i}`)
    await signIn('renewed', { predecessor: { key: keyOf('s0', 'ada'), becomes: 'renewed' } })
    await store.end(keyOf('s1', 'ada'), 'logout')
    const found = withoutLayout((await Promise.all(cluster.nodes.map(async node =>
      await node.client.keys('*')
    ))).flat())
    assert.equal(found.length, 5 + 1 + ['due', 'u:ada', 'open', 'past'].length)
    assert.equal(new Set(found.map(key => /\{.*\}/.exec(key)?.[0])).size, 1)
    assert.equal((await store.list({ state: 'live', user: 'ada', limit: 9 })).rows.length, 4)
  })
})

describe('a beginning on a Cluster', () => {
  it('over an anonymous session of another shard drops that', async () => {
    const anonymous = await beginAnonymous('x')
    const begun = await begin('a', { predecessor: { key: anonymous, becomes: 'dropped' } })
    assert.equal(begun.state, 'begun')
    assert.deepEqual(await store.find(anonymous), { state: 'renewed', successors: [] })
  })

  it('of another user ends the former session and its successors as a log-out', async () => {
    const ada = await signIn('a')
    const renewed = await signIn('b', { predecessor: { key: ada, becomes: 'renewed' } })
    const begun = await begin('e', { user: 'eve', predecessor: { key: ada, becomes: 'ended' } }, 'eve')
    assert.deepEqual(
      begun.state === 'begun' && begun.ended.map(({ handle, user, reason }) => ({ handle, user, reason })),
      [{ handle: renewed, user: 'ada', reason: 'logout' }]
    )
    assert.deepEqual((await store.claimEnds(100)).sessions, [])
  })

  it('is limited by one script', async () => {
    const limit = { max: 2, whenFull: 'displace' } as const
    const [first, second] = [await signIn('1', { startedAtMs: 1 }), await signIn('2', { startedAtMs: 2 })]
    const begun = await begin('3', { limit })
    assert.deepEqual(
      begun.state === 'begun' && begun.ended.map(({ handle, reason }) => ({ handle, reason })),
      [{ handle: first, reason: 'displaced' }]
    )
    const predecessor = { key: await beginAnonymous('x'), becomes: 'dropped' } as const
    assert.deepEqual(await begin('4', { predecessor, limit: { max: 2, whenFull: 'refuse' } }), { state: 'full' })
    assert.equal((await store.find(predecessor.key)).state, 'live')
    assert.equal((await store.find(second)).state, 'live')
    const many = await Promise.all(Array.from({ length: 20 }, async (_, i) => await begin(`m${i}`, { limit })))
    assert.ok(many.every(({ state }) => state === 'begun'))
    assert.equal((await store.list({ state: 'live', user: 'ada', limit: 99 })).rows.length, 2)
  })

  it('renews twice at once, and both stay, beside their predecessor', async () => {
    const ada = await signIn('a')
    const both = await Promise.all(
      ['b', 'c'].map(async id => await begin(id, { predecessor: { key: ada, becomes: 'renewed' } }))
    )
    assert.deepEqual(both.map(({ state }) => state), ['begun', 'begun'])

    const anonymous = await beginAnonymous('x')
    const [y, z] = await Promise.all(
      ['y', 'z'].map(async id => await beginAnonymous(id, { predecessor: { key: anonymous, becomes: 'renewed' } }))
    )
    assert.equal(new Set([anonymous, y, z].map(key => keys.shardOf(key ?? ''))).size, 1)
    const session = await store.find(anonymous)
    assert.deepEqual(session.state === 'renewed' && session.successors.toSorted(), [y, z].toSorted())
  })

  it('that has no user is renewed beside its predecessor, and ends with its twin', async () => {
    const older = await beginNameless('o')
    const predecessor = { key: older, becomes: 'renewed' } as const
    const [left, right] = [await beginNameless('n', { predecessor }), await beginNameless('m', { predecessor })]
    assert.equal(new Set([older, left, right].map(key => keys.shardOf(key))).size, 1)
    const ended = await store.end(left, 'logout')
    assert.deepEqual(ended.map(({ handle }) => handle).toSorted(), [left, right].toSorted())
  })

  it('as another user succeeds a session in another shard, and is taken back if that is over', async () => {
    const ada = await signIn('a')
    const predecessor = { key: ada, becomes: 'renewed' } as const
    const renamed = keyOf('r', 'eve')
    assert.equal((await begin('r', { user: 'eve', predecessor }, 'eve')).state, 'begun')
    assert.deepEqual(await store.find(ada), { state: 'renewed', successors: [] })
    assert.equal((await store.find(renamed)).state, 'live')
    assert.deepEqual((await store.list({ state: 'live', user: 'ada', limit: 9 })).rows, [])

    const late = await begin('late', { user: 'eve', predecessor }, 'eve')
    assert.deepEqual(late, { state: 'over', session: { state: 'renewed', successors: [] } })
    assert.equal((await store.find(keyOf('late', 'eve'))).state, 'ended')
  })

  it('takes two scripts at most', async () => {
    const anonymous = await beginAnonymous('x')
    await beginAnonymous(
      'y', { predecessor: { key: await beginAnonymous('w'), becomes: 'dropped' } }
    ) // all nodes know the scripts
    await signIn('warm')
    assert.equal(await scriptsOf(async () => await signIn('a')), 1)
    assert.equal(
      await scriptsOf(async () => await signIn('b', { predecessor: { key: keyOf('a', 'ada'), becomes: 'renewed' } })), 1
    )
    const count = await scriptsOf(
      async () => await signIn('c', { predecessor: { key: anonymous, becomes: 'dropped' } })
    )
    assert.ok(count >= 2 && count <= 3, `${count} scripts`) // a node may learn one of them
  })
})

function keyOf (random: string, user?: string): SessionKey {
  return store.keyOf(store.idFor(random, user))
}

async function begin (random: string, others: Partial<Beginning> = {}, user = 'ada'): Promise<Begun> {
  return await store.begin(keyOf(random, user), { contents: { user: '"x"' }, terms: TERMS, user, ...others })
}

async function signIn (random: string, others: Partial<Beginning> = {}): Promise<SessionKey> {
  assert.equal((await begin(random, others)).state, 'begun')
  return keyOf(random, 'ada')
}

async function beginAnonymous (random: string, others: Partial<Beginning> = {}): Promise<SessionKey> {
  return await beginNameless(random, { terms: ANONYMOUS, ...others })
}

/** Of nobody whose name is known, so in any shard. */
async function beginNameless (random: string, others: Partial<Beginning> = {}): Promise<SessionKey> {
  const { key: before, becomes } = others.predecessor ?? {}
  const key = store.keyOf(store.idFor(random, undefined, becomes === 'renewed' ? before : undefined))
  assert.equal((await store.begin(key, { contents: {}, terms: TERMS, ...others })).state, 'begun')
  return key
}

async function scriptsOf (action: () => Promise<unknown>): Promise<number> {
  for (const { client: node } of cluster.nodes) await node.config('RESETSTAT')
  await action()
  const stats = await Promise.all(cluster.nodes.map(async ({ client: node }) => await node.info('commandstats')))
  return stats.flatMap(
    text => [...text.matchAll(/^cmdstat_eval(?:sha)?:calls=(\d+)/gm)]
  ).reduce((sum, [, calls]) => sum + Number(calls), 0)
}
