import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import fastifySession from '@fastify/session'
import type { SessionStore } from '@fastify/session'
import { RedisStore as ConnectRedis } from 'connect-redis'
import expressSession from 'express-session'
import type { Redis } from 'ioredis'
import { deadlineMs } from '../../src/core/policy.ts'
import type { ForeignPolicy } from '../../src/store/foreign/policy.ts'
import { ForeignStore } from '../../src/store/foreign/store.ts'
import type { ForeignStoreOptions } from '../../src/store/foreign/store.ts'
import { Turns } from '../../src/store/foreign/turns.ts'
import { fromSessionStore } from '../../src/store/from-session-store.ts'
import type { Beginning, EndedSession } from '../../src/store/store.ts'
import { CLAIM_LEASE_MS } from '../../src/store/limits.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import type { UnixRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import {
  AT_ONCE, TERMS, activityOf, alive, beginAnonymous, beginAs, contentsOf, predecessorOf, live, reasonOf, renew,
  signIn, stateOf
} from './contract-kit.ts'

type Callback = (error?: unknown, session?: unknown) => void

const UNAVAILABLE = { code: 'FST_SESSION_SECURITY_STORE_UNAVAILABLE', statusCode: 503 }
const NO_LIST = { code: 'FST_SESSION_SECURITY_NO_LISTING_STORE' }
const BAD_OPTION = { code: 'FST_SESSION_SECURITY_BAD_OPTION' }
const TIMEOUTS = { warnAfter: 5, expireAfter: 10, absoluteTimeout: 30 }

/** An id as long as real ones, which no text holds by chance. */
const ID = 'k9f3-an-id-that-nobody-may-see-2xQ'

let server: UnixRedisServer
let redis: Redis
before(async () => {
  server = await startRedis()
  redis = server.connect()
})
after(async () => await server.stop())

/** The stores that the suite runs on. Their own clocks stand still while that of the adapter is moved. */
const STORES: Readonly<Record<string, () => SessionStore>> = {
  'the MemoryStore of @fastify/session': () => memoryStore(),
  'the MemoryStore of express-session': () => new expressSession.MemoryStore(),
  'connect-redis': () => new ConnectRedis({ client: redis, prefix: `${Math.random()}:` })
}

for (const [name, newStore] of Object.entries(STORES)) {
  const open = (options: ForeignStoreOptions = {}): Opened => openOn(newStore(), options)

  describe(`fromSessionStore() on ${name}`, () => {
    it('keeps contents, user and device, and the record', async () => {
      const { store, clock } = open()
      const contents = { user: '"ada"', cart: '[1,{"a":null}]', '': '0', toString: '"x"' }
      const device = { address: '203.0.113.7', userAgent: 'x' }
      const key = await signIn(store, 's', { contents, device })
      assert.equal(key, 's')
      const loaded = alive(await store.load(key, null))
      assert.deepEqual([loaded.contents, loaded.user, loaded.device], [contents, 'ada', device])
      const startedAtMs = clock.nowMs
      assert.deepEqual(loaded.record, { ...TERMS, startedAtMs, lastActivityMs: startedAtMs })
      assert.deepEqual(await store.find('another'), { state: 'unknown' })
    })

    it('records the activity of a load, and says which one was known before', async () => {
      const { store, clock } = open()
      const key = await signIn(store, 's')
      const startedAtMs = clock.nowMs
      clock.advance(4)
      assert.equal(alive(await store.load(key, null)).record.lastActivityMs, startedAtMs)
      assert.equal(alive(await store.load(key, { throttleMs: 5000 })).record.lastActivityMs, startedAtMs)
      const loaded = alive(await store.load(key, AT_ONCE))
      assert.deepEqual([loaded.activityBeforeMs, loaded.record.lastActivityMs], [startedAtMs, startedAtMs + 4000])
      assert.equal(await activityOf(store, key), startedAtMs + 4000)
    })

    it('takes over different timeouts, and does not change a session that is over only by them', async () => {
      const { store, clock } = open()
      const key = await signIn(store, 's')
      const longer = { warnAfter: 50, expireAfter: 100, absoluteTimeout: false } as const
      assert.equal(alive(await store.load(key, { throttleMs: 1000, timeouts: longer })).record.expireAfter, 100)
      clock.advance(50)
      assert.equal(live(await store.find(key)).record.expireAfter, 100)
      const stricter = { warnAfter: 5, expireAfter: 10, absoluteTimeout: 30 }
      assert.equal(alive(await store.load(key, { throttleMs: 0, timeouts: stricter })).record.expireAfter, 100)
      assert.deepEqual((await store.end(key, 'idle')).map(({ reason }) => reason), ['idle'])
    })

    it('merges a reported activity, and never moves it back', async () => {
      const { store, clock } = open()
      const key = await signIn(store, 's')
      const startedAtMs = clock.nowMs
      clock.advance(6)
      for (const ago of [4000, 1000, 5000]) await store.recordActivity(key, clock.nowMs - ago)
      assert.equal(await activityOf(store, key), startedAtMs + 5000)
      const recorded = await store.recordActivity(key, clock.nowMs + 9e9)
      assert.deepEqual(recorded, {
        state: 'recorded', beforeMs: startedAtMs + 5000, lastActivityMs: clock.nowMs, nowMs: clock.nowMs
      })
      await assert.rejects(store.recordActivity(key, NaN), BAD_OPTION)
    })

    it('counts a session past its deadline as ended, whatever is asked', async () => {
      for (const [left, activities, reason] of [[10, 0, 'idle'], [5, 5, 'absolute']] as const) {
        const { store, clock, ends } = open()
        const key = await signIn(store, 's')
        const startedAtMs = clock.nowMs
        for (let i = 0; i < activities; i++) {
          clock.advance(5)
          await store.load(key, AT_ONCE)
        }
        const lastActivityMs = clock.nowMs
        clock.advance(left)
        const handle = store.handleOf('s')
        const ended = { handle, user: 'ada', reason, startedAtMs, lastActivityMs, endedAtMs: clock.nowMs }
        clock.advance(3)
        assert.deepEqual(await store.load(key, AT_ONCE), { state: 'ended', ended })
        assert.deepEqual(await store.load(key, null), { state: 'ended', ended })
        assert.deepEqual(await store.find(key), { state: 'ended', ended })
        assert.deepEqual(await store.recordActivity(key, clock.nowMs), { state: 'ended', ended })
        assert.deepEqual(await store.update(key, { set: { user: '"eve"' }, remove: [] }), { state: 'ended', ended })
        assert.deepEqual(ends, [ended])
        await store.acknowledge([ended.handle])
        assert.deepEqual(await store.find(key), { state: 'unknown' })
        assert.deepEqual(await store.end(key, 'logout'), [])
      }
    })

    it('keeps both edits of two requests of one process (G8)', async () => {
      const { store } = open()
      const key = await signIn(store, 's', { contents: { user: '"ada"', gone: '1' } })
      await Promise.all([
        store.update(key, { set: { a: '2' }, remove: ['gone'] }),
        store.update(key, { set: { b: '2' }, remove: ['never there'] }),
        store.load(key, AT_ONCE),
        store.recordActivity(key, 0)
      ])
      assert.deepEqual(await contentsOf(store, key), { user: '"ada"', a: '2', b: '2' })
    })

    it('writes nothing to a session that is over (G2)', async () => {
      const { store } = open()
      const [ended, gone] = [await signIn(store, 's'), await beginAnonymous(store, 'v', { a: '1' })]
      const [[end], none] = [await store.end(ended, 'revoked'), await store.end(gone, 'logout')]
      assert.deepEqual([end?.reason, end?.handle, none], ['revoked', store.handleOf('s'), []])
      for (const key of [ended, gone]) {
        assert.equal((await store.update(key, { set: { a: '2' }, remove: [] })).state, 'unknown')
        assert.equal((await store.recordActivity(key, 0)).state, 'unknown')
        assert.equal((await store.load(key, AT_ONCE)).state, 'unknown')
      }
    })

    it('refuses an edit that makes a session too large', async () => {
      const { store } = open({ maxSessionBytes: 100 })
      const key = await signIn(store, 's')
      const edit = store.update(key, { set: { two: `"${'x'.repeat(100)}"` }, remove: ['user'] })
      await assert.rejects(edit, { code: 'FST_SESSION_SECURITY_SESSION_TOO_LARGE' })
      assert.deepEqual(await contentsOf(store, key), { user: '"ada"' })
    })

    it('refuses an edit, or a renewal that takes over, when it gives a session too many fields', async () => {
      const { store } = open({ maxSessionFields: 2 })
      const key = await signIn(store, 's')
      await store.update(key, { set: { a: '1' }, remove: [] })
      const edit = store.update(key, { set: { b: '1' }, remove: [] })
      await assert.rejects(
        edit, { code: 'FST_SESSION_SECURITY_SESSION_TOO_LARGE', message: /"maxSessionFields" allows 2/ }
      )
      const predecessor = { key, becomes: 'renewed', takes: { except: ['b'] } } as const
      const renewal = signIn(store, 'next', { contents: { b: '1' }, predecessor })
      await assert.rejects(renewal, { code: 'FST_SESSION_SECURITY_SESSION_TOO_LARGE', message: /holds 3 fields/ })
      assert.deepEqual(await contentsOf(store, key), { user: '"ada"', a: '1' })
    })

    it('renews a session, and nothing stays under the old id', async () => {
      const { store, clock } = open()
      const key = await signIn(store, 'before')
      const startedAtMs = clock.nowMs
      clock.advance(5)
      const next = await renew(store, key, 'after', { lastActivityMs: startedAtMs })
      const { record } = live(await store.find(next))
      assert.deepEqual([record.startedAtMs, record.lastActivityMs], [startedAtMs, startedAtMs])
      assert.equal(await stateOf(store, key), 'unknown')
    })

    it('refuses to renew a session that is over, and writes nothing', async () => {
      const { store, clock } = open()
      const expired = await signIn(store, 'expired')
      clock.advance(10)
      const late = await beginAs(store, 'late', { predecessor: predecessorOf(expired, 'renewed') })
      assert.ok(late.state === 'over')
      assert.equal(reasonOf(late.session), 'idle')
      const never = await beginAs(store, 'late', { predecessor: predecessorOf('never', 'renewed') })
      assert.deepEqual(never, { key: 'late', state: 'over', session: { state: 'unknown' } })
      assert.equal(await stateOf(store, 'late'), 'unknown')
    })

    it('ends or drops the predecessor of a session', async () => {
      const { store } = open()
      const ada = await signIn(store, 'ada')
      const eve = await beginAs(store, 'eve', { user: 'eve', predecessor: predecessorOf(ada, 'ended') })
      assert.deepEqual(endsOf(eve).map(({ user, reason }) => [user, reason]), [['ada', 'logout']])
      const anonymous = await beginAnonymous(store, 'anonymous', { a: '1' })
      const bob = await beginAs(store, 'bob', { user: 'bob', predecessor: predecessorOf(anonymous, 'dropped') })
      assert.deepEqual(endsOf(bob), [])
      const none = await beginAs(store, 'none', { predecessor: predecessorOf('never', 'ended') })
      assert.deepEqual(endsOf(none), [])
      const spared = await beginAs(store, 'x', { predecessor: predecessorOf('bob', 'dropped') })
      assert.deepEqual(endsOf(spared), [])
      assert.deepEqual(await statesIn(store, 'ada', 'anonymous'), ['unknown', 'unknown'])
      assert.deepEqual(await statesIn(store, 'eve', 'bob', 'none', 'x'), ['live', 'live', 'live', 'live'])
    })

    it('keeps an anonymous session for its time from the last write, and then knows nothing of it', async () => {
      const { store, clock } = open()
      const key = await beginAnonymous(store, 'v', { cart: '[1]' })
      clock.advance(60)
      await store.load(key, AT_ONCE)
      const found = await store.update(key, { set: { cart: '[1,2]' }, remove: [] })
      assert.equal(live(found).record.lastActivityMs, clock.nowMs)
      clock.advance(99)
      const loaded = alive(await store.load(key, AT_ONCE))
      const { record: { isAuthenticated }, user, contents } = loaded
      assert.deepEqual([isAuthenticated, user, contents], [false, undefined, { cart: '[1,2]' }])
      assert.equal((await store.recordActivity(key, clock.nowMs)).state, 'live')
      clock.advance(1)
      assert.deepEqual(await store.load(key, AT_ONCE), { state: 'unknown' })
      assert.deepEqual(await store.end(key, 'logout'), [])
    })

    it('keeps a session\'s own cookie age', async () => {
      const { store } = open()
      const ages = ['{"maxAge":2592000000}', '{"maxAge":null}']
      for (const cookie of ages) {
        const key = await signIn(store, 's', { contents: { user: '"ada"', cookie } })
        await store.update(key, { set: { a: '1' }, remove: [] })
        assert.deepEqual(await contentsOf(store, key), { user: '"ada"', a: '1', cookie })
        await store.update(key, { set: {}, remove: ['cookie', 'a'] })
        assert.deepEqual(await contentsOf(store, key), { user: '"ada"' })
      }
    })

    it('stores the contents as @fastify/session does, and its record', async () => {
      const { store, foreign } = open()
      const contents = { user: '"ada"', cookie: '{"maxAge":60000}' }
      await signIn(store, 's', { contents })
      const session = JSON.parse(JSON.stringify(await rawGet(foreign, 's')))
      const { record } = live(await store.find('s'))
      assert.deepEqual(Object.keys(session).toSorted(), ['_session_security', 'cookie', 'user'])
      assert.deepEqual([session.user, session.cookie.originalMaxAge], ['ada', 60_000])
      assert.equal(
        Date.parse(session.cookie.expires), deadlineMs(record) + 3_600_000, 'an hour for requests that ask why'
      )
      assert.deepEqual([session._session_security.user, session._session_security.v], ['ada', 1])
    })

    it('adopts sessions of before: signed in as userOf says, from now on', async () => {
      const { store, foreign, clock, ends } = open()
      await rawSet(foreign, 's', { user: 'ada', cookie: cookieOf(3_600_000) })
      await rawSet(foreign, 'v', { cart: [1], cookie: { originalMaxAge: null } })
      clock.advance(100)
      const first = alive(await store.load('s', null))
      const { nowMs } = clock
      assert.deepEqual([first.record, first.user], [{ ...TERMS, startedAtMs: nowMs, lastActivityMs: nowMs }, 'ada'])
      assert.deepEqual(first.contents, { user: '"ada"', cookie: '{"maxAge":3600000}' }, 'with the age of its cookie')
      clock.advance(100)
      const timeouts = { warnAfter: 10, expireAfter: 20, absoluteTimeout: false } as const
      const adopted = alive(await store.load('s', { throttleMs: 1000, timeouts }))
      assert.deepEqual([adopted.record.startedAtMs, adopted.record.expireAfter], [clock.nowMs, 20])
      const anonymous = alive(await store.load('v', AT_ONCE))
      const { record: { isAuthenticated }, user, contents } = anonymous
      assert.deepEqual([isAuthenticated, user, contents], [false, undefined, { cart: '[1]' }])
      clock.advance(20)
      assert.equal(reasonOf(await store.find('s')), 'idle')
      assert.deepEqual(ends.map(({ user }) => user), ['ada'])
    })

    it('begins a session no later than now, whatever times it is given', async () => {
      const { store, clock } = open()
      const later = clock.nowMs + 5000
      const key = await signIn(store, 's', { startedAtMs: later, lastActivityMs: later })
      const { record } = live(await store.find(key))
      assert.deepEqual([record.startedAtMs, record.lastActivityMs], [clock.nowMs, clock.nowMs])
    })

    it('adopts an anonymous one for as long as its cookie was to live', async () => {
      const { store, foreign, clock } = open()
      await rawSet(foreign, 'v', { cart: [1], cookie: cookieOf(60_000, clock.nowMs) })
      assert.equal(alive(await store.load('v', null)).record.expireAfter, 60)
      clock.advance(60)
      assert.equal(await stateOf(store, 'v'), 'unknown')
    })

    it('adopts one by a reported activity too, and takes over the timeouts that come with that', async () => {
      const { store, foreign, clock } = open()
      await rawSet(foreign, 's', { user: 'ada', cookie: cookieOf(3_600_000) })
      await store.recordActivity('s', clock.nowMs)
      clock.advance(4)
      assert.equal(await activityOf(store, 's'), clock.nowMs - 4000, 'its record is stored')
      const longer = { warnAfter: 50, expireAfter: 100, absoluteTimeout: false } as const
      await store.recordActivity('s', clock.nowMs - 4000, longer)
      assert.equal(live(await store.find('s')).record.expireAfter, 100)
    })

    it('adopts no session that is over, and counts all as anonymous without userOf', async () => {
      const { foreign, store, clock } = open()
      await rawSet(foreign, 's', { user: 'ada', cookie: cookieOf(60_000, clock.nowMs) })
      const unbound = fromSessionStore(foreign, { clock: clock.now })
      assert.equal(alive(await unbound.load('s', AT_ONCE)).record.isAuthenticated, false)
      assert.equal(alive(await store.load('s', null)).record.isAuthenticated, true)
      clock.advance(61)
      assert.equal(await stateOf(store, 's'), 'unknown')
      assert.deepEqual(await store.end('s', 'logout'), [])
      assert.equal(await rawGet(foreign, 's'), undefined, 'a log-out removes it')
    })

    it('counts an unreadable record as none', async () => {
      const { store, foreign } = open()
      const good = { v: 1, startedAtMs: 1, lastActivityMs: 1, ...TIMEOUTS }
      const bad = [
        null, 'x', { v: 99 }, { ...good, startedAtMs: 'x' }, { ...good, user: 7 }, { ...good, user: '' },
        { ...good, anonymous: 'no' }, { ...good, device: { address: 1 } }, { ...good, device: { other: 'x' } }, {
          ...good, device: { address: 'x'.repeat(201) }
        },
        { ...good, ownAge: 1 }
      ]
      for (const record of bad) {
        await rawSet(foreign, 's', { user: 'ada', cookie: {}, _session_security: record })
        assert.equal(alive(await store.load('s', null)).record.isAuthenticated, true, JSON.stringify(record))
      }
    })

    it('answers a check, and has no lists, limits or tokens', async () => {
      const { store } = open()
      await store.check()
      assert.deepEqual([store.canList, store.freshForMs, store.keyOf('x')], [false, 1000, 'x'])
      await assert.rejects(store.list(), NO_LIST)
      await assert.rejects(store.stats(), NO_LIST)
      await assert.rejects(store.tokens.count(), NO_LIST)
      await assert.rejects(store.tokens.revoke('x'), /tokens\.revoke\(\) needs a store that can list/)
      await assert.rejects(beginAs(store, 's', { limit: { max: 1, whenFull: 'refuse' } }), NO_LIST)
      assert.deepEqual(await store.claimEnds(), { sessions: [], more: false, lagMs: 0 })
      await store.acknowledge(['no such handle'])
    })
  })
}

describe('fromSessionStore() notifies of expired sessions', () => {
  it('once, by the first verb that finds them, and drops the session at the acknowledgement', async () => {
    const { store, foreign, clock, ends } = openOn(memoryStore())
    const key = await signIn(store, 's')
    clock.advance(10)
    assert.equal(ends.length, 0)
    await Promise.all([store.load(key, AT_ONCE), store.find(key), store.load(key, null)])
    const notified = ends.map(({ handle, reason, user }) => [handle, reason, user])
    assert.deepEqual(notified, [[store.handleOf(key), 'idle', 'ada']])
    assert.deepEqual(await store.end(key, 'logout'), [], 'that is under way')
    assert.notEqual(await rawGet(foreign, key), undefined)
    await store.acknowledge([store.handleOf(key)])
    assert.equal(await rawGet(foreign, key), undefined)
    assert.equal(await stateOf(store, key), 'unknown')
  })

  it('again without an acknowledgement in time', async () => {
    const { store, clock, ends } = openOn(memoryStore())
    const key = await signIn(store, 's')
    clock.advance(10)
    await store.find(key)
    clock.advance(CLAIM_LEASE_MS / 1000)
    await store.find(key)
    assert.equal(ends.length, 2)
    await store.acknowledge([store.handleOf(key)])
    await store.find(key)
    assert.equal(ends.length, 2)
  })

  it('by the caller of end(), which receives the end by the deadline', async () => {
    const { store, clock, ends } = openOn(memoryStore())
    const key = await signIn(store, 's')
    clock.advance(10)
    assert.deepEqual((await store.end(key, 'logout')).map(({ reason }) => reason), ['idle'])
    assert.deepEqual([ends.length, await stateOf(store, key)], [0, 'unknown'])
  })
})

describe('fromSessionStore() on connect-redis', () => {
  it('has Redis forget a session an hour after it is over, and later after an activity', async () => {
    const prefix = 'ttl:'
    const { store, clock } = openOn(new ConnectRedis({ client: redis, prefix }))
    const key = await signIn(store, 's')
    const anonymous = await beginAnonymous(store, 'v', { a: '1' })
    assert.deepEqual([await redis.ttl(prefix + key), await redis.ttl(prefix + anonymous)], [3610, 100])
    clock.advance(8)
    await store.load(key, AT_ONCE)
    assert.equal(await redis.ttl(prefix + key), 3618)
  })

  it('uses one command for a load, and one more for an activity', async () => {
    const { store } = openOn(new ConnectRedis({ client: redis, prefix: 'count:' }))
    const key = await signIn(store, 's')
    const commands = async (work: () => Promise<unknown>): Promise<number> => {
      const processed = async (): Promise<number> => {
        return Number(/total_commands_processed:(\d+)/.exec(await redis.info('stats'))?.[1])
      }
      const start = await processed()
      await work()
      return await processed() - start - 1
    }
    assert.equal(await commands(async () => await store.load(key, null)), 1)
    assert.equal(await commands(async () => await store.load(key, { throttleMs: 60_000, timeouts: TIMEOUTS })), 1)
    assert.equal(await commands(async () => await store.load(key, AT_ONCE)), 2)
  })

  it('counts text that is no JSON as no session, and a log-out removes it', async () => {
    const { store, warnings } = openOn(new ConnectRedis({ client: redis, prefix: 'bad:' }))
    await redis.set(`bad:${ID}`, '{"user":')
    assert.deepEqual(await store.load(ID, AT_ONCE), { state: 'unknown' })
    assert.deepEqual(warnings, [{ handle: store.handleOf(ID) }])
    assert.deepEqual(await store.end(ID, 'logout'), [])
    assert.equal(await redis.exists(`bad:${ID}`), 0)
  })

  it('is unavailable while Redis is, and recovers', async () => {
    const own = await startRedis()
    try {
      const client = own.connect({ maxRetriesPerRequest: 0, enableOfflineQueue: false, retryStrategy: () => 20 })
      const { store } = openOn(new ConnectRedis({ client }))
      await wait(50)
      const key = await signIn(store, 's')
      await own.kill()
      await assert.rejects(store.load(key, AT_ONCE), UNAVAILABLE)
      await assert.rejects(store.check(), UNAVAILABLE)
      await own.restart()
      for (let i = 0; i < 100 && client.status !== 'ready'; i++) await wait(20)
      await store.check()
      assert.equal(await stateOf(store, key), 'unknown')
    } finally {
      await own.stop()
    }
  })
})

describe('fromSessionStore() trusts no store (G10)', () => {
  it('shares no object with a store that returns its own objects', async () => {
    const { store, foreign } = openOn(memoryStore())
    const held = { user: 'ada', cart: [1], cookie: {} }
    await rawSet(foreign, 's', held)
    const loaded = alive(await store.load('s', AT_ONCE))
    held.cart.push(2)
    assert.deepEqual(loaded.contents, { user: '"ada"', cart: '[1]' })
    assert.notEqual(await rawGet(foreign, 's'), held, 'what the load wrote is another object')
  })

  it('counts garbage as no session, logs it by handle, and a log-out removes it', async () => {
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    const throwing = Object.defineProperty({}, 'x', { enumerable: true, get () { throw new Error(ID) } })
    const revoked = Proxy.revocable({}, {})
    revoked.revoke()
    for (const garbage of [7, 'text', true, [1], circle, throwing, revoked.proxy, { big: 1n }, () => {}]) {
      const removed: string[] = []
      const { store, warnings } = openOn(fake({
        get: (_id, done) => done(null, garbage),
        destroy: (id, done) => { removed.push(id); done() }
      }))
      assert.deepEqual(await store.load(ID, AT_ONCE), { state: 'unknown' })
      assert.deepEqual(warnings, [{ handle: store.handleOf(ID) }])
      assert.deepEqual([await store.end(ID, 'logout'), removed], [[], [ID]])
    }
    const odd = openOn(fake({ get: (_id, done) => done(null, { then () {}, user: 'ada' }) }))
    assert.equal(alive(await odd.store.load(ID, null)).user, 'ada', 'a function that is called "then" is no promise')
    for (const nothing of [undefined, null, false, '']) {
      const { store, warnings } = openOn(fake({
        get: (_id, done) => done(null, nothing),
        destroy: () => { throw new Error('there is nothing to remove') }
      }))
      assert.deepEqual([await store.load(ID, AT_ONCE), warnings], [{ state: 'unknown' }, []])
      assert.deepEqual(await store.end(ID, 'logout'), [])
    }
  })

  it('reads the readable attributes of a cookie, and ignores the others', async () => {
    for (const originalMaxAge of ['x', -5, 0, NaN, {}]) {
      const { store } = openOn(fake({
        get: (_id, done) => done(null, { a: 1, cookie: { originalMaxAge, expires: 'x' } })
      }))
      assert.equal(alive(await store.load(ID, null)).record.expireAfter, 86_400)
    }
    for (const age of [-1, 60_000]) {
      const expires = Date.now() + age
      for (const date of [expires, new Date(expires), new Date(expires).toISOString()]) {
        const { store } = openOn(fake({ get: (_id, done) => done(null, { a: 1, cookie: { expires: date } }) }))
        assert.equal(await stateOf(store, ID), age < 0 ? 'unknown' : 'live')
      }
    }
  })

  it('gives a store the life of a session as maxAge too, which some stores use', async () => {
    const ages: number[] = []
    const { store } = openOn(fake({
      set: (_id, { cookie }, done) => { ages.push(cookie.maxAge); done() }
    }))
    await signIn(store, ID)
    assert.ok(ages.every(age => age > 3_600_000 && age <= 3_600_000 + 10_000))
    assert.equal(ages.length, 1)
  })

  it('does not bring a session back that is renewed while an edit of it is being written', async () => {
    const held = memoryStore()
    const { store } = openOn(fake({
      get: (id, done) => held.get(id, done),
      set (id, session, done) {
        const write = (): void => held.set(id, session as never, done)
        if (id === 'before') setImmediate(() => setImmediate(write))
        else write()
      },
      destroy: (id, done) => held.destroy(id, done)
    }))
    const key = await signIn(store, 'before')
    const renewal = { predecessor: predecessorOf(key, 'renewed') }
    await Promise.all([store.update(key, { set: { a: '1' }, remove: [] }), beginAs(store, 'after', renewal)])
    assert.deepEqual(await statesIn(store, 'before', 'after'), ['unknown', 'live'])
  })

  it('restores no session of before whose values have names that a session needs itself', async () => {
    for (const text of ['{"__proto__":{"user":"eve"}}', '{"save":1}']) {
      const { store, warnings } = openOn(fake({ get: (_id, done) => done(null, JSON.parse(text)) }))
      assert.deepEqual(await store.load(ID, AT_ONCE), { state: 'unknown' })
      assert.deepEqual(warnings, [{ handle: store.handleOf(ID) }])
    }
  })

  it('is unavailable when a store calls back with an error, throws or rejects, and names no id (G9)', async () => {
    const problem = Object.assign(new Error(`cannot open /sessions/${ID}.json`), { command: { args: [ID] } })
    const ways: ReadonlyArray<(done: Callback) => unknown> = [
      done => done(problem),
      done => setImmediate(done, problem),
      done => done(String(problem)),
      done => done(Object.create(null)),
      () => { throw problem },
      async () => { throw problem },
      async () => await Promise.reject(undefined) // eslint-disable-line prefer-promise-reject-errors
    ]
    for (const way of ways) {
      const broken = fake({ get: (_id, done) => way(done) })
      const { store } = openOn(broken)
      await assert.rejects(store.load(ID, AT_ONCE), error => {
        assert.ok(error instanceof Error)
        const { message, stack, cause } = error
        assert.deepEqual([Reflect.get(error, 'code'), Reflect.get(error, 'statusCode')], Object.values(UNAVAILABLE))
        assert.equal(typeof Reflect.get(error, 'why'), 'string')
        assert.equal(JSON.stringify({ ...error, message, stack, cause }).includes(ID), false)
        return true
      })
      const held = memoryStore()
      const failing = openOn(fake({
        get: (id, done) => held.get(id, done),
        set: (_id, _session, done) => way(done),
        destroy: (_id, done) => way(done)
      }))
      await signIn(openOn(held).store, ID)
      await assert.rejects(failing.store.load(ID, AT_ONCE), UNAVAILABLE)
      await assert.rejects(failing.store.end(ID, 'logout'), UNAVAILABLE)
    }
  })

  it('names no id that a store writes as in an address or as JSON, and keeps little of a long text', async () => {
    const id = 'an id/that "nobody" may see'
    for (const text of [id, encodeURIComponent(id), JSON.stringify(id), `${id} ${'x'.repeat(1000)}`]) {
      const { store } = openOn(fake({ get: (_id, done) => done(new Error(`cannot read ${text}`)) }))
      await assert.rejects(store.load(id, AT_ONCE), error => {
        const why = String(Reflect.get(Object(error), 'why'))
        assert.match(why, /^Error: cannot read "?\(id\)/)
        assert.ok(why.length <= 300)
        return true
      })
    }
  })

  it('logs for how long it waited for a store that hangs', async () => {
    const { store } = openOn(fake({ get: () => {} }), { commandTimeout: 0.05 })
    await assert.rejects(store.load(ID, AT_ONCE), { ...UNAVAILABLE, why: 'the store did not answer within 0.05 s' })
  })

  it('ends a session in a store of files whose file is gone meanwhile', async () => {
    const held = memoryStore()
    await signIn(openOn(held).store, ID)
    const { store } = openOn(fake({
      get: (id, done) => held.get(id, done),
      destroy: (_id, done) => done(Object.assign(new Error('no such file'), { code: 'ENOENT', syscall: 'unlink' }))
    }))
    assert.deepEqual((await store.end(ID, 'logout')).map(({ reason }) => reason), ['logout'])
  })

  it('leaves the old session alone when the new one cannot be stored', async () => {
    const held = memoryStore()
    const { store } = openOn(fake({
      get: (id, done) => held.get(id, done),
      set: (id, session, done) => id === 'after' ? done(new Error('full')) : held.set(id, session as never, done),
      destroy: (id, done) => held.destroy(id, done)
    }))
    const key = await signIn(store, 'before')
    await assert.rejects(renew(store, key, 'after'), UNAVAILABLE)
    assert.equal(await stateOf(store, key), 'live')
  })

  it('counts ENOENT of a store of files as no session, but not that of a missing socket', async () => {
    const missing = (syscall: string): Error => Object.assign(new Error('no such file'), { code: 'ENOENT', syscall })
    const files = openOn(fake({ get: (_id, done) => done(missing('open')) }))
    assert.deepEqual(await files.store.load(ID, AT_ONCE), { state: 'unknown' })
    const socket = openOn(fake({ get: (_id, done) => done(missing('connect')) }))
    await assert.rejects(socket.store.load(ID, AT_ONCE), UNAVAILABLE)
  })

  it('hears the first of several callbacks, at once or late, also after a throw', async () => {
    const ways: ReadonlyArray<(done: Callback, session: unknown) => unknown> = [
      (done, session) => { done(null, session); done(new Error('twice')) },
      (done, session) => { setImmediate(() => { done(null, session); setTimeout(done, 5, new Error('twice')) }) },
      (done, session) => { done(null, session); throw new Error('after its callback') },
      async (done, session) => { done(null, session); throw new Error('after its callback') },
      async (done, session) => { setTimeout(done, 5, null, session) } // its promise resolves before it calls back
    ]
    const held = memoryStore()
    await signIn(openOn(held).store, ID)
    const session = await rawGet(held, ID)
    for (const way of ways) {
      const { store } = openOn(fake({ get: (_id, done) => way(done, session) }))
      assert.equal(await stateOf(store, ID), 'live')
    }
    await wait(10)
  })

  it('is unavailable in time when a store hangs, also for calls that wait for their turn', async () => {
    let calls = 0
    const late: Callback[] = []
    const { store } = openOn(fake({ get: (_id, done) => { calls++; late.push(done) } }), { commandTimeout: 0.05 })
    const edit = { set: {}, remove: [] }
    const verbs = [store.load(ID, AT_ONCE), store.find(ID), store.update(ID, edit), store.end(ID, 'logout')]
    for (const outcome of await Promise.allSettled(verbs)) {
      assert.equal(outcome.status === 'rejected' ? outcome.reason.code : outcome.status, UNAVAILABLE.code)
    }
    assert.ok(calls < verbs.length, 'nothing is asked that nobody waits for')
    await assert.rejects(store.check(), UNAVAILABLE)
    for (const done of late) done(null, { user: 'ada', cookie: {} }) // nobody listens
  })

  it('writes nothing for a request that was answered meanwhile', async () => {
    const written: string[] = []
    const late: Callback[] = []
    const { store } = openOn(fake({
      get: (_id, done) => { late.push(done) },
      set: (id, _session, done) => { written.push(id); done() }
    }), { commandTimeout: 0.05 })
    await assert.rejects(store.load(ID, AT_ONCE), UNAVAILABLE)
    for (const done of late) done(null, { user: 'ada', cookie: {} })
    await wait(10)
    assert.deepEqual(written, [])
  })

  it('refuses a value that is no store, and unknown options', () => {
    for (const store of [undefined, null, {}, { get () {}, set () {} }, 'redis']) {
      assert.throws(() => fromSessionStore(store as unknown as SessionStore), BAD_OPTION)
    }
    const refused = { code: 'FST_SESSION_SECURITY_UNKNOWN_OPTION' }
    assert.throws(() => fromSessionStore(memoryStore(), { ttl: 1 } as ForeignStoreOptions), refused)
    for (const commandTimeout of [0, -1, NaN, 61, '1']) {
      assert.throws(() => fromSessionStore(memoryStore(), { commandTimeout } as ForeignStoreOptions), BAD_OPTION)
    }
  })

  it('refuses times and timeouts that are none, and writes nothing', async () => {
    const { store } = openOn(memoryStore())
    const bad: ReadonlyArray<Partial<Beginning>> = [
      { startedAtMs: NaN }, { lastActivityMs: Infinity }, { terms: { ...TERMS, expireAfter: NaN } }
    ]
    for (const beginning of bad) await assert.rejects(beginAs(store, 's', beginning), BAD_OPTION)
    assert.equal(await stateOf(store, 's'), 'unknown')
    const key = await signIn(store, 's')
    await assert.rejects(store.recordActivity(key, 0, { ...TERMS, expireAfter: NaN }), BAD_OPTION)
    assert.equal(live(await store.find(key)).record.expireAfter, TERMS.expireAfter)
  })

  it('corrects a last activity ahead of the clock', async () => {
    const { store, foreign, clock } = openOn(memoryStore())
    const times = { startedAtMs: 1, lastActivityMs: Number.MAX_SAFE_INTEGER }
    const record = { v: 1, ...times, ...TIMEOUTS, absoluteTimeout: false, user: 'ada' }
    await rawSet(foreign, 's', { user: 'ada', cookie: {}, _session_security: record })
    await store.update('s', { set: { a: '1' }, remove: [] })
    const { cookie: { expires } } = await rawGet(foreign, 's') as { cookie: { expires: Date | null } }
    assert.ok(Number.isFinite(new Date(expires ?? NaN).getTime()), 'stores take the life of a session from it')
    const { activityBeforeMs } = alive(await store.load('s', null))
    const recorded = await store.recordActivity('s', 0)
    assert.ok(recorded.state === 'recorded')
    assert.deepEqual([activityBeforeMs, recorded.beforeMs, recorded.lastActivityMs], Array(3).fill(clock.nowMs))
    clock.advance(1)
    assert.equal(alive(await store.load('s', { throttleMs: 60_000 })).record.lastActivityMs, clock.nowMs - 1000)
    await rawSet(foreign, 's', { user: 'ada', cookie: {}, _session_security: record })
    assert.equal(alive(await store.load('s', { throttleMs: 60_000 })).record.lastActivityMs, clock.nowMs)
  })

  for (const act of ['load', 'recordActivity'] as const) {
    it(`corrects a beginning and a last activity ahead of the clock (${act})`, async () => {
      const { store, foreign, clock } = openOn(memoryStore())
      const ahead = Number.MAX_SAFE_INTEGER
      for (const times of [
        { startedAtMs: 1, lastActivityMs: ahead }, { startedAtMs: ahead, lastActivityMs: clock.nowMs }
      ]) {
        const record = { v: 1, ...times, ...TIMEOUTS, absoluteTimeout: false, user: 'ada' }
        await rawSet(foreign, 's', { user: 'ada', cookie: {}, _session_security: record })
        await store.update('s', { set: { a: '1' }, remove: [] })
        await (act === 'load' ? store.load('s', { throttleMs: 60_000 }) : store.recordActivity('s', clock.nowMs))
        const { startedAtMs, lastActivityMs } = alive(await store.load('s', null)).record
        assert.deepEqual([startedAtMs, lastActivityMs], [Math.min(times.startedAtMs, clock.nowMs), clock.nowMs])
      }
    })
  }
})

describe('the turns of an id', () => {
  it('come one after the other, whatever fails, and leave nothing behind', async () => {
    const turns = new Turns()
    const log: string[] = []
    const work = (name: string, ms: number) => async (): Promise<void> => {
      log.push(`${name} begins`)
      await wait(ms)
      log.push(`${name} ends`)
      if (name === 'b') throw new Error('b')
    }
    const results = await Promise.allSettled([
      turns.take(['1'], work('a', 10)), turns.take(['1', '2'], work('b', 5)), turns.take(['2', '1'], work('c', 0))
    ])
    assert.deepEqual(results.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled'])
    assert.deepEqual(log, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
    await wait(0)
    assert.equal(turns.size, 0)
  })

  it('of different ids do not wait for each other', async () => {
    const turns = new Turns()
    const hangs = turns.take(['1'], async () => await wait(50, 'late'))
    assert.equal(await Promise.race([hangs, turns.take(['2'], async () => 'at once')]), 'at once')
    await hangs
  })
})

interface Opened {
  readonly store: ForeignStore
  readonly foreign: SessionStore
  readonly clock: FakeClock
  readonly ends: readonly EndedSession[]
  readonly warnings: readonly object[]
}

/** Opens an adapter as a plugin binds it. Its clock begins now, as other stores use their own times. */
function openOn (foreign: SessionStore, options: ForeignStoreOptions = {}): Opened {
  const clock = new FakeClock()
  clock.nowMs = Date.now()
  const store = fromSessionStore(foreign, { clock: clock.now, ...options })
  assert.ok(store instanceof ForeignStore)
  const ends: EndedSession[] = []
  const warnings: object[] = []
  const policy: ForeignPolicy = {
    identityOf (values) {
      const user: unknown = Reflect.get(values, 'user')
      return typeof user === 'string' ? { isAuthenticated: true, user } : { isAuthenticated: false }
    },
    timeouts: TIMEOUTS,
    onEnded: ended => { ends.push(...ended) }
  }
  store.bindPolicy(policy)
  store.bind({ info () {}, warn: details => { warnings.push(details) }, error () {} })
  return { store, foreign, clock, ends, warnings }
}

function memoryStore (): SessionStore {
  const MemoryStore = fastifySession.MemoryStore as unknown as new () => SessionStore
  return new MemoryStore()
}

interface Methods {
  get (id: string, done: Callback): unknown
  set (id: string, session: { readonly cookie: { readonly maxAge: number } }, done: Callback): unknown
  destroy (id: string, done: Callback): unknown
}

/** A store with the given methods. The others answer at once. */
function fake (methods: Partial<Methods>): SessionStore {
  const all: Methods = {
    get: (_id, done) => done(null),
    set: (_id, _session, done) => done(),
    destroy: (_id, done) => done(),
    ...methods
  }
  return all as SessionStore
}

/** As @fastify/session stores one. */
function cookieOf (maxAge: number, nowMs = Date.now()): object {
  return { originalMaxAge: maxAge, expires: new Date(nowMs + maxAge), path: '/', httpOnly: true }
}

async function rawGet (store: SessionStore, id: string): Promise<unknown> {
  return await new Promise((resolve, reject) => {
    store.get(id, (error, session) => error == null ? resolve(session ?? undefined) : reject(error))
  })
}

async function rawSet (store: SessionStore, id: string, session: object): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    store.set(id, session as never, error => error == null ? resolve() : reject(error))
  })
}

function endsOf (begun: { readonly state: string, readonly ended?: readonly EndedSession[] }): readonly EndedSession[] {
  assert.equal(begun.state, 'begun')
  return begun.ended ?? []
}

async function statesIn (store: ForeignStore, ...keys: readonly string[]): Promise<string[]> {
  return await Promise.all(keys.map(async key => await stateOf(store, key)))
}
