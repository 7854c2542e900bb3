import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { Redis } from 'ioredis'
import { RedisStore } from '../../src/redis.ts'
import { handleOf } from '../../src/store/handle.ts'
import type { UnixRedisServer } from '../helpers/redis-server.ts'
import { until } from '../helpers/redis-process.ts'
import { startRedis } from '../helpers/redis-server.ts'

const TERMS = { protected: true, warnAfter: 5, expireAfter: 10, absoluteTimeout: false } as const
const DAY = 86_400

let server: UnixRedisServer
let client: Redis
before(async () => {
  server = await startRedis({ clock: true })
  client = server.connect({ enableAutoPipelining: true })
})
after(async () => await server.stop())
beforeEach(async () => { await client.flushall() })

describe('the sweep of several nodes', () => {
  it('shares what is due: each session is claimed by one node, in bounded batches, without a leader (G6)', async () => {
    const nodes = Array.from({ length: 4 }, () => new RedisStore({ client: server.connect() }))
    const handles = await open(2000)
    server.advance(10)
    const claimed = await Promise.all(nodes.map(async node => await sweep(node, 50)))
    assert.deepEqual(claimed.flat().toSorted(), handles.toSorted())
    assert.ok(claimed.every(share => share.length > 0), `shares of ${claimed.map(share => share.length).join(', ')}`)
    assert.equal(await client.zcard('fss:{u0}open'), 0)
  })

  it('catches up with what came due while no node ran, up to a day later', async () => {
    const handles = await open(100)
    server.advance(DAY)
    assert.deepEqual((await sweep(store())).toSorted(), handles.toSorted())
  })

  it('looks at no more than it was asked to, though it finds sessions that have been touched since', async () => {
    await open(300)
    server.advance(5)
    const node = store()
    for (let i = 0; i < 300; i++) await node.touch(handleOf(`s${i}`), Number.MAX_SAFE_INTEGER) // now, 5 s on: the index stays
    server.advance(5)
    await client.config('RESETSTAT')
    assert.deepEqual(await node.claimDue(10), { sessions: [], more: true })
    const looks = /cmdstat_hget:calls=(\d+)/.exec(await client.info('commandstats'))?.[1]
    assert.equal(Number(looks), 10)
    assert.deepEqual(await sweep(node), [])
    server.advance(5)
    assert.equal((await sweep(node)).length, 300)
  })

  it('goes from shard to shard, one session at a time if asked to, until none is due anywhere', async () => {
    const handles = await open(40)
    server.advance(10)
    assert.deepEqual((await sweep(store(), 1)).toSorted(), handles.toSorted())
  })

  it('tells a session at its deadline though the index was moved only now and then', async () => {
    const [handle = ''] = await open(1)
    const node = store()
    for (let i = 0; i < 30; i++) {
      server.advance(7)
      assert.equal((await node.touch(handle, Number.MAX_SAFE_INTEGER)).state, 'touched')
      assert.deepEqual(await sweep(node), [])
    }
    server.advance(9.999)
    assert.deepEqual(await sweep(node), [])
    server.advance(0.001)
    assert.deepEqual(await sweep(node), [handle])
  })
})

describe('nothing is left', () => {
  it('of the contents of sessions that ended, however they did (G9)', async () => {
    const node = store()
    const [swept = '', signedOut = '', claimed = ''] = await open(3, 'ada')
    await node.end(signedOut, 'logout')
    server.advance(10)
    await node.claim(claimed)
    assert.deepEqual(await sweep(node), [swept])
    for (const key of await client.keys('*}s:*')) assert.deepEqual(await client.hkeys(key), ['@'])
  })

  it('of the index of a user who signs in 10,000 times but what is alive, or ended within the retention', async () => {
    const node = store()
    const handles = await open(10_000, 'ada')
    server.advance(9)
    for (const handle of handles.slice(0, 7)) await node.touch(handle, Number.MAX_SAFE_INTEGER)
    server.advance(9)
    assert.equal((await sweep(node)).length, 9993)
    assert.equal(await entries('due'), 7)
    assert.equal((await node.list({ state: 'live', user: 'ada', limit: 100 })).rows.length, 7)
    assert.equal(await entries('u:ada'), 10_000) // what has ended stands behind what is alive, and is not looked at for that list
    for (const handle of handles.slice(0, 7)) await node.end(handle, 'revoked')
    server.advance(DAY)
    await open(100, 'ada', 'again') // in every shard
    assert.equal(await entries('u:ada'), 100)
  })

  it('of the index of a user whom the session has no more', async () => {
    const node = store()
    const [handle = ''] = await open(1, 'ada')
    await node.settle(handle, { terms: TERMS, user: 'eve' })
    assert.deepEqual([await entries('u:ada'), await entries('u:eve')], [0, 1])
    await node.settle(handle, { terms: { ...TERMS, protected: false } })
    assert.deepEqual([await entries('u:eve'), await entries('due')], [0, 0])
  })

  it('of index entries whose session somebody else deleted', async () => {
    const node = store()
    const handles = await open(200, 'ada')
    await client.del(...handles.map(handle => new RegExp(`s:${handle}$`)).flatMap(name => keys.filter(key => name.test(key))))
    server.advance(60)
    assert.deepEqual(await sweep(node), [])
    assert.equal(await entries('due'), 0)
    await open(200, 'ada', 'again')
    assert.equal(await entries('u:ada'), 200)
  })

  it('when all sessions have ended, were told, and the retention has passed', async () => {
    const node = store()
    const handles = await open(300, 'ada')
    for (const handle of handles.slice(0, 100)) await node.end(handle, 'logout')
    await node.create(handleOf('visitor'), {}, { ...TERMS, protected: false })
    await node.create(handleOf('gone'), {}, { ...TERMS, protected: false })
    await node.end(handleOf('gone'), 'logout')
    server.advance(10)
    await sweep(node)
    server.advance(60) // the ends of the log-outs, which nobody told
    assert.equal((await sweep(node)).length, 100)
    assert.equal((await node.list({ state: 'ended', limit: 500 })).rows.length, 300)
    server.advance(DAY)
    await sweep(node)
    assert.deepEqual((await client.keys('*')).filter(key => !/\}(?:u:ada|left)$/.test(key)), [])
    server.advance(3600 + 10) // an index may live an hour longer than what it names
    await until('Redis has let all keys go', async () => await client.dbsize() === 0)
  })

  it('even when nobody sweeps any more: keys have lives of their own', async () => {
    const node = store()
    const handles = await open(50, 'ada')
    for (const handle of handles.slice(0, 25)) await node.end(handle, 'revoked')
    server.advance(10 + 10 + DAY + 3600 + 1) // deadline, slack, retention, and an hour for the indexes
    await until('Redis has let all keys go', async () => await client.dbsize() === 0)
  })
})

let keys: string[] = []

function store (): RedisStore {
  return new RedisStore({ client, commandTimeout: 60 }) // thousands of commands at once
}

async function open (count: number, user?: string, name = 's'): Promise<string[]> {
  const node = store()
  const handles = Array.from({ length: count }, (_, i) => handleOf(`${name}${i}`))
  await Promise.all(handles.map(async handle => await node.create(handle, { user: '"ada"' }, TERMS)))
  if (user !== undefined) await Promise.all(handles.map(async handle => await node.settle(handle, { terms: TERMS, user })))
  keys = await client.keys('*')
  return handles
}

/** Claims and acknowledges until nothing is due. */
async function sweep (node: RedisStore, limit = 100): Promise<string[]> {
  const told: string[] = []
  for (let more = true; more;) {
    const batch = await node.claimDue(limit)
    assert.ok(batch.sessions.length <= limit)
    const handles = batch.sessions.map(({ handle }) => handle)
    await node.acknowledge(handles)
    told.push(...handles)
    more = batch.more
  }
  return told
}

/** How many entries the indexes of that name have, over all shards. */
async function entries (index: string): Promise<number> {
  const cards = await Promise.all((await client.keys(`*}${index}`)).map(async key => await client.zcard(key)))
  return cards.reduce((sum, card) => sum + card, 0)
}
