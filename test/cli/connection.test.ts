import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { RedisStore } from '../../src/redis.ts'
import type { RedisCluster } from '../helpers/redis-cluster.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { until } from '../helpers/redis-process.ts'
import type { TcpRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import type { SessionSummary } from '../../src/store/summary.ts'
import { ACL_COMMANDS, aclRules } from '../redis/acl.ts'
import { run, runProcess } from './run.ts'
import { signIn, signInMany } from './seed.ts'

const SECRET = 'p@ss/w:rd'

describe('the way to Redis', () => {
  let server: TcpRedisServer
  before(async () => {
    server = await startRedis({ port: true })
    const client = server.connect()
    await client.call('ACL', 'SETUSER', 'operator', 'on', `>${SECRET}`, ...aclRules(ACL_COMMANDS))
    await client.call('ACL', 'SETUSER', 'guest', 'on', `>${SECRET}`, '~other:*', '+@read')
    await signIn(new RedisStore({ client, commandTimeout: 10 }), 'a', { user: 'ada' })
    await client.config('SET', 'requirepass', SECRET)
  })
  after(async () => await server.stop())

  const urlOf = (user: string, password: string): string =>
    `redis://${user}:${encodeURIComponent(password)}@127.0.0.1:${server.port}`

  it('needs no rights beyond those of the store', async () => {
    const redis = urlOf('operator', SECRET)
    for (const command of [
      ['list'], ['list', '--state', 'all', '--order', 'ends-last'], ['stats'], ['sweep'], ['sweep', '--dry-run'],
      ['tokens', 'list']
    ]) {
      const { code, err } = await run([...command, '--json', '--redis', redis])
      assert.deepEqual({ code, err }, { code: 0, err: '' }, command.join(' '))
    }
    const { err: none } = await run(['show', 'abcdef', '--redis', redis])
    assert.match(none, /^No authenticated session has the handle abcdef/)
    const { code, err } = await runProcess([
      'end-user', 'ada', '--json', '--redis', redis
    ]) // the client logs nothing either
    assert.deepEqual({ code, err }, { code: 0, err: '' })
  })

  it('is described when it fails, with exit code 1 and without the password', async () => {
    for (const [url, why] of [
      [urlOf('operator', `${SECRET}!`), /WRONGPASS.* does not accept this user and password/],
      [`redis://127.0.0.1:${server.port}`, /NOAUTH.* needs a password/],
      [urlOf('guest', SECRET), /NOPERM.* ACL of this user lacks a right/],
      [`redis://:${encodeURIComponent(SECRET)}@127.0.0.1:1`, /ECONNREFUSED.* Nothing listens/],
      [
        `redis://:${encodeURIComponent(SECRET)}@no.such.host.invalid`,
        /no\.such\.host\.invalid:6379 cannot be used.* host name is not known/
      ]
    ] as const) {
      const { code, out, err } = await run(['list', '--redis', url])
      assert.deepEqual([code, out, err.split('\n').length], [1, '', 2], err)
      assert.match(err, why)
      assert.ok(!err.includes(SECRET) && !err.includes(encodeURIComponent(SECRET)), err)
    }
    const notInCluster = await run(['list', '--cluster', '--redis', urlOf('', SECRET)])
    assert.match(notInCluster.err, /without --cluster/)
  })

  it('leads to the named database, or nowhere', async () => {
    await signIn(
      new RedisStore({ client: server.connect({ password: SECRET }), commandTimeout: 10 }), 'b', { user: 'eve' }
    )
    const [one, other] = [urlOf('', SECRET), urlOf('operator', SECRET)]
    for (const [url, why] of [
      [`${one}/99`, /^Database 99 of the Redis at .* no database with this number/],
      [
        `${other}/3`, /^Database 3 of the Redis at .*NOPERM.* lacks a right/
      ], // this user has no right to SELECT
      ['redis://127.0.0.1:1/3', /ECONNREFUSED.* Nothing listens/]
    ] as const) {
      const { code, out, err } = await run(['end-all', '--yes', '--redis', url])
      assert.deepEqual([code, out], [1, ''], err)
      assert.match(err, why)
    }
    const { err } = await run(['end-all', '--yes', '--redis', `${one}/3`])
    assert.match(err, /^0 sessions ended\. Database 3 of the Redis at 127/)
    assert.equal(JSON.parse((await run(['stats', '--json', '--redis', one])).out).live, 1)
  })

  it('is given up after five seconds when Redis does not answer', { timeout: 9000 }, async () => {
    server.pause()
    try {
      const { code, err } = await run(['stats', '--redis', urlOf('', SECRET)])
      assert.deepEqual([code, /no answer within 5000 ms.* is Redis busy/.test(err)], [1, true], err)
    } finally {
      server.resume()
    }
  })

  it('must be given as an address, or the call is wrong', async () => {
    for (const url of [
      '', '127.0.0.1:6379', 'http://127.0.0.1', 'redis://', `redis://:${SECRET}@host`, `redis://u:12/${SECRET}@host`,
      `redis://:${SECRET}#@host:1x`, 'redis://:%zz@host', 'unix://', 'unix://host/x', 'redis-sentinel://host',
      'redis://h1,', 'redis://h:0', 'redis://h/0?x=1'
    ]) {
      const { code, out, err } = await run(['list', '--redis', url])
      assert.deepEqual([code, out], [2, ''], url)
      assert.match(err, /such as redis:|address of Redis is missing/)
      assert.ok(!err.includes(SECRET), err)
    }
    assert.match((await run(['list'], { REDIS_URL: 'nonsense' })).err, /^REDIS_URL must be an address/)
    assert.match((await run(['list'])).err, /^The address of Redis is missing/)
    assert.deepEqual(await run(['list', '--prefix', '{x}', '--redis', urlOf('', SECRET)]), {
      code: 2, out: '', err: 'Option "prefix" must be a string without braces, such as "fss:"; received "{x}".\n'
    })
    const { code, err } = await run(['list', '--cursor', 'x', '--redis', urlOf('', SECRET)])
    assert.deepEqual([code, err.includes('Option "cursor" must be')], [2, true])
  })
})

describe('a wrong call', () => {
  it('ends with 2, and says what is wrong', async () => {
    for (const [args, why] of [
      [['lst'], /Did you mean list/],
      [['list', '--staet', 'all'], /Did you mean --state/],
      [['list', '--all', '--limit', '5'], /'--all' cannot be used with option '--limit/],
      [['list', '--state', 'dead'], /Allowed choices are live, ended, all/],
      [['show'], /missing required argument 'handles'/],
      [['show', 'ada'], /A handle has 43 characters/],
      [['sweep', '--limit', '-1'], /whole number from 1 to 999,999,999/],
      [['end-user', ''], /'user'\. It must be a text of 1 to 256/],
      [['tokens', 'revoke-user', ''], /'user'\. It must be a text of 1 to 256/],
      [['tokens', 'revoke', 'x'.repeat(257)], /'id'\. It must be a text of 1 to 256/],
      [['tokens', 'show', ''], /'id'\. It must be a text of 1 to 256/],
      [['tokens'], /Usage: fastify-session-security tokens/],
      [['list', '--rediss=redis://:geheim@host'], /unknown option '--rediss=redis:\/\/\*\*\*@host'/],
      [[], /Usage: fastify-session-security/]
    ] as const) {
      const { code, out, err } = await run(args)
      assert.deepEqual([code, out], [2, ''], args.join(' '))
      assert.match(err, why)
    }
  })

  it('is not a call for help', async () => {
    const { code, out, err } = await runProcess(['sweep', '--help'])
    assert.deepEqual([code, err], [0, ''])
    assert.match(out, /nodes do NOT call onSessionEnd for it/)
  })
})

describe('a Cluster', () => {
  let cluster: RedisCluster
  before(async () => { cluster = await startCluster() })
  after(async () => await cluster.stop())

  function urlOf (password: string): string {
    const [node] = cluster.nodes
    return `redis://:${encodeURIComponent(password)}@127.0.0.1:${node?.server.port}`
  }

  it('is used with --cluster, by any of its nodes; without, the message advises it', async () => {
    await signInMany(new RedisStore({ client: cluster.connect(), commandTimeout: 10 }), 40)
    for (const { server } of cluster.nodes) {
      const { code, out, err } = await run(['list', '--json', '--cluster'], { REDIS_URL: server.url })
      assert.deepEqual([code, err, JSON.parse(out).sessions.length], [0, '', 40])
      assert.match((await run(['list'], { REDIS_URL: server.url })).err, /(?:MOVED|CROSSSLOT).* add --cluster/)
    }
  })

  it('shows and ends a session by the handle of its list, which is longer than on one server', async () => {
    await signIn(new RedisStore({ client: cluster.connect(), commandTimeout: 10 }), 'e', { user: 'eve' })
    const { out } = await run(['list', '--json', '--cluster', '--user', 'eve'], { REDIS_URL: urlOf('') })
    const [handle = ''] = JSON.parse(out).sessions.map((session: SessionSummary) => session.handle)
    assert.equal(handle.length, 45)
    for (const command of ['show', 'end']) {
      const { code, out, err } = await run([command, handle, '--json', '--cluster'], { REDIS_URL: urlOf('') })
      const { sessions, ended = sessions } = JSON.parse(out)
      assert.deepEqual([code, err, ended[0]?.user], [0, '', 'eve'], command)
    }
  })

  it('is named by the given address when another of its nodes cannot be used', async () => {
    const [asked, away] = cluster.nodes.map(({ server }) => server)
    away?.pause()
    try {
      const { code, out, err } = await run(['stats', '--cluster'], { REDIS_URL: asked?.url })
      assert.deepEqual([code, out], [1, ''])
      const said = `A node of the Cluster at 127.0.0.1:${asked?.port} cannot be used (no answer`
      assert.equal(err.slice(0, said.length), said)
    } finally {
      away?.resume()
    }
    const { err } = await run(['stats', '--cluster'], { REDIS_URL: 'redis://127.0.0.1:1' })
    assert.match(err, /^The Redis at 127\.0\.0\.1:1 cannot be used/)
    await until('the cluster is whole again', async () => {
      return (await run(['stats', '--cluster'], { REDIS_URL: asked?.url })).code === 0
    })
  })

  it('takes the password of the URL for all of its nodes', async () => {
    for (const { client } of cluster.nodes) await client.config('SET', 'requirepass', SECRET)
    const { code, out, err } = await run(['stats', '--json', '--cluster', '--redis', urlOf(SECRET)])
    assert.deepEqual([code, err, JSON.parse(out).live], [0, '', 40])
    assert.match((await run(['stats', '--cluster', '--redis', urlOf('wrong')])).err, /WRONGPASS.* does not accept/)
  })
})
