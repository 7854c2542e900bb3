import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Tokens, TrackedToken } from '../../src/administration/tokens.ts'
import { buildApp } from '../helpers/app.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

const DAY = 86_400

interface Registry {
  readonly tokens: Tokens
  /** Tracks a token that expires so many seconds from now, by the store's clock. */
  track (id: string, seconds: number, more?: Partial<TrackedToken>): Promise<[state: string, user: string | undefined]>
  advance (seconds: number): void
  close (): Promise<unknown>
}

for (const kit of [memoryKit, redisKit()]) {
  async function open (): Promise<Registry> {
    const { app, clock } = await buildApp({ kit })
    const { tokens } = app.sessionSecurity
    const { trackedAtMs } = await tokens.track({ id: 'expired', expiresAt: 1 })
    const aheadMs = trackedAtMs - clock.nowMs // by the store's clock
    return {
      tokens,
      async track (id, seconds, more = {}) {
        const { state, user } = await tokens.track({
          id, expiresAt: new Date(clock.nowMs + aheadMs + seconds * 1000), ...more
        })
        return [state, user]
      },
      advance: seconds => clock.advance(seconds),
      close: () => app.close()
    }
  }

  describe(`a token that is revoked, on ${kit.name}`, () => {
    for (const wait of [2, 29]) {
      it(`before it was tracked stays so when it is tracked ${wait} days later, for its 30 days`, async () => {
        const { tokens, track, advance, close } = await open()
        assert.equal(await tokens.revoke('a', { by: 'root' }), false)
        advance(wait * DAY)
        assert.deepEqual(await track('a', 30 * DAY, { user: 'ada' }), ['revoked', 'ada'])
        advance(30 * DAY - 1)
        assert.deepEqual(await track('a', 30 * DAY, { user: 'ada' }), ['revoked', 'ada'])
        assert.deepEqual([await tokens.isActive('a'), (await tokens.get('a'))?.revokedBy], [false, 'root'])
        await close()
      })
    }

    it('before it was tracked stays so for longer where another one is said to live for longer', async () => {
      const { tokens, track, advance, close } = await open()
      await track('other', 90 * DAY)
      await tokens.revoke('a')
      advance(60 * DAY)
      assert.equal((await track('a', 30 * DAY))[0], 'revoked')
      assert.equal(await tokens.isActive('a'), false)
      await close()
    })

    it('stays so for that long, also if the longest token has expired and another one lives on', async () => {
      const { tokens, track, advance, close } = await open()
      await track('longest', 90 * DAY)
      advance(60 * DAY)
      await track('other', 89 * DAY)
      advance(31 * DAY)
      await tokens.revoke('a')
      advance(40 * DAY)
      assert.equal((await track('a', 18 * DAY))[0], 'revoked')
      await close()
    })

    it('and expired stays so when it is tracked again with a longer life', async () => {
      const { tokens, track, advance, close } = await open()
      await track('a', 60)
      assert.equal(await tokens.revoke('a'), true)
      advance(61)
      assert.equal(await tokens.get('a'), null)
      assert.equal((await track('a', 3600))[0], 'revoked')
      assert.equal(await tokens.isActive('a'), false)
      await close()
    })

    it('stays so where it was tracked with a short life first, and then with a longer one', async () => {
      const { tokens, track, advance, close } = await open()
      await track('a', 1)
      await track('a', 3600)
      await tokens.revoke('a')
      advance(1.3)
      assert.equal((await track('a', 3600))[0], 'revoked')
      assert.equal(await tokens.isActive('a'), false)
      await close()
    })

    it('keeps its user and its note, whoever tracks it afterwards', async () => {
      const { tokens, track, close } = await open()
      await track('a', 100, { user: 'ada', note: 'first' })
      await tokens.revoke('a')
      assert.deepEqual(await track('a', 200, { user: 'bob', note: 'second' }), ['revoked', 'ada'])
      assert.equal((await tokens.get('a'))?.note, 'first')
      const [adas, bobs] = [await tokens.list({ user: 'ada' }), await tokens.list({ user: 'bob' })]
      assert.deepEqual([adas.tokens.map(({ id }) => id), bobs.tokens], [['a'], []])
      await close()
    })
  })

  describe(`a token that is tracked twice, on ${kit.name}`, () => {
    for (const lives of [[10, 3600], [3600, 10]] as const) {
      it(`lives as long as the longer life that was told of it: ${lives.join(' s, then ')} s`, async () => {
        const { tokens, track, advance, close } = await open()
        for (const life of lives) assert.deepEqual(await track('a', life, { user: 'ada' }), ['active', 'ada'])
        advance(3599)
        assert.equal(await tokens.isActive('a'), true)
        assert.equal((await tokens.list({ user: 'ada' })).tokens.length, 1)
        advance(1)
        assert.equal(await tokens.isActive('a'), false)
        await close()
      })
    }

    it('is the first user\'s, and has the first note', async () => {
      const { tokens, track, close } = await open()
      await track('a', 100, { user: 'ada', note: 'first' })
      assert.deepEqual(await track('a', 200, { user: 'bob', note: 'second' }), ['active', 'ada'])
      assert.equal((await tokens.get('a'))?.note, 'first')
      assert.equal(await tokens.revokeUser('bob'), 0)
      assert.deepEqual([await tokens.isActive('a'), await tokens.isActive('a', { user: 'bob' })], [true, false])
      assert.equal(await tokens.revokeUser('ada'), 1)
      assert.equal(await tokens.isActive('a'), false)
      await close()
    })
  })

  describe(`isActive() with a user, on ${kit.name}`, () => {
    it('is false for somebody else\'s token, and for nobody\'s', async () => {
      const { tokens, track, close } = await open()
      for (const [id, user] of [['adas', 'ada'], ['of 7', 7n], ['nobody\'s', undefined]] as const) {
        await track(id, 100, user === undefined ? {} : { user })
      }
      const active = async (user?: string | number | bigint): Promise<boolean[]> =>
        await Promise.all(['adas', 'of 7', 'nobody\'s', 'unknown'].map(id => tokens.isActive(id, { user })))
      assert.deepEqual(await active(), [true, true, true, false])
      assert.deepEqual(await active('ada'), [true, false, false, false])
      for (const seven of [7, 7n, '7']) assert.deepEqual(await active(seven), [false, true, false, false])
      assert.deepEqual(await active('undefined'), [false, false, false, false])
      assert.deepEqual([(await tokens.list({ user: 7n })).tokens.length, await tokens.revokeUser(7n)], [1, 1])
      await close()
    })

    it('refuses what can be no user, and options that there are not', async () => {
      const { tokens, track, close } = await open()
      await track('a', 100, { user: 'ada' })
      const ask = (options: unknown): Promise<boolean> => tokens.isActive('a', options as object)
      for (const options of [null, 5, 'ada', ...['', null, NaN, {}, '\ud800', Symbol('ada')].map(user => ({ user }))]) {
        await assert.rejects(ask(options), { code: 'FST_SESSION_SECURITY_BAD_OPTION' })
      }
      await assert.rejects(ask({ User: 'ada' }), { code: 'FST_SESSION_SECURITY_UNKNOWN_OPTION' })
      await close()
    })
  })
}
