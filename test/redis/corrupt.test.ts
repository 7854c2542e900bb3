import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Redis } from 'ioredis'
import { isUserId } from '../../src/option-checks.ts'
import { handleOf } from '../../src/store/handle.ts'
import type { TestApp, TestAppOptions } from '../helpers/app.ts'
import { buildApp } from '../helpers/app.ts'
import { redisKit } from '../helpers/store-kits.ts'
import { readStored, toLines } from '../../src/store/redis/lines.ts'
import type { Fields } from './corrupt-records.ts'
import { CONFIDENTIAL, LIVE, NO_RECORD, putForward, write } from './corrupt-records.ts'

const TERMS = { isAuthenticated: true, warnAfter: 300, expireAfter: 600, absoluteTimeout: false } as const

const RESERVED_NAMES = [
  '__proto__', 'constructor', 'destroy', 'save', 'touch', 'regenerate', 'sessionId', 'encryptedSessionId',
  '_session_security'
]

const BAD_CONTENTS: Record<string, Fields> = {
  'JSON that breaks off': { '@': LIVE, user: `{"name":"${CONFIDENTIAL}` },
  'an empty text': { '@': LIVE, user: '' },
  'text that is no JSON': { '@': LIVE, user: CONFIDENTIAL },
  'JSON that is nested too deep to be taken apart': { '@': LIVE, user: '['.repeat(20_000) + ']'.repeat(20_000) },
  'a cookie age that is no JSON': { '@': LIVE, cookie: CONFIDENTIAL },
  ...Object.fromEntries(RESERVED_NAMES.map(name => [
    `a field called ${name}`, Object.fromEntries([['@', LIVE], [name, `{"a":"${CONFIDENTIAL}"}`]])
  ]))
}

/** Values in the place of a session's own cookie age. */
const NO_AGES = [
  'null', 'true', '5', '""', '[]', '{}', `{"a":"${CONFIDENTIAL}"}`, '{"maxAge":0}', '{"maxAge":-1}',
  '{"maxAge":"soon"}', '{"maxAge":{}}', '{"maxAge":1e999}', '{"maxAge":1e300}', '{"expires":"soon"}'
]

const kit = redisKit()

describe('G10: a key of a session with another value', () => {
  for (const [what, spoil] of [
    ['a hash', async (client: Redis, key: string) => await client.hset(key, '@', CONFIDENTIAL)],
    ['a list', async (client: Redis, key: string) => await client.rpush(key, '@', LIVE)],
    ['a sorted set', async (client: Redis, key: string) => await client.zadd(key, 1, '@')],
    ...Object.entries({ ...NO_RECORD, ...BAD_CONTENTS }).map(([what, fields]) => [
      what, async (client: Redis, key: string) => await write(client, key, fields)
    ] as const)
  ] as const) {
    it(`${what}: the request is anonymous, a line names the key, the sweep goes on`, { timeout: 60_000 }, async () => {
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

      for (const query of [{ state: 'live' }, { state: 'ended' }, { state: 'live', user: 'ada' }] as const) {
        await store.list({ ...query, limit: 10 })
      }
      await putForward(client, key, handle)
      kit.advance(10) // the neighbour is due
      assert.deepEqual(await sweep(app, log), [neighbour])
      assert.deepEqual(await store.claimEnds(10), { sessions: [], more: false, lagMs: 0 })
      await store.list({ state: 'live', limit: 10 })
      assert.equal(await client.exists(key), 1, 'it is left for who looks into it')

      assert.equal((await browser.post('/sign-in')).statusCode, 200)
      assert.equal((await browser.get('/')).json().user, 'ada')
      assert.ok(!log.raw.join('').includes(CONFIDENTIAL))
      if (!isRead) assert.deepEqual(await store.end(handle, 'revoked'), [])
      await app.close()
    })
  }

  for (const rolling of [true, false]) {
    it(`a bad cookie age: the session goes on, its cookie has the configured age (rolling: ${rolling})`, async () => {
      const session = { rolling, cookie: { secure: false, maxAge: 3_600_000 } }
      const { app, browser, key, log } = await open({ session })
      for (const age of NO_AGES) {
        await change(key, { cookie: age })
        log.raw.length = 0
        const page = await app.inject({ url: '/', cookies: browser.cookies })
        assert.deepEqual([page.statusCode, page.json().user], [200, 'ada'], age)
        const expires = page.cookies.map(cookie => Math.round((Number(cookie.expires) - Date.now()) / 60_000))
        assert.deepEqual(expires, rolling ? [60] : [], age)
        assert.deepEqual(log.ours(), [], age)
      }
      await app.close()
    })
  }

  it('JSON nested to any depth, put there by whatever: no request ends the process', { timeout: 60_000 }, async () => {
    const { app, browser, key } = await open({
      routes: app => { app.post('/draft', async request => { Reflect.set(request.session, 'draft', request.body) }) }
    })
    // From the deepest on: code that has run often needs less of the stack, and would hide what code that is new does.
    for (let depth = 8000; depth > 0; depth -= 100) {
      const draft = '['.repeat(depth) + ']'.repeat(depth)
      const saved = await browser.post('/draft', draft, { 'content-type': 'application/json' })
      assert.ok(saved.statusCode === 200 || saved.json().code === 'FST_SESSION_SECURITY_NOT_SERIALIZABLE', saved.body)
      assert.equal((await browser.get('/passive')).json().user, 'ada', 'what was saved can be restored')
      await change(key, { draft })
      const page = await app.inject({ url: '/passive', cookies: browser.cookies })
      assert.deepEqual([page.statusCode, page.json().user], [200, saved.statusCode === 200 ? 'ada' : null])
      await change(key, { draft: undefined })
    }
    await app.close()
  })

  it('any fields at all: they are restored as they are, or their holder is anonymous', {
    timeout: 60_000
  }, async () => {
    const { app, browser, key, log } = await open({ security: { userOf: ({ user }) => isUserId(user) ? user : null } })
    const client = kit.client()
    const { record, contents } = readStored(String(await client.get(key)))
    await fc.assert(fc.asyncProperty(garbledFields, async fields => {
      await client.del(key)
      await write(client, key, { '@': record, ...contents, ...fields })
      const page = await app.inject({ url: '/passive', cookies: browser.cookies })
      assert.equal(page.statusCode, 200)
      const { user } = page.json()
      assert.ok(
        user === null || Object.values(fields).every(isJson), 'a session of which a part cannot be read is none'
      )
      assert.equal(log.ours(50).length, 0)
    }), { numRuns: 300, interruptAfterTimeLimit: 10_000, endOnFailure: true })
    await app.close()
  })

  it('a user that is no id: the log says that the session counts as none, and the person can sign in', async () => {
    const { app, browser, handle, key, log } = await open()
    await change(key, { user: '{"id":"ada"}' })
    const before = await kit.client().get(key)
    for (const url of ['/passive', '/session_security/ping', '/session_security/ping?idleFor=0']) {
      const { statusCode, body } = await app.inject({ url, cookies: browser.cookies })
      assert.equal(statusCode, 200, url)
      assert.ok([null, undefined].includes(JSON.parse(body).user), url)
    }
    assert.equal(await kit.client().get(key), before)
    const lines = log.ours().filter(({ msg }) => msg.includes('userOf'))
    const logged = lines.map(line => ({ level: line.level, handle: line['handle'] }))
    assert.deepEqual(logged, [{ level: 40, handle }], 'not for each request')
    assert.match(String(lines[0]?.['why']), /userOf/)
    await browser.post('/sign-in')
    assert.equal((await browser.get('/passive')).json().user, 'ada')
    await app.close()
  })

  it('a session of which userOf says otherwise: the log says so once, and not for each request', async () => {
    const { app, browser, handle, key, log } = await open()
    await change(key, { user: undefined })
    for (const url of ['/passive', '/session_security/ping', '/passive']) {
      assert.equal((await app.inject({ url, cookies: browser.cookies })).statusCode, 200)
    }
    const lines = log.ours().filter(({ msg }) => msg.includes('userOf'))
    assert.deepEqual(lines.map(line => ({ level: line.level, handle: line['handle'] })), [{ level: 40, handle }])
    await app.close()
  })
})

const garbledFields = fc.dictionary(
  fc.oneof(
    fc.string({ unit: 'binary' }).filter(name => name !== '@'),
    fc.constantFrom(
      'user', '__proto__', 'toJSON', 'valueOf', 'hasOwnProperty', 'set', 'get', 'then', '@@', '_csrf', 'flash'
    )
  ),
  fc.oneof(fc.json(), fc.string({ unit: 'binary' }), fc.json().map(text => text.slice(1))),
  { maxKeys: 4, noNullPrototype: true }
)

/** Sets keys of a session to texts, and removes those without one. */
async function change (key: string, changes: Record<string, string | undefined>): Promise<void> {
  const { record, contents } = readStored(String(await kit.client().get(key)))
  const changed = Object.entries({ ...contents, ...changes })
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
  await kit.client().set(key, record + toLines(Object.fromEntries(changed)), 'KEEPTTL')
}

interface Opened extends TestApp {
  readonly handle: string
  readonly key: string
  /** A session that is due in ten seconds. */
  readonly neighbour: string
}

let opened = 0

/** Signs a person in, and finds the key of the session. */
async function open ({ security, ...options }: Omit<TestAppOptions, 'kit'> = {}): Promise<Opened> {
  const timeouts = { throttle: 0, warnAfter: 300, expireAfter: 600, absoluteTimeout: false } as const
  const built = await buildApp({ kit, security: { ...timeouts, ...security }, ...options })
  const { browser, store } = built
  await browser.post('/sign-in')
  const handle = handleOf(String(browser.cookies['sessionId']).split('.')[0] ?? '')
  const [key = ''] = await kit.client().keys(`*}s:${handle}`)
  const neighbour = handleOf(`neighbour ${opened++}`)
  await store.begin(neighbour, { contents: {}, terms: { ...TERMS, warnAfter: 5, expireAfter: 10 } })
  return { ...built, handle, key, neighbour }
}

/** @returns the handles of the sessions whose end was notified */
async function sweep (app: TestApp['app'], log: TestApp['log']): Promise<unknown[]> {
  const { ended, failed, more } = await app.sessionSecurity.sweep()
  const handles = log.ours().filter(({ msg }) => msg === 'session ended').map(line => line['handle'])
  assert.deepEqual({ ended, failed, more }, { ended: handles.length, failed: 0, more: false })
  return handles
}

/** The line names the session, and says nothing of what it holds. */
function assertAtMostOneLine (log: TestApp['log'], handle: string): void {
  const lines = log.ours().map(({
    level, time: _time, pid: _pid, hostname: _hostname, ...line
  }) => ({ level, ...line }))
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
