import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import fc from 'fast-check'
import type { Redis } from 'ioredis'
import { RedisStore } from '../../src/redis.ts'
import { handleOf } from '../../src/store/handle.ts'
import type { LoadActivity } from '../../src/store/store.ts'
import { CLAIM_LEASE_MS } from '../../src/store/limits.ts'
import type { UnixRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { CONFIDENTIAL, garbledRecords, LIVE, NO_RECORD, NOW, putForward, write } from './corrupt-records.ts'

const TERMS = { isAuthenticated: true, warnAfter: 300, expireAfter: 600, absoluteTimeout: false } as const
const AT_ONCE: LoadActivity = { throttleMs: 0, timeouts: TERMS }
const CHANGES = { set: { user: '"bob"' }, remove: [] } as const
const handle = handleOf('id')
const key = `fss:{0}s:${handle}`
const base = 'fss:{0}'

let server: UnixRedisServer
let client: Redis
let store: RedisStore
let lines: object[]
before(async () => {
  server = await startRedis({ clock: true })
  client = server.connect()
})
after(async () => await server.stop())
beforeEach(async () => {
  await client.flushall()
  store = new RedisStore({ client, commandTimeout: 10 })
  lines = []
  const note = (details: object): void => { lines.push(details) }
  store.bind({ info: note, warn: note, error: note })
})

describe('G10: a key of a session with another value', () => {
  for (const [what, spoil] of [
    ['a hash', async () => await client.hset(key, '@', CONFIDENTIAL)],
    ['a list', async () => await client.rpush(key, '@', LIVE)],
    ['a sorted set', async () => await client.zadd(key, 1, '@')],
    ...Object.entries(NO_RECORD).map(([what, fields]) => [what, async () => await write(client, key, fields)] as const)
  ] as const) {
    it(`${what}: counts as none, is named in the log once, and stays; the sweep goes on to the next`, async () => {
      await spoil()
      const before = await client.dumpBuffer(key)
      for (const activity of [null, AT_ONCE]) assert.deepEqual(await store.load(handle, activity), { state: 'unknown' })
      assert.deepEqual(lines, [{ handle }])
      assert.deepEqual(await store.find(handle), { state: 'unknown' })
      assert.deepEqual(await store.update(handle, CHANGES), { state: 'unknown' })
      assert.deepEqual(await store.end(handle, 'revoked'), [])
      const unknown = { state: 'over', session: { state: 'unknown' } }
      const predecessor = { key: handle, becomes: 'renewed' } as const
      assert.deepEqual(await store.begin(handleOf('renewed'), { contents: {}, terms: TERMS, predecessor }), unknown)
      assert.deepEqual(await store.begin(handle, { contents: {}, terms: TERMS }), unknown)
      if (what !== 'a user that cannot be decoded') assert.deepEqual(await client.dumpBuffer(key), before)

      await store.begin(handleOf('neighbour'), { contents: {}, terms: { ...TERMS, expireAfter: 10 } })
      for (const becomes of ['ended', 'dropped'] as const) {
        const begun = await store.begin(
          handleOf(becomes), { contents: {}, terms: TERMS, predecessor: { key: handle, becomes } }
        )
        assert.deepEqual(begun.state === 'begun' && begun.ended, [])
      }
      server.advance(11)
      await putForward(client, key, handle)
      assert.deepEqual((await store.claimEnds(10)).sessions.map(ended => ended.handle), [handleOf('neighbour')])
      assert.deepEqual(await store.claimEnds(10), { sessions: [], more: false, lagMs: 0 })
      assert.equal(await client.exists(key), 1, 'it is left for a person who looks into it')
      assert.ok(!JSON.stringify(lines).includes(CONFIDENTIAL))
    })
  }

  it('any record: every verb answers, and both languages take it for the same', { timeout: 60_000 }, async () => {
    await fc.assert(fc.asyncProperty(garbledRecords, async text => {
      await client.del(key)
      await write(client, key, { '@': text, user: '"ada"' })
      const found = await store.find(handle)
      const loaded = await store.load(handle, AT_ONCE)
      const isBroken = text.includes('\n') && loaded.state === 'unknown' // keys come in lines
      assert.ok(loaded.state === found.state || isBroken)
      // A script does not read the user's name: to record an activity of what load() never hands out harms nobody.
      const { state } = await store.recordActivity(handle, 0)
      assert.ok(
        state === found.state || (state === 'recorded' && ['live', 'unknown'].includes(found.state)),
        `${state} for ${found.state}`
      )
      assert.equal((await store.update(handle, CHANGES)).state, found.state)
      const begun = await store.begin(handle, { contents: {}, terms: TERMS })
      const isOfSame = found.state === 'live' && found.user === undefined && found.record.isAuthenticated
      assert.equal(begun.state === 'over' ? begun.session.state : begun.state, isOfSame ? 'begun' : found.state)

      await client.del(key)
      await write(client, key, { '@': text, user: '"ada"' })
      await putForward(client, key, handle)
      const { sessions, more } = await store.claimEnds(10)
      assert.equal(more, false)
      assert.deepEqual(
        sessions.map(ended => ended.handle), found.state === 'ended' && sessions.length > 0 ? [handle] : []
      )
      assert.deepEqual(await store.claimEnds(10), { sessions: [], more: false, lagMs: 0 })
      await putForward(client, key, handle)
      for (const state of ['live', 'ended', 'expired'] as const) await store.list({ state, limit: 10 })

      const isAlive = found.state === 'live'
      for (const becomes of ['renewed', 'ended', 'dropped'] as const) {
        await client.del(key, `${base}s:${handleOf(becomes)}`)
        await write(client, key, { '@': text })
        const { state } = await store.begin(
          handleOf(becomes), { contents: {}, terms: TERMS, predecessor: { key: handle, becomes } }
        )
        if (found.state !== 'unknown') assert.equal(state, becomes === 'renewed' && !isAlive ? 'over' : 'begun')
      }
      await client.del(key)
      await write(client, key, { '@': text })
      if (found.state === 'later') return await assert.rejects(store.end(handle, 'revoked'))
      const ended = await store.end(handle, 'revoked')
      assert.deepEqual(
        ended.map(session => session.handle), found.state === 'live' && found.record.isAuthenticated ? [handle] : []
      )
      await store.acknowledge([handle])
    }), {
      numRuns: 300,
      interruptAfterTimeLimit: 20_000,
      endOnFailure: true,
      examples: Object.values(NO_RECORD).flatMap(fields => fields['@'] === undefined ? [] : [[fields['@']] as [string]])
    })
  })
})

describe('G10: a key of a fork with another value', () => {
  const bystander = handleOf('bystander')
  for (const [what, fork] of Object.entries({
    'no text at all': '',
    'no handle': '-',
    'a handle of no session': handleOf('none'),
    'the session itself': handle,
    'a living session of the same user': bystander,
    'a session of another user': handleOf('eve'),
    'several handles': `${bystander},${bystander}`,
    'a key of another shard': `}x{1}s:${bystander}`,
    'lines that look like contents': `${CONFIDENTIAL}\n=user\n"eve"`,
    'bytes that are no text': '\u0000\u0001%zz ü',
    'a text of 100,000 characters': CONFIDENTIAL.repeat(8400)
  })) {
    it(`${what}: no other session ends, and the session works as before`, async () => {
      const ada = { contents: { user: '"ada"' }, terms: TERMS, user: 'ada' }
      for (const key of [handle, bystander]) await store.begin(key, ada)
      await store.begin(handleOf('eve'), { ...ada, user: 'eve' })
      await setRoot(fork)
      const loaded = await store.load(handle, null)
      if (loaded.state === 'unknown') return // it counts as no record
      assert.deepEqual(loaded.state === 'live' && loaded.contents, { user: '"ada"' })
      assert.equal((await store.load(handle, AT_ONCE)).state, 'live')
      assert.equal((await store.update(handle, CHANGES)).state, 'live')

      const predecessor = { key: handle, becomes: 'renewed' } as const
      const [left, right] = [handleOf('left'), handleOf('right')]
      for (const key of [left, right]) assert.equal((await store.begin(key, { ...ada, predecessor })).state, 'begun')
      assert.deepEqual(
        (await store.end(left, 'logout')).map(ended => ended.handle).toSorted(), [left, right].toSorted()
      )
      for (const key of [bystander, handleOf('eve')]) assert.equal((await store.find(key)).state, 'live')
    })
  }

  it('a list, a hash or no record in the place of the fork: the log-out ends the session', async () => {
    const fork = handleOf('fork')
    const at = `${base}s:${fork}`
    for (const spoil of [
      async () => await client.hset(at, '@', CONFIDENTIAL),
      async () => await client.rpush(at, '@', '@<'),
      ...Object.values(NO_RECORD).map(fields => async () => await write(client, at, fields))
    ]) {
      await client.flushall()
      await store.begin(handle, { contents: {}, terms: TERMS, user: 'ada' })
      await setRoot(fork)
      await spoil()
      const before = await client.dumpBuffer(at)
      assert.deepEqual((await store.end(handle, 'logout')).map(ended => ended.handle), [handle])
      assert.deepEqual(await client.dumpBuffer(at), before)
    }
  })
})

describe('nodes of two versions on one Redis', () => {
  for (const record of ['2 live whatever', '2 ended', '10 x']) {
    it(`a record of the later one ("${record}") is not deleted or dropped by the earlier one's sweep`, async () => {
      const stored = `${record}\n=user\n"ada"`
      await client.set(key, stored)
      await putForward(client, key, handle)
      for (let i = 0; i < 3; i++) {
        assert.deepEqual(await store.claimEnds(10), { sessions: [], more: false, lagMs: 0 })
        server.advance(CLAIM_LEASE_MS / 1000)
      }
      assert.equal(await client.get(key), stored)
      for (const index of ['due', 'open']) assert.notEqual(await client.zscore(base + index, handle), null, index)
    })
  }

  it('words that the later one adds to a record are kept by every verb that changes others', async () => {
    const text = async (): Promise<string> => String(await client.get(key)).split('\n')[0] ?? ''
    await store.begin(handle, { contents: {}, terms: TERMS, user: 'ada', device: { address: '::1' } })
    await write(client, key, { '@': `${await text()} extra words` })
    server.advance(20)
    await store.load(handle, { throttleMs: 0, timeouts: { ...TERMS, expireAfter: 650 } })
    assert.match(await text(), /^1 live \d+ \d+ 300 650 - ada \d+ - %3A%3A1 - extra words$/)
    await store.recordActivity(handle, Number.MAX_SAFE_INTEGER, { ...TERMS, expireAfter: 700 })
    await store.update(handle, CHANGES)
    await store.begin(handle, { contents: {}, terms: TERMS })
    assert.match(await text(), /^1 live \d+ \d+ 300 700 - ada \d+ - %3A%3A1 - extra words$/)
    await store.end(handle, 'revoked')
    server.advance(CLAIM_LEASE_MS / 1000)
    assert.equal((await store.claimEnds(1)).sessions[0]?.device?.address, '::1')
    assert.match(await text(), /^1 ended revoked \d{13} \d{1,5} \d{1,5} \S+ - ada$/)
    assert.equal(await client.get(`${base}d:${handle}`), '%3A%3A1 - extra words')

    await client.del(key)
    await write(client, key, { '@': `1 visitor ${NOW} ${NOW} 600 600 - - 0 - - - extra words` })
    await store.update(handle, CHANGES)
    assert.match(await text(), /^1 visitor \d+ \d+ 600 600 - - 000600 - - - extra words$/)
  })
})

/** Has the record of the session name another root. */
async function setRoot (root: string): Promise<void> {
  const [record = '', ...contents] = String(await client.get(key)).split('\n')
  await client.set(key, [record.replace(/ -$/, () => ` ${root}`), ...contents].join('\n'))
}
