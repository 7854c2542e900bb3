import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { Redis } from 'ioredis'
import { RedisStore } from '../../src/redis.ts'
import type { PageQuery, SessionKey, Stats } from '../../src/store/store.ts'
import type { UnixRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { claimAll, nowOf, signIn } from '../store/contract-kit.ts'

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

/** Signs so many users in. Each has been idle for a twentieth of a second more than the one before. */
async function signInMany (count: number, firstSeconds: number, stepSeconds = 0.05): Promise<SessionKey[]> {
  return await Promise.all(Array.from({ length: count }, async (_, i) => {
    const timeouts = { warnAfter: 1, expireAfter: firstSeconds + i * stepSeconds, absoluteTimeout: false } as const
    const terms = { isAuthenticated: true, ...timeouts } as const
    return await signIn(store, `${firstSeconds} ${i}`, { user: `user ${i % 50}`, terms })
  }))
}

/** Records an activity of each. An index changes only if its score is ten seconds old. */
async function recordAll (keys: readonly SessionKey[]): Promise<void> {
  const nowMs = await nowOf(store)
  await Promise.all(keys.map(async key => await store.recordActivity(key, nowMs)))
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

describe('counts of sessions that were active shortly before the score of their index entry', () => {
  /** A moment before which the index shows deadlines within six seconds of the count. */
  async function stats (count: number, isActive: (i: number) => boolean): Promise<Stats> {
    const keys = await signInMany(count, 94.5, 5.5 / count)
    server.advance(7)
    await recordAll(keys.filter((_, i) => isActive(i)))
    server.advance(94)
    const stats = await store.stats()
    assert.deepEqual([stats.live + stats.ended, stats.expired], [count, stats.ended])
    return stats
  }

  it('are exact for up to two hundred of them', async () => {
    assert.equal((await stats(150, i => i >= 90)).live, 60)
    await client.flushall()
    assert.equal((await stats(200, i => i !== 7)).live, 199)
  })

  it('are right to 5 percent for 800, of which the last 500 go on', async () => {
    const { live } = await stats(800, i => i >= 300)
    assert.ok(Math.abs(live - 500) <= 25, `${live} are said to be alive`)
  })

  it('are about right for 800 of which any 500 go on: a standard deviation is 24', async () => {
    const { live } = await stats(800, i => i % 8 < 5)
    assert.ok(Math.abs(live - 500) <= 100, `${live} are said to be alive`)
  })
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
