import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import type { Redis } from 'ioredis'
import { RedisStore } from '../../src/redis.ts'
import { listSessions } from '../../src/store/administration.ts'
import { endAll } from '../../src/store/ending.ts'
import { handleOf } from '../../src/store/handle.ts'
import { Keys } from '../../src/store/redis/keys.ts'
import { redisOfSuite } from '../helpers/redis-of-suite.ts'

const TERMS = { isAuthenticated: true, warnAfter: 540, expireAfter: 600, absoluteTimeout: false } as const
const keys = new Keys('fss:')

const redis = redisOfSuite()

describe('a call that ends all sessions', () => {
  it('of everybody misses none that is renewed after it was listed', async () => {
    await redis.client.flushall()
    const plain = new RedisStore({ client: redis.client, commandTimeout: 10 })
    const [older, newer] = ['older', 'newer'].map(handleOf) as [string, string]
    await plain.begin(older, { contents: {}, terms: TERMS, user: 'ada' })
    let isRenewed = false
    const store = new RedisStore({
      client: hook(redis.client, async () => {
        if (isRenewed) return
        isRenewed = true
        await plain.begin(
          newer, { contents: {}, terms: TERMS, user: 'ada', predecessor: { key: older, becomes: 'renewed' } }
        )
      })
    })
    const ended: string[] = []
    for await (const batch of endAll(store, 'revoked')) ended.push(...batch.ended.map(({ handle }) => handle))
    assert.ok(isRenewed)
    assert.deepEqual(ended, [newer])
  })
})

describe('the work of Redis for lists and ends', () => {
  const sizes = (process.env['SESSIONS'] ?? '2000,40000').split(',').map(Number)
  const costs: Array<Record<string, Record<string, number>>> = []

  it(`is as many scripts with ${sizes.at(-1)} sessions as with ${sizes[0]}`, { timeout: 300_000 }, async () => {
    for (const size of sizes) {
      await redis.client.flushall()
      await seed(size, size / 10)
      const store = new RedisStore({ client: redis.client, commandTimeout: 10 })
      assert.equal((await store.stats()).live, size)
      await store.endUser('user 0', 'revoked') // Redis knows every script
      const cost: Record<string, Record<string, number>> = {}
      cost['first page'] = await commandsOf(
        async () => assert.ok((await listSessions(store, { order: 'ends-last', limit: 50 })).sessions.length > 0)
      )
      cost['first page, in any order'] = await commandsOf(
        async () => assert.equal((await listSessions(store, { limit: 50 })).sessions.length, 50)
      )
      cost['of a user'] = await commandsOf(
        async () => assert.equal(
          (await listSessions(store, { user: 'user 1', order: 'ends-last' })).sessions.length, 10
        )
      )
      cost['endUser'] = await commandsOf(
        async () => assert.equal((await store.endUser('user 1', 'revoked')).length, 10)
      )
      cost['ended of a user'] = await commandsOf(
        async () => assert.equal(
          (await listSessions(store, { user: 'user 1', state: 'ended', order: 'ends-last' })).sessions.length, 10
        )
      )
      cost['counts'] = await commandsOf(async () => { await store.stats() })
      cost['of a beginning that nobody has'] = await commandsOf(
        async () => assert.equal((await listSessions(store, { userPrefix: 'nobody' })).sessions.length, 0)
      )
      costs.push(cost)
    }
    const [small, large] = [costs[0], costs.at(-1)]
    for (const name of Object.keys(small ?? {})) {
      assert.deepEqual(
        scriptsOf(large?.[name]), scriptsOf(small?.[name]), name
      )
    }
    assert.deepEqual(Object.entries(large ?? {}).map(([name, commands]) => [name, commands['evalsha']]), [
      ['first page', 1], ['first page, in any order', 1], ['of a user', 1], ['endUser', 1],
      ['ended of a user', 1], ['counts', 1], ['of a beginning that nobody has', 40]
    ])
    for (const [name, commands] of Object.entries(large ?? {})) {
      const all = Object.values(commands).reduce((sum, calls) => sum + calls, 0)
      const most = name === 'of a beginning that nobody has' ? 3000 : 400 // it reads two thousand records
      assert.ok(all <= most, `${name}: ${all} commands`)
    }
  })

  it('is a page for some two thousand sessions when no handle begins with the text, in any order', async () => {
    await redis.client.flushall()
    await seed(5000, 5000)
    const store = new RedisStore({ client: redis.client, commandTimeout: 10 })
    for (const order of [undefined, 'ends-first', 'ends-last'] as const) {
      let pages = 0
      for (let cursor: string | null | undefined; cursor !== null; pages++) {
        const asked = { userPrefix: 'nobody', ...(order === undefined ? {} : { order }) }
        const page = await listSessions(store, { ...asked, ...(cursor === undefined ? {} : { cursor }) })
        assert.deepEqual(page.sessions, [])
        cursor = page.cursor
      }
      assert.ok(pages <= 5, `${pages} pages, ${order}`)
    }
  })

  function scriptsOf (commands: Record<string, number> = {}): number | undefined {
    return commands['evalsha']
  }
})

/** Returns a client that does something between the read of an index and its answer. */
function hook (redis: Redis, onList: () => Promise<void>): Redis {
  return new Proxy(redis, {
    get (target, name) {
      if (name === 'on') return () => {} // the client that is behind it has its listener
      const value: unknown = Reflect.get(target, name)
      if (name !== 'evalsha' && name !== 'eval') return typeof value === 'function' ? value.bind(target) : value
      return async (script: string, count: number, key: string, ...args: string[]): Promise<unknown> => {
        const answer = await target[name](script, count, key, ...args)
        if (args[5] === 'live') await onList()
        return answer
      }
    }
  })
}

/** So many sessions of so many users, as the scripts write them, but faster. */
async function seed (sessions: number, users: number): Promise<void> {
  const nowMs = Date.now()
  const script = `
    for i = 2, #ARGV, 2 do
      local handle, user = ARGV[i], ARGV[i + 1]
      local deadline = ARGV[1] + 600000 + i
      redis.call(
        'SET', KEYS[1] .. 's:' .. handle,
        '1 live ' .. ARGV[1] .. ' ' .. ARGV[1] .. ' 540 600 - ' .. user .. ' 600 -\\n=user\\n"x"'
      )
      redis.call('ZADD', KEYS[1] .. 'due', deadline, handle)
      redis.call('ZADD', KEYS[1] .. 'u:' .. user, ARGV[1] * 1000, handle)
    end`
  const words: string[] = []
  for (let i = 0; i < sessions; i++) {
    words.push(
      createHash('sha256').update(String(i)).digest('base64url'), encodeURIComponent(`user ${i % users}`)
    )
  }
  for (let i = 0; i < words.length; i += 1000) {
    await redis.client.eval(
      script, 1, keys.shard(0), String(nowMs), ...words.slice(i, i + 1000)
    )
  }
}

/** Commands by name, those that scripts call among them. */
async function commandsOf (work: () => Promise<void>): Promise<Record<string, number>> {
  await redis.client.config('RESETSTAT')
  await work()
  const stats = [
    ...(await redis.client.info('commandstats')).matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)
  ].map(([, name = '', calls]) => [name, Number(calls)] as const)
  return Object.fromEntries(stats.filter(([name]) => !['config|resetstat', 'info'].includes(name)))
}
