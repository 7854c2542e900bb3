import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Redis } from 'ioredis'
import { StoreUnavailableError } from '../../src/errors.ts'
import type { RedisClient } from '../../src/redis.ts'
import { RedisStore } from '../../src/redis.ts'
import { handleOf } from '../../src/store/handle.ts'
import { Keys, shardOf } from '../../src/store/redis/keys.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { redisKit } from '../helpers/store-kits.ts'

const TERMS = { protected: true, warnAfter: 300, expireAfter: 600, absoluteTimeout: false } as const

const HANDLES = Array.from({ length: 60 }, (_, i) => handleOf(`s${i}`))

/** In parts of fifty, each of which has some of most shards. */
const BY_SHARD = [HANDLES.slice(0, 50), HANDLES.slice(50)].reduce((sum, part) => sum + new Set(part.map(shardOf)).size, 0)

const keys = new Keys('fss:')
const kit = redisKit()

describe('what one turn of the event loop asks of several sessions', () => {
  it('is one script for at most fifty of them', async () => {
    const { store, client } = await open()
    assert.equal(await scripts(client, async () => await load(store, HANDLES.slice(0, 50))), 1)
    assert.equal(await scripts(client, async () => await load(store, HANDLES.slice(0, 51))), 2)
    assert.equal(await scripts(client, async () => await touch(store, HANDLES.slice(0, 50))), 1)
    assert.equal(await scripts(client, async () => { await touch(store, HANDLES); await load(store, HANDLES) }), 4)
  })

  it('is several scripts when the sessions are large, so that nobody else waits long', async () => {
    const { store, client } = await open()
    const text = JSON.stringify('x'.repeat(60_000))
    await Promise.all(HANDLES.map(async handle => await store.update(handle, { set: { text, 'a\nb': '1' }, remove: [] })))
    const count = await scripts(client, async () => {
      const loaded = await Promise.all(HANDLES.slice(0, 20).map(async handle => await store.load(handle)))
      assert.deepEqual(loaded.map(session => session?.contents), HANDLES.slice(0, 20).map(handle => ({ id: JSON.stringify(handle), text, 'a\nb': '1' })))
    })
    assert.equal(count, 3, 'nine at a time, as many as make 512 KiB')
  })

  it('is answered to each as if it had asked alone', async () => {
    const { store } = await open()
    const [ended = '', visitor = '', ...live] = HANDLES.slice(0, 20)
    await store.end(ended, 'revoked')
    await store.end(visitor, 'logout')
    await store.claim(visitor)
    await store.create(handleOf('visitor'), {}, { ...TERMS, protected: false })
    const asked = [ended, ...live.slice(0, 9), handleOf('visitor'), handleOf('nobody'), ...live.slice(9)]
    const loaded = await Promise.all(asked.map(async handle => await store.load(handle)))
    const touched = await touch(store, asked)
    for (const [i, handle] of asked.entries()) {
      const isLive = live.includes(handle)
      assert.deepEqual(loaded[i]?.contents, isLive ? { id: JSON.stringify(handle) } : handle === handleOf('visitor') ? {} : undefined)
      assert.equal(touched[i], isLive ? 'touched' : { [ended]: 'ended', [handleOf('visitor')]: 'live' }[handle] ?? 'unknown')
    }
  })

  it('is done in the order in which it was asked, also with what is asked alone', async () => {
    const { store } = await open()
    const [handle = ''] = HANDLES
    kit.advance(5)
    const touching = store.touch(handle, Number.MAX_SAFE_INTEGER)
    const found = await store.find(handle)
    const touched = await touching
    assert.ok(touched.state === 'touched' && found.state === 'live')
    assert.equal(found.record.lastActivityMs, touched.lastActivityMs)

    kit.advance(5)
    const [again, read] = await Promise.all([store.touch(handle, Number.MAX_SAFE_INTEGER), store.load(handle)])
    assert.ok(again.state === 'touched')
    assert.equal(read?.record.lastActivityMs, again.lastActivityMs)
  })

  it('fails for those of which Redis refuses it, and not for the others', async () => {
    const { store, client } = await open()
    const handles = HANDLES.slice(0, 20)
    const shard = shardOf(handles[0] ?? '')
    await client.del(keys.index(shard, 'due'))
    await client.set(keys.index(shard, 'due'), 'no index')
    const results = await Promise.allSettled(handles.map(async handle => await store.touch(handle, Number.MAX_SAFE_INTEGER)))
    for (const [i, result] of results.entries()) {
      const isRefused = shardOf(handles[i] ?? '') === shard
      assert.equal(result.status, isRefused ? 'rejected' : 'fulfilled')
      if (result.status !== 'rejected') continue
      assert.ok(result.reason instanceof StoreUnavailableError)
      assert.match(result.reason.why, /WRONGTYPE/)
    }
    const other = handles.find(handle => shardOf(handle) !== shard) ?? ''
    const { state } = await store.touch(other, 0)
    assert.equal(state, 'touched', 'one refusal is no outage')
  })

  it('fails for all of them where Redis refuses all, after one script', async () => {
    const { store, client } = await open()
    await client.config('SET', 'maxmemory', '1')
    try {
      assert.equal(await scripts(client, async () => { await touch(store, HANDLES.slice(0, 10)) }), 1, 'a touch needs no memory')
    } finally {
      await client.config('SET', 'maxmemory', '0')
    }
    await client.call('ACL', 'SETUSER', 'default', '-zrem')
    try {
      const count = await scripts(client, async () => {
        const results = await Promise.allSettled(HANDLES.slice(0, 10).map(async handle => await store.touch(handle, 0)))
        assert.ok(results.every(({ status }) => status === 'rejected'))
      })
      assert.equal(count, 1)
    } finally {
      await client.call('ACL', 'SETUSER', 'default', '+zrem')
    }
  })

  it('is asked shard by shard where one address stands for several servers, as a proxy\'s does', async () => {
    const cluster = await startCluster(1)
    try {
      const client = cluster.nodes[0]?.client
      assert.ok(client !== undefined)
      const store = new RedisStore({ client })
      await fill(store)
      await load(store, HANDLES)
      assert.equal((await touch(store, HANDLES)).filter(state => state === 'touched').length, HANDLES.length)
      assert.equal(await scripts(client, async () => { await load(store, HANDLES) }), BY_SHARD, 'nor is it tried otherwise again')
    } finally {
      await cluster.stop()
    }
  })
})

for (const isAsked of ['loaded', 'touched']) {
  describe(`a proxy that lets scripts run on the server of their first key, when sessions are ${isAsked}`, () => {
    it('loses no session: who is missing is asked for again, shard by shard', async () => {
      const other = await startRedis()
      try {
        const proxy = new FirstKeyProxy([kit.client(), other.connect()])
        await kit.client().flushall()
        const store = new RedisStore({ client: proxy })
        await fill(store)
        const ask = async (): Promise<void> => {
          if (isAsked === 'loaded') await load(store, HANDLES)
          else assert.deepEqual(new Set(await touch(store, HANDLES)), new Set(['touched']))
        }
        await ask()
        const count = await countScripts(proxy, ask)
        assert.ok(count > 2 && count <= 2 + BY_SHARD, `${count} scripts`)
      } finally {
        await other.stop()
      }
    })
  })
}

it('a session that is not there is asked for once more, and the others are not', async () => {
  const { store, client } = await open()
  const asked = [...HANDLES.slice(0, 10), handleOf('nobody')]
  for (let i = 0; i < 2; i++) {
    const count = await scripts(client, async () => {
      const loaded = await Promise.all(asked.map(async handle => await store.load(handle)))
      assert.equal(loaded.filter(session => session !== null).length, 10)
    })
    assert.equal(count, 2)
  }
})

it('a proxy that takes no script about several keys at all is asked one by one', async () => {
  const strict = new StrictProxy(kit.client())
  await kit.client().flushall()
  const store = new RedisStore({ client: strict })
  await fill(store)
  const lines: object[] = []
  store.bind(TERMS, { info () {}, warn: line => { lines.push(line) }, error: line => { lines.push(line) } })
  await load(store, HANDLES)
  await load(store, HANDLES)
  assert.equal((await touch(store, HANDLES)).filter(state => state === 'touched').length, HANDLES.length)
  assert.deepEqual(lines, [], 'that is no failure to tell')
})

/** Two servers behind one address, as a proxy that looks at the hash tag of the first key would have them. */
class FirstKeyProxy implements RedisClient {
  scripts = 0
  readonly #servers: readonly [Redis, Redis]

  constructor (servers: readonly [Redis, Redis]) {
    this.#servers = servers
  }

  async evalsha (sha1: string, count: number, ...words: string[]): Promise<unknown> {
    this.scripts++
    return await this.#serverOf(words).evalsha(sha1, count, ...words)
  }

  async eval (script: string, count: number, ...words: string[]): Promise<unknown> {
    return await this.#serverOf(words).eval(script, count, ...words)
  }

  async info (section: string): Promise<string> {
    return await this.#servers[0].info(section)
  }

  on (): void {}

  #serverOf ([key = '']: readonly string[]): Redis {
    const tag = /\{(.*)\}/.exec(key)?.[1] ?? ''
    return this.#servers[tag.charCodeAt(0) % 2 === 0 ? 0 : 1]
  }
}

class StrictProxy extends FirstKeyProxy {
  constructor (server: Redis) {
    super([server, server])
  }

  override async evalsha (sha1: string, count: number, ...words: string[]): Promise<unknown> {
    if (count > 1) throw Object.assign(new Error('ERR Cross-slot queries are not supported for this command'), { name: 'ReplyError' })
    return await super.evalsha(sha1, count, ...words)
  }
}

async function countScripts (proxy: FirstKeyProxy, action: () => Promise<void>): Promise<number> {
  const before = proxy.scripts
  await action()
  return proxy.scripts - before
}

async function open (): Promise<{ store: RedisStore, client: Redis }> {
  const client = kit.client()
  await client.flushall()
  const store = new RedisStore({ client })
  await fill(store)
  return { store, client }
}

async function fill (store: RedisStore): Promise<void> {
  await Promise.all(HANDLES.map(async handle => await store.create(handle, { id: JSON.stringify(handle) }, TERMS)))
}

async function load (store: RedisStore, handles: readonly string[]): Promise<void> {
  const loaded = await Promise.all(handles.map(async handle => await store.load(handle)))
  assert.deepEqual(loaded.map(session => session?.contents), handles.map(handle => ({ id: JSON.stringify(handle) })))
}

async function touch (store: RedisStore, handles: readonly string[]): Promise<string[]> {
  return await Promise.all(handles.map(async handle => (await store.touch(handle, Number.MAX_SAFE_INTEGER)).state))
}

/** How many scripts are run meanwhile. */
async function scripts (client: Redis, action: () => Promise<unknown>): Promise<number> {
  await client.config('RESETSTAT')
  await action()
  return Number(/^cmdstat_evalsha:calls=(\d+)/m.exec(await client.info('commandstats'))?.[1])
}
