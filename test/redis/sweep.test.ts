import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { Redis } from 'ioredis'
import { EndNotifier } from '../../src/sweep/end-notifier.ts'
import { ScheduledSweep } from '../../src/sweep/scheduled-sweep.ts'
import { Sweeper } from '../../src/sweep/sweeper.ts'
import { RedisStore } from '../../src/redis.ts'
import { handleOf } from '../../src/store/handle.ts'
import type { Index } from '../../src/store/redis/keys.ts'
import { Keys } from '../../src/store/redis/keys.ts'
import { CLAIM_LEASE_MS } from '../../src/store/limits.ts'
import type { Beginning, EndedSession } from '../../src/store/store.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import type { UnixRedisServer } from '../helpers/redis-server.ts'
import { until } from '../helpers/redis-process.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { withoutLayout } from '../helpers/session-keys.ts'

const TERMS = { isAuthenticated: true, warnAfter: 5, expireAfter: 10, absoluteTimeout: false } as const
const ANONYMOUS = { ...TERMS, isAuthenticated: false } as const
const DAY = 86_400
const keys = new Keys('fss:')

let server: UnixRedisServer
let client: Redis
before(async () => {
  server = await startRedis({ clock: true })
  client = server.connect({ enableAutoPipelining: true })
})
after(async () => await server.stop())
beforeEach(async () => { await client.flushall() })

describe('the sweep of several nodes', () => {
  it('shares the expired sessions: one node claims each, in bounded batches, without a leader (G6)', async () => {
    const nodes = Array.from({ length: 4 }, () => new RedisStore({ client: server.connect(), commandTimeout: 10 }))
    const handles = await open(2000)
    server.advance(10)
    const claimed = await Promise.all(nodes.map(async node => await sweep(node, 50)))
    assert.deepEqual(claimed.flat().toSorted(), handles.toSorted())
    assert.ok(claimed.every(share => share.length > 0), `shares of ${claimed.map(share => share.length).join(', ')}`)
    assert.equal(await entries('open'), 0)
  })

  for (const period of [2, 60, 600]) {
    it(`notifies on another node of the ends that a failing node claims first, each ${period} s (G6)`, async () => {
      const clock = new FakeClock()
      const node = (handler: (ended: EndedSession) => void): ScheduledSweep => {
        const [ours, log] = [new RedisStore({ client, clock: clock.now }), { info () {}, error () {}, debug () {} }]
        const sweeper = new Sweeper(ours, new EndNotifier(ours, handler, log), log)
        return new ScheduledSweep(sweeper, clock.now, period * 1000)
      }
      const notified: string[] = []
      const failing = node(() => { throw new Error('not now') })
      const healthy = node(({ handle }) => { notified.push(handle) })
      const handles = await open(40)
      server.advance(10)
      for (let seconds = 0; seconds < 2 * period + CLAIM_LEASE_MS / 1000; seconds += period) {
        for (const sweep of [failing, healthy]) await sweep.run({ limit: 100 })
        clock.advance(period)
        server.advance(period)
      }
      assert.deepEqual(notified.toSorted(), handles.toSorted())
    })
  }

  it('catches up with sessions that expired while no node ran, up to a day later', async () => {
    const handles = await open(100)
    server.advance(DAY)
    assert.deepEqual((await sweep(store())).toSorted(), handles.toSorted())
  })

  it('looks at no more entries than asked at both ends of its index, though sessions were active', async () => {
    await open(300)
    server.advance(5)
    const node = store()
    // Now, 5 s on: the index stays.
    for (let i = 0; i < 300; i++) await node.recordActivity(handleOf(`s${i}`), Number.MAX_SAFE_INTEGER)
    server.advance(5)
    await client.config('RESETSTAT')
    assert.deepEqual(await node.claimEnds(10), { sessions: [], more: true, lagMs: 0 })
    const looks = /cmdstat_getrange:calls=(\d+)/.exec(await client.info('commandstats'))?.[1]
    assert.equal(Number(looks), 2 * 10)
    assert.deepEqual(await sweep(node), [])
    server.advance(5)
    assert.equal((await sweep(node)).length, 300)
  })

  it('looks at no tombstone that is still kept, however many there are', async () => {
    const node = store()
    const handles = await open(1000, 'ada')
    server.advance(10)
    assert.equal((await sweep(node)).length, 1000)
    await open(20, 'ada', 'further')
    server.advance(10)
    await client.config('RESETSTAT')
    assert.equal((await node.claimEnds(50)).sessions.length, 20)
    const looks = /cmdstat_exists:calls=(\d+)/.exec(await client.info('commandstats'))?.[1]
    assert.ok(Number(looks) < 50, `${looks} of ${handles.length}`)
  })

  it('goes on, one session at a time if asked to, until no end is pending', async () => {
    const handles = await open(40)
    server.advance(10)
    assert.deepEqual((await sweep(store(), 1)).toSorted(), handles.toSorted())
  })

  it('claims a session at its deadline though the index was moved only now and then', async () => {
    const [handle = ''] = await open(1)
    const node = store()
    for (let i = 0; i < 30; i++) {
      server.advance(7)
      assert.equal((await node.recordActivity(handle, Number.MAX_SAFE_INTEGER)).state, 'recorded')
      assert.deepEqual(await sweep(node), [])
    }
    server.advance(9.999)
    assert.deepEqual(await sweep(node), [])
    server.advance(0.001)
    assert.deepEqual(await sweep(node), [handle])
  })

  it('asks no more of sessions that end within a second: a sweep is over, and the next one claims them', async () => {
    const node = store()
    const handles = Array.from({ length: 120 }, (_, i) => handleOf(`s${i}`))
    const terms = { ...TERMS, expireAfter: 10.9 } // an index has whole seconds
    await Promise.all(handles.map(async handle => await node.begin(handle, { contents: {}, terms, user: 'ada' })))
    server.advance(10.5)
    const [stale = ''] = await open(1, 'ada', 'other')
    await client.zadd(keys.index(0, 'due'), '1', stale) // as one that has been active since
    const claims = [await node.claimEnds(50), await node.claimEnds(50)]
    assert.deepEqual(claims.map(({ sessions, more }) => [sessions.length, more]), [[0, true], [0, false]])
    assert.ok(Number(await client.zscore(keys.index(0, 'due'), stale)) > 1, 'it stands where it should')
    server.advance(0.4)
    assert.deepEqual((await sweep(node, 50)).toSorted(), handles.toSorted())
  })

  it('claims in time a session that began while the clock was a year ahead (G5, G12)', async () => {
    server.advance(365 * DAY)
    const handles = await open(30, 'ada', 'ahead')
    server.advance(-365 * DAY)
    const node = store()
    assert.deepEqual(await sweep(node, 10), [])
    server.advance(10)
    assert.deepEqual((await sweep(node, 10)).toSorted(), handles.toSorted())
  })
})

describe('nothing is left', () => {
  it('of the contents of sessions that ended, however they did (G9: no contents outlive their session)', async () => {
    const node = store()
    const [swept = '', signedOut = '', renewed = '', displaced = ''] = await open(4, 'ada')
    const anonymous = handleOf('anonymous')
    await node.begin(anonymous, { contents: { cart: '1' }, terms: ANONYMOUS })
    await node.end(signedOut, 'logout')
    const begin = async (id: string, rest: Partial<Beginning>): Promise<void> => {
      const begun = await node.begin(handleOf(id), { contents: { user: '"ada"' }, terms: TERMS, user: 'ada', ...rest })
      assert.equal(begun.state, 'begun')
    }
    await begin('renewal', { predecessor: { key: renewed, becomes: 'renewed' } })
    await begin('sign-in', { predecessor: { key: anonymous, becomes: 'dropped' } })
    server.advance(5)
    for (const id of ['renewal', 'sign-in']) await node.recordActivity(handleOf(id), Number.MAX_SAFE_INTEGER)
    await node.recordActivity(swept, Number.MAX_SAFE_INTEGER)
    await begin('other', { user: 'eve', predecessor: { key: handleOf('sign-in'), becomes: 'ended' } })
    await begin('one too many', { limit: { max: 3, whenFull: 'displace' } }) // 'swept', 'renewal', 'displaced' are live
    server.advance(10)
    const later = ['renewal', 'sign-in', 'other', 'one too many'].map(handleOf)
    const over = [swept, signedOut, renewed, displaced, anonymous, ...later]
    await sweep(node)
    assert.equal((await client.keys('*}s:*')).length, over.length)
    for (const handle of over) {
      assert.match(String(await client.get(keys.session(handle))), /^1 (?:ended|replaced|renewed) .*$/)
    }
  })

  it('of a user who signs in 10,000 times but the live sessions, and the first 200 ends of an hour', async () => {
    const node = store()
    const handles = await open(10_000, 'ada')
    server.advance(9)
    for (const handle of handles.slice(0, 7)) await node.recordActivity(handle, Number.MAX_SAFE_INTEGER)
    server.advance(9)
    const over = await sweep(node)
    assert.equal(over.length, 9993, 'the application is notified of each')
    const counts = async (): Promise<number[]> =>
      await Promise.all((['due', 'u:ada', 'past', 'open'] as const).map(entries))
    assert.deepEqual(await counts(), [7, 7, 200, 0])
    assert.equal((await client.keys(`${keys.shard(0)}s:*`)).length, 207)
    assert.equal(await client.exists(`${keys.shard(0)}brief`), 0)
    assert.equal((await node.list({ state: 'live', user: 'ada', limit: 100 })).rows.length, 7)
    assert.equal((await node.list({ state: 'ended', user: 'ada', limit: 300 })).rows.length, 200)
    for (const handle of handles.slice(0, 7)) await node.end(handle, 'revoked')
    assert.deepEqual(await counts(), [0, 0, 200, 7], 'what was not acknowledged stays known')
    assert.equal((await node.find(handles[0] ?? '')).state, 'ended')
    await node.acknowledge(handles.slice(0, 7))
    assert.equal((await client.keys(`${keys.shard(0)}s:*`)).length, 200)

    server.advance(3601)
    const [again = ''] = await open(1, 'ada', 'again')
    await node.end(again, 'logout')
    assert.deepEqual(await counts(), [0, 0, 201, 1])
  })

  it('of a user who renews a session 1,000 times but 200 old handles, ten minutes later', async () => {
    const node = store()
    let [handle = ''] = await open(1, 'ada')
    for (let i = 0; i < 1000; i++) {
      const next = handleOf(`renewal ${i}`)
      await node.begin(
        next,
        {
          contents: {},
          terms: { ...TERMS, expireAfter: 9000 },
          user: 'ada',
          predecessor: { key: handle, becomes: 'renewed' }
        }
      )
      handle = next
    }
    server.advance(601)
    assert.equal((await client.keys(`${keys.shard(0)}s:*`)).length, 201) // the session and its root among them
    assert.deepEqual((await node.end(handle, 'logout')).map(ended => ended.handle), [handle])
  })

  it('of the index of a user whose session has a successor of another user, or of none', async () => {
    const node = store()
    const [handle = ''] = await open(1, 'ada')
    const eves = handleOf('eves')
    await node.begin(eves, { contents: {}, terms: TERMS, user: 'eve', predecessor: { key: handle, becomes: 'ended' } })
    assert.deepEqual([await entries('u:ada'), await entries('u:eve'), await entries('due')], [0, 1, 1])
    const bobs = handleOf('bobs') // the application names Eve otherwise now
    await node.begin(bobs, { contents: {}, terms: TERMS, user: 'bob', predecessor: { key: eves, becomes: 'renewed' } })
    assert.deepEqual([await entries('u:eve'), await entries('u:bob'), await entries('due')], [0, 1, 1])
    const signedOut = { contents: { a: '1' }, terms: ANONYMOUS, predecessor: { key: bobs, becomes: 'ended' } } as const
    await node.begin(handleOf('nobodys'), signedOut)
    assert.deepEqual([await entries('u:bob'), await entries('due')], [0, 0])
  })

  it('of entries whose session others deleted: the sweep drops them, and a sign-in those of its user', async () => {
    const node = store()
    const handles = await open(200, 'ada')
    await client.del(...handles.map(handle => keys.session(handle)))
    server.advance(60)
    assert.deepEqual(await sweep(node), [])
    assert.equal(await entries('due'), 0)
    assert.deepEqual((await node.list({ state: 'live', user: 'ada', limit: 500 })).rows, [])
    server.advance(DAY)
    await open(200, 'ada', 'again')
    assert.equal(await entries('u:ada'), 200)
  })

  it('when all sessions have ended, were acknowledged, and the retention has passed', async () => {
    const node = store()
    const handles = await open(150, 'ada')
    for (const handle of handles.slice(0, 50)) await node.end(handle, 'logout')
    await node.begin(handleOf('anonymous'), { contents: {}, terms: ANONYMOUS })
    await node.begin(handleOf('gone'), { contents: {}, terms: ANONYMOUS })
    await node.end(handleOf('gone'), 'logout')
    server.advance(10)
    await sweep(node)
    server.advance(60) // the lease of the log-outs, of which nobody has been notified
    assert.equal((await sweep(node)).length, 50)
    assert.equal((await node.list({ state: 'ended', limit: 500 })).rows.length, 150)
    server.advance(DAY)
    await sweep(node)
    assert.deepEqual(withoutLayout(await client.keys('*')), [])
  })

  it('even without a sweep: keys have lives of their own', async () => {
    const node = store()
    const handles = await open(50, 'ada')
    for (const handle of handles.slice(0, 25)) await node.end(handle, 'revoked')
    server.advance(10 + 10 + DAY + 3600 + 1) // deadline, slack, retention, and an hour for the indexes
    await until('Redis has let all sessions go', async () => withoutLayout(await client.keys('*')).length === 0)
    server.advance(30 * DAY)
    await until('Redis has let all keys go', async () => await client.dbsize() === 0)
  })
})

function store (): RedisStore {
  return new RedisStore({ client, commandTimeout: 60 }) // thousands of commands at once
}

/**
 * Begins so many authenticated sessions.
 * @returns their handles
 */
async function open (count: number, user?: string, name = 's'): Promise<string[]> {
  const node = store()
  const handles = Array.from({ length: count }, (_, i) => handleOf(`${name}${i}`))
  const beginning = { contents: { user: '"ada"' }, terms: TERMS, ...(user === undefined ? {} : { user }) }
  await Promise.all(handles.map(async handle => await node.begin(handle, beginning)))
  return handles
}

/** Claims and acknowledges until nothing is due. */
async function sweep (node: RedisStore, limit = 100): Promise<string[]> {
  const claimed: string[] = []
  for (let more = true; more;) {
    const batch = await node.claimEnds(limit)
    assert.ok(batch.sessions.length <= limit)
    const handles = batch.sessions.map(({ handle }) => handle)
    await node.acknowledge(handles)
    claimed.push(...handles)
    more = batch.more
  }
  return claimed
}

/** Counts the entries of an index. */
async function entries (index: Index): Promise<number> {
  return await client.zcard(keys.index(0, index))
}
