import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { RedisStore } from '../../src/redis.ts'
import { endAll } from '../../src/store/ending.ts'
import { handleOf } from '../../src/store/handle.ts'
import type { RedisClient } from '../../src/redis.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { redisOfSuite } from '../helpers/redis-of-suite.ts'

const TERMS = { isAuthenticated: true, warnAfter: 300, expireAfter: 600, absoluteTimeout: false } as const
const LARGE = { content: JSON.stringify('x'.repeat(60_000)) }
/** Six hundred bytes, as a record has it. */
const DEVICE = { userAgent: '/'.repeat(200) }
const HANDLES = Array.from({ length: 60 }, (_, i) => handleOf(`s${i}`))

const redis = redisOfSuite({ clock: true })

describe('G13: a script', () => {
  let store: RedisStore
  beforeEach(async () => {
    await redis.client.flushall()
    store = new RedisStore({ client: redis.client, commandTimeout: 10 })
  })

  it('reads no contents if it needs only the record, however long that is', async () => {
    await beginAll({ contents: LARGE, user: 'ada', device: DEVICE })
    const { get = 0 } = await commandsOf(async () => {
      assert.equal((await store.list({ state: 'live', limit: 60 })).rows.length, 60)
      assert.equal((await store.stats()).live, 60)
      assert.equal(
        (await store.begin(handleOf('new'), beginningOf({ limit: { max: 9, whenFull: 'refuse' } }))).state, 'full'
      )
    })
    assert.equal(get, 0)
  })

  it('does not rewrite contents when an activity moves the index entry, on its own or with the load', async () => {
    await beginAll({ contents: LARGE })
    redis.server.advance(20)
    const moved = await commandsOf(async () => {
      await Promise.all(HANDLES.map(async key => await store.recordActivity(key, Number.MAX_SAFE_INTEGER)))
    })
    assert.deepEqual([moved['get'], moved['set'], moved['zadd']], [undefined, undefined, 60])
    redis.server.advance(20)
    const loaded = await commandsOf(async () => {
      await Promise.all(HANDLES.map(async key => await store.load(key, { throttleMs: 0, timeouts: TERMS })))
    })
    assert.deepEqual([loaded['set'], loaded['zadd']], [undefined, 60])
    for (const key of HANDLES) assert.equal((await store.find(key)).state, 'live')
  })

  it('rewrites the contents of a few sessions, and the next script those of the others', async () => {
    await beginAll({ contents: LARGE })
    const timeouts = { ...TERMS, expireAfter: 60_000 }
    const { evalsha = 0 } = await commandsOf(async () => {
      const recorded = await Promise.all(HANDLES.map(async key => await store.recordActivity(key, 0, timeouts)))
      assert.ok(recorded.every(({ state }) => state === 'recorded'))
    })
    assert.ok(evalsha >= 20, `${evalsha} scripts`)
  })

  it('of a sign-in ends at most fifty sessions, expired or above the limit, and the next one goes on', async () => {
    await beginAll({ user: 'ada', terms: { ...TERMS, expireAfter: 60 } })
    redis.server.advance(61)
    const others = HANDLES.map(handle => handleOf(handle))
    await Promise.all(others.map(async key => await store.begin(key, beginningOf({ user: 'ada' }))))
    await redis.client.config('RESETSTAT')
    const begun = await store.begin(
      handleOf('new'), beginningOf({ user: 'ada', limit: { max: 3, whenFull: 'displace' } })
    )
    assert.ok(begun.state === 'begun')
    const reasons = begun.ended.map(({ reason }) => reason)
    assert.deepEqual(['idle', 'displaced'].map(reason => reasons.filter(other => other === reason).length), [60, 58])
    assert.deepEqual(await store.stats(), { live: 3, ended: 118, expired: 0, pending: 118, lag: 0 })
    const scripts = /cmdstat_evalsha:calls=(\d+)/.exec(await redis.client.info('commandstats'))?.[1]
    assert.ok(Number(scripts) >= 4)
    const { evalsha } = await commandsOf(async () => await store.acknowledge(begun.ended.map(({ handle }) => handle)))
    assert.equal(evalsha, 3)
  })

  it('of a sign-in reads no record of the others while the user has fewer sessions than allowed', async () => {
    await beginAll({ user: 'ada' })
    const readBy = async (id: string, max: number): Promise<number> => {
      const { getrange = 0 } = await commandsOf(async () => {
        const limit = { max, whenFull: 'displace' } as const
        const begun = await store.begin(handleOf(id), beginningOf({ limit }))
        assert.deepEqual(begun.state === 'begun' && begun.ended, [])
      })
      return getrange
    }
    assert.equal(await readBy('61st', 61), 1)
    redis.server.advance(601)
    assert.ok(await readBy('62nd', 61) > 61, 'expired sessions do not count, so it looks')
  })

  it('counts a user under a salted name, and without the average of the others', async () => {
    for (let i = 0; i < 250; i++) await signInAndOut(`renewed ${i}`, 'ada', true)
    await signInAndOut('kept', 'ada')
    assert.equal((await store.find(handleOf('kept'))).state, 'ended', 'renewals are no ends')
    const salts = new Set<string>()
    for (let i = 0; i < 5; i++) {
      redis.server.advance(3601)
      await signInAndOut(`later ${i}`, 'eve')
      salts.add(await redis.client.getrange('fss:{0}ends', 0, 7))
    }
    assert.equal(salts.size, 5)
  })

  it('leaves nothing of ends that were never acknowledged, also without a sweep', async () => {
    for (let i = 0; i < 250; i++) await signInAndOut(`s${i}`, 'ada', false, false)
    assert.equal(await redis.client.zcard('fss:{0}brief'), 50)
    redis.server.advance(86_401)
    for (let more = true; more;) ({ more } = await store.claimEnds(100))
    assert.equal(await redis.client.exists('fss:{0}brief'), 0)

    for (let i = 0; i < 20; i++) await signInAndOut(`t${i}`, 'eve')
    redis.server.advance(86_401)
    for (let i = 0; i < 20; i++) await signInAndOut(`u${i}`, 'bob')
    assert.ok(await redis.client.zcard('fss:{0}past') <= 22)
  })

  it('goes on though the clock gets a digit more', async () => {
    await beginAll({})
    const nowMs = Number((await redis.client.time())[0]) * 1000
    redis.server.advance((9_999_999_999_000 - nowMs) / 1000 - 100)
    const key = handleOf('late')
    await store.begin(key, beginningOf({ terms: { ...TERMS, expireAfter: 6000 } }))
    redis.server.advance(105)
    const loaded = await store.load(key, { throttleMs: 0, timeouts: { ...TERMS, expireAfter: 6000 } })
    assert.ok(loaded.state === 'live' && loaded.record.lastActivityMs >= 1e13)
    assert.equal((await store.load(key, null)).state, 'live')
  })

  function beginningOf (more: Partial<Parameters<RedisStore['begin']>[1]>): Parameters<RedisStore['begin']>[1] {
    return { contents: {}, terms: TERMS, user: 'ada', ...more }
  }

  async function beginAll (more: Partial<Parameters<RedisStore['begin']>[1]>): Promise<void> {
    await Promise.all(HANDLES.map(async key => await store.begin(key, beginningOf(more))))
  }

  async function signInAndOut (id: string, user: string, isRenewed = false, isAcknowledged = true): Promise<void> {
    const key = handleOf(id)
    await store.begin(key, beginningOf({ user }))
    if (isRenewed) {
      await store.begin(
        handleOf(`${id}+`), beginningOf({ user, predecessor: { key, becomes: 'renewed' } })
      )
    } else await store.end(key, 'logout')
    if (isAcknowledged && !isRenewed) await store.acknowledge([key])
  }
})

describe('an answer without any of the sessions that were asked for', () => {
  it('is an error for all, and not asked for again: such as QUEUED, in a MULTI of the application\'s', async () => {
    let asked = 0
    const client: RedisClient = {
      evalsha: async (_sha, _count, key) => { asked++; return key.endsWith('layout') ? ['1'] : 'QUEUED' },
      eval: async () => 'QUEUED',
      info: async () => '',
      on () {}
    }
    const store = new RedisStore({ client })
    for (const ask of [
      async () => await store.load(handleOf('a'), { throttleMs: 0 }),
      async () => await store.recordActivity(handleOf('a'), 0),
      async () => await store.check()
    ]) await assert.rejects(ask, { code: 'FST_SESSION_SECURITY_STORE_UNAVAILABLE' })
    assert.ok(asked < 20, `${asked} scripts`)
  })
})

describe('the end of all sessions on a Cluster', () => {
  it('reaches the sessions on a master whose clock is an hour ahead', async () => {
    const cluster = await startCluster(2, { clock: 'running' })
    try {
      cluster.nodes[1]?.server.advance(3600)
      const store = new RedisStore({ client: cluster.connect(), commandTimeout: 10 })
      const keys = Array.from({ length: 40 }, (_, i) => store.keyOf(store.idFor(`s${i}`, `user ${i}`)))
      await Promise.all(keys.map(async (key, i) =>
        await store.begin(key, { contents: {}, terms: TERMS, user: `user ${i}` })
      ))
      let ended = 0
      for await (const part of endAll(store, 'revoked')) ended += part.ended.length
      assert.equal(ended, 40)
      assert.equal((await store.stats()).live, 0)
    } finally {
      await cluster.stop()
    }
  })
})

/** Counts each command that is carried out meanwhile, by scripts too. */
async function commandsOf (deed: () => Promise<unknown>): Promise<Record<string, number>> {
  await redis.client.config('RESETSTAT')
  await deed()
  const found = (await redis.client.info('commandstats')).matchAll(/^cmdstat_([^:|]+)[^:]*:calls=(\d+)/gm)
  return Object.fromEntries([...found].map(([, name = '', calls]) => [name, Number(calls)]))
}
