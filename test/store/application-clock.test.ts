import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import session from '@fastify/session'
import { Redis } from 'ioredis'
import { RedisStore } from '../../src/redis.ts'
import type { ActivityStore } from '../../src/store/activity-store.ts'
import { fromSessionStore } from '../../src/store/from-session-store.ts'
import { CLAIM_LEASE_MS } from '../../src/store/limits.ts'
import { MemoryStore } from '../../src/store/memory/memory-store.ts'
import { buildApp } from '../helpers/app.ts'
import { answered, unheard } from '../helpers/answers.ts'
import { FakeClock } from '../helpers/fake-clock.ts'

const BAD_OPTION = { code: 'FST_SESSION_SECURITY_BAD_OPTION' }
const DAY = 86_400
const TERMS = { isAuthenticated: true, warnAfter: 5, expireAfter: 10, absoluteTimeout: false } as const
const SOMEBODY = { contents: { user: '"ada"' }, terms: TERMS, user: 'ada' }

const WRONG: Readonly<Record<string, () => unknown>> = {
  NaN: () => NaN,
  Infinity: () => Infinity,
  'minus Infinity': () => -Infinity,
  'a bigint': () => 5n,
  'a text': () => '5',
  undefined: () => undefined,
  'a date': () => new Date(),
  'a promise': async () => 5,
  'a promise that is rejected': async () => { throw new Error('late') },
  'an object that cannot be read': () => ({ get then () { throw new Error('then') } })
}

describe('a broken clock of the application', () => {
  const client = new Redis({ lazyConnect: true })
  const stores: Readonly<Record<string, (clock: () => number) => ActivityStore>> = {
    MemoryStore: clock => new MemoryStore({ clock }),
    RedisStore: clock => new RedisStore({ client, clock }),
    'fromSessionStore()': clock => fromSessionStore(new session.MemoryStore(), { clock })
  }
  for (const [name, open] of Object.entries(stores)) {
    it(`is refused by ${name} if it is no function`, () => {
      for (const clock of [5, null, '5', {}, new Date()]) assert.throws(() => open(clock as never), BAD_OPTION)
    })

    for (const [what, wrong] of Object.entries(WRONG)) {
      it(`gives ${name} no time by ${what}`, async () => {
        const store = open(wrong as () => number)
        assert.deepEqual(await unheard(async () => { assert.throws(() => store.clock(), BAD_OPTION) }), [])
      })
    }
  }

  for (const [what, wrong] of Object.entries(WRONG)) {
    it(`stores nothing by ${what}, and notifies of other ends after its correction`, async () => {
      const notified: unknown[] = []
      const clock = new FakeClock()
      let isWrong = false
      const store = new MemoryStore({ clock: () => isWrong ? wrong() as number : clock.now() })
      const { app, browser, newBrowser } = await buildApp({
        security: { store, onSessionEnd: ({ user, reason }) => notified.push([user, reason]) }
      })
      await browser.post('/sign-in')
      isWrong = true
      assert.deepEqual(await unheard(async () => {
        for (const request of [newBrowser().post('/sign-in'), browser.get('/'), browser.post('/sign-out')]) {
          const { statusCode, body } = await answered(request)
          assert.deepEqual([statusCode, JSON.parse(body).code], [500, BAD_OPTION.code])
        }
        for (const call of [
          () => store.begin('b', SOMEBODY), () => store.load('a', null), () => store.claimEnds(10), () => store.stats(),
          () => store.tokens.track({
            id: 'jti', expiresAtMs: 4e12
          }), () => store.tokens.revoke('jti'), () => store.tokens.count()
        ]) await assert.rejects(async () => await call(), BAD_OPTION)
      }), [])
      isWrong = false
      assert.deepEqual([store.size, await store.tokens.count(), await store.tokens.find('jti')], [1, 0, null])
      clock.advance(10)
      await app.sessionSecurity.sweep()
      assert.deepEqual(notified, [['ada', 'idle']])
      await app.close()
    })
  }
})

describe('a clock that was a day ahead and is corrected', () => {
  const open = (): { clock: FakeClock, store: MemoryStore } => {
    const clock = new FakeClock()
    clock.advance(DAY)
    return { clock, store: new MemoryStore({ clock: clock.now, retention: 1000 }) }
  }
  const ended = async (store: MemoryStore): Promise<string[]> =>
    (await store.claimEnds(10)).sessions.map(({ handle }) => handle)

  it('has the next sweep find a session of that time, which ends when its time is over from then on', async () => {
    const { clock, store } = open()
    await store.begin('a', SOMEBODY)
    clock.advance(-DAY)
    assert.deepEqual(await ended(store), [])
    clock.advance(9.999)
    assert.deepEqual(await ended(store), [])
    clock.advance(0.001)
    assert.deepEqual(await ended(store), ['a'])
  })

  it('has an end of that time claimed again within the lease, and deleted within the retention', async () => {
    const { clock, store } = open()
    await store.begin('a', SOMEBODY)
    await store.end('a', 'logout') // nobody acknowledges it
    clock.advance(-DAY)
    assert.deepEqual(await ended(store), [])
    clock.advance(CLAIM_LEASE_MS / 1000)
    assert.deepEqual(await ended(store), ['a'])
    await store.acknowledge([store.handleOf('a')])
    clock.advance(1000)
    for (let sweeps = 0; sweeps < 2; sweeps++) assert.deepEqual(await ended(store), [])
    assert.equal(store.size, 0)
  })
})
