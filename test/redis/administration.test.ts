import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Redis } from 'ioredis'
import type { Terms } from '../../src/index.ts'
import { RedisStore } from '../../src/redis.ts'
import { endAll, endUser, listSessions } from '../../src/store/administration.ts'
import { handleOf } from '../../src/store/handle.ts'
import { Keys, SHARDS, shardOf } from '../../src/store/redis/keys.ts'
import { until } from '../helpers/redis-process.ts'
import type { UnixRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'

const TERMS: Terms = { protected: true, warnAfter: 540, expireAfter: 600, absoluteTimeout: false }
const NODE = fileURLToPath(new URL('./admin-node.ts', import.meta.url))
const keys = new Keys('fss:')

let server: UnixRedisServer
let client: Redis
before(async () => {
  server = await startRedis()
  client = server.connect()
})
after(async () => await server.stop())

describe('nodes in processes of their own', () => {
  const children: ChildProcess[] = []
  after(() => { for (const child of children) child.kill() })

  async function startNodes (count: number, options: object = {}): Promise<string[]> {
    await client.flushall()
    return await Promise.all(Array.from({ length: count }, async () => {
      const child = fork(NODE, [server.path, JSON.stringify(options)], { execArgv: ['--import', 'tsx'] })
      children.push(child)
      const [address] = await once(child, 'message')
      return String(address)
    }))
  }

  it('log a browser out that another of them ended: at its next request, at its next ping, and in the middle of a slow request', async () => {
    const [one = '', two = ''] = await startNodes(2)
    for (const next of ['/', '/session_security/ping?idleFor=0', '/slow/a'] as const) {
      const cookie = await signIn(one, 'ada')
      const { handle } = await json(two, '/', cookie) as { handle: string }
      const slow = next === '/slow/a' ? fetch(two + next, { headers: { cookie } }) : undefined
      if (slow !== undefined) await until('the handler waits', async () => await client.get('waiting:a') !== null)
      const ended = await fetch(`${one}/end/${handle}`, { method: 'POST' })
      assert.equal((await ended.json() as { reason: string }).reason, 'revoked')
      if (slow !== undefined) await client.set('door:a', '1')
      if (next === '/') assert.deepEqual(await json(two, '/', cookie), { user: null, handle: null })
      if (next.startsWith('/session_security')) assert.deepEqual(await json(two, next, cookie), { state: 'ended', reason: 'revoked' })
      if (slow !== undefined) assert.match(String((await slow).headers.get('set-cookie')), /sessionId=;/)
      assert.equal((await json(two, '/', cookie) as { user: null }).user, null)
      assert.deepEqual(Object.keys(await client.hgetall(keys.session(handle))), ['@']) // nothing of what was written late
    }
  })

  for (const [atMaxSessions, outcome] of [['displace', 'ends what came first'], ['refuse', 'refuses what comes last']] as const) {
    it(`never let one user have more than three sessions, with fifty sign-ins at once at four of them, of which each ${outcome}`, async () => {
      const nodes = await startNodes(4, { maxSessionsPerUser: 3, atMaxSessions })
      await signIn(nodes[0] ?? '', 'eve')
      let most = 0
      const over = new AbortController()
      const watcher = server.connect()
      const watching = (async () => { while (!over.signal.aborted) most = Math.max(most, await liveAtOnce(watcher, 'ada')) })()
      const responses = await Promise.all(Array.from({ length: 50 }, async (_, i) => await fetch(`${nodes[i % 4] ?? ''}/sign-in/ada`, { method: 'POST' })))
      over.abort()
      await watching
      assert.equal(most, 3)
      assert.equal(await liveAtOnce(client, 'ada'), 3)
      assert.equal(await liveAtOnce(client, 'eve'), 1)
      const statuses = responses.map(response => response.status).toSorted()
      assert.deepEqual([statuses.filter(status => status === 200).length, statuses.filter(status => status === 403).length], atMaxSessions === 'refuse' ? [3, 47] : [50, 0])
      const cookies = responses.map(response => (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '').filter(cookie => cookie.length > 20)
      const users = await Promise.all(cookies.map(async cookie => (await json(nodes[0] ?? '', '/', cookie) as { user: string | null }).user))
      assert.equal(users.filter(user => user === 'ada').length, 3)
    })
  }
})

describe('who ends all sessions of a user, shard by shard', () => {
  const cases = [...SHARDS.slice(1).map(shard => [shard, 0] as const), [0, 5] as const]

  for (const everybody of [false, true]) {
    it(`${everybody ? 'or of everybody, ' : ''}misses none that hops from a shard which is still to come to one that is done`, async () => {
      for (const [from, to] of cases) {
        await client.flushall()
        const plain = new RedisStore({ client })
        const [older, heir] = [handleIn(from), handleIn(to, 'heir')]
        await plain.create(older, { user: '1' }, TERMS)
        await plain.settle(older, { terms: TERMS, user: 'ada' })
        let hasHopped = false
        const hopping = hook(client, async key => {
          if (hasHopped || key !== keys.index(to, everybody ? 'due' : 'u:ada')) return
          hasHopped = true
          await plain.end(older, 'logout') // as session.regenerate() does
          await plain.create(heir, { user: '1' }, TERMS)
          await plain.settle(heir, { terms: TERMS, user: 'ada', replaces: older })
        })
        const store = new RedisStore({ client: hopping })
        if (everybody) for await (const batch of endAll(store, 'revoked')) assert.ok(batch.length <= 1)
        else await endUser(store, 'ada', 'revoked')
        assert.ok(hasHopped)
        assert.equal((await plain.find(heir)).state, 'ended', `from ${from} to ${to}`)
      }
    })
  }
})

describe('what lists cost Redis', () => {
  const sizes = (process.env['SESSIONS'] ?? '2000,40000').split(',').map(Number)
  const costs: Array<Record<string, Record<string, number>>> = []

  it(`the first page, a user's list and endUser: as many commands with ${sizes.at(-1)} sessions of ${Number(sizes.at(-1)) / 10} users as with ${sizes[0]}`, { timeout: 300_000 }, async () => {
    for (const size of sizes) {
      await client.flushall()
      await seed(size, size / 10)
      const store = new RedisStore({ client, commandTimeout: 10 })
      assert.equal((await store.stats()).live, size)
      await store.admit(handleOf('warm'), 'warm', { max: 1, whenFull: 'refuse' }) // every script is known
      await endUser(store, 'user 0', 'revoked')
      const cost: Record<string, Record<string, number>> = {}
      cost['first page'] = await commandsOf(async () => assert.ok((await listSessions(store, { order: 'newest', limit: 50 })).sessions.length > 0))
      cost['first page, in any order'] = await commandsOf(async () => assert.equal((await listSessions(store, { limit: 50 })).sessions.length, 50))
      cost['of a user'] = await commandsOf(async () => assert.equal((await listSessions(store, { user: 'user 1', order: 'newest' })).sessions.length, 10))
      cost['endUser'] = await commandsOf(async () => assert.equal((await endUser(store, 'user 1', 'revoked')).length, 10))
      cost['ended of a user'] = await commandsOf(async () => assert.equal((await listSessions(store, { user: 'user 1', state: 'ended', order: 'newest' })).sessions.length, 10))
      cost['counts'] = await commandsOf(async () => { await store.stats() })
      costs.push(cost)
    }
    const [small, large] = [costs[0], costs.at(-1)]
    for (const name of Object.keys(small ?? {})) assert.deepEqual(scriptsOf(large?.[name]), scriptsOf(small?.[name]), name)
    assert.deepEqual(Object.entries(large ?? {}).map(([name, commands]) => [name, commands['evalsha']]), [
      ['first page', 16], ['first page, in any order', 1], ['of a user', 16], ['endUser', 32 + 10], ['ended of a user', 16], ['counts', 16]
    ])
    for (const [name, commands] of Object.entries(large ?? {})) {
      const all = Object.values(commands).reduce((sum, calls) => sum + calls, 0)
      assert.ok(all <= 400, `${name}: ${all} commands`)
    }
  })

  function scriptsOf (commands: Record<string, number> = {}): number | undefined {
    return commands['evalsha']
  }
})

async function signIn (node: string, user: string): Promise<string> {
  const response = await fetch(`${node}/sign-in/${user}`, { method: 'POST' })
  assert.equal(response.status, 200)
  return (response.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
}

async function json (node: string, path: string, cookie: string): Promise<unknown> {
  return await (await fetch(node + path, { headers: { cookie } })).json()
}

/** How many live sessions of a user there are at one moment: in all shards, by one script. */
async function liveAtOnce (redis: Redis, user: string): Promise<number> {
  const indexes = SHARDS.map(shard => keys.index(shard, `u:${user}`))
  return Number(await redis.eval("local n = 0 for _, key in ipairs(KEYS) do n = n + redis.call('ZCOUNT', key, 0, '+inf') end return n", indexes.length, ...indexes))
}

function handleIn (shard: number, salt = ''): string {
  for (let i = 0; ; i++) {
    const handle = handleOf(`${salt}${i}`)
    if (shardOf(handle) === shard) return handle
  }
}

/** The same client, that does something after a list of an index was read and before the reader hears of it. */
function hook (redis: Redis, onList: (key: string) => Promise<void>): Redis {
  return new Proxy(redis, {
    get (target, name) {
      if (name === 'on') return () => {} // the client that is behind it has its listener
      const value: unknown = Reflect.get(target, name)
      if (name !== 'evalsha' && name !== 'eval') return typeof value === 'function' ? value.bind(target) : value
      return async (script: string, count: number, key: string, ...args: string[]): Promise<unknown> => {
        const answer = await target[name](script, count, key, ...args)
        if (args[3] === 'live') await onList(key)
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
      redis.call('HSET', KEYS[1] .. 's:' .. handle, '@', '1 live ' .. ARGV[1] .. ' ' .. ARGV[1] .. ' 540 600 - ' .. user, 'user', '"x"')
      redis.call('ZADD', KEYS[1] .. 'due', deadline, handle)
      redis.call('ZADD', KEYS[1] .. 'u:' .. user, deadline, handle)
    end`
  const waiting = SHARDS.map((): string[] => [])
  for (let i = 0; i < sessions; i++) {
    const handle = createHash('sha256').update(String(i)).digest('base64url')
    const batch = waiting[shardOf(handle)]
    batch?.push(handle, encodeURIComponent(`user ${i % users}`))
  }
  for (const shard of SHARDS) {
    const words = waiting[shard] ?? []
    for (let i = 0; i < words.length; i += 1000) await client.eval(script, 1, keys.shard(shard), String(nowMs), ...words.slice(i, i + 1000))
  }
}

/** Commands by name, those that scripts call among them. */
async function commandsOf (work: () => Promise<void>): Promise<Record<string, number>> {
  await client.config('RESETSTAT')
  await work()
  const stats = [...(await client.info('commandstats')).matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)].map(([, name = '', calls]) => [name, Number(calls)] as const)
  return Object.fromEntries(stats.filter(([name]) => !['config|resetstat', 'info'].includes(name)))
}
