import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { Redis } from 'ioredis'
import { RedisStore } from '../../src/redis.ts'
import type { PageQuery, SessionKey } from '../../src/store/store.ts'
import type { UnixRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { claimAll, recordNow, signIn } from '../store/contract-kit.ts'

let server: UnixRedisServer
let client: Redis
let store: RedisStore
before(async () => {
  server = await startRedis({ clock: true })
  client = server.connect({ enableAutoPipelining: true })
})
after(async () => await server.stop())
beforeEach(async () => {
  await client.flushall()
  store = new RedisStore({ client, commandTimeout: 30 })
})

/** Signs so many in, each after another time without an activity, a twentieth of a second more than the one before. */
async function signInMany (count: number, firstSeconds: number, stepSeconds = 0.05): Promise<SessionKey[]> {
  return await Promise.all(Array.from({ length: count }, async (_, i) => {
    const timeouts = { warnAfter: 1, expireAfter: firstSeconds + i * stepSeconds, absoluteTimeout: false } as const
    const terms = { protected: true, ...timeouts } as const
    return await signIn(store, `${firstSeconds} ${i}`, { user: `user ${i % 50}`, terms })
  }))
}

/** Lets them be active: an index says so only when that is ten seconds after what it says. */
async function recordAll (keys: readonly SessionKey[]): Promise<void> {
  await Promise.all(keys.map(async key => await recordNow(store, key)))
}

/** The handles of a list, page by page; something happens behind the third one. */
async function read (query: Omit<PageQuery, 'limit'>, behindThird: () => Promise<unknown>): Promise<SessionKey[]> {
  const handles: SessionKey[] = []
  let pages = 0
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await store.list({ ...query, limit: 100, ...(cursor === undefined ? {} : { cursor }) })
    handles.push(...page.rows.map(({ handle }) => handle))
    cursor = page.cursor
    if (++pages === 3) await behindThird()
  }
  assert.ok(pages > 3)
  return handles
}

function missing (all: readonly SessionKey[], seen: readonly SessionKey[]): SessionKey[] {
  const found = new Set(seen)
  return all.filter(key => !found.has(key))
}

/** Of 800, two hundred are looked at: the estimate has a standard deviation of 24. */
describe('counts of sessions that were active in the last seconds of what an index says', () => {
  for (const [count, active, most] of [[800, 500, 100], [150, 60, 0], [200, 199, 0]] as const) {
    it(`find ${active} of ${count} alive, ${most === 0 ? 'exactly' : 'about'}`, async () => {
      const keys = await signInMany(count, 100, 0)
      server.advance(5)
      await recordAll(keys.slice(0, active))
      server.advance(96)
      const { live, ended, expired } = await store.stats()
      assert.ok(Math.abs(live - active) <= most, `${live} are said to be alive`)
      assert.deepEqual([ended, expired], [count - live, count - live])
    })
  }
})

describe('a list of more than a thousand ended sessions', () => {
  for (const order of ['ends-last', 'ends-first'] as const) {
    it(`misses none by "${order}" though a sweep comes across them between two pages`, async () => {
      const keys = await signInMany(1500, 100)
      server.advance(5)
      await recordAll(keys)
      server.advance(300)
      const seen = await read({ state: 'ended', order }, async () => {
        assert.equal((await claimAll(store)).length, 1500)
      })
      assert.deepEqual(missing(keys, seen), [])
    })
  }
})

describe('a list by "ends-first" that began with less than a thousand sessions', () => {
  it('misses none of them though there are more than two thousand while it is read', async () => {
    const keys = await signInMany(900, 100)
    server.advance(9)
    await recordAll(keys.filter((_, i) => i % 2 === 1))
    const seen = await read({ state: 'live', order: 'ends-first' }, async () => await signInMany(1300, 102, 0.04))
    assert.deepEqual(missing(keys, seen), [])
    assert.ok(seen.length < 3000)
  })
})
