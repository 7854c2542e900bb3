import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import Fastify from 'fastify'
import type { Cluster, Redis } from 'ioredis'
import { sessionSecurity } from '../../src/index.ts'
import { RedisStore } from '../../src/redis.ts'
import { SECRET } from '../helpers/app.ts'
import { BrowserJar } from '../helpers/browser-jar.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { until } from '../helpers/redis-process.ts'
import { startSentinels } from '../helpers/redis-sentinel.ts'
import { startRedis } from '../helpers/redis-server.ts'
import {
  ACL_COMMANDS, ACL_FOR_A_CLUSTER, ACL_FOR_CLIENT_INFO, ACL_FOR_OPTIONS, ACL_FOR_SENTINELS, ACL_FOR_THE_WARNING,
  knowsClientInfo, setUser, USER
} from './acl.ts'

const COMMANDS = [...ACL_COMMANDS, ...ACL_FOR_THE_WARNING] as const

/**
 * A server from its start to its end, with all that it does to sessions. `during`: something that happens meanwhile.
 */
async function live (client: Redis | Cluster, during: () => Promise<void> = async () => {}): Promise<void> {
  const app = Fastify()
  const store = new RedisStore({ client })
  await app.register(sessionSecurity, {
    session: {
      secret: SECRET, cookie: { secure: false }
    },
    store,
    sweep: false,
    userOf: ({ user }) => user,
    maxSessionsPerUser: 2
  })
  app.post('/sign-in', async ({ session }) => { session.user = 'ada' })
  app.post('/sign-out', async ({ session }) => await session.destroy())
  app.post('/renew', async ({ session }) => await session.regenerate(['user']))
  app.post('/note', async ({ session }) => { session.a = 1 })
  app.get('/sessions', async ({ sessionSecurity }) => await sessionSecurity.sessions())
  app.post('/end-others', async ({ sessionSecurity }) => await sessionSecurity.endOtherSessions())
  await app.ready()
  const { sessionSecurity: security } = app
  for (let i = 0; i < 3; i++) {
    const browser = new BrowserJar(app)
    const [post, get] = [(url: string) => browser.post(url), (url: string) => browser.get(url)]
    for (const send of [
      () => post('/note'), () => post('/sign-in'), () => post('/renew'), () => post('/note'), () => get('/sessions'),
      () => get('/session_security/ping?idleFor=0'), () => post('/end-others'), ...(i === 2
        ? [() => post('/sign-out')]
        : [])
    ]) {
      const { statusCode, body } = await send()
      assert.ok(statusCode < 300, body)
    }
    if (i === 1) await during()
  }
  assert.deepEqual(await security.health(), { healthy: true })
  await security.list({ state: 'all', order: 'ends-last' })
  await security.stats()
  await security.sweep()
  await security.tokens.track({ id: 't', user: 'ada', expiresAt: Math.floor(Date.now() / 1000) + 3600 })
  await security.tokens.list()
  await security.endUser('ada', { tokens: true })
  await security.endAll()
  await app.close()
}

async function assertNothingRefused (...servers: readonly Redis[]): Promise<void> {
  for (const server of servers) assert.deepEqual(await server.call('ACL', 'LOG'), [])
}

describe('with the rights that the docs name, nothing stands in ACL LOG after a whole life', () => {
  it('of one server', async test => {
    const server = await startRedis()
    test.after(async () => await server.stop())
    const admin = server.connect()
    await setUser(admin, COMMANDS)
    await live(server.connect(USER))
    await assertNothingRefused(admin)
    await setUser(admin, [...COMMANDS, ...ACL_FOR_OPTIONS])
    await live(server.connect({ ...USER, db: 3, connectionName: 'shop' }))
    await assertNothingRefused(admin)
  })

  it('of Sentinels, which have users of their own, over a failover', { timeout: 120_000 }, async test => {
    const sentinels = await startSentinels()
    test.after(async () => await sentinels.stop())
    for (const { client } of [sentinels.master, sentinels.replica]) await setUser(client, COMMANDS)
    for (const { client } of sentinels.sentinels) {
      const rights = [...ACL_FOR_SENTINELS, ...(await knowsClientInfo(client) ? ACL_FOR_CLIENT_INFO : [])]
      await client.call(
        'ACL', 'SETUSER', USER.username, 'reset', 'on', `>${USER.password}`, ...rights.map(right => `+${right}`)
      )
    }
    const client = sentinels.connect({ ...USER, sentinelUsername: USER.username, sentinelPassword: USER.password })
    await live(client)
    await sentinels.failOver()
    await until('the client has found the replica', async () => await client.exists('fss:x') === 0)
    await live(client)
    await assertNothingRefused(sentinels.replica.client, ...sentinels.sentinels.map(({ client }) => client))
  })

  it('of a Cluster, while a slot migrates', { timeout: 60_000 }, async test => {
    const cluster = await startCluster(2)
    test.after(async () => await cluster.stop())
    for (const { client } of cluster.nodes) await setUser(client, [...COMMANDS, ...ACL_FOR_A_CLUSTER])
    const client = cluster.connect({ redisOptions: USER })
    await live(client, async () => {
      const [from, to] = cluster.nodes
      if (from === undefined || to === undefined) throw new RangeError('no nodes')
      const key = 'fss:{0}none'
      const slot = Number(await from.client.cluster('KEYSLOT', key))
      const [source, target] = slot < 8192 ? [from, to] : [to, from]
      await target.client.cluster('SETSLOT', slot, 'IMPORTING', source.id)
      await source.client.cluster('SETSLOT', slot, 'MIGRATING', target.id)
      assert.equal(await client.exists(key), 0) // asks the next node
      for (const node of [target, source]) await node.client.cluster('SETSLOT', slot, 'STABLE')
    })
    await assertNothingRefused(...cluster.nodes.map(({ client }) => client))
  })

  it('of Redis before 7.2, which has no right for the name of a client', async test => {
    const server = await startRedis()
    test.after(async () => await server.stop())
    const admin = server.connect()
    const isKnown = await knowsClientInfo(admin)
    const given = admin.call('ACL', 'SETUSER', 'x', '+client|setinfo')
    if (isKnown) assert.equal(await given, 'OK')
    else await assert.rejects(given, /Unknown command/i)
  })
})
