import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { TcpRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'
import type { Demo } from './demo-process.ts'
import { runDemo, startDemo } from './demo-process.ts'

describe('two demos on one Redis', () => {
  let redis: TcpRedisServer
  let demos: Demo[]
  before(async () => {
    redis = await startRedis({ port: true })
    demos = await Promise.all([1, 2].map(async () => await startDemo([], { REDIS_URL: redis.url })))
  })
  after(async () => {
    await Promise.all(demos.map(async demo => await demo.stop()))
    await redis.stop()
  })

  it('serve one user on two nodes, and sign out on both at once', async () => {
    const [one, two] = demos
    const signedIn = await fetch(
      `${one?.address}/login`, { method: 'POST', body: new URLSearchParams({ name: 'Ada' }), redirect: 'manual' }
    )
    const cookie = String(signedIn.headers.get('set-cookie')).split(';')[0] ?? ''
    const home = async (demo: Demo | undefined): Promise<string> =>
      await (await fetch(`${demo?.address}/`, { headers: { cookie } })).text()
    assert.match(await home(one), /Hello, Ada/)
    assert.match(await home(two), /Hello, Ada[\s\S]*Requests of a person, at process \d+/)
    await setTimeout(1100) // longer than the throttle
    await home(two)
    const panel = await (await fetch(`${two?.address}/panel`, { headers: { cookie } })).text()
    assert.match(panel, /<code>GET \/<\/code><\/td>\s*<td>active: activity recorded</)
    await fetch(`${two?.address}/logout`, { method: 'POST', headers: { cookie }, redirect: 'manual' })
    const ping = await fetch(`${one?.address}/session_security/ping`, { headers: { cookie } })
    assert.deepEqual(await ping.json(), { state: 'ended', reason: 'logout' })
    assert.doesNotMatch(await home(one), /Hello, Ada/)
  })

  it('says without the password that it finds no Redis', async () => {
    const { code, err } = await runDemo(['--port', '0'], { REDIS_URL: 'redis://:secret@127.0.0.1:1' })
    assert.equal(code, 1)
    assert.match(err, /^The Redis of REDIS_URL, 127\.0\.0\.1:1, cannot be used: connect ECONNREFUSED .+\n$/)
  })
})
