import assert from 'node:assert/strict'
import type { RedisClient } from '../../src/redis.ts'
import { RedisStore } from '../../src/redis.ts'
import { until } from '../helpers/redis-process.ts'

const TERMS = { isAuthenticated: true, warnAfter: 60, expireAfter: 120, absoluteTimeout: false } as const
const SHORT = { ...TERMS, warnAfter: 0.01, expireAfter: 0.05 }

/** Asks for every verb through this client, for enough sessions that many shards are met. */
export async function live (client: RedisClient): Promise<void> {
  const store = new RedisStore({ client, commandTimeout: 10 })
  await store.check()
  const keyOf = (id: string): string => store.keyOf(store.idFor(id, 'ada'))
  const keys = Array.from({ length: 60 }, (_, i) => keyOf(`s${i}`))
  const anonymous = Array.from({ length: 60 }, (_, i) => store.keyOf(store.idFor(`a${i}`)))
  const terms = { ...TERMS, isAuthenticated: false }
  await Promise.all(anonymous.map(async key => await store.begin(key, { contents: { a: '0' }, terms })))
  await Promise.all(keys.map(async (key, i) => {
    const predecessor = { key: anonymous[i] ?? '', becomes: 'dropped' } as const
    assert.equal(
      (await store.begin(key, { contents: { user: '"ada"' }, terms: TERMS, user: 'ada', predecessor })).state, 'begun'
    )
    assert.deepEqual(await store.find(predecessor.key), { state: 'renewed', successors: [] })
    assert.equal((await store.update(key, { set: { a: '1' }, remove: ['b'] })).state, 'live')
    assert.equal((await store.recordActivity(key, Number.MAX_SAFE_INTEGER, TERMS)).state, 'recorded')
    const loaded = await store.load(key, { throttleMs: 0 })
    assert.deepEqual(
      loaded.state === 'live' && [loaded.contents, Number.isInteger(loaded.activityBeforeMs)],
      [{ user: '"ada"', a: '1' }, true]
    )
  }))
  assert.equal((await listed(store, 'live')).length, 60)

  const [revoked = '', renewed = '', ...others] = keys
  assert.deepEqual(
    (await store.end(revoked, 'revoked')).map(({ handle, reason }) => [handle, reason]), [[revoked, 'revoked']]
  )
  await store.acknowledge([revoked])
  const successor = keyOf('successor')
  await store.begin(
    successor,
    { contents: { user: '"ada"' }, terms: TERMS, user: 'ada', predecessor: { key: renewed, becomes: 'renewed' } }
  )
  assert.deepEqual(await store.find(renewed), { state: 'renewed', successors: [successor] })

  for (const key of others) await store.recordActivity(key, 0, SHORT)
  const claimed: string[] = []
  await until('all are claimed', async () => {
    const { sessions } = await store.claimEnds(100)
    claimed.push(...sessions.map(({ handle }) => handle))
    await store.acknowledge(sessions.map(({ handle }) => handle))
    return claimed.length >= others.length
  })
  assert.deepEqual(claimed.toSorted(), others.toSorted())
  assert.deepEqual((await listed(store, 'live')).map(({ handle }) => handle), [successor])
  assert.equal((await listed(store, 'ended')).length, 59)
}

async function listed (store: RedisStore, state: 'live' | 'ended'): Promise<Array<{ readonly handle: string }>> {
  const { rows, cursor } = await store.list({ state, user: 'ada', limit: 100 })
  assert.equal(cursor, null)
  return [...rows]
}
