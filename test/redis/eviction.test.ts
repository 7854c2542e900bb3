import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { after, before, describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import type { RedisClient } from '../../src/redis.ts'
import { RedisStore } from '../../src/redis.ts'
import { handleOf } from '../../src/store/handle.ts'
import { CLAIM_LEASE_MS } from '../../src/store/store.ts'
import { buildApp } from '../helpers/app.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import type { LogCapture } from '../helpers/log-capture.ts'
import type { RedisCluster } from '../helpers/redis-cluster.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { until } from '../helpers/redis-process.ts'
import type { UnixRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { ACL_COMMANDS, ACL_FOR_A_CLUSTER, ACL_FOR_THE_WARNING, aclRules } from './acl.ts'

const TERMS = { protected: true, warnAfter: 300, expireAfter: 600, absoluteTimeout: false } as const
const USER = { username: 'sessions', password: 'pass' }
const REFUSED = 'refused'
const EVICTS = 'this Redis evicts keys when its memory is full, and with them live sessions: set maxmemory-policy to noeviction'

describe('a Redis that evicts', () => {
  for (const policy of ['allkeys-lru', 'volatile-ttl']) {
    it(`is warned of at registration, once, by its policy (${policy})`, async t => {
      const client = await serve(t, ['--maxmemory', '100mb', '--maxmemory-policy', policy])
      const log = await register(t, client)
      assert.deepEqual(warnings(log), [{ policy, msg: EVICTS }])
    })
  }

  for (const [what, args] of [
    ['keeps everything, within bounds', ['--maxmemory', '100mb', '--maxmemory-policy', 'noeviction']],
    ['has no bounds, and so never needs its policy', ['--maxmemory', '0', '--maxmemory-policy', 'allkeys-lru']],
    ['is as it comes', []]
  ] as const) {
    it(`is not what one is that ${what}`, async t => {
      const log = await register(t, await serve(t, args))
      assert.deepEqual(log.ours(40), [])
    })
  }

  it('is not found out by a user who may not ask, and nothing else comes of that', async t => {
    const client = await serve(t, ['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'], async server => {
      await setUser(server.connect(), ACL_COMMANDS)
      return server.connect({ ...USER, enableReadyCheck: false })
    })
    await assert.rejects(client.info(), /NOPERM/)
    const log = await register(t, client)
    assert.deepEqual(log.ours(40), [])
  })

  it('does not keep an application from starting while it is away', async t => {
    const client = await serve(t, ['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'], async server => {
      const late = server.connect()
      await late.ping()
      server.pause()
      return late
    })
    const { log } = await open(t, client)
    assert.deepEqual(log.ours(40), [])
  })
})

describe('a Cluster', () => {
  let cluster: RedisCluster
  before(async () => { cluster = await startCluster(2) })
  after(async () => await cluster.stop())

  it('is warned of when one of its masters evicts, by a client that knows none of them yet', async t => {
    await cluster.nodes[1]?.client.config('SET', 'maxmemory', '100mb')
    await cluster.nodes[1]?.client.config('SET', 'maxmemory-policy', 'allkeys-lru')
    const client = cluster.connect({ lazyConnect: true })
    assert.deepEqual(client.nodes('master'), [])
    const { log } = await open(t, client)
    await until('there is a warning', () => log.ours(40).length > 0)
    assert.deepEqual(warnings(log), [{ policy: 'allkeys-lru', msg: EVICTS }])
  })

  it('asks no more of a user than its own commands and the way', async () => {
    for (const { client } of cluster.nodes) await setUser(client, [...ACL_COMMANDS, ...ACL_FOR_A_CLUSTER])
    const store = new RedisStore({ client: cluster.connect({ redisOptions: { ...USER, enableReadyCheck: false } }), commandTimeout: 10 })
    await store.check()
    const handles = Array.from({ length: 40 }, (_, i) => handleOf(`s${i}`))
    for (const handle of handles) assert.equal((await store.create(handle, { user: '"ada"' }, TERMS)).state, 'live')
    for (const handle of handles) assert.equal((await store.end(handle, 'revoked'))?.reason, 'revoked')
  })
})

describe('the rights of an ACL user that the README names', () => {
  let server: UnixRedisServer
  let admin: Redis
  before(async () => {
    server = await startRedis({ clock: true })
    admin = server.connect()
  })
  after(async () => await server.stop())

  it('are enough for every verb, with every reply as that of a user who may do anything', async () => {
    const free = await everyVerb(admin)
    assert.ok(free.length > 30 && !free.includes(REFUSED))
    await setUser(admin, [...ACL_COMMANDS, ...ACL_FOR_THE_WARNING])
    assert.deepEqual(await everyVerb(server.connect(USER)), free)
  })

  for (const command of ACL_COMMANDS) {
    it(`are not enough without ${command}`, async () => {
      await setUser(admin, ACL_COMMANDS)
      const client = server.connect({ ...USER, enableReadyCheck: false })
      const answers = await everyVerb(client)
      await setUser(admin, ACL_COMMANDS.filter(other => other !== command))
      assert.notDeepEqual(await everyVerb(client), answers)
      client.disconnect()
    })
  }

  it('let it touch no key but those with the prefix', async () => {
    await setUser(admin, ACL_COMMANDS)
    const store = new RedisStore({ client: server.connect({ ...USER, enableReadyCheck: false }), prefix: 'other:' })
    await assert.rejects(store.create(handleOf('id'), {}, TERMS), { code: 'FST_SESSION_SECURITY_STORE_UNAVAILABLE', why: /^NOPERM/ })
  })

  /** What each verb answers, in all its ways: errors too, and without what differs from time to time. */
  async function everyVerb (client: Redis): Promise<unknown[]> {
    await admin.flushall()
    await admin.script('FLUSH')
    const store = new RedisStore({ client })
    const [one, two, three, heir, visitor] = ['one', 'two', 'three', 'heir', 'visitor'].map(handleOf) as [string, string, string, string, string]
    const answers: unknown[] = []
    const ask = async (verb: () => Promise<unknown>): Promise<void> => { answers.push(await verb().catch(() => REFUSED)) }
    await ask(async () => await store.check())
    for (const handle of [one, two, three]) {
      await ask(async () => await store.create(handle, { user: '"ada"', a: '1' }, TERMS))
      await ask(async () => await store.settle(handle, { terms: TERMS, user: 'ada' }))
    }
    await ask(async () => await store.create(one, { user: '"bob"' }, TERMS))
    await ask(async () => await store.settle(one, { terms: TERMS, user: 'bob', startedAtMs: 'now' }))
    await ask(async () => await store.update(two, { set: { b: '2' }, remove: ['a'] }))
    await ask(async () => await store.touch(two, 0, { ...TERMS, expireAfter: 60 }))
    await ask(async () => await store.load(two))
    await ask(async () => await store.create(visitor, {}, { ...TERMS, protected: false }))
    await ask(async () => await store.update(visitor, { set: { a: '1' }, remove: [] }, TERMS))
    for (const cursor of await cursors(store)) await ask(async () => await store.list({ state: 'live', limit: 1, cursor }))
    await ask(async () => await store.list({ state: 'live', user: 'ada', limit: 10 }))
    await ask(async () => await store.list({ state: 'live', order: 'newest', limit: 1, cursor: `~5:${one}` }))
    await ask(async () => await store.stats())
    await ask(async () => await store.admit(two, 'ada', { max: 2, whenFull: 'displace' }))
    await ask(async () => await store.admit(two, 'ada', { max: 1, whenFull: 'refuse' }))
    await ask(async () => await store.tokens.track({ id: 'jti', user: 'ada', expiresAtMs: 4e12 }))
    await ask(async () => await store.tokens.find('jti'))
    await ask(async () => await store.tokens.revokeUser('ada'))
    await ask(async () => await store.end(three, 'logout'))
    await ask(async () => await store.create(heir, {}, TERMS))
    await ask(async () => await store.settle(heir, { terms: TERMS, replaces: three }))
    await ask(async () => await store.end(one, 'revoked'))
    await ask(async () => await store.claim(one))
    await ask(async () => await store.acknowledge([one]))
    server.advance(60) // the second is over
    for (let i = 0; i < 2; i++) {
      await ask(async () => await claimed(store))
      server.advance(CLAIM_LEASE_MS / 1000)
    }
    server.advance(86_400) // and forgotten
    await ask(async () => await claimed(store))
    answers.push((await admin.keys('fss:*')).toSorted())
    for (const handle of [one, two, three, heir]) await ask(async () => await store.find(handle))
    return JSON.parse(JSON.stringify(answers, (key, value: unknown) => key.endsWith('Ms') || key === 'cursor' ? typeof value : value))
  }
})

/** What is due, in an order that does not depend on where a sweep begins. */
async function claimed (store: RedisStore): Promise<string[]> {
  return (await store.claimDue(10)).sessions.map(({ handle }) => handle).toSorted()
}

/** Places in the list: its beginning, behind an entry, and where an entry was that has moved. */
async function cursors (store: RedisStore): Promise<string[]> {
  const { cursor, rows: [row] } = await store.list({ state: 'live', limit: 1 }).catch(() => ({ cursor: null, rows: [] }))
  if (cursor === null || row === undefined) return []
  return [cursor, cursor.replace(/:\d+:/, ':5:')]
}

async function setUser (client: Redis, commands: readonly string[]): Promise<void> {
  await client.call('ACL', 'SETUSER', USER.username, 'reset', 'on', `>${USER.password}`, ...aclRules(commands))
}

/** A server of its own, until the test is over. */
async function serve (t: TestContext, args: readonly string[], connect = async (server: UnixRedisServer): Promise<Redis> => server.connect()): Promise<Redis> {
  const server = await startRedis({ args })
  t.after(async () => await server.stop())
  return await connect(server)
}

async function open (t: TestContext, client: RedisClient): Promise<{ readonly log: LogCapture }> {
  const clock = new FakeClock()
  const store = new RedisStore({ client, clock: clock.now, commandTimeout: 0.2 })
  const { app, log } = await buildApp({ kit: { name: 'RedisStore', open: () => ({ store, clock, held: async () => NaN }) } })
  t.after(async () => await app.close())
  return { log }
}

/** Waits until the store has had its answer: replies come in the order of the questions. */
async function register (t: TestContext, client: Redis): Promise<LogCapture> {
  const { log } = await open(t, client)
  await client.call('TIME')
  await setImmediate()
  return log
}

function warnings (log: LogCapture): Array<{ readonly policy: unknown, readonly msg: string }> {
  return log.ours(40).map(({ policy, msg }) => ({ policy, msg }))
}
