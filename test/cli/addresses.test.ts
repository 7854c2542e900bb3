import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { nameOfAddress, readAddress } from '../../src/cli/redis-address.ts'
import type { RedisAddress } from '../../src/cli/redis-address.ts'
import { RedisStore } from '../../src/redis.ts'
import type { RedisCluster } from '../helpers/redis-cluster.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import type { RedisSentinels } from '../helpers/redis-sentinel.ts'
import { startSentinels } from '../helpers/redis-sentinel.ts'
import type { UnixRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { run } from './run.ts'
import { signIn } from './seed.ts'

const PLAIN = { hasTls: false, database: 0 }

describe('the address of Redis', () => {
  it('names a server, nodes of a Cluster, Sentinels or a socket', () => {
    const addresses: ReadonlyArray<readonly [text: string, expected: RedisAddress, name: string]> = [
      ['redis://h', { ...PLAIN, kind: 'servers', servers: [{ host: 'h', port: 6379 }] }, 'The Redis at h:6379'],
      ['rediss://u:p%40s@redis_1.x:7/3', {
        kind: 'servers',
        hasTls: true,
        database: 3,
        username: 'u',
        password: 'p@s',
        servers: [{ host: 'redis_1.x', port: 7 }]
      }, 'Database 3 of the Redis at redis_1.x:7'],
      [
        'redis://:p@[::1]:7/', { ...PLAIN, kind: 'servers', password: 'p', servers: [{ host: '::1', port: 7 }] },
        'The Redis at [::1]:7'
      ],
      [
        'redis://a:1,b:2', { ...PLAIN, kind: 'servers', servers: [{ host: 'a', port: 1 }, { host: 'b', port: 2 }] },
        'The Redis at a:1, b:2'
      ],
      ['redis-sentinel://:p@a,b:2/mymaster/4?sentinelPassword=s%26t', {
        kind: 'sentinels',
        hasTls: false,
        database: 4,
        password: 'p',
        master: 'mymaster',
        sentinelUser: { sentinelPassword: 's&t' },
        servers: [{ host: 'a', port: 26_379 }, { host: 'b', port: 2 }]
      }, 'Database 4 of the master mymaster of the Sentinels at a:26379, b:2'],
      ['rediss+sentinel://a/m', {
        ...PLAIN, kind: 'sentinels', hasTls: true, master: 'm', sentinelUser: {}, servers: [{ host: 'a', port: 26_379 }]
      }, 'The master m of the Sentinels at a:26379'],
      ['/run/redis.sock', { ...PLAIN, kind: 'socket', path: '/run/redis.sock' }, 'The Redis at /run/redis.sock'],
      ['unix://u:p@/run/a%20b.sock?db=2', {
        kind: 'socket', hasTls: false, database: 2, username: 'u', password: 'p', path: '/run/a b.sock'
      }, 'Database 2 of the Redis at /run/a b.sock']
    ]
    for (const [text, expected, name] of addresses) {
      const address = readAddress(text)
      assert.deepEqual(address, expected, text)
      assert.equal(nameOfAddress(expected), name)
    }
  })

  it('is none where something is missing, superfluous or not percent-encoded', () => {
    for (const text of [
      '', 'redis:', 'redis://', 'redis:///0', 'redis://h:70000', 'redis://h:0', 'redis://h/x', 'redis://h/0/1', 'redis://h#x', 'redis://a,,b',
      'redis://::1', 'redis://a b', 'http://h', 'redis-sentinel://h', 'redis-sentinel://h/', 'redis-sentinel://h/m/x', 'redis-sentinel://h/m?x=1',
      'unix://', 'unix://h/x', 'unix:///x?db=y', 'unix:///x?db=1&x=1', 'run/redis.sock', '/', 'redis://:%zz@h', 'redis://:a@b@h', 'redis://:a/b@h', 'redis://:a?b@h'
    ]) assert.equal(readAddress(text), null, text)
  })
})

describe('a server on a unix socket', () => {
  let server: UnixRedisServer
  before(async () => { server = await startRedis() })
  after(async () => await server.stop())

  it('is reached by its path, or by a URL with the database', async () => {
    await signIn(new RedisStore({ client: server.connect(), commandTimeout: 10 }), 'a')
    await signIn(new RedisStore({ client: server.connect({ db: 3 }), commandTimeout: 10 }), 'b')
    await signIn(new RedisStore({ client: server.connect({ db: 3 }), commandTimeout: 10 }), 'c')
    for (const [redis, count] of [
      [server.path, 1], [`unix://${server.path}`, 1], [`unix://${server.path}?db=3`, 2]
    ] as const) {
      const { code, out, err } = await run(['list', '--json', '--redis', redis])
      assert.deepEqual([code, err, JSON.parse(out).sessions.length], [0, '', count], redis)
    }
  })

  it('is named when it does not exist, and is no Cluster', async () => {
    const { code, err } = await run(['stats'], { REDIS_URL: `${server.path}.none` })
    assert.deepEqual(
      [code, err.startsWith(`The Redis at ${server.path}.none cannot be used (connect ENOENT`)], [1, true], err
    )
    assert.match(err, /This socket does not exist/)
    const cluster = await run(['stats', '--cluster'], { REDIS_URL: server.path })
    assert.deepEqual([cluster.code, /--cluster needs the address/.test(cluster.err)], [2, true])
  })
})

describe('a master behind Sentinels', () => {
  let sentinels: RedisSentinels
  before(async () => { sentinels = await startSentinels() })
  after(async () => await sentinels.stop())

  it('is found by the Sentinels, also when the first of them is away', async () => {
    await signIn(new RedisStore({ client: sentinels.connect(), commandTimeout: 10 }), 'a', { user: 'ada' })
    const hosts = sentinels.sentinels.map(({ server }) => `127.0.0.1:${server.port}`)
    for (const named of [hosts, ['127.0.0.1:1', ...hosts]]) {
      const { code, out, err } = await run(
        ['end-user', 'nobody', '--json'], { REDIS_URL: `redis-sentinel://${named.join(',')}/mymaster` }
      )
      assert.deepEqual([code, err, JSON.parse(out).ended], [1, '', []])
      const list = await run(['list', '--json', '--redis', `redis-sentinel://${named.join(',')}/mymaster/0`])
      assert.deepEqual([list.code, JSON.parse(list.out).sessions.length], [0, 1], list.err)
    }
  })

  it('is named when it cannot be found, with advice', async () => {
    const [sentinel] = sentinels.sentinels
    const { master } = sentinels
    for (const [redis, why] of [
      [
        `redis-sentinel://127.0.0.1:${sentinel?.server.port}/other`,
        /^The master other of the Sentinels at 127\.0\.0\.1:\d+ cannot be used.* knows a master with this name\.\n$/
      ],
      ['redis-sentinel://127.0.0.1:1/mymaster', /No Sentinel answers there/],
      [`redis-sentinel://127.0.0.1:${master.server.port}/mymaster`, /is no Sentinel/],
      [`redis://127.0.0.1:${sentinel?.server.port}`, /Is this server a Sentinel\?/]
    ] as const) {
      const { code, err } = await run(['stats', '--redis', redis])
      assert.equal(code, 1, redis)
      assert.match(err, why)
    }
  })

  it('is found by Sentinels with users of their own, whom the address names', async () => {
    const [sentinel] = sentinels.sentinels
    const secret = 'p@ss&word'
    await sentinel?.client.call('ACL', 'SETUSER', 'operator', 'on', `>${secret}`, '+@all')
    await sentinel?.client.call('ACL', 'SETUSER', 'default', 'off')
    const address = `redis-sentinel://127.0.0.1:${sentinel?.server.port}/mymaster`
    const named = `${address}?sentinelUsername=operator&sentinelPassword=${encodeURIComponent(secret)}`
    const { code, err } = await run(['stats', '--redis', named])
    assert.deepEqual([code, err], [0, ''])
    for (const wrong of [address, `${named}x`]) {
      const refused = await run(['stats', '--redis', wrong])
      assert.deepEqual(
        [refused.code, refused.err.includes('word&') || /p@ss|p%40ss/.test(refused.err)], [1, false], refused.err
      )
      assert.match(refused.err, /The Sentinels need .*sentinelPassword=/)
    }
  })
})

describe('several nodes of a Cluster', () => {
  let cluster: RedisCluster
  before(async () => { cluster = await startCluster() })
  after(async () => await cluster.stop())

  it('are asked without --cluster, one after the other, and each leads to the others', async () => {
    const handle = await signIn(new RedisStore({ client: cluster.connect(), commandTimeout: 10 }), 'a', { user: 'ada' })
    const [first, second] = cluster.nodes.map(({ server }) => `127.0.0.1:${server.port}`)
    for (const hosts of [`${first},${second}`, `127.0.0.1:1,${second}`]) {
      const { code, out, err } = await run(['show', handle.slice(0, 8), '--json'], { REDIS_URL: `redis://${hosts}` })
      assert.deepEqual([code, err, JSON.parse(out).sessions[0]?.user], [0, '', 'ada'], hosts)
    }
    const { code, err } = await run(['stats'], { REDIS_URL: `redis://${first},${second}/1` })
    assert.deepEqual([code, err], [2, 'A Cluster has only database 0.\n'])
  })

  it('find a short handle in the shard that its letters name, and none for other letters', async () => {
    const store = new RedisStore({ client: cluster.connect(), commandTimeout: 10 })
    const handles = await Promise.all(Array.from(
      { length: 40 }, async (_, i) => await signIn(store, `user ${i}`, { user: `user ${i}` })
    ))
    for (const handle of handles.slice(0, 5)) {
      assert.deepEqual(await store.handles.find(handle.slice(0, 7), 2), [handle])
    }
    assert.deepEqual(await store.handles.find('zz-not', 2), [])
  })

  it('find a handle without its last letters, also one as long as on a single server', async () => {
    const REDIS_URL = cluster.nodes.map(({ server }) => server.url.slice('redis://'.length)).join(',')
    const handle = await signIn(
      new RedisStore({ client: cluster.connect(), commandTimeout: 10 }), 'cut', { user: 'cut' }
    )
    for (const length of [42, 43, 44]) {
      const { out, err } = await run(['show', '--json', handle.slice(0, length)], { REDIS_URL: `redis://${REDIS_URL}` })
      assert.deepEqual([JSON.parse(out).sessions[0].handle, err], [handle, ''])
    }
  })

  it('end all sessions of all shards by end-all', async () => {
    const store = new RedisStore({ client: cluster.connect(), commandTimeout: 10 })
    const { live } = await store.stats()
    const REDIS_URL = `redis://${cluster.nodes.map(({ server }) => `127.0.0.1:${server.port}`).join(',')}`
    const { code, out, err } = await run(['end-all', '--yes', '--json'], { REDIS_URL })
    assert.deepEqual([code, JSON.parse(out), err], [0, { ended: live, left: 0, stopped: false }, ''])
    assert.ok(live > 30)
    assert.equal((await store.stats()).live, 0)
  })
})
