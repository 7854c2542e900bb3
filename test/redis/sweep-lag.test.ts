import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { RedisStore } from '../../src/redis.ts'
import { Keys } from '../../src/store/redis/keys.ts'
import type { SessionKey } from '../../src/store/store.ts'
import { redisOfSuite } from '../helpers/redis-of-suite.ts'
import { nowOf, recordNow, signIn } from '../store/contract-kit.ts'

const TERMS = { isAuthenticated: true, warnAfter: 50, expireAfter: 100, absoluteTimeout: false } as const
const DAY = 86_400
const keys = new Keys('fss:')

const redis = redisOfSuite({ clock: true })
let store: RedisStore
beforeEach(async () => {
  await redis.client.flushall()
  store = new RedisStore({ client: redis.client, commandTimeout: 30 })
})

async function signInMany (count: number, name = 's'): Promise<SessionKey[]> {
  return await Promise.all(Array.from(
    { length: count }, async (_, i) => await signIn(store, `${name}${i}`, { terms: TERMS })
  ))
}

async function lag (): Promise<number> {
  return (await store.stats()).lag
}

/** The commands that stats.lua sent. */
async function commandsOf (ask: () => Promise<unknown>): Promise<number> {
  await ask() // the script is known from now on
  await redis.client.config('RESETSTAT')
  await ask()
  const stats = await redis.client.info('commandstats')
  return ['getrange', 'zrange', 'exists'].reduce((sum, command) => {
    return sum + Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0)
  }, 0)
}

describe('the lag of the sweep in Redis', () => {
  it('takes bounded work, for any number of expired sessions', async () => {
    await signInMany(300)
    redis.server.advance(1000)
    const few = await commandsOf(lag)
    await signInMany(1500, 'more')
    redis.server.advance(1000)
    assert.deepEqual([await lag(), await commandsOf(lag)], [1900, few])
  })

  it('is exact while one index says the same of up to two hundred, and right to ten seconds beyond', async () => {
    const many = await signInMany(300)
    redis.server.advance(9)
    for (const key of many.slice(0, 150)) await recordNow(store, key) // the index goes on saying 100
    redis.server.advance(101)
    assert.equal(await lag(), 10)
    for (const key of many.slice(150)) await redis.client.del(keys.session(key))
    assert.equal(await lag(), 1)
    redis.server.advance(50)
    await signInMany(1, 'late') // at the other end
    assert.equal(await lag(), 51)
  })

  it('is 0 of sessions that were active since, however many an index names too early', async () => {
    const all = await signInMany(400)
    redis.server.advance(9)
    const nowMs = await nowOf(store)
    await Promise.all(all.map(async key => await store.recordActivity(key, nowMs)))
    redis.server.advance(95)
    assert.equal(await lag(), 0)
  })

  it('skips the index entries of sessions whose keys expired a day after their deadline', async () => {
    await signInMany(300)
    redis.server.advance(DAY / 2)
    await signInMany(1, 'late')
    redis.server.advance(DAY / 2 + 200)
    assert.equal(await lag(), DAY / 2 + 100)
  })

  it('skips values that are no record of this package', async () => {
    const [key = '', other = ''] = await signInMany(2)
    await redis.client.set(keys.session(key), 'something else')
    await redis.client.del(keys.session(other))
    redis.server.advance(90)
    await signInMany(1, 'late')
    redis.server.advance(111)
    assert.equal(await lag(), 11)
  })

  it('is known to a sweep without a further command', async () => {
    await signInMany(3)
    redis.server.advance(130)
    await store.claimEnds(1)
    await redis.client.config('RESETSTAT')
    assert.equal((await store.claimEnds(10)).lagMs, 30_000)
    const stats = await redis.client.info('commandstats')
    assert.equal(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1], '2', 'the claim, and the question for the layout')
  })
})
