import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Redis } from 'ioredis'
import type { Fate } from '../../src/index.ts'
import { handleOf } from '../../src/store/handle.ts'
import { shardOf } from '../../src/store/redis/keys.ts'
import { CLAIM_LEASE_MS } from '../../src/store/store.ts'
import type { TestApp } from '../helpers/app.ts'
import { buildApp } from '../helpers/app.ts'
import { redisKit } from '../helpers/store-kits.ts'

/** What must show nowhere. */
const CONFIDENTIAL = 'confidential'

/** In a record: the moment at which it is written, by Redis' clock. */
const NOW = '<now>'

const TERMS = { protected: true, warnAfter: 300, expireAfter: 600, absoluteTimeout: false } as const

/** A record of ours, and fields: all that stands in the session's key. */
type Fields = Record<string, string>

const LIVE = `1 live ${NOW} ${NOW} 300 600 - -`

const NO_RECORD: Record<string, Fields> = {
  'fields without a record': { user: `"${CONFIDENTIAL}"` },
  'a record of a later version': { '@': `2 live ${NOW} ${CONFIDENTIAL}` },
  'a record without a version': { '@': `live ${NOW} ${NOW} 300 600 - -` },
  'an empty record': { '@': '' },
  'a record of one space': { '@': ' ' },
  'a record that is garbage': { '@': `\u0000${CONFIDENTIAL}\n%{}🜁 [[[` },
  'a record of 100,000 characters': { '@': '1 live '.repeat(14_286) },
  'a record in a state that does not exist': { '@': `1 undead ${NOW} ${NOW} 300 600 - -` },
  'a record in capitals': { '@': LIVE.toUpperCase() },
  'words for numbers': { '@': `1 live abc ${CONFIDENTIAL} 300 600 - -` },
  'numbers that are none': { '@': '1 live 1 2 nan inf - -' },
  'a number with two points': { '@': `1 live ${NOW} ${NOW} 3.0.0 600 - -` },
  'a negative time': { '@': '1 live -1 -2 300 600 - -' },
  'a time with a fraction': { '@': `1 live ${NOW}.5 ${NOW}.5 300 600 - -` },
  'a time too large to be exact': { '@': `1 live ${'9'.repeat(30)} ${'9'.repeat(30)} 300 600 - -` },
  'a time beyond all numbers': { '@': `1 live ${'9'.repeat(400)} ${'9'.repeat(400)} 300 600 900 -` },
  'a negative timeout': { '@': `1 live ${NOW} ${NOW} 300 -600 - -` },
  'a negative timeout, of long ago': { '@': '1 live 1 2 300 -600 - -' },
  'a timeout of nothing': { '@': `1 live ${NOW} ${NOW} 0 0 - -` },
  'a timeout beyond all calendars': { '@': `1 live ${NOW} ${NOW} 300 1e300 - -` },
  'a timeout beyond all numbers': { '@': `1 live ${NOW} ${NOW} 300 1e999 - -` },
  'a timeout in hexadecimal': { '@': `1 live ${NOW} ${NOW} 300 0x600 - -` },
  'a negative absolute timeout': { '@': `1 live ${NOW} ${NOW} 300 600 -1 -` },
  'an absolute timeout of nothing': { '@': `1 live ${NOW} ${NOW} 300 600 0 -` },
  'an absolute timeout that is a word': { '@': `1 live ${NOW} ${NOW} 300 600 never -` },
  'a record that breaks off after its state': { '@': '1 live' },
  'a record that breaks off after its times': { '@': `1 live ${NOW} ${NOW}` },
  'a record that breaks off before its user': { '@': `1 live ${NOW} ${NOW} 300 600 -` },
  'a record with two spaces': { '@': `1 live  ${NOW} ${NOW} 300 600 - -` },
  'a user that cannot be decoded': { '@': `1 live ${NOW} ${NOW} 300 600 - %zz` },
  'a visitor\'s record with words for numbers': { '@': '1 visitor a b c d e f' },
  'an end that breaks off': { '@': '1 ended idle' },
  'an end without a user': { '@': `1 ended idle ${NOW} ${NOW} ${NOW}` },
  'an end for a reason that does not exist': { '@': `1 ended boredom ${NOW} ${NOW} ${NOW} open once - -` },
  'an end at a negative time': { '@': '1 ended idle 1 2 -3 open once - -' },
  'a renewal without an heir': { '@': '1 replaced' }
}

const BAD_CONTENTS: Record<string, Fields> = {
  'JSON that breaks off': { '@': LIVE, user: `{"name":"${CONFIDENTIAL}` },
  'an empty text': { '@': LIVE, user: '' },
  'text that is no JSON': { '@': LIVE, user: CONFIDENTIAL },
  'JSON that is nested too deep to be taken apart': { '@': LIVE, user: '['.repeat(20_000) + ']'.repeat(20_000) },
  ...Object.fromEntries(['__proto__', 'constructor', 'destroy', 'save', 'touch', 'regenerate', 'sessionId', 'encryptedSessionId', 'cookie', '_session_security']
    .map(name => [`a field called ${name}`, Object.fromEntries([['@', LIVE], [name, `{"a":"${CONFIDENTIAL}"}`]])]))
}

const kit = redisKit()

describe('G10: what stands in Redis in place of a session', () => {
  for (const [what, spoil] of [
    ['a string', async (client: Redis, key: string) => await client.set(key, CONFIDENTIAL)],
    ['a list', async (client: Redis, key: string) => await client.rpush(key, '@', LIVE)],
    ['a sorted set', async (client: Redis, key: string) => await client.zadd(key, 1, '@')],
    ...Object.entries({ ...NO_RECORD, ...BAD_CONTENTS }).map(([what, fields]) => [what, async (client: Redis, key: string) => await write(client, key, fields)] as const)
  ] as const) {
    it(`${what}: its holder is served as a visitor, one line names it, and the sweep goes on to the next`, { timeout: 60_000 }, async () => {
      const { app, browser, log, store, handle, key, neighbour } = await open()
      const client = kit.client()
      await client.del(key)
      await spoil(client, key)
      const isRead = what in BAD_CONTENTS // as far as Redis can tell, it is a session

      for (const url of ['/', '/passive']) {
        log.raw.length = 0
        const page = await app.inject({ url, cookies: browser.cookies })
        assert.deepEqual([page.statusCode, page.json().user], [200, null])
        if (url === '/') assert.equal(log.ours().length, 1)
        assertAtMostOneLine(log, handle)
      }
      log.raw.length = 0
      const ping = await app.inject({ url: '/session_security/ping?idleFor=1', cookies: browser.cookies })
      assert.deepEqual([ping.statusCode, ping.json()], [200, { state: 'ended', reason: 'none' }])
      assertAtMostOneLine(log, handle)

      for (const query of [{ state: 'live' }, { state: 'ended' }, { state: 'live', user: 'ada' }] as const) await store.list({ ...query, limit: 10 })
      await putForward(key, handle)
      kit.advance(10) // the neighbour is due
      assert.deepEqual(await sweep(app), [neighbour])
      assert.deepEqual(await store.claimDue(10), { sessions: [], more: false })
      await store.list({ state: 'live', limit: 10 })
      assert.equal(await client.exists(key), 1, 'it is left for who looks into it')

      assert.equal((await browser.post('/sign-in')).statusCode, 200)
      assert.equal((await browser.get('/')).json().user, 'ada')
      assert.ok(!log.raw.join('').includes(CONFIDENTIAL))
      if (!isRead) assert.equal(await store.end(handle, 'revoked'), null)
      await app.close()
    })
  }

  it('JSON nested to any depth, put there by whom it may be: no request ends the process', { timeout: 60_000 }, async () => {
    const { app, browser, key } = await open(app => {
      app.post('/draft', async request => { Reflect.set(request.session, 'draft', request.body) })
    })
    // From the deepest on: code that has run often needs less of the stack, and would hide what code that is new does.
    for (let depth = 8000; depth > 0; depth -= 100) {
      const draft = '['.repeat(depth) + ']'.repeat(depth)
      const saved = await browser.post('/draft', draft, { 'content-type': 'application/json' })
      assert.ok(saved.statusCode === 200 || saved.json().code === 'FST_SESSION_SECURITY_NOT_SERIALIZABLE', saved.body)
      assert.equal((await browser.get('/passive')).json().user, 'ada', 'what was saved can be restored')
      await kit.client().hset(key, 'draft', draft)
      const page = await app.inject({ url: '/passive', cookies: browser.cookies })
      assert.deepEqual([page.statusCode, page.json().user], [200, saved.statusCode === 200 ? 'ada' : null])
      await kit.client().hdel(key, 'draft')
    }
    await app.close()
  })

  it('any record at all: every verb answers, the two languages take it for the same, and what counts as none is told to nobody', { timeout: 60_000 }, async () => {
    const { app, store, handle, key } = await open()
    const client = kit.client()
    await fc.assert(fc.asyncProperty(garbledRecords, async text => {
      await write(client, key, { '@': text, user: '"ada"' })
      const found = await store.find(handle)
      // A script does not read the user's name: a touch of what load() never hands out harms nobody.
      const { state } = await store.touch(handle, 0)
      assert.ok(state === found.state || (state === 'touched' && ['live', 'unknown'].includes(found.state)), `${state} for ${found.state}`)
      const answers: Fate[] = [
        await store.update(handle, { set: { user: '"bob"' }, remove: [] }),
        await store.create(handle, { user: '"bob"' }, TERMS)
      ]
      for (const fate of answers) assert.equal(fate.state, found.state)
      assert.equal(await store.load(handle) !== null, found.state === 'live')

      await write(client, key, { '@': text, user: '"ada"' })
      await putForward(key, handle)
      const { sessions, more } = await store.claimDue(10)
      assert.equal(more, false)
      assert.deepEqual(sessions.map(ended => ended.handle), found.state === 'ended' && sessions.length > 0 ? [handle] : [])
      assert.deepEqual(await store.claimDue(10), { sessions: [], more: false })
      await putForward(key, handle)
      await store.list({ state: 'live', limit: 10 })
      await store.list({ state: 'ended', limit: 10 })

      await write(client, key, { '@': text })
      await store.settle(handle, { terms: TERMS, user: 'ada' })
      await write(client, key, { '@': text })
      const ended = await store.end(handle, 'revoked')
      assert.equal(ended !== null, found.state === 'live' && found.record.protected)
      await store.claim(handle)
      await store.acknowledge([handle])
    }), { numRuns: 200, interruptAfterTimeLimit: 10_000, endOnFailure: true, examples: Object.values(NO_RECORD).flatMap(fields => fields['@'] === undefined ? [] : [[fields['@']] as [string]]) })
    await app.close()
  })

  it('any fields at all: they are restored as they are, or their holder is a visitor', { timeout: 60_000 }, async () => {
    const { app, browser, key, log } = await open()
    const client = kit.client()
    const restored = await client.hgetall(key)
    await fc.assert(fc.asyncProperty(garbledFields, async fields => {
      await client.del(key)
      await write(client, key, { ...restored, ...fields })
      const page = await app.inject({ url: '/passive', cookies: browser.cookies })
      assert.equal(page.statusCode, 200)
      const { user } = page.json()
      assert.ok(user === null || Object.values(fields).every(isJson), 'a session of which a part cannot be read is none')
      assert.equal(log.ours(50).length, 0)
    }), { numRuns: 300, interruptAfterTimeLimit: 10_000, endOnFailure: true })
    await app.close()
  })
})

describe('nodes of two versions on one Redis', () => {
  for (const record of ['2 live whatever', '2 ended', '10 x']) {
    it(`a record that only the later one knows ("${record}") is neither deleted nor dropped by the earlier one's sweep`, async () => {
      const { app, store, handle, key, browser } = await open()
      const client = kit.client()
      const base = key.slice(0, key.indexOf('}') + 1)
      const fields = { '@': record, user: '"ada"' }
      await client.del(key)
      await client.hset(key, fields)
      await putForward(key, handle)
      for (let i = 0; i < 3; i++) {
        await app.sessionSecurity.sweep()
        assert.deepEqual(await store.claimDue(10), { sessions: [], more: false })
        kit.advance(CLAIM_LEASE_MS / 1000)
      }
      await browser.get('/')
      assert.equal((await store.touch(handle, 0)).state, 'unknown')
      assert.equal((await store.create(handle, {}, TERMS)).state, 'unknown')
      assert.equal(await store.end(handle, 'revoked'), null)
      assert.deepEqual({ ...await client.hgetall(key) }, fields)
      for (const index of ['due', 'open']) assert.notEqual(await client.zscore(base + index, handle), null, index)
      await app.close()
    })
  }

  it('words that the later one adds to a live record are kept by touch() and settle(), which change the others', async () => {
    const { app, browser, store, handle, key } = await open()
    const client = kit.client()
    const text = async (): Promise<string> => String(await client.hget(key, '@'))
    await write(client, key, { '@': `${await text()} extra words` })
    assert.equal((await browser.get('/')).json().user, 'ada')
    kit.advance(2)
    await store.touch(handle, Number.MAX_SAFE_INTEGER, { ...TERMS, expireAfter: 700 })
    const [, , startedAtMs, lastActivityMs] = (await text()).split(' ')
    assert.match(await text(), /^1 live \d+ \d+ 300 700 - - extra words$/)
    assert.equal(Number(lastActivityMs) - Number(startedAtMs), 2000)
    await store.settle(handle, { terms: TERMS, user: 'bob', startedAtMs: 'now' })
    assert.match(await text(), /^1 live \d+ \d+ 300 600 - bob extra words$/)
    await store.update(handle, { set: { a: '1' }, remove: [] })
    await store.create(handle, { user: '"bob"' }, TERMS)
    assert.match(await text(), /^1 live \d+ \d+ 300 600 - bob extra words$/)
    assert.deepEqual((await store.load(handle))?.contents, { user: '"bob"' })
    await app.close()
  })

  it('and to a visitor\'s and an ended one by those that write these', async () => {
    const { app, store, handle, key } = await open()
    const client = kit.client()
    const text = async (): Promise<string> => String(await client.hget(key, '@'))
    await write(client, key, { '@': `1 visitor ${NOW} ${NOW} 600 600 - - extra words` })
    await store.update(handle, { set: { a: '1' }, remove: [] })
    assert.match(await text(), /^1 visitor \d+ \d+ 600 600 - - extra words$/)
    await store.update(handle, { set: { a: '2' }, remove: [] }, TERMS)
    assert.match(await text(), /^1 live \d+ \d+ 300 600 - - extra words$/)
    await write(client, key, { '@': `1 ended idle ${NOW} ${NOW} ${NOW} open once - ada extra words` })
    assert.equal((await store.claim(handle))?.user, 'ada')
    assert.match(await text(), / once - ada extra words$/)
    await store.end(handle, 'revoked')
    assert.match(await text(), / again - ada extra words$/)
    await app.close()
  })
})

/** What may stand between spaces. */
const words = fc.constantFrom('', '0', '1', '2', '-', '--', '-1', '0.001', '5', '600', '2147483647', '2147483648', '1e15', '1e300', '1e999', '-1e999', 'e', '.', NOW,
  '99999999999999', '100000000000001', '9007199254740991', '9007199254740993', '99999999999999999999', 'nan', 'inf', 'live', 'visitor', 'ended', 'replaced', 'idle', 'open', 'taken', 'once', 'ada', '%zz', '%20', '}', '\n')

const garbledRecords = fc.oneof(
  { arbitrary: fc.string({ unit: 'binary', maxLength: 60 }), weight: 1 },
  { arbitrary: fc.array(words, { maxLength: 10 }).map(some => some.join(' ')), weight: 1 },
  // One of ours with a word or two replaced.
  {
    arbitrary: fc.tuple(
      fc.constantFrom(LIVE, `1 visitor ${NOW} ${NOW} 600 600 - -`, `1 live ${NOW} ${NOW} 300 600 900 ada`, `1 ended idle ${NOW} ${NOW} ${NOW} open once - ada`, `1 replaced ${handleOf('heir')}`),
      fc.array(fc.tuple(fc.nat(9), words), { minLength: 1, maxLength: 2 })
    ).map(([text, changes]) => changes.reduce((some, [at, word]) => some.with(at % some.length, word), text.split(' ')).join(' ')),
    weight: 4
  }
)

const garbledFields = fc.dictionary(
  fc.oneof(fc.string({ unit: 'binary' }).filter(name => name !== '@'), fc.constantFrom('user', '__proto__', 'toJSON', 'valueOf', 'hasOwnProperty', 'set', 'get', 'then', '@@', '_csrf', 'flash')),
  fc.oneof(fc.json(), fc.string({ unit: 'binary' }), fc.json().map(text => text.slice(1))),
  { maxKeys: 4, noNullPrototype: true }
)

interface Opened extends TestApp {
  readonly handle: string
  readonly key: string
  /** A session of the same shard that is due in ten seconds. */
  readonly neighbour: string
}

let opened = 0

/** Somebody who is signed in, and the key of that session. */
async function open (routes: (app: TestApp['app']) => void = () => {}): Promise<Opened> {
  const built = await buildApp({ kit, routes, security: { throttle: 0, warnAfter: 300, expireAfter: 600, absoluteTimeout: false } })
  const { browser, store } = built
  await browser.post('/sign-in')
  const handle = handleOf(String(browser.cookies['sessionId']).split('.')[0] ?? '')
  const [key = ''] = await kit.client().keys(`*}s:${handle}`)
  let neighbour = ''
  while (neighbour === '' || shardOf(neighbour) !== shardOf(handle)) neighbour = handleOf(`neighbour ${opened++}`)
  await store.create(neighbour, {}, { ...TERMS, warnAfter: 5, expireAfter: 10 })
  return { ...built, handle, key, neighbour }
}

async function write (client: Redis, key: string, fields: Fields): Promise<void> {
  const [seconds = NaN, microseconds = NaN] = (await client.time()).map(Number)
  const now = String(seconds * 1000 + Math.floor(microseconds / 1000))
  await client.hset(key, ...Object.entries(fields).map(([field, text]) => [field, text.replaceAll(NOW, now)]).flat())
}

/** Puts a session into the indexes as the next that the sweep looks at. */
async function putForward (key: string, handle: string): Promise<void> {
  const base = key.slice(0, key.indexOf('}') + 1)
  for (const index of ['due', 'open']) await kit.client().zadd(base + index, 1, handle)
}

async function sweep (app: TestApp['app']): Promise<string[]> {
  const { ended, failed, more } = await app.sessionSecurity.sweep()
  assert.deepEqual({ failed, more }, { failed: 0, more: false })
  return ended.map(({ handle }) => handle)
}

/** Which names the session, and says nothing of what it holds. */
function assertAtMostOneLine (log: TestApp['log'], handle: string): void {
  const lines = log.ours().map(({ level, time: _time, pid: _pid, hostname: _hostname, ...line }) => ({ level, ...line }))
  const msg = 'a stored session cannot be read: it counts as none'
  assert.deepEqual(lines, [{ level: 40, plugin: 'fastify-session-security', handle, msg }].slice(0, lines.length))
}

function isJson (text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
