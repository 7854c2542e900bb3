import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, it } from 'node:test'
import { HELP } from '../../src/demo/settings.ts'
import { runDemo, startDemo } from './demo-process.ts'

describe('the process of the demo', () => {
  it('refuses a wrong value with one line and exit code 2', async () => {
    assert.deepEqual(
      await runDemo(['--port', 'eighty']),
      { code: 2, out: '', err: '--port must be a number from 0 to 65535; received "eighty".\n' }
    )
  })

  it('refuses times that contradict each other in the words of the library', async () => {
    assert.deepEqual(await runDemo(['--port', '0', '--warn-after', '90']), {
      code: 1, out: '', err: 'Option "warnAfter" must be less than expireAfter, which is 60; received 90.\n'
    })
  })

  it('says which port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    const result = await runDemo([], { PORT: port })
    other.close()
    assert.deepEqual(
      result,
      { code: 1, out: '', err: `Port ${port} is taken. Choose another one with --port, or 0 for any that is free.\n` }
    )
  })

  it('explains itself with --help', async () => {
    assert.deepEqual(await runDemo(['--help']), { code: 0, out: HELP, err: '' })
  })

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`listens on the loopback interface only, and ends cleanly on ${signal}, with a connection open`, async () => {
      const demo = await startDemo([])
      assert.match(demo.address, /^http:\/\/127\.0\.0\.1:\d+$/)
      assert.equal((await fetch(`${demo.address}/login`)).status, 200)
      assert.equal(await demo.stop(signal), 0)
    })
  }
})
