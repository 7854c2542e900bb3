import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { program } from '../helpers/program.ts'
import { until } from '../helpers/redis-process.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { openSite } from './site.ts'

describe('while Redis stands still', () => {
  it('app.close() ends: with a sweep and a notification under way, and while probes are sent', async t => {
    const site = await openSite(
      t, { security: { sweep: { every: 0.05 }, onSessionEnd: () => { site.server.pause() } } }
    )
    const { app, browser } = site
    await browser.post('/sign-in')
    assert.equal((await browser.post('/sign-out')).statusCode, 200)
    await until('requests are refused', async () => (await browser.post('/sign-in')).statusCode === 503)
    let isClosed = false
    app.close().then(() => { isClosed = true }, () => {})
    await until('it is closed', () => isClosed)
  })

  it('a process that has closed its server and its client ends', async () => {
    const server = await startRedis({ port: true })
    try {
      const script = await program('../helpers/outage-process.ts', import.meta.url)
      const child = spawn(
        process.execPath, [script, String(server.port)], { stdio: ['pipe', 'pipe', 'inherit'] }
      )
      const output = text(child.stdout)
      await once(child.stdout, 'data')
      server.pause()
      child.stdin.write('go')
      const [code] = await once(child, 'exit')
      assert.equal(code, 0)
      assert.match(await output, /503/)
    } finally {
      await server.stop()
    }
  })
})
