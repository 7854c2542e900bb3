import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { RedisStore } from '../../src/redis.ts'
import { handleOf } from '../../src/store/handle.ts'
import type { Beginning, Begun } from '../../src/store/store.ts'
import { latch } from '../helpers/latch.ts'
import { redisOfSuite } from '../helpers/redis-of-suite.ts'

const TERMS = { isAuthenticated: true, warnAfter: 540, expireAfter: 600, absoluteTimeout: false } as const

const redis = redisOfSuite()
beforeEach(async () => { await redis.client.flushall() })

/** A node whose next command to Redis waits, as in a slow network. */
function slowNode (): { store: RedisStore, hold (): { isOnItsWay: Promise<void>, letGo (): void } } {
  let held: { sent: ReturnType<typeof latch>, go: ReturnType<typeof latch> } | null = null
  const slow = new Proxy(redis.client, {
    get (target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return async (...args: unknown[]): Promise<unknown> => {
        const { sent, go } = held ?? {}
        held = null
        sent?.open()
        await go?.opened
        return Reflect.apply(value, target, args)
      }
    }
  })
  return {
    store: new RedisStore({ client: slow, commandTimeout: 10 }),
    hold () {
      const [sent, go] = [latch(), latch()]
      held = { sent, go }
      return { isOnItsWay: sent.opened, letGo: () => go.open() }
    }
  }
}

const begin = async (store: RedisStore, id: string, rest: Partial<Beginning> = {}): Promise<Begun> =>
  await store.begin(handleOf(id), { contents: {}, terms: TERMS, user: 'ada', ...rest })

describe('the end of all sessions of a user, while the save of a request is on its way to Redis', () => {
  it('refuses a sign-in that had arrived, however long the way is', async () => {
    const [slow, other] = [slowNode(), new RedisStore({ client: redis.client, commandTimeout: 10 })]
    await begin(other, 'before')
    const arrival = slow.store.arrival()
    const { isOnItsWay, letGo } = slow.hold()
    const begun = begin(slow.store, 'late', { arrival })
    await isOnItsWay
    assert.equal((await other.endUser('ada', 'revoked')).length, 1)
    letGo()
    assert.deepEqual(await begun, { state: 'revoked' })
    assert.deepEqual((await other.list({ state: 'live', limit: 9 })).rows, [])
  })

  it('refuses a renewal of a spared session that had arrived', async () => {
    const [slow, other] = [slowNode(), new RedisStore({ client: redis.client, commandTimeout: 10 })]
    await begin(other, 'spared')
    const arrival = slow.store.arrival()
    const { isOnItsWay, letGo } = slow.hold()
    const renewed = begin(
      slow.store, 'renewal', { arrival, predecessor: { key: handleOf('spared'), becomes: 'renewed' } }
    )
    await isOnItsWay
    await other.endUser('ada', 'revoked', { except: [handleOf('spared')] })
    letGo()
    assert.deepEqual(await renewed, { state: 'revoked' })
    assert.equal((await other.find(handleOf('spared'))).state, 'live')
  })

  it('keeps a sign-in that arrives after its answer, also one that waits on its way', async () => {
    const [slow, other] = [slowNode(), new RedisStore({ client: redis.client, commandTimeout: 10 })]
    await other.endUser('ada', 'revoked')
    await new Promise(resolve => setTimeout(resolve, 20)) // longer than an answer of Redis takes here
    const arrival = slow.store.arrival()
    const { isOnItsWay, letGo } = slow.hold()
    const begun = begin(slow.store, 'next', { arrival })
    await isOnItsWay
    await other.stats()
    letGo()
    assert.equal((await begun).state, 'begun')
  })

  it('keeps a sign-in that arrives at the same node after the call, in the same tick', async () => {
    const node = new RedisStore({ client: redis.client, commandTimeout: 10 })
    for (let i = 0; i < 50; i++) {
      const ended = node.endUser('ada', 'revoked')
      const begun = begin(node, `s${i}`, { arrival: node.arrival() })
      assert.equal((await ended).length, i === 0 ? 0 : 1)
      assert.equal((await begun).state, 'begun')
    }
  })

  it('does not mistake the call of another node for its own', async () => {
    const [node, other] = [
      new RedisStore({ client: redis.client, commandTimeout: 10 }),
      new RedisStore({ client: redis.client, commandTimeout: 10 })
    ]
    await node.endUser('ada', 'revoked')
    const arrival = node.arrival()
    await other.endUser('ada', 'revoked')
    assert.deepEqual(await begin(node, 'late', { arrival }), { state: 'revoked' })
  })
})
