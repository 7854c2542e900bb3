import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import type { Redis } from 'ioredis'
import { RedisStore } from '../../src/redis.ts'
import { run } from '../cli/run.ts'
import type { ConnectionsApp } from '../connections/connections-app.ts'
import { buildConnectionsApp, closed } from '../connections/connections-app.ts'
import { cookieHeader } from '../connections/sockets.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { until } from '../helpers/redis-process.ts'
import type { ClientOptions, RedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { redisOfSuite } from '../helpers/redis-of-suite.ts'
import { signIn } from '../store/contract-kit.ts'
import { ACL_CHANNELS, ACL_COMMANDS, ACL_FOR_CONNECTIONS, ACL_FOR_THE_WARNING, setUser, USER } from './acl.ts'

const redis = redisOfSuite()

/** A node of its own: with a client and a store that no other has. */
async function node (
  options: ClientOptions = {}, server: RedisServer = redis.server, routes: (app: FastifyInstance) => void = () => {}
): Promise<ConnectionsApp & { readonly client: Redis }> {
  const client = server.connect(options)
  const clock = new FakeClock()
  const kit = {
    name: 'RedisStore',
    open: () => ({ store: new RedisStore({ client, clock: clock.now }), clock, held: async () => 0 })
  }
  return { ...await buildConnectionsApp({ kit, security: { expireAfter: 3600, warnAfter: 1800 }, routes }), client }
}

async function subscriptions (): Promise<number> {
  return Number(/pubsub_?channels:(\d+)/.exec(await redis.client.info('stats'))?.[1])
}

describe('connections of several nodes on one Redis', () => {
  it('are closed at once on the nodes that hold them, whichever node ends the session', async () => {
    const nodes = await Promise.all([node(), node(), node()])
    const [first, second, third] = nodes
    assert.ok(first !== undefined && second !== undefined && third !== undefined)
    await first.browser.post('/sign-in')
    Object.assign(second.browser.cookies, first.browser.cookies)
    const targets = [await first.attach(first.browser), await second.attach(second.browser)]
    await third.app.sessionSecurity.endUser('ada')
    for (const target of targets) assert.equal(await closed(target), 'revoked')
    for (const { app } of nodes) await app.close()
  })

  it('are closed at once when the command line ends the session', async t => {
    const server = await startRedis({ port: true })
    t.after(async () => await server.stop())
    const { app, browser, attach } = await node({}, server)
    await browser.post('/sign-in')
    const target = await attach(browser)
    const [session] = (await app.sessionSecurity.list({ user: 'ada' })).sessions
    assert.equal((await run(['end', session?.handle ?? '', '--redis', server.url])).code, 0)
    assert.equal(await closed(target), 'revoked')
    await app.close()
  })

  it('have a connection of their own from the first attach to the end of the server, and no other', async () => {
    const connected = async (): Promise<number> => String(await redis.client.client('LIST')).trim().split('\n').length
    const { app, browser, attach, client } = await node()
    await browser.post('/sign-in')
    const before = await connected()
    await attach(browser)
    await until('a channel is heard', async () => await subscriptions() === 1)
    assert.equal(await connected(), before + 1)
    await attach(browser)
    assert.equal(await connected(), before + 1)
    await app.close()
    await until('nothing is heard', async () => await subscriptions() === 0)
    await until('the connection is closed', async () => await connected() === before)
    client.disconnect()
  })

  it('leave a mark on their sessions, and Redis publishes the ends of those alone', async () => {
    const { app, browser, newBrowser, attach } = await node()
    const other = newBrowser()
    for (const jar of [browser, other]) await jar.post('/sign-in')
    const target = await attach(browser)
    await redis.client.config('RESETSTAT')
    await other.post('/sign-out')
    await browser.post('/sign-out')
    await closed(target)
    assert.equal(/cmdstat_publish:calls=(\d+)/.exec(await redis.client.info('commandstats'))?.[1], '1')
    await app.close()
  })
})

describe('the mark of a session that has connections', () => {
  // Its clock stands still: the times of a session would else take a digit more or less.
  const still = redisOfSuite({ clock: true })

  it('is gone with the session: an ended one takes as many bytes as without it', async () => {
    const sizes: string[][] = []
    for (const device of [undefined, { address: '::1', userAgent: 'Browser' }]) {
      for (const isWatched of [false, true]) {
        await still.client.flushall()
        const store = new RedisStore({ client: still.client })
        const watch = isWatched ? store.subscribeToEnds(() => {}) : null
        const key = await signIn(store, 'session', device === undefined ? {} : { device })
        await store.watch([key])
        assert.equal(String(await still.client.get(`fss:{0}s:${key}`)).includes('PUBLISH'), isWatched)
        await store.end(key, 'revoked')
        watch?.close()
        const kept = (await still.client.keys('fss:{0}[sd]:*')).toSorted()
        sizes.push(await Promise.all(kept.map(async name => `${name} ${await still.client.strlen(name)}`)))
      }
    }
    assert.deepEqual(sizes[1], sizes[0])
    assert.deepEqual(sizes[3], sizes[2])
    assert.equal(sizes[3]?.length, 2)
  })
})

describe('sessions with connections in an odd Redis', () => {
  const key = 'fss:{0}s:'

  it('are marked again by the next look if a node of an earlier version has renewed them', async () => {
    const store = new RedisStore({ client: redis.client })
    const watch = store.subscribeToEnds(() => {})
    const handle = await signIn(store, 'marked again')
    await store.watch([handle])
    const marked = String(await redis.client.get(key + handle))
    await redis.client.set(key + handle, marked.replace(' - - - - PUBLISH', ''))
    await store.watch([handle])
    assert.equal(await redis.client.get(key + handle), marked)
    watch?.close()
  })

  it('are read even if there is no room for a mark', async () => {
    const store = new RedisStore({ client: redis.client })
    const watch = store.subscribeToEnds(() => {})
    const handles = await Promise.all(['one', 'two'].map(async name => await signIn(store, `no room ${name}`)))
    await redis.client.config('SET', 'maxmemory', '1')
    try {
      assert.deepEqual((await store.watch(handles)).map(watched => watched?.session.state), ['live', 'live'])
      assert.equal((await store.end(handles[0] ?? '', 'logout')).length, 1)
    } finally {
      await redis.client.config('SET', 'maxmemory', '0')
    }
    watch?.close()
  })

  it('are left alone while a later version keeps them', async () => {
    const { app, browser, ask, attach, pass } = await node()
    await browser.post('/sign-in')
    const target = await attach(browser)
    const [handle] = (await ask(browser.copy(), ({ sessionSecurity }) => sessionSecurity.handle)).json()
    const place = key + String(handle)
    const record = String(await redis.client.get(place))
    await redis.client.set(place, record.replace(/^1 /, '2 '))
    for (let i = 0; i < 10; i++) await pass(5)
    assert.deepEqual(target.reasons, [])
    assert.deepEqual((await attach(browser)).reasons, ['unavailable'], 'nobody here can tell')
    await redis.client.set(place, record)
    await app.sessionSecurity.endUser('ada')
    assert.equal(await closed(target), 'revoked')
    await app.close()
  })
})

describe('a server that is being closed', () => {
  it('goes on to hold its streams to their sessions until they are over', async () => {
    const [closing, other] = [await node({}, redis.server, addStream), await node()]
    await closing.browser.post('/sign-in')
    const url = await closing.app.listen({ host: '127.0.0.1', port: 0 })
    const cookie = cookieHeader(closing.browser.cookies)
    const response = await fetch(`${url}/stream`, { headers: { cookie } })
    const over = response.text().then(() => 'complete', () => 'cut off')
    const closed = closing.app.close()
    await other.app.sessionSecurity.endUser('ada')
    assert.equal(await over, 'cut off')
    await closed
    await other.app.close()
  })
})

function addStream (app: FastifyInstance): void {
  app.get('/stream', async ({ sessionSecurity }, reply) => {
    if (!await sessionSecurity.attach(reply)) return
    reply.hijack()
    reply.raw.write('begun')
  })
}

describe('a user of Redis without the right to publish or subscribe', () => {
  it('signs out all the same, and connections are closed by the next look', async () => {
    await setUser(redis.client, [...ACL_COMMANDS, ...ACL_FOR_THE_WARNING])
    const { app, browser, ask, attach, pass, log } = await node(USER)
    await browser.post('/sign-in')
    const target = await attach(browser)
    await until('it is logged', () => log.ours(40).some(({ msg }) => msg.includes('publishes no ends')))
    assert.equal((await browser.post('/sign-out')).statusCode, 200)
    assert.deepEqual(target.reasons, [])
    await pass(5)
    assert.deepEqual(target.reasons, ['logout'])
    await browser.post('/sign-in')
    const next = await attach(browser)
    await ask(browser, async ({ session }) => { await session.destroy() })
    await pass(5)
    assert.deepEqual(next.reasons, ['logout'])
    assert.equal(log.ours(40).filter(({ msg }) => msg.includes('publishes no ends')).length, 1)
    await app.close()
  })

  it('may with the rights that the docs name for that, and nothing stands in the log of refusals', async () => {
    await redis.client.acl('LOG', 'RESET')
    await setUser(redis.client, [...ACL_COMMANDS, ...ACL_FOR_THE_WARNING, ...ACL_FOR_CONNECTIONS])
    await redis.client.acl('SETUSER', USER.username, ACL_CHANNELS)
    const { app, browser, attach } = await node(USER)
    await browser.post('/sign-in')
    const target = await attach(browser)
    await until('a channel is heard', async () => await subscriptions() === 1)
    await browser.post('/sign-out')
    assert.equal(await closed(target), 'logout')
    await app.close()
    assert.deepEqual(await redis.client.acl('LOG'), [])
  })
})
