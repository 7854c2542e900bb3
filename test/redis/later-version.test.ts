import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { Redis } from 'ioredis'
import { RedisStore } from '../../src/redis.ts'
import { handleOf } from '../../src/store/handle.ts'
import { CLAIM_LEASE_MS } from '../../src/store/limits.ts'
import type { SessionVerbs } from '../../src/store/store.ts'
import type { UnixRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import type { RedisCluster } from '../helpers/redis-cluster.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { CONFIDENTIAL, putForward } from './corrupt-records.ts'

const TERMS = { isAuthenticated: true, warnAfter: 300, expireAfter: 600, absoluteTimeout: false } as const
const ADAS = { contents: { user: '"ada"' }, terms: TERMS, user: 'ada' } as const
const LATER = { state: 'later' } as const
const CODE = { code: 'FST_SESSION_SECURITY_LATER_VERSION', statusCode: 503 }

const handle = handleOf('id')
const base = 'fss:{0}'
const keyOf = (name: string): string => `${base}s:${name}`

/** The stored text of the later version, with contents of its own kind. */
const MADE: Record<string, string> = {
  'a live one': `2 live ${CONFIDENTIAL}\nuser\n"ada"`,
  'one that has ended': '2 ended',
  'one of version 10': '10 x',
  'contents with line breaks, which look like records': `2 ${CONFIDENTIAL}\n1 live\n\n1 live 1 1 9 9 - eve\n\n`,
  'a record that is longer than records are': `3 ${'y'.repeat(5000)}`,
  'more contents than records are long': `3 y\na\n${'x'.repeat(5000)}`
}

/** The verbs about one session, and their answers if a later version keeps that session. */
const VERBS: Record<string, readonly [(store: SessionVerbs) => Promise<unknown>, unknown]> = {
  'load, passive': [async store => await store.load(handle, null), LATER],
  'load, active': [async store => await store.load(handle, { throttleMs: 0, timeouts: TERMS }), LATER],
  find: [async store => await store.find(handle), LATER],
  update: [async store => await store.update(handle, { set: { user: '"bob"' }, remove: ['a'] }), LATER],
  recordActivity: [async store => await store.recordActivity(handle, Number.MAX_SAFE_INTEGER), LATER],
  'recordActivity with timeouts': [
    async store => await store.recordActivity(handle, 0, { ...TERMS, expireAfter: 1 }), LATER
  ],
  endOthers: [async store => await store.endOthers(handle, 'ada', 'revoked'), null],
  'begin with its key': [async store => await store.begin(handle, ADAS), { state: 'over', session: LATER }],
  'begin that renews it': [
    async store => await store.begin(handleOf('new'), { ...ADAS, predecessor: { key: handle, becomes: 'renewed' } }),
    { state: 'over', session: LATER }
  ],
  'begin that ends it': [async store => await begun(store, 'ended'), 'begun'],
  'begin that drops it': [async store => await begun(store, 'dropped'), 'begun'],
  'begin with a limit of one': [
    async store => (await store.begin(handleOf('new'), { ...ADAS, limit: { max: 1, whenFull: 'displace' } })).state,
    'begun'
  ],
  acknowledge: [async store => await store.acknowledge([handleOf('other')]), undefined]
}

let server: UnixRedisServer
let client: Redis
let store: RedisStore
let lines: object[]
before(async () => {
  server = await startRedis({ clock: true })
  client = server.connect()
})
after(async () => await server.stop())
beforeEach(async () => {
  await client.flushall()
  store = new RedisStore({ client, commandTimeout: 10 })
  lines = []
  const note = (details: object): void => { lines.push(details) }
  store.bind({ info: note, warn: note, error: note })
})

async function begun (store: SessionVerbs, becomes: 'ended' | 'dropped'): Promise<string> {
  const beginning = await store.begin(handleOf('new'), { ...ADAS, predecessor: { key: handle, becomes } })
  if (beginning.state === 'begun') assert.deepEqual(beginning.ended, [])
  return beginning.state
}

/** A session that is signed in, and that a later version has taken over since. */
async function takeOver (name: string, text: string): Promise<void> {
  await store.begin(name, ADAS)
  await client.set(keyOf(name), text, 'PX', 10_000_000)
}

/** Returns all that Redis holds of a session: key, life and index entries. */
async function heldOf (name: string): Promise<unknown> {
  const indexes = ['due', 'u:ada'].map(async index => await client.zscore(base + index, name) !== null)
  return [await client.dumpBuffer(keyOf(name)), await client.pexpiretime(keyOf(name)), await Promise.all(indexes)]
}

describe('a session that a later version keeps', () => {
  for (const [what, text] of Object.entries(MADE)) {
    for (const [verb, [ask, answer]] of Object.entries(VERBS)) {
      it(`${what}: ${verb} says so, and does not change it`, async () => {
        await takeOver(handle, text)
        const before = await heldOf(handle)
        assert.deepEqual(await ask(store), answer)
        assert.deepEqual(await heldOf(handle), before)
        assert.ok(!JSON.stringify(lines).includes(CONFIDENTIAL))
      })
    }

    it(`${what}: end() does nothing and says so, for every reason`, async () => {
      await takeOver(handle, text)
      const before = await heldOf(handle)
      for (const reason of ['logout', 'revoked', 'idle'] as const) await assert.rejects(store.end(handle, reason), CODE)
      assert.deepEqual(await heldOf(handle), before)
      assert.deepEqual(lines, [{ handle }], 'one line, however often it is met')
    })

    it(`${what}: endUser() and endOthers() end the others, and say how many they left`, async () => {
      const own = handleOf('own')
      await takeOver(handle, text)
      const before = await heldOf(handle)
      for (const name of ['one', 'two']) await store.begin(handleOf(name), ADAS)
      await store.begin(own, ADAS)
      assert.equal((await store.endOthers(own, 'ada', 'revoked'))?.length, 2)
      assert.deepEqual(lines, [{ left: 1 }])
      let left = 0
      const ended = await store.endUser('ada', 'revoked', { onLeft: count => { left = count } })
      assert.deepEqual([ended.map(({ handle }) => handle), left], [[own], 1])
      assert.deepEqual(await heldOf(handle), before)
    })

    it(`${what}: lists leave it out, and the sweep leaves it for the later version`, async () => {
      await takeOver(handle, text)
      const before = await client.dumpBuffer(keyOf(handle))
      for (const state of ['live', 'ended', 'expired'] as const) {
        for (const order of [undefined, 'ends-first', 'ends-last'] as const) {
          for (const user of [undefined, 'ada']) {
            const query = {
              state, limit: 10, ...(order === undefined ? {} : { order }), ...(user === undefined ? {} : { user })
            }
            assert.deepEqual((await store.list(query)).rows, [])
          }
        }
      }
      assert.equal((await store.list({ state: 'live', limit: 10 })).later, 1)
      await putForward(client, keyOf(handle), handle)
      for (let i = 0; i < 3; i++) {
        const { sessions, more } = await store.claimEnds(10)
        assert.deepEqual([sessions, more], [[], false])
        server.advance(CLAIM_LEASE_MS / 1000)
      }
      assert.deepEqual(await client.dumpBuffer(keyOf(handle)), before)
      for (const index of ['due', 'open']) assert.notEqual(await client.zscore(base + index, handle), null, index)
    })
  }

  it('endUser() ends all others of a user, however many the later version keeps, wherever they stand', async () => {
    const before = new Map<string, unknown>()
    for (let i = 0; i < 260; i++) {
      const name = handleOf(String(i))
      if (i % 2 === 0 || i > 200) await takeOver(name, '2 x')
      else await store.begin(name, ADAS)
    }
    // Some began ahead of the clock: it was set back since.
    for (const i of [0, 1, 2, 3, 202, 203]) await client.zincrby(`${base}u:ada`, 3_600_000_000, handleOf(String(i)))
    const later = Array.from({ length: 260 }, (_, i) => i)
      .filter(i => i % 2 === 0 || i > 200).map(i => handleOf(String(i)))
    for (const name of later) before.set(name, await heldOf(name))
    let left = 0
    const ended = await store.endUser('ada', 'revoked', { onLeft: count => { left = count } })
    assert.deepEqual([ended.length, left], [260 - later.length, later.length])
    assert.equal((await store.list({ state: 'live', user: 'ada', limit: 100 })).rows.length, 0)
    for (const name of later) assert.deepEqual(await heldOf(name), before.get(name))
    const signIn = { ...ADAS, arrival: { order: 0, atMs: 0 } }
    assert.equal((await store.begin(handleOf('before'), signIn)).state, 'revoked', 'its mark stands')
  })
})

describe('a family of which a later version keeps a part', () => {
  const [root, member, twin, next] =
    ['root', 'member', 'twin', 'next'].map(handleOf) as [string, string, string, string]
  const renewed = async (key: string, from: string) =>
    await store.begin(key, { ...ADAS, predecessor: { key: from, becomes: 'renewed' } })
  const later = '2 x'

  it('a renewal that it took over: the old handle leads there, and neither renews nor logs out', async () => {
    await store.begin(root, ADAS)
    await renewed(member, root)
    await takeOver(member, later)
    const before = await heldOf(member)
    assert.deepEqual(await store.find(root), { state: 'renewed', successors: [member] })
    const { state } = await renewed(next, root)
    assert.equal(state, 'over')
    for (const reason of ['logout', 'revoked'] as const) await assert.rejects(store.end(root, reason), CODE)
    assert.deepEqual(await heldOf(member), before)
  })

  it('a root that it took over: only the later version knows the successors of its members', async () => {
    await store.begin(root, ADAS)
    await renewed(member, root)
    await renewed(next, member)
    await takeOver(root, later)
    const before = await heldOf(root)
    assert.deepEqual(await store.find(member), LATER)
    assert.deepEqual(await store.load(member, null), LATER)
    assert.equal((await renewed(twin, member)).state, 'over')
    await assert.rejects(store.end(member, 'revoked'), CODE)
    assert.equal((await store.find(next)).state, 'live')
    assert.equal((await store.end(next, 'revoked')).length, 1, 'of a living one, only that one ends')
    assert.deepEqual(await heldOf(root), before)
  })

  it('a twin that it took over: a log-out ends the others, and says that one is left', async () => {
    await store.begin(root, ADAS)
    for (const key of [member, twin]) await renewed(key, root)
    await takeOver(twin, later)
    const before = await heldOf(twin)
    assert.equal((await renewed(next, root)).state, 'begun')
    const renewal = { state: 'renewed', successors: [member, twin, next] }
    assert.deepEqual(await store.find(root), renewal, 'the twin stays')
    await assert.rejects(store.end(member, 'logout'), CODE)
    for (const key of [member, next]) assert.equal((await store.find(key)).state, 'ended')
    assert.deepEqual(await heldOf(twin), before)
    server.advance(CLAIM_LEASE_MS / 1000)
    assert.equal((await store.claimEnds(10)).sessions.length, 2)
  })
})

describe('on a Cluster', () => {
  it('a predecessor in another shard: a sign-in succeeds, and the predecessor stays', async () => {
    const cluster = await startCluster(2)
    try {
      const client = cluster.connect()
      const store = new RedisStore({ client, commandTimeout: 10 })
      const [former, next] = [
        store.idFor('former', 'ada'), store.idFor('next', 'bob')
      ].map(id => store.handleOf(id)) as [string, string]
      assert.notEqual(former.slice(0, 2), next.slice(0, 2))
      await store.begin(former, ADAS)
      const key = await keyIn(cluster, former)
      await client.set(key, '2 x')
      const bobs = { contents: {}, terms: TERMS, user: 'bob' } as const
      for (const [becomes, state] of [['ended', 'begun'], ['renewed', 'over'], ['dropped', 'begun']] as const) {
        const begun = await store.begin(next, { ...bobs, predecessor: { key: former, becomes } })
        assert.equal(begun.state, state)
        await client.del(await keyIn(cluster, next))
      }
      assert.equal(await client.get(key), '2 x')
      assert.deepEqual((await store.find(former)).state, 'later')
    } finally {
      await cluster.stop()
    }
  })
})

async function keyIn ({ nodes }: RedisCluster, name: string): Promise<string> {
  const keys = await Promise.all(nodes.map(async ({ client }) => await client.keys(`*s:${name}`)))
  return keys.flat()[0] ?? ''
}
