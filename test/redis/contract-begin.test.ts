import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { Redis } from 'ioredis'
import { RedisStore } from '../../src/redis.ts'
import { handleOf } from '../../src/store/handle.ts'
import type { Beginning, Begun, FoundSession, LoadActivity, Loaded } from '../../src/store/store.ts'
import { ANONYMOUS_RETENTION_SECONDS, CLAIM_LEASE_MS, MOST_SUCCESSORS } from '../../src/store/limits.ts'
import type { UnixRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { withoutLayout } from '../helpers/session-keys.ts'

const TERMS = { isAuthenticated: true, warnAfter: 300, expireAfter: 600, absoluteTimeout: false } as const
const ANONYMOUS = { isAuthenticated: false, warnAfter: 900, expireAfter: 900, absoluteTimeout: false } as const
const OPEN: LoadActivity = { throttleMs: 1000, timeouts: { warnAfter: 300, expireAfter: 600, absoluteTimeout: false } }

let server: UnixRedisServer
let client: Redis
let store: RedisStore
before(async () => {
  server = await startRedis({ clock: true })
  client = server.connect()
})
after(async () => await server.stop())
beforeEach(async () => {
  await client.flushall()
  store = new RedisStore({ client, commandTimeout: 10 })
})

describe('a beginning on one server', () => {
  it('is one script, whatever becomes of a predecessor and of the oldest session', async () => {
    await begin('anonymous', { terms: ANONYMOUS })
    await begin('first')
    await store.end(handleOf('unknown'), 'logout') // so that Redis knows the scripts
    await store.load(handleOf('first'), OPEN)
    await store.recordActivity(handleOf('first'), 0)
    const cases: Array<[string, Beginning]> = [
      ['alone', beginning()],
      ['dropped', beginning({ predecessor: { key: handleOf('anonymous'), becomes: 'dropped' } })],
      ['renewed', beginning({ predecessor: { key: handleOf('first'), becomes: 'renewed' } })],
      ['ended', beginning({ user: 'eve', predecessor: { key: handleOf('renewed'), becomes: 'ended' } })],
      ['limited', beginning({ limit: { max: 1, whenFull: 'displace' } })],
      ['refused', beginning({ limit: { max: 1, whenFull: 'refuse' } })]
    ]
    for (const [id, asked] of cases) {
      assert.equal(await scriptsOf(async () => await store.begin(handleOf(id), asked)), 1, id)
    }
    assert.equal(await scriptsOf(async () => await store.load(handleOf('ended'), OPEN)), 1)
    assert.equal(await scriptsOf(async () => await store.recordActivity(handleOf('ended'), 0)), 1)
    assert.equal(await scriptsOf(async () => await store.end(handleOf('renewed'), 'revoked')), 1)
  })

  it('refuses to begin without writing anything', async () => {
    await begin('one')
    await begin('anonymous', { terms: ANONYMOUS })
    const before = await everything()
    const predecessor = { key: handleOf('anonymous'), becomes: 'dropped' } as const
    assert.deepEqual(await begin('two', { predecessor, limit: { max: 1, whenFull: 'refuse' } }), { state: 'full' })
    assert.deepEqual(await everything(), before)
  })

  it('displaces the oldest by their sign-in, all above the limit, claimed for the caller', async () => {
    for (const id of ['first', 'second', 'third']) {
      await begin(id)
      server.advance(1)
    }
    await store.recordActivity(handleOf('first'), Number.MAX_SAFE_INTEGER)
    const begun = await begin('fourth', { limit: { max: 2, whenFull: 'displace' } })
    assert.deepEqual(endsOf(begun), [`${handleOf('first')} displaced`, `${handleOf('second')} displaced`])
    assert.deepEqual(
      (await store.list({ state: 'live', user: 'ada', limit: 9 })).rows.map(({ handle }) => handle).toSorted(),
      [handleOf('third'), handleOf('fourth')].toSorted()
    )
    assert.deepEqual((await store.claimEnds(9)).sessions, [])
    server.advance(CLAIM_LEASE_MS / 1000)
    assert.equal((await store.claimEnds(9)).sessions.length, 2)
  })

  it('counts no sessions of other users, no expired ones, and not the predecessor', async () => {
    await begin('over', { terms: { ...TERMS, expireAfter: 5, warnAfter: 2 } })
    await begin('eve', { user: 'eve' })
    server.advance(6)
    const limit = { max: 1, whenFull: 'refuse' } as const
    assert.equal((await begin('one', { limit })).state, 'begun')
    assert.equal(
      (await begin('renewed', { limit, predecessor: { key: handleOf('one'), becomes: 'renewed' } })).state, 'begun'
    )
    assert.deepEqual(
      await begin('again', { limit, predecessor: { key: handleOf('one'), becomes: 'renewed' } }),
      { state: 'over', session: { state: 'renewed', successors: [handleOf('renewed')] } }
    )
    assert.equal((await begin('more', { limit })).state, 'full')
  })

  it('is answered as it is when it was begun before, and over when that ended', async () => {
    const first = await begin('one', { startedAtMs: 5, lastActivityMs: Number.MAX_SAFE_INTEGER })
    assert.ok(first.state === 'begun')
    assert.deepEqual([first.session.record.startedAtMs, first.session.record.lastActivityMs], [5, first.session.nowMs])
    assert.deepEqual(await begin('one'), first)
    await store.end(handleOf('one'), 'logout')
    const over = await begin('one')
    assert.equal(over.state === 'over' && over.session.state, 'ended')
    assert.deepEqual(await store.load(handleOf('one'), OPEN), over.state === 'over' && over.session)
  })

  it('refuses an invalid time before it asks Redis', async () => {
    for (const ms of [NaN, Infinity, -Infinity]) {
      await assert.rejects(begin('one', { startedAtMs: ms }), { code: 'FST_SESSION_SECURITY_BAD_OPTION' })
      await assert.rejects(begin('one', { lastActivityMs: ms }), { code: 'FST_SESSION_SECURITY_BAD_OPTION' })
      await assert.rejects(store.recordActivity(handleOf('one'), ms), { code: 'FST_SESSION_SECURITY_BAD_OPTION' })
    }
    assert.deepEqual(withoutLayout(await client.keys('*')), [])
  })
})

describe('a predecessor', () => {
  it('that two requests renew at once has two successors, and ends with both', async () => {
    await begin('one')
    const renewals = await Promise.all(['a', 'b'].map(async id => await renew(id, 'one')))
    assert.deepEqual(renewals.map(({ state }) => state), ['begun', 'begun'])
    const session = await store.find(handleOf('one'))
    assert.deepEqual(session, { state: 'renewed', successors: [handleOf('a'), handleOf('b')] })
    assert.deepEqual(await renewed('a', 'a2'), 'begun')
    assert.deepEqual(
      (await store.end(handleOf('one'), 'revoked')).map(({ handle }) => handle).toSorted(),
      [handleOf('a2'), handleOf('b')].toSorted()
    )
    assert.deepEqual(await store.end(handleOf('one'), 'revoked'), [])
    const late = await renew('c', 'one')
    const successors = [handleOf('a2'), handleOf('b')]
    assert.deepEqual(late, { state: 'over', session: { state: 'renewed', successors } })
    assert.deepEqual(await store.find(handleOf('c')), { state: 'unknown' })
  })

  it('that ended is not renewed, and does not change', async () => {
    await begin('one')
    await store.end(handleOf('one'), 'revoked')
    const before = await everything()
    const begun = await renew('two', 'one')
    assert.equal(begun.state === 'over' && begun.session.state === 'ended' && begun.session.ended.reason, 'revoked')
    assert.deepEqual(await renew('two', 'unknown'), { state: 'over', session: { state: 'unknown' } })
    assert.deepEqual(await everything(), before)
  })

  it('has no end when it is renewed: neither its user nor the sweep finds it', async () => {
    await begin('one')
    await renew('two', 'one')
    assert.deepEqual(
      (await store.list({ state: 'live', user: 'ada', limit: 9 })).rows.map(({ handle }) => handle), [handleOf('two')]
    )
    assert.deepEqual((await store.list({ state: 'ended', user: 'ada', limit: 9 })).rows, [])
    assert.deepEqual(await store.stats(), { live: 1, ended: 0, expired: 0, pending: 0, lag: 0 })
  })

  it('has a bounded number of successors', async () => {
    await begin('one')
    const handles = Array.from({ length: MOST_SUCCESSORS }, (_, i) => `s${i}`)
    for (const id of handles) assert.equal((await renew(id, 'one')).state, 'begun')
    assert.equal((await renew('one more', 'one')).state, 'over')
    assert.deepEqual(await store.find(handleOf('one')), { state: 'renewed', successors: handles.map(handleOf) })
  })

  it('ends as a log-out when another user signs in, with its successors', async () => {
    await begin('one')
    await renew('two', 'one')
    const begun = await begin('eve', { user: 'eve', predecessor: { key: handleOf('one'), becomes: 'ended' } })
    assert.deepEqual(endsOf(begun), [`${handleOf('two')} logout`])
    assert.deepEqual(
      endsOf(await begin('bob', { user: 'bob', predecessor: { key: handleOf('unknown'), becomes: 'ended' } })), []
    )
  })

  it('that two requests renew at once is signed out as both, also without a user', async () => {
    for (const terms of [TERMS, ANONYMOUS]) {
      const predecessor = { key: handleOf(`old ${terms.warnAfter}`), becomes: 'renewed' } as const
      const [left, right] = [handleOf(`left ${terms.warnAfter}`), handleOf(`right ${terms.warnAfter}`)]
      await store.begin(predecessor.key, { contents: {}, terms })
      for (const key of [left, right]) await store.begin(key, { contents: {}, terms, predecessor })
      const ended = await store.end(left, 'logout')
      assert.deepEqual(ended.map(({ handle }) => handle), terms.isAuthenticated ? [left, right] : [])
      assert.notEqual((await store.find(right)).state, 'live')
    }
  })

  it('is the root of all that goes on from it, and only the root knows the members', async () => {
    const recordOf = async (id: string): Promise<string> =>
      String(await client.get(`fss:{0}s:${handleOf(id)}`)).split('\n')[0] ?? ''
    await begin('one')
    await renew('two', 'one')
    server.advance(5)
    await renew('three', 'two')
    await renew('late', 'one')
    for (const id of ['three', 'late']) assert.equal((await recordOf(id)).split(' ')[9], handleOf('one'))
    const [first = '', second = ''] = await Promise.all(['one', 'two'].map(recordOf))
    const [since, later] = [first, second].map(text => Number(/\d{10,}/.exec(text)?.[0]))
    assert.equal(first, `1 replaced ${handleOf('three')},${handleOf('late')} ${since} 1,2`)
    assert.equal(second, `1 renewed ${handleOf('one')} 1 ${later}`)
    assert.equal(later, Number(since) + 5000)
    assert.deepEqual(await store.find(handleOf('two')), await store.find(handleOf('one')))
    await store.end(handleOf('late'), 'logout')
    for (const id of ['one', 'two', 'three', 'late']) {
      assert.equal(await client.get(`fss:{0}s:${handleOf(id)}`), await recordOf(id), id)
    }
  })

  it('that is deleted ends no other: the members go on, and renewals find each other again', async () => {
    await begin('one')
    await renew('two', 'one')
    await client.del(`fss:{0}s:${handleOf('one')}`)
    await renew('three', 'two')
    await renew('late', 'two')
    const renewed = { state: 'renewed', successors: [handleOf('three'), handleOf('late')] }
    for (const id of ['one', 'two']) assert.deepEqual(await store.find(handleOf(id)), renewed)
    assert.equal((await store.end(handleOf('two'), 'logout')).length, 2)
  })

  it('stays known for as long as one that was renewed later may still be asked for', async () => {
    await begin('one')
    await renew('two', 'one')
    server.advance(300)
    await renew('three', 'two')
    server.advance(300)
    await renew('four', 'three')
    const [first, last] = await Promise.all(['one', 'three'].map(async id =>
      await client.pttl(`fss:{0}s:${handleOf(id)}`)
    ))
    assert.ok(first !== undefined && last !== undefined && first >= last)
  })

  it('that was anonymous has a tombstone for a while after a sign-in', async () => {
    await begin('anonymous', { terms: ANONYMOUS })
    await begin('ada')
    for (const id of ['anonymous', 'ada', 'unknown']) {
      await begin(
      `after ${id}`, { predecessor: { key: handleOf(id), becomes: 'dropped' } }
      )
    }
    assert.deepEqual(await store.find(handleOf('anonymous')), { state: 'renewed', successors: [] })
    assert.deepEqual(
      await store.update(handleOf('anonymous'), { set: { a: '1' }, remove: [] }), { state: 'renewed', successors: [] }
    )
    assert.equal((await store.find(handleOf('ada'))).state, 'live')
    server.advance(ANONYMOUS_RETENTION_SECONDS + 1)
    assert.deepEqual(await store.find(handleOf('anonymous')), { state: 'unknown' })
  })
})

describe('a load', () => {
  it('records the activity, and returns the one before', async () => {
    const { record } = liveIn(await begunOf('one'))
    server.advance(5)
    const loaded = liveIn(await store.load(handleOf('one'), OPEN))
    assert.deepEqual(
      [loaded.activityBeforeMs, loaded.record.lastActivityMs - record.lastActivityMs], [record.lastActivityMs, 5000]
    )
    server.advance(0.9)
    const within = liveIn(await store.load(handleOf('one'), OPEN))
    assert.deepEqual(
      [within.activityBeforeMs, within.record.lastActivityMs],
      [loaded.record.lastActivityMs, loaded.record.lastActivityMs]
    )
    assert.deepEqual(within.contents, { user: '"x"' })
    const passive = liveIn(await store.load(handleOf('one'), null))
    assert.deepEqual(passive.record, within.record)
  })

  it('moves the entry of the session in the index, also if the session is large', async () => {
    const text = JSON.stringify('x'.repeat(5000))
    await begin('one', { contents: { text, 'a\nb': '1' } })
    const began = await client.zscore('fss:{0}u:ada', handleOf('one')) // what no activity changes
    for (let i = 0; i < 3; i++) {
      server.advance(400)
      const loaded = liveIn(await store.load(handleOf('one'), OPEN))
      assert.deepEqual(loaded.contents, { text, 'a\nb': '1' })
      assert.equal(loaded.record.lastActivityMs - loaded.activityBeforeMs, 400_000)
      const [score, mine] = await Promise.all(
        [client.zscore('fss:{0}due', handleOf('one')), client.zscore('fss:{0}u:ada', handleOf('one'))]
      )
      assert.deepEqual([Number(score), mine], [loaded.nowMs + 600_000, began])
    }
  })

  it('takes over other timeouts, within the throttle too, and applies the stricter ones', async () => {
    await begin('one')
    const lax = liveIn(
      await store.load(
        handleOf('one'), { throttleMs: 60_000, timeouts: { warnAfter: 400, expireAfter: 800, absoluteTimeout: 9000 } }
      )
    )
    assert.deepEqual([lax.record.expireAfter, lax.record.absoluteTimeout], [800, 9000])
    server.advance(700)
    const before = await everything()
    const strict = liveIn(await store.load(handleOf('one'), OPEN)) // over by these: the caller ends it
    assert.deepEqual([strict.record, strict.activityBeforeMs], [lax.record, lax.record.lastActivityMs])
    assert.deepEqual(await everything(), before)
    server.advance(100)
    const over = await store.load(
      handleOf('one'), { throttleMs: 0, timeouts: { warnAfter: 400, expireAfter: 9000, absoluteTimeout: false } }
    )
    assert.equal(over.state, 'ended')
  })

  it('writes nothing of an anonymous session', async () => {
    await begin('anonymous', { terms: ANONYMOUS })
    server.advance(5)
    const before = await everything()
    assert.equal((await store.load(handleOf('anonymous'), OPEN)).state, 'live')
    assert.deepEqual(await everything(), before)
  })

  it('corrects a last activity ahead of the clock (G5: one clock)', async () => {
    const { record } = liveIn(await begunOf('one'))
    const key = `fss:{0}s:${handleOf('one')}`
    const text = String(await client.get(key))
    const ahead = record.lastActivityMs + 3_600_000
    await client.set(key, text.replace(` ${record.lastActivityMs} 300`, ` ${ahead} 300`))
    const loaded = liveIn(await store.load(handleOf('one'), { ...OPEN, throttleMs: 60_000 }))
    assert.deepEqual([loaded.activityBeforeMs, loaded.record.lastActivityMs], [ahead, loaded.nowMs])
    assert.deepEqual(liveIn(await store.find(handleOf('one'))).record, loaded.record)
  })

  it('counts a beginning ahead of the clock as now, and corrects it, for any last activity (G12)', async () => {
    const terms = { ...TERMS, absoluteTimeout: 1000 }
    await begin('one', { terms })
    const { record } = liveIn(await store.find(handleOf('one')))
    const key = `fss:{0}s:${handleOf('one')}`
    const text = String(await client.get(key))
    const began = String(record.startedAtMs + 3_600_000)
    await client.set(key, text.replace(String(record.startedAtMs), began))
    const { nowMs } = liveIn(await store.load(handleOf('one'), null))
    const loaded = liveIn(await store.load(handleOf('one'), { throttleMs: 60_000, timeouts: terms }))
    assert.equal(loaded.record.startedAtMs, nowMs)
    assert.deepEqual(liveIn(await store.find(handleOf('one'))).record, record)
    assert.equal(Number(await client.zscore('fss:{0}due', handleOf('one'))), nowMs + 600_000)
    assert.equal(await client.get(key), text)
  })

  it('of no session is needed for that: a sweep does it, from the far end of its index (G5: one clock)', async () => {
    for (let i = 0; i < 120; i++) await begin(`s${i}`)
    server.advance(-3600)
    try {
      for (let more = true; more;) ({ more } = await store.claimEnds(50))
      for (const { session: found } of (await store.list({ state: 'live', limit: 50 })).rows) {
        assert.ok(found.state === 'live' && found.record.lastActivityMs === found.nowMs)
        assert.equal(found.record.startedAtMs, found.nowMs)
      }
      server.advance(600)
      assert.equal((await store.stats()).expired, 120)
    } finally {
      server.advance(3600)
    }
  })

  it('is answered when Redis is full, and records all the same', async () => {
    await begin('one')
    server.advance(100)
    await client.config('SET', 'maxmemory', '1')
    try {
      const loaded = liveIn(await store.load(handleOf('one'), OPEN))
      assert.equal(loaded.record.lastActivityMs - loaded.activityBeforeMs, 100_000)
    } finally {
      await client.config('SET', 'maxmemory', '0')
    }
  })
})

function beginning (others: Partial<Beginning> = {}): Beginning {
  const { terms = TERMS } = others
  return { contents: { user: '"x"' }, terms, ...(terms.isAuthenticated ? { user: 'ada' } : {}), ...others }
}

async function begin (id: string, others: Partial<Beginning> = {}): Promise<Begun> {
  return await store.begin(handleOf(id), beginning(others))
}

async function begunOf (id: string): Promise<FoundSession> {
  const begun = await begin(id)
  assert.ok(begun.state === 'begun')
  return begun.session
}

async function renew (id: string, older: string): Promise<Begun> {
  return await begin(id, { predecessor: { key: handleOf(older), becomes: 'renewed' } })
}

async function renewed (older: string, id: string): Promise<string> {
  return (await renew(id, older)).state
}

function endsOf (begun: Begun): string[] {
  assert.ok(begun.state === 'begun')
  return begun.ended.map(({ handle, reason }) => `${handle} ${reason}`)
}

function liveIn<One extends FoundSession | Loaded> (session: One): Extract<One, { state: 'live' }> {
  assert.equal(session.state, 'live')
  return session as Extract<One, { state: 'live' }>
}

async function everything (): Promise<Record<string, string>> {
  const keys = withoutLayout(await client.keys('*')).toSorted()
  return Object.fromEntries(
    await Promise.all(keys.map(async key => [key, (await client.dumpBuffer(key)).toString('hex')]))
  )
}

async function scriptsOf (action: () => Promise<unknown>): Promise<number> {
  await client.config('RESETSTAT')
  await action()
  const stats = await client.info('commandstats')
  return [...stats.matchAll(/^cmdstat_eval(?:sha)?:calls=(\d+)/gm)].reduce((sum, [, calls]) => sum + Number(calls), 0)
}
