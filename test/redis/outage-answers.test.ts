import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { describe, it } from 'node:test'
import { RedisStore } from '../../src/redis.ts'
import { handleOf } from '../../src/store/handle.ts'
import { Keys } from '../../src/store/redis/keys.ts'
import { run } from '../../src/store/redis/scripts.ts'
import type { UnixRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { openProxy } from './losing-proxy.ts'

const TERMS = { isAuthenticated: true, warnAfter: 300, expireAfter: 600, absoluteTimeout: false } as const
const keys = new Keys('fss:')

describe('G6: a client that loses an answer and asks again', () => {
  it('receives the ends that it caused, also of successors, and no other client does', async t => {
    const server = await serve(t)
    const client = server.connect()
    const store = new RedisStore({ client })
    const [one, two, three] = ['one', 'two', 'three'].map(handleOf) as [string, string, string]
    await store.begin(one, { contents: {}, terms: TERMS })
    const predecessor = { key: one, becomes: 'renewed' } as const
    for (const key of [two, three]) await store.begin(key, { contents: {}, terms: TERMS, predecessor })
    const end = async (token: string): Promise<unknown> => (
      await run(
        client, 'end', [keys.session(one)], ['logout', token, '-', '60000', '86400000', '600000', '86400000']
      ) as unknown[]
    )[1]
    const first = await end('token')
    assert.deepEqual((first as string[]).filter((_word, i) => i % 2 === 0), [two, three])
    assert.deepEqual(await end('token'), first)
    assert.deepEqual(await end('another'), [])
    assert.deepEqual(await store.claimEnds(10), { sessions: [], more: false, lagMs: 0 })
  })

  it('whose connection breaks between command and answer gets the same answer', async t => {
    const server = await serve(t)
    const proxy = await openProxy(server)
    const client = server.connect({ path: proxy.path })
    t.after(async () => {
      client.disconnect()
      await proxy.close()
    })
    const store = new RedisStore({ client, commandTimeout: 5 })
    const walk = async (id: string, lose: () => void): Promise<unknown[]> => {
      const [key, renewed, other] = ['', ' renewed', ' other'].map(
        suffix => handleOf(id + suffix)
      ) as [string, string, string]
      const beginning = { contents: { a: '1', b: '2' }, terms: TERMS, user: id }
      const verbs = [
        async () => await store.begin(key, beginning),
        async () => await store.begin(renewed, { ...beginning, predecessor: { key, becomes: 'renewed' } }),
        async () => await store.begin(
          other, { ...beginning, limit: { max: 2, whenFull: 'refuse' }, predecessor: { key, becomes: 'renewed' } }
        ),
        async () => await store.update(renewed, { set: { c: '3' }, remove: ['a'] }),
        async () => await store.recordActivity(renewed, 0),
        async () => await store.load(renewed, null),
        async () => await store.find(key),
        async () => await store.end(key, 'logout'),
        async () => await store.acknowledge([renewed, other]),
        async () => await store.find(renewed)
      ]
      const names = new Map([[key, 'key'], [renewed, 'renewed'], [other, 'other']])
      const answers: unknown[] = []
      for (const verb of verbs) {
        lose()
        answers.push(await verb())
      }
      return JSON.parse(
        JSON.stringify(
          answers,
          (name, value) => name.endsWith('Ms') ? typeof value : names.get(value) ?? (value === id ? 'user' : value)
        )
      )
    }
    const undisturbed = await walk('undisturbed', () => {})
    assert.deepEqual(await walk('disturbed', proxy.loseNext), undisturbed)
  })
})

async function serve (t: TestContext): Promise<UnixRedisServer> {
  const server = await startRedis()
  t.after(async () => await server.stop())
  return server
}
