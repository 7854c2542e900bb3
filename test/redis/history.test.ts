import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { RedisStore } from '../../src/redis.ts'
import { ANONYMOUS_RETENTION_SECONDS, TOMBSTONES_PER_USER_AND_HOUR } from '../../src/store/limits.ts'
import type { SessionKey } from '../../src/store/store.ts'
import { redisOfSuite } from '../helpers/redis-of-suite.ts'
import { TERMS, handlesIn, listAll, renew, signIn, stateOf, statesOf } from '../store/contract-kit.ts'

const LASTING = { ...TERMS, expireAfter: 50_000, absoluteTimeout: false } as const
const HOUR = 3600

const redis = redisOfSuite({ clock: true })
let store: RedisStore
beforeEach(async () => {
  await redis.client.flushall()
  store = new RedisStore({ client: redis.client, commandTimeout: 10, retention: 3 * HOUR })
})

/** RedisStore keeps the first ends of a user. MemoryStore keeps the latest, by another contract. */
describe('how long the ends of one user stay known', () => {
  it('the first of an hour for the retention, and the later ones until acknowledged, in no list', async () => {
    const keys = await comeAndGo(TOMBSTONES_PER_USER_AND_HOUR)
    const more = await endOne('one more')
    assert.deepEqual(await listed('ada'), keys.toSorted())
    assert.equal(await stateOf(store, more), 'ended')
    redis.server.advance(2 * HOUR)
    const { sessions } = await store.claimEnds(300)
    assert.ok(handlesIn(sessions).includes(more), 'its end is claimed when its time has come')
    await store.acknowledge([...keys, more])
    assert.deepEqual([...new Set(await statesOf(store, ...keys)), await stateOf(store, more)], ['ended', 'unknown'])
    redis.server.advance(HOUR + 1)
    assert.deepEqual([...new Set(await statesOf(store, ...keys))], ['unknown'])
  })

  it('predecessors likewise, counted apart: the later ones for ten minutes', async () => {
    const first = await signIn(store, 'first', { terms: LASTING })
    let latest = await renew(store, first, 'renewed', { terms: LASTING })
    const early = latest
    for (let i = 0; i < TOMBSTONES_PER_USER_AND_HOUR; i++) {
      latest = await renew(store, latest, `s${i}`, { terms: LASTING })
    }
    const late = await renew(store, latest, 'last', { terms: LASTING })
    const ended = await endOne('ended')
    await store.acknowledge([ended])
    const states = await statesOf(store, first, early, latest, ended)
    assert.deepEqual(states, ['renewed', 'renewed', 'renewed', 'ended'])
    redis.server.advance(ANONYMOUS_RETENTION_SECONDS + 1)
    assert.deepEqual(await statesOf(store, first, early, latest, late), ['renewed', 'renewed', 'unknown', 'live'])
  })

  it('an hour after the first one as many again, and at no time fewer because of another user', async () => {
    const adas = await comeAndGo(TOMBSTONES_PER_USER_AND_HOUR + 1)
    await store.acknowledge([await endOne('eves', 'eve')])
    redis.server.advance(HOUR + 1)
    const again = await endOne('again')
    await store.acknowledge([...adas, again])
    assert.deepEqual(await listed('ada'), [...adas.slice(0, -1), again].toSorted())
    assert.equal((await listed('eve')).length, 1)
  })
})

/**
 * Signs in and out so many times.
 * @returns the sessions, the one that ended first in front
 */
async function comeAndGo (count: number): Promise<SessionKey[]> {
  const keys: SessionKey[] = []
  for (let i = 0; i < count; i++) keys.push(await endOne(`s${i}`))
  return keys
}

async function endOne (name: string, user = 'ada'): Promise<SessionKey> {
  const key = await signIn(store, name, { user, terms: LASTING })
  await store.end(key, 'logout')
  return key
}

async function listed (user: string): Promise<string[]> {
  return handlesIn(await listAll(store, { state: 'ended', user, limit: 100 }))
}
