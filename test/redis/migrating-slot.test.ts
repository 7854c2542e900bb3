import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Redis } from 'ioredis'
import type { Terms } from '../../src/index.ts'
import { RedisStore } from '../../src/redis.ts'
import { handleOf } from '../../src/store/handle.ts'
import { Keys, SHARDS, shardOf } from '../../src/store/redis/keys.ts'
import type { RedisCluster } from '../helpers/redis-cluster.ts'
import { startCluster } from '../helpers/redis-cluster.ts'

const TERMS: Terms = { protected: true, warnAfter: 540, expireAfter: 600, absoluteTimeout: false }
const VISITOR: Terms = { ...TERMS, protected: false }
const SHARD = 0
const LIMIT = { max: 2, whenFull: 'refuse' } as const

describe('while the slot of a shard is on its way to another node', () => {
  let cluster: RedisCluster
  let client: Redis
  before(async () => {
    cluster = await startCluster(2)
    const slot = await cluster.nodes[0]?.client.cluster('KEYSLOT', new Keys('fss:').shard(SHARD)) ?? NaN
    const [from, to] = slot < 8192 ? cluster.nodes : cluster.nodes.toReversed()
    assert.ok(from !== undefined && to !== undefined)
    client = from.client
    await seed(new RedisStore({ client: cluster.connect() }))
    await to.client.cluster('SETSLOT', slot, 'IMPORTING', from.id)
    await client.cluster('SETSLOT', slot, 'MIGRATING', to.id)
  })
  after(async () => await cluster.stop())

  const verbs: Record<string, (store: RedisStore) => Promise<unknown>> = {
    'a sign-in': async store => await store.create(name('new'), { user: '1' }, TERMS),
    'whose a session is': async store => await store.settle(name('live'), { terms: TERMS, user: 'eve' }),
    'a visitor\'s edit': async store => await store.update(name('visitor'), { set: { a: '1' }, remove: [] }),
    'an end': async store => await store.end(name('live'), 'revoked'),
    'a claim': async store => await store.claim(name('ended')),
    'a sweep': async store => await onceForEachShard(async () => await store.claimDue(10)),
    'a renewal': async store => await store.settle(name('heir'), { terms: TERMS, replaces: name('logged out') }),
    'a place': async store => await store.admit(name('new'), userName(), LIMIT),
    'a token': async store => await store.tokens.track({ id: tokenId('new'), user: 'ada', expiresAtMs: 4e12 }),
    'a revocation': async store => await store.tokens.revoke(tokenId('known'))
  }
  for (const [what, verb] of Object.entries(verbs)) {
    it(`${what} is done or not, and never half`, async () => {
      const earlier = await contents()
      await assert.rejects(verb(new RedisStore({ client })), { code: 'FST_SESSION_SECURITY_STORE_UNAVAILABLE' })
      assert.deepEqual(await contents(), earlier)
    })
  }

  async function contents (): Promise<Record<string, string>> {
    const keys = (await client.keys('*')).toSorted()
    return Object.fromEntries(await Promise.all(keys.map(async key => [key, (await client.dumpBuffer(key)).toString('hex')])))
  }
})

async function seed (store: RedisStore): Promise<void> {
  for (const id of ['live', 'ended', 'logged out', 'heir']) await store.create(name(id), { user: '1' }, TERMS)
  for (const id of ['live', 'ended', 'logged out']) await store.settle(name(id), { terms: TERMS, user: 'ada' })
  await store.create(name('visitor'), {}, VISITOR)
  await store.end(name('ended'), 'revoked')
  await store.end(name('logged out'), 'logout')
  await store.admit(name('live'), userName(), LIMIT)
  await store.tokens.track({ id: tokenId('known'), user: 'ada', expiresAtMs: 4e12 })
}

/** A sweep goes on with the next shard after each that it could not ask. */
async function onceForEachShard (sweep: () => Promise<unknown>): Promise<void> {
  for (let i = 1; i < SHARDS.length; i++) await sweep().catch(() => {})
  await sweep()
}

/** A handle in the shard, the same each time. */
function name (id: string): string {
  return inShard(salt => handleOf(`${id} ${salt}`), handle => handle)
}

/** A user whose places are in the shard. */
function userName (): string {
  return inShard(salt => `user${salt}`, handleOf)
}

/** A token in the shard. */
function tokenId (id: string): string {
  return inShard(salt => `${id}${salt}`, handleOf)
}

function inShard (make: (salt: number) => string, hash: (text: string) => string): string {
  for (let salt = 0; ; salt++) if (shardOf(hash(make(salt))) === SHARD) return make(salt)
}
