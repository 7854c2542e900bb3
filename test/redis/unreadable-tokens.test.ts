import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import fc from 'fast-check'
import type { Redis } from 'ioredis'
import { RedisStore } from '../../src/redis.ts'
import type { UnixRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'

const UNREADABLE = { code: 'FST_SESSION_SECURITY_UNREADABLE_TOKEN', statusCode: 409 }
const LATER = 4_000_000_000_000
const ID = 'jti'

/** Records that no version of today writes. The empty text is none of these: see below. */
const NO_RECORD = [
  '2 revoked foo bar', 'garbage', ' ', '1 active', '1 revoked', `1 active 1 ${LATER}`,
  `1 undead 1 ${LATER} - - ${ID} ada -`,
  `1 active 1 1e30 - - ${ID} ada -`, `1 active a b - - ${ID} ada -`, `1 active 1 -${LATER} - - ${ID} ada -`,
  '1 active 1 99999999999999999 - - %ZZ ada -', `1 active 1 ${LATER} - - %ZZ ada -`,
  `1 active 1 ${LATER} - - ${ID} %2 -`, `1 active 1 ${LATER} - - ${ID} ada`, `1 active 1 ${LATER} - - ${ID} ada - more`,
  `1  active 1 ${LATER} - - ${ID} ada -`,
  `1 ACTIVE 1 ${LATER} - - ${ID} ada -`, `1 active 1 ${LATER} - -  ada -`
]

/** Words that may stand between spaces. */
const words = fc.constantFrom(
  '', '0', '1', '2', '-', '--', '-1', '1e15', '1e300', 'nan', 'inf', '99999999999999', '99999999999999999',
  String(LATER), 'active', 'revoked', ID, 'ada', '%zz', '%20', '%ff', '%ed%a0%80', '\n', 'ü', '\u0000'
)

const garbled = fc.oneof(
  { arbitrary: fc.string({ unit: 'binary', maxLength: 60 }), weight: 1 },
  { arbitrary: fc.array(words, { maxLength: 10 }).map(some => some.join(' ')), weight: 1 },
  {
    arbitrary: fc.tuple(
      fc.constantFrom(`1 active 1 ${LATER} - - ${ID} ada note`, `1 revoked 1 ${LATER} 1 root ${ID} ada -`),
      fc.array(fc.tuple(fc.nat(8), words), { minLength: 1, maxLength: 2 })
    ).map(([text, changes]) => changes.reduce((some, [at, word]) => some.with(at, word), text.split(' ')).join(' ')),
    weight: 4
  }
)

let server: UnixRedisServer
let client: Redis
let store: RedisStore
let key: string
before(async () => {
  server = await startRedis({ clock: true })
  client = server.connect()
  store = new RedisStore({ client, commandTimeout: 10 })
})
after(async () => await server.stop())
beforeEach(async () => {
  await client.flushall()
  await store.tokens.track({ id: ID, user: 'ada', expiresAtMs: LATER })
  const [found] = await client.keys('*t:*')
  assert.ok(found !== undefined)
  key = found
})

describe('a key of a token with another value', () => {
  for (const [what, spoil] of [
    ['a hash', async () => await client.hset(key, '1', 'active')],
    ['a list', async () => await client.rpush(key, `1 active 1 ${LATER} - - ${ID} ada -`)],
    ...NO_RECORD.map(text => [`"${text}"`, async () => await client.set(key, text, 'PX', 90_000)] as const)
  ] as const) {
    it(`${what}: is never active, is in no list, and no verb changes it`, async () => {
      await client.del(key)
      await spoil()
      const [before, left] = [await client.dumpBuffer(key), await client.pttl(key)]
      const { state } = await store.tokens.track({ id: ID, user: 'ada', expiresAtMs: LATER + 1 })
      assert.equal(state, 'revoked')
      await assert.rejects(store.tokens.revoke(ID, 'root'), UNREADABLE)
      assert.equal(await store.tokens.find(ID), null)
      assert.equal(await store.tokens.revokeUser('ada'), 0)
      assert.deepEqual((await store.tokens.list({ user: 'ada', limit: 10 })).tokens, [])
      assert.deepEqual((await store.tokens.list({ limit: 10 })).tokens, [])
      await store.claimEnds(10)
      assert.deepEqual([await client.dumpBuffer(key), await client.pttl(key)], [before, left])
    })
  }

  it('an empty text: is no record, and is never active until a token is tracked', async () => {
    await client.set(key, '')
    assert.equal(await store.tokens.find(ID), null)
    assert.equal(await store.tokens.revoke(ID), false)
    assert.equal((await store.tokens.track({ id: ID, user: 'ada', expiresAtMs: LATER })).state, 'revoked')
  })

  it('any record: both languages take it for the same, and what is revoked by it never becomes active', {
    timeout: 60_000
  }, async () => {
    await fc.assert(fc.asyncProperty(garbled, async text => {
      await client.set(key, text)
      const found = await store.tokens.find(ID)
      const bytes = await client.getBuffer(key)
      const tracked = await store.tokens.track({
        id: ID, user: 'ada', expiresAtMs: 1
      }) // expired long ago: nothing to write
      assert.deepEqual(await client.getBuffer(key), bytes)
      if (found !== null) assert.equal(tracked.state, found.state)
      const [known] = await Promise.allSettled([store.tokens.revoke(ID)])
      assert.equal((await store.tokens.find(ID))?.state === 'active', false)
      if (known.status === 'rejected') {
        assert.deepEqual([known.reason.code, await client.getBuffer(key)], [UNREADABLE.code, bytes])
        assert.equal(found?.state === 'active', false)
      }
      const { state } = await store.tokens.track({ id: ID, user: 'ada', expiresAtMs: LATER + 1 })
      assert.equal(state, 'revoked')
      assert.equal((await store.tokens.find(ID))?.state === 'active', false)
    }), { numRuns: 300, interruptAfterTimeLimit: 20_000, endOnFailure: true, examples: NO_RECORD.map(text => [text]) })
  })
})
