import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { until } from '../helpers/redis-process.ts'
import type { TcpRedisServer } from '../helpers/redis-server.ts'
import { startRedis } from '../helpers/redis-server.ts'

const SCRIPT = fileURLToPath(new URL('closing-process.ts', import.meta.url))

describe('the README\'s server with a RedisStore closes, and its process ends by itself', { timeout: 60_000 }, () => {
  for (const [what, trouble, expected] of [
    ['Redis answers', () => {}, 200],
    ['Redis stands still', (server: TcpRedisServer) => server.pause(), 503],
    ['Redis is gone', async (server: TcpRedisServer) => await server.kill(), 503]
  ] as ReadonlyArray<readonly [string, (server: TcpRedisServer) => void | Promise<void>, number]>) {
    it(`where ${what}`, async test => {
      const server = await startRedis({ port: true })
      test.after(async () => {
        server.resume()
        await server.stop()
      })
      const { child, said } = start(test, server.url)
      await until('the server is ready', () => said().includes('ready 200'), 30_000)
      await trouble(server)
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      assert.deepEqual(await ended, [0, null])
      assert.match(said(), new RegExp(`closed ${expected}`))
    })
  }

  it('where Redis has stood still from the start', async test => {
    const server = await startRedis({ port: true })
    test.after(async () => {
      server.resume()
      await server.stop()
    })
    server.pause()
    const { child, said } = start(test, server.url)
    await until('the server is ready', () => said().includes('ready 503'), 30_000)
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    assert.deepEqual(await ended, [0, null])
  })
})

function start (test: TestContext, url: string): { readonly child: ChildProcess, said (): string } {
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT], { env: { ...process.env, REDIS_URL: url } })
  test.after(() => { child.kill('SIGKILL') })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => { text += String(chunk) })
  return { child, said: () => text }
}
