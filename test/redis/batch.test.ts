import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Redis } from 'ioredis'
import { StoreUnavailableError } from '../../src/errors.ts'
import { RedisStore } from '../../src/redis.ts'
import { handleOf } from '../../src/store/handle.ts'
import type { LoadActivity } from '../../src/store/store.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { redisOfSuite } from '../helpers/redis-of-suite.ts'

const TERMS = { isAuthenticated: true, warnAfter: 300, expireAfter: 600, absoluteTimeout: false } as const
const ANONYMOUS = { ...TERMS, isAuthenticated: false } as const
const AT_ONCE: LoadActivity = { throttleMs: 0 }
const HANDLES = Array.from({ length: 60 }, (_, i) => handleOf(`s${i}`))

const redis = redisOfSuite({ clock: true })

describe('the calls of one turn of the event loop about several sessions', () => {
  it('are one script for at most fifty of them', async () => {
    const store = await open()
    assert.equal(await scripts(async () => await load(store, HANDLES.slice(0, 50))), 1)
    assert.equal(await scripts(async () => await load(store, HANDLES.slice(0, 52))), 2)
    assert.equal(await scripts(async () => await load(store, HANDLES.slice(0, 50), AT_ONCE)), 1)
    assert.equal(await scripts(async () => await record(store, HANDLES.slice(0, 50))), 1)
    assert.equal(await scripts(async () => { await record(store, HANDLES); await load(store, HANDLES) }), 4)
  })

  it('are several scripts when the sessions are large, so that no other caller waits long', async () => {
    const store = await open()
    const text = JSON.stringify('x'.repeat(60_000))
    await Promise.all(
      HANDLES.map(async handle => await store.update(handle, { set: { text, 'a\nb': '1' }, remove: [] }))
    )
    for (const activity of [null, AT_ONCE]) {
      const count = await scripts(async () => {
        const loaded = await Promise.all(HANDLES.slice(0, 20).map(async handle => await store.load(handle, activity)))
        const contents = loaded.map(session => session.state === 'live' && session.contents)
        assert.deepEqual(
          contents, HANDLES.slice(0, 20).map(handle => ({ id: JSON.stringify(handle), text, 'a\nb': '1' }))
        )
      })
      assert.equal(count, 7, 'three at a time, as many as make 128 KiB')
    }
  })

  it('are answered as if each was alone', async () => {
    const store = await open()
    const [ended = '', renewed = '', ...live] = HANDLES.slice(0, 20)
    const [successor, anonymous, nobody] = [
      'successor', 'anonymous', 'nobody'
    ].map(handleOf) as [string, string, string]
    await store.end(ended, 'revoked')
    await store.begin(successor, { contents: {}, terms: TERMS, predecessor: { key: renewed, becomes: 'renewed' } })
    await store.begin(anonymous, { contents: {}, terms: ANONYMOUS })
    const asked = [ended, ...live.slice(0, 9), anonymous, nobody, renewed, ...live.slice(9)]
    redis.server.advance(2)
    const loaded = await Promise.all(
      asked.map(async (handle, i) => await store.load(handle, i % 2 === 0 ? { ...AT_ONCE, timeouts: TERMS } : null))
    )
    const recorded = await record(store, asked)
    const others = { [ended]: 'ended', [renewed]: 'renewed', [anonymous]: 'live' }
    for (const [i, handle] of asked.entries()) {
      const session = loaded[i]
      assert.equal(session?.state, live.includes(handle) ? 'live' : others[handle] ?? 'unknown')
      assert.equal(recorded[i], live.includes(handle) ? 'recorded' : others[handle] ?? 'unknown')
      if (session?.state !== 'live') continue
      assert.deepEqual(session.contents, handle === anonymous ? {} : { id: JSON.stringify(handle) })
      const isRecorded = i % 2 === 0 && handle !== anonymous
      assert.equal(session.record.lastActivityMs - session.activityBeforeMs, isRecorded ? 2000 : 0)
    }
  })

  it('are done in their order, also with calls about one session', async () => {
    const store = await open()
    const [handle = ''] = HANDLES
    redis.server.advance(5)
    const [recorded, found] = await Promise.all(
      [store.recordActivity(handle, Number.MAX_SAFE_INTEGER), store.find(handle)]
    )
    assert.ok(recorded.state === 'recorded' && found.state === 'live')
    assert.equal(found.record.lastActivityMs, recorded.lastActivityMs)

    redis.server.advance(5)
    const [again, read] = await Promise.all(
      [store.recordActivity(handle, Number.MAX_SAFE_INTEGER), store.load(handle, null)]
    )
    assert.ok(again.state === 'recorded' && read.state === 'live')
    assert.equal(read.record.lastActivityMs, again.lastActivityMs)
  })

  it('fail for the sessions that Redis refuses, and not for the others', async () => {
    await begin(await open(), 'eve')
    const asked = [...HANDLES.slice(0, 10), handleOf('eve'), ...HANDLES.slice(10, 20)]
    const rights = [
      '+@all', ...['layout', 's:*', 'due', 'open', 'past', 'none', 'u:ada'].map(name => `~fss:{0}${name}`)
    ]
    await redis.client.acl('SETUSER', 'not-eves', 'on', 'nopass', ...rights)
    const store = new RedisStore({
      client: redis.server.connect({ username: 'not-eves', password: '' }), commandTimeout: 10
    })
    for (const verb of [
      async (handle: string) => await store.load(handle, AT_ONCE),
      async (handle: string) => await store.recordActivity(handle, Number.MAX_SAFE_INTEGER)
    ]) {
      redis.server.advance(100) // the entry is to be moved
      const results = await Promise.allSettled(asked.map(verb))
      for (const [i, result] of results.entries()) {
        assert.equal(result.status, asked[i] === handleOf('eve') ? 'rejected' : 'fulfilled')
        if (result.status !== 'rejected') continue
        assert.ok(result.reason instanceof StoreUnavailableError)
        assert.match(result.reason.why, /can't access/)
      }
    }
    assert.equal((await store.recordActivity(HANDLES[0] ?? '', 0)).state, 'recorded', 'one refusal is no outage')
  })

  it('need no memory when Redis is full, and fail after one script if Redis refuses all', async () => {
    const store = await open()
    await redis.client.config('SET', 'maxmemory', '1')
    try {
      redis.server.advance(100)
      assert.equal(await scripts(async () => await load(store, HANDLES.slice(0, 10), AT_ONCE)), 1)
      assert.equal(await scripts(async () => await record(store, HANDLES.slice(0, 10))), 1)
    } finally {
      await redis.client.config('SET', 'maxmemory', '0')
    }
    await redis.client.call('ACL', 'SETUSER', 'default', '-set', '-setrange', '-zrem')
    try {
      for (
        const verb of [
          async (handle: string) => await store.load(handle, AT_ONCE),
          async (handle: string) => await store.recordActivity(handle, 0)
        ]
      ) {
        const count = await scripts(async () => {
          const results = await Promise.allSettled(HANDLES.slice(0, 10).map(verb))
          assert.ok(results.every(({ status }) => status === 'rejected'))
        })
        assert.equal(count, 1)
      }
    } finally {
      await redis.client.call('ACL', 'SETUSER', 'default', '+set', '+setrange', '+zrem')
    }
  })

  it('are one script for each shard of a Cluster', async () => {
    const cluster = await startCluster(2)
    try {
      const store = new RedisStore({ client: cluster.connect(), commandTimeout: 10 })
      const handles = HANDLES.map((handle, i) => (i % 12).toString(16).padStart(2, '0') + handle)
      await fill(store, handles)
      const count = async (deed: () => Promise<unknown>): Promise<number> => {
        return await scripts(deed, cluster.nodes.map(node => node.client))
      }
      assert.equal(await count(async () => await load(store, handles)), 12)
      assert.equal(await count(async () => await load(store, handles, AT_ONCE)), 12)
      assert.equal(await count(async () => await record(store, handles)), 12)
    } finally {
      await cluster.stop()
    }
  })
})

async function open (): Promise<RedisStore> {
  await redis.client.flushall()
  const store = new RedisStore({ client: redis.client, commandTimeout: 10 })
  await fill(store)
  return store
}

async function fill (store: RedisStore, handles = HANDLES): Promise<void> {
  await Promise.all(
    handles.map(
      async handle => await store.begin(handle, { contents: { id: JSON.stringify(handle) }, terms: TERMS, user: 'ada' })
    )
  )
}

async function begin (store: RedisStore, user: string): Promise<void> {
  await store.begin(handleOf(user), { contents: {}, terms: TERMS, user })
}

async function load (
  store: RedisStore, handles: readonly string[], activity: LoadActivity | null = null
): Promise<void> {
  const loaded = await Promise.all(handles.map(async handle => await store.load(handle, activity)))
  assert.deepEqual(
    loaded.map(session => session.state === 'live' && session.contents),
    handles.map(handle => ({ id: JSON.stringify(handle) }))
  )
}

async function record (store: RedisStore, handles: readonly string[]): Promise<string[]> {
  return await Promise.all(
    handles.map(async handle => (await store.recordActivity(handle, Number.MAX_SAFE_INTEGER)).state)
  )
}

/** Counts the scripts that run meanwhile. */
async function scripts (action: () => Promise<unknown>, nodes: readonly Redis[] = [redis.client]): Promise<number> {
  for (const node of nodes) await node.config('RESETSTAT')
  await action()
  const stats = await Promise.all(nodes.map(async node => await node.info('commandstats')))
  return stats.reduce((sum, text) => sum + Number(/^cmdstat_evalsha:calls=(\d+)/m.exec(text)?.[1] ?? 0), 0)
}
