import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { Redis } from 'ioredis'
import { RedisStore } from '../../src/redis.ts'
import { handleOf } from '../../src/store/handle.ts'
import type { TcpRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { run } from './run.ts'
import { signIn } from './seed.ts'

let server: TcpRedisServer
let client: Redis
before(async () => {
  server = await startRedis({ clock: true, port: true })
  client = server.connect()
})
after(async () => await server.stop())
beforeEach(async () => { await client.flushall() })

describe('commands that only read', () => {
  it('leave nothing in an empty Redis', async () => {
    const commands = [['list'], ['list', '--state', 'all', '--order', 'ends-last'], ['show', handleOf('x')], ['stats'],
      ['stats', '--retention', '60'], ['tokens', 'list'], ['tokens', 'list', '--user', 'ada'], ['tokens', 'show', 'x']]
    for (const command of commands) {
      const { code } = await run([...command, '--json'], { REDIS_URL: server.url })
      assert.equal(code, command.includes('show') ? 1 : 0)
      assert.deepEqual(await client.keys('*'), [], command.join(' '))
    }
  })
})

describe('stats --retention', () => {
  it('agrees with the list when the retention of some has passed without a sweep', async () => {
    const store = new RedisStore({ client, retention: 60, commandTimeout: 10 })
    const ask = async (...args: string[]): Promise<{ sessions: unknown[], ended: number }> => {
      const { code, out, err } = await run([...args, '--json'], { REDIS_URL: server.url })
      assert.deepEqual([code, err], [0, ''])
      return JSON.parse(out)
    }
    const agree = async (count: number): Promise<void> => {
      assert.equal((await ask('list', '--state', 'ended', '--all')).sessions.length, count)
      assert.equal((await ask('stats', '--retention', '60')).ended, count)
      assert.equal((await store.stats()).ended, count)
    }
    for (let i = 0; i < 50; i++) await signIn(store, `ada ${i}`, { user: 'ada' })
    await store.endUser('ada', 'revoked')
    await agree(50)
    server.advance(40)
    for (let i = 0; i < 20; i++) await signIn(store, `eve ${i}`, { user: 'eve' })
    await store.endUser('eve', 'revoked')
    await agree(70)
    server.advance(40)
    await agree(20)
    server.advance(40)
    await agree(0)
  })
})
