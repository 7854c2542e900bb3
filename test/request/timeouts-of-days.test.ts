import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { buildApp } from '../helpers/app.ts'
import { steeredKit } from '../helpers/steered-store.ts'
import { memoryKit } from '../helpers/store-kits.ts'

const DAY = 86_400

describe('timeouts of a hundred days and more', () => {
  for (const expireAfter of [100 * DAY, 2 ** 31 - 1]) {
    it(`do not make an upload record an activity with each of its parts (expireAfter: ${expireAfter})`, async () => {
      const kit = steeredKit(memoryKit)
      const security = { warnAfter: DAY, expireAfter, throttle: 0 }
      const { app, browser } = await buildApp({
        kit, security, routes: app => { app.post('/upload', async () => 'done') }
      })
      await browser.post('/sign-in')
      await app.listen({ port: 0, host: '127.0.0.1' })
      const warnings: Error[] = []
      const note = (warning: Error): void => { warnings.push(warning) }
      process.on('warning', note)
      const cookie = Object.entries(browser.cookies).map(([name, value]) => `${name}=${value}`).join('; ')
      const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
      const lines = ['POST /upload HTTP/1.1', 'Host: x', `Cookie: ${cookie}`, 'Content-Type: text/plain']
      socket.write(`${lines.join('\r\n')}\r\nContent-Length: 21\r\n\r\n`)
      for (let i = 0; i < 20; i++) {
        await setTimeout(10)
        socket.write('a')
      }
      const arrived = once(socket, 'data')
      socket.write('a')
      await arrived
      socket.destroy()
      process.off('warning', note)
      assert.equal(kit.store.calls.filter(call => call === 'recordActivity').length, 0)
      assert.deepEqual(warnings, [])
      await app.close()
    })
  }
})
