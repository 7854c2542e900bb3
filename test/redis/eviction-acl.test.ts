import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Redis } from 'ioredis'
import { RedisStore } from '../../src/redis.ts'
import { handleOf } from '../../src/store/handle.ts'
import type { LoadActivity } from '../../src/store/store.ts'
import { CLAIM_LEASE_MS } from '../../src/store/limits.ts'
import type { UnixRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { ACL_COMMANDS, ACL_FOR_THE_WARNING, setUser, USER } from './acl.ts'

const TERMS = { isAuthenticated: true, warnAfter: 300, expireAfter: 600, absoluteTimeout: false } as const
const ANONYMOUS = { ...TERMS, isAuthenticated: false } as const
const AT_ONCE: LoadActivity = { throttleMs: 0 }
const REFUSED = 'refused'

describe('the rights of an ACL user that the docs name', () => {
  let server: UnixRedisServer
  let admin: Redis
  before(async () => {
    server = await startRedis({ clock: true })
    admin = server.connect()
  })
  after(async () => await server.stop())

  it('are enough for every verb, with the same replies as a user with all rights gets', async () => {
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
    await assert.rejects(
      store.begin(handleOf('id'), { contents: {}, terms: TERMS }),
      { code: 'FST_SESSION_SECURITY_STORE_UNAVAILABLE', why: /^NOPERM/ }
    )
  })

  /**
   * Returns the answers of each verb, in all its ways. Errors belong to them. Values that differ from time to time are
   * left out.
   */
  async function everyVerb (client: Redis): Promise<unknown[]> {
    await admin.flushall()
    await admin.script('FLUSH')
    const store = new RedisStore({ client })
    const [one, two, three, four, anonymous] = [
      'one', 'two', 'three', 'four', 'anonymous'
    ].map(handleOf) as [string, string, string, string, string]
    const answers: unknown[] = []
    const ask = async (verb: () => Promise<unknown>): Promise<void> => {
      answers.push(await verb().catch(() => REFUSED))
    }
    const adas = { contents: { user: '"ada"', a: '1' }, terms: TERMS, user: 'ada' }
    await ask(async () => await store.check())
    await ask(async () => await store.begin(anonymous, { contents: {}, terms: ANONYMOUS }))
    await ask(async () => await store.update(anonymous, { set: { a: '1' }, remove: [] }))
    await ask(
      async () => await store.begin(
        one, { ...adas, device: { address: '::1' }, predecessor: { key: anonymous, becomes: 'dropped' } }
      )
    )
    for (const key of [two, three]) await ask(async () => await store.begin(key, adas))
    await ask(async () => await store.begin(one, adas))
    await ask(async () => await store.update(two, { set: { b: '2' }, remove: ['a'] }))
    await ask(async () => await store.recordActivity(two, 0, { ...TERMS, expireAfter: 60 }))
    await ask(async () => await store.load(two, null))
    await ask(async () => await store.load(two, { ...AT_ONCE, timeouts: { ...TERMS, expireAfter: 90 } }))
    await ask(async () => await store.load(three, { ...AT_ONCE, timeouts: TERMS }))
    for (const cursor of await cursors(store)) {
      await ask(
        async () => await store.list({ state: 'live', limit: 1, cursor })
      )
    }
    await ask(async () => {
      const { rows } = await store.list({ state: 'live', user: 'ada', limit: 10 })
      return rows.toSorted((a, b) => a.handle < b.handle ? -1 : 1) // they stand in the order of their arrival
    })
    await ask(async () => await store.list({ state: 'live', order: 'ends-last', limit: 1, cursor: `~5:${one}` }))
    await ask(async () => await store.stats())
    await ask(async () => await store.begin(four, { ...adas, limit: { max: 3, whenFull: 'refuse' } }))
    await ask(
      async () => await store.begin(
        four, { ...adas, limit: { max: 1, whenFull: 'displace' }, predecessor: { key: two, becomes: 'renewed' } }
      )
    )
    await ask(async () => await store.tokens.track({ id: 'jti', user: 'ada', expiresAtMs: 4e12 }))
    await ask(async () => await store.tokens.find('jti'))
    await ask(async () => await store.tokens.revokeUser('ada'))
    await ask(async () => await store.end(two, 'logout'))
    await ask(async () => await store.begin(two, adas))
    await ask(async () => await store.begin(handleOf('five'), { ...adas, terms: { ...TERMS, expireAfter: 60 } }))
    await ask(async () => await store.acknowledge([four]))
    server.advance(60) // the fifth is over
    for (let i = 0; i < 2; i++) {
      await ask(async () => await claimed(store))
      server.advance(CLAIM_LEASE_MS / 1000)
    }
    server.advance(86_400) // and forgotten
    await ask(async () => await claimed(store))
    answers.push((await admin.keys('fss:*')).toSorted())
    for (const handle of [one, two, three, four]) await ask(async () => await store.find(handle))
    return JSON.parse(
      JSON.stringify(answers, (key, value: unknown) => key.endsWith('Ms') || key === 'cursor' ? typeof value : value)
    )
  }
})

/** Returns the pending ends, in an order that no sweep changes. */
async function claimed (store: RedisStore): Promise<string[]> {
  return (await store.claimEnds(10)).sessions.map(({ handle }) => handle).toSorted()
}

/** Positions in the list: its beginning, behind an entry, and that of a moved entry. */
async function cursors (store: RedisStore): Promise<string[]> {
  const { cursor, rows: [row] } = await store.list({ state: 'live', limit: 1 }).catch(
    () => ({ cursor: null, rows: [] })
  )
  if (cursor === null || row === undefined) return []
  return [cursor, cursor.replace(/:\d+:/, ':5:')]
}
