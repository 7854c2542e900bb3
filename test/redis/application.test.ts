import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import Fastify from 'fastify'
import type { TestContext } from 'node:test'
import { signerFactory } from '@fastify/cookie'
import type { Cluster, Redis } from 'ioredis'
import { sessionSecurity } from '../../src/index.ts'
import type { SessionOptions } from '../../src/options/options.ts'
import { RedisStore } from '../../src/redis.ts'
import { APPLICATION_LIFE_MS } from '../../src/store/redis/application.ts'
import { LogCapture } from '../helpers/log-capture.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { until } from '../helpers/redis-process.ts'
import type { UnixRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'

const KEY = 'fss:{0}application'
const [OLD, NEW, OTHER] = ['o', 'n', 'x'].map(letter => letter.repeat(40)) as [string, string, string]

type Secret = SessionOptions['secret']

/**
 * Starts a node, and waits until it has looked whose sessions are there.
 * @returns how often it warned of another application
 */
async function start (client: Redis | Cluster, secret: Secret, prefix?: string): Promise<number> {
  const { app, warnings, asked } = await open(client, secret, prefix)
  await app.ready()
  await until('it has looked', async () => asked())
  await app.close()
  return warnings().length
}

async function open (client: Redis | Cluster, secret: Secret, prefix?: string) {
  let answers = 0
  const watched = new Proxy(client, {
    get (target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return (...args: unknown[]): unknown => {
        const answer: unknown = value.apply(target, args)
        const isAboutIt = args.includes(prefix === undefined ? KEY : `${prefix}{0}application`)
        if (!isAboutIt || !(answer instanceof Promise)) return answer
        return answer.then(value => {
          setImmediate(() =>
            setImmediate(() => { answers++ })
          ) // by then it has drawn its conclusions, or asked once more
          return value
        })
      }
    }
  })
  const log = new LogCapture()
  const app = Fastify({ logger: { level: 'trace', stream: log } })
  const store = new RedisStore({ client: watched, ...(prefix === undefined ? {} : { prefix }) })
  await app.register(
    sessionSecurity, { session: { secret, cookie: { secure: false } }, store, sweep: false, userOf: ({ user }) => user }
  )
  app.get('/', async ({ session }) => session.user ?? 'nobody')
  app.post('/sign-in', async ({ session }) => { session.user = 'ada' })
  let seen = -1
  const asked = (): boolean => {
    const isQuiet = answers > 0 && seen === answers
    seen = answers
    return isQuiet
  }
  return { app, log, warnings: () => log.ours(40).filter(({ msg }) => msg.startsWith('another application')), asked }
}

async function redis (test: TestContext, options: { readonly clock?: true } = {}): Promise<UnixRedisServer> {
  const server = await startRedis(options)
  test.after(async () => await server.stop())
  return server
}

describe('two applications on one Redis', () => {
  it('under one prefix: the second is warned at each start, once, and the first is not', async test => {
    const client = (await redis(test)).connect()
    assert.equal(await start(client, OLD), 0)
    const before = await client.get(KEY)
    for (let i = 0; i < 2; i++) assert.equal(await start(client, OTHER), 1)
    assert.equal(await start(client, OLD), 0)
    assert.equal(await client.get(KEY), before, 'the second has added nothing')
  })

  it('the warning names the prefix and what to do, and no secret', async test => {
    const client = (await redis(test)).connect()
    await start(client, OLD, 'shop:')
    const { app, log, warnings } = await open(client, OTHER, 'shop:')
    await app.ready()
    await until('it is warned', () => warnings().length > 0)
    await app.sessionSecurity.sweep()
    assert.deepEqual(warnings().map(({ prefix }) => prefix), ['shop:'])
    assert.match(warnings()[0]?.msg ?? '', /Give each application its own prefix/)
    for (const secret of [OLD, OTHER, String(await client.get('shop:{0}application'))]) {
      assert.ok(!log.raw.join('').includes(secret))
    }
    await app.close()
  })

  it('with a prefix of its own each, or with the same secret as nodes have it, no one is warned', async test => {
    const client = (await redis(test)).connect()
    for (const [secret, prefix] of [
      [OLD, 'a:'], [OTHER, 'b:'], [OLD, 'a:'], [OTHER, 'b:'], [[OTHER, NEW], 'b:']
    ] as const) {
      assert.equal(await start(client, typeof secret === 'string' ? secret : [...secret], prefix), 0)
    }
  })

  it('on a Cluster', async test => {
    const cluster = await startCluster(2)
    test.after(async () => await cluster.stop())
    const client = cluster.connect()
    assert.deepEqual([await start(client, OLD), await start(client, OTHER), await start(client, [NEW, OLD])], [0, 1, 0])
  })
})

describe('secrets that are changed while nodes are exchanged one by one', () => {
  for (const [what, starts] of Object.entries({
    'the next one is put in front, then the former one is dropped': [
      [OLD], [OLD], [NEW, OLD], [OLD], [NEW, OLD], [OLD], [NEW], [NEW, OLD], [NEW]
    ],
    'nothing was known before: the first node that starts has both': [[NEW, OLD], [OLD], [NEW], [OLD]],
    'the next one is first put behind, so that every node knows it before one signs with it': [
      [OLD], [OLD, NEW], [OLD], [NEW, OLD], [OLD, NEW], [NEW], [NEW, OLD]
    ],
    'it goes back': [[OLD], [NEW, OLD], [OLD], [NEW, OLD], [OLD]],
    'many, one after the other': Array.from(
      { length: 20 }, (_, i) => [i + 1, i].map(number => String(number).repeat(40).slice(0, 40))
    )
  })) {
    it(`${what}: no node is warned`, async test => {
      const client = (await redis(test)).connect()
      for (const [i, secrets] of starts.entries()) {
        assert.equal(await start(client, secrets), 0, `start ${i}`)
        assert.ok(String(await client.get(KEY)).split(' ').length <= 8)
      }
    })
  }

  it('nodes that start at the same moment all have their marks there', async test => {
    const client = (await redis(test)).connect()
    const warned = await Promise.all([
      [OLD], [NEW, OLD], [OLD], [NEW, OLD]
    ].map(async secrets => await start(client, secrets)))
    assert.deepEqual(warned, [0, 0, 0, 0])
    assert.equal(await start(client, [NEW]), 0)
  })

  it('without the former one beside it: all nodes are warned, as if they were of another application', async test => {
    const client = (await redis(test)).connect()
    assert.deepEqual([await start(client, OLD), await start(client, NEW)], [0, 1])
    await client.del(KEY)
    assert.deepEqual([await start(client, NEW), await start(client, NEW)], [0, 0])
  })
})

describe('a signer of the application\'s', () => {
  const plain = signerFactory(OLD)
  const salted = { // another text each time
    sign: (value: string) => plain.sign(`${randomBytes(4).toString('hex')}.${value}`),
    unsign (text: string) {
      const { valid, renew, value } = plain.unsign(text)
      return { valid, renew, value: valid ? value.slice(9) : null }
    }
  }
  for (const [what, secret] of Object.entries({
    'the usual one': plain,
    'one that gives another text each time': salted,
    'one whose texts have spaces and line breaks': {
      sign: (value: string) => `- \n${plain.sign(value)}`,
      unsign: (text: string) => plain.unsign(text.slice(3))
    }
  })) {
    it(`${what}: its nodes are not warned, and others are`, async test => {
      const client = (await redis(test)).connect()
      for (let i = 0; i < 12; i++) assert.equal(await start(client, secret as Secret), 0)
      assert.ok(String(await client.get(KEY)).split(' ').length <= 8)
      assert.equal(await start(client, OTHER), 1)
      await client.del(KEY)
      await start(client, OTHER)
      assert.equal(await start(client, secret as Secret), 1)
    })
  }
})

describe('the mark of an application', () => {
  it('lives for 30 days from each start on, and is written again if it is gone', async test => {
    const server = await redis(test, { clock: true })
    const client = server.connect()
    for (let i = 0; i < 3; i++) {
      await start(client, OLD)
      assert.equal(await client.pttl(KEY), APPLICATION_LIFE_MS)
      server.advance(29 * 86_400)
    }
    await client.flushall()
    await start(client, OLD)
    assert.equal(await client.exists(KEY), 1)
  })

  it('delays and fails no start while Redis is away; the sweep looks later', async test => {
    const server = await redis(test)
    await start(server.connect(), OLD)
    server.pause()
    const { app, warnings } = await open(server.connect(), OTHER)
    await app.ready()
    assert.equal((await app.inject('/')).body, 'nobody')
    await assert.rejects(app.sessionSecurity.sweep(), { code: 'FST_SESSION_SECURITY_STORE_UNAVAILABLE' })
    assert.deepEqual(warnings(), [])
    server.resume()
    await until('a sweep has looked', async () => {
      await app.sessionSecurity.sweep()
      return warnings().length === 1
    })
    await app.close()
  })

  it('fails no start if its key has another type, or the user may not write', async test => {
    const server = await redis(test)
    const client = server.connect()
    await client.rpush(KEY, 'something')
    for (let i = 0; i < 2; i++) {
      const { app, warnings } = await open(client, OTHER)
      await app.ready()
      assert.equal((await app.inject('/')).body, 'nobody')
      assert.deepEqual(warnings(), [])
      await app.close()
      await client.set(KEY, '')
    }
  })

  it('is no session cookie: it signs nobody in, and no session begins under its id', async test => {
    const client = (await redis(test)).connect()
    const { app } = await open(client, OLD)
    await app.ready()
    await until('it stands there', async () => await client.exists(KEY) === 1)
    const mark = String(await client.get(KEY))
    const cookies = { sessionId: decodeURIComponent(mark) }
    assert.equal((await app.inject({ url: '/', cookies })).body, 'nobody')
    const signIn = await app.inject({ method: 'POST', url: '/sign-in', cookies })
    const given = decodeURIComponent(String(signIn.cookies[0]?.value))
    assert.equal(given.includes('application'), false)
    assert.equal((await app.inject({ url: '/', cookies: { sessionId: given } })).body, 'ada')
    assert.equal((await app.inject({ url: '/', cookies })).body, 'nobody')
    await app.close()
  })
})
