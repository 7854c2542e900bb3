import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { after, describe, it } from 'node:test'
import type { Redis } from 'ioredis'
import { Keys } from '../../src/store/redis/keys.ts'
import { program } from '../helpers/program.ts'
import { until } from '../helpers/redis-process.ts'
import { redisOfSuite } from '../helpers/redis-of-suite.ts'

const NODE = await program('./admin-node.ts', import.meta.url)
const keys = new Keys('fss:')

const redis = redisOfSuite()

describe('nodes in processes of their own', () => {
  const children: ChildProcess[] = []
  after(() => { for (const child of children) child.kill() })

  async function startNodes (count: number, options: object = {}): Promise<string[]> {
    await redis.client.flushall()
    return await Promise.all(Array.from({ length: count }, async () => {
      const child = fork(NODE, [redis.server.path, JSON.stringify(options)])
      children.push(child)
      const [address] = await once(child, 'message')
      return String(address)
    }))
  }

  it('log out a browser whose session another node ended: at the next request or ping', async () => {
    const [one = '', two = ''] = await startNodes(2)
    for (const next of ['/', '/session_security/ping?idleFor=0', '/slow/a'] as const) {
      const cookie = await signIn(one, 'ada')
      const { handle } = await json(two, '/', cookie) as { handle: string }
      const slow = next === '/slow/a' ? fetch(two + next, { headers: { cookie } }) : undefined
      if (slow !== undefined) await until('the handler waits', async () => await redis.client.get('waiting:a') !== null)
      const ended = await fetch(`${one}/end/${handle}`, { method: 'POST' })
      assert.equal((await ended.json() as { reason: string }).reason, 'revoked')
      if (slow !== undefined) await redis.client.set('door:a', '1')
      if (next === '/') assert.deepEqual(await json(two, '/', cookie), { user: null, handle: null })
      if (next.startsWith('/session_security')) {
        assert.deepEqual(await json(two, next, cookie), { state: 'ended', reason: 'revoked' })
      }
      // A dead cookie is left alone (G14).
      if (slow !== undefined) assert.equal((await slow).headers.get('set-cookie'), null)
      assert.equal((await json(two, '/', cookie) as { user: null }).user, null)
      assert.match(
        String(await redis.client.get(keys.session(handle))), /^1 ended .*$/
      ) // nothing of what was written late
    }
  })

  for (const [atMaxSessions, outcome] of [
    ['displace', 'ends what came first'], ['refuse', 'refuses what comes last']
  ] as const) {
    it(`let a user have three sessions at most: each of fifty sign-ins at once ${outcome}`, async () => {
      const nodes = await startNodes(4, { maxSessionsPerUser: 3, atMaxSessions })
      await signIn(nodes[0] ?? '', 'eve')
      let most = 0
      const over = new AbortController()
      const watcher = redis.server.connect()
      const watching = (async () => {
        while (!over.signal.aborted) most = Math.max(most, await liveAtOnce(watcher, 'ada'))
      })()
      const responses = await Promise.all(Array.from(
        { length: 50 }, async (_, i) => await fetch(`${nodes[i % 4] ?? ''}/sign-in/ada`, { method: 'POST' })
      ))
      over.abort()
      await watching
      assert.equal(most, 3)
      assert.equal(await liveAtOnce(redis.client, 'ada'), 3)
      assert.equal(await liveAtOnce(redis.client, 'eve'), 1)
      const statuses = responses.map(response => response.status).toSorted()
      assert.deepEqual(
        [statuses.filter(status => status === 200).length, statuses.filter(status => status === 403).length],
        atMaxSessions === 'refuse' ? [3, 47] : [50, 0]
      )
      const cookies = responses.map(response => (response.headers.get('set-cookie') ??
        '').split(';')[0] ?? '').filter(cookie => cookie.length > 20)
      const users = await Promise.all(cookies.map(async cookie =>
        (await json(nodes[0] ?? '', '/', cookie) as { user: string | null }).user
      ))
      assert.equal(users.filter(user => user === 'ada').length, 3)
    })
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

/** Counts the live sessions of a user at one moment. */
async function liveAtOnce (redis: Redis, user: string): Promise<number> {
  return await redis.zcard(keys.index(keys.shardOfUser(user), `u:${user}`))
}
