import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { TestApp } from '../helpers/app.ts'
import { buildApp } from '../helpers/app.ts'
import type { BrowserJar } from '../helpers/browser-jar.ts'
import { latch } from '../helpers/latch.ts'
import { steeredKit } from '../helpers/steered-store.ts'
import type { StoreKit } from '../helpers/store-kits.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

const PING = '/session_security/ping'

/** Long enough for a look at how much of the body has arrived: that is every tenth of a second here. */
const LOOKED_MS = 250

// The look itself learns what became of the session, as it records an activity: nobody else need ask the store then.
for (const kit of [memoryKit, redisKit()]) {
  describe(`a request that records activity while its body arrives, on ${kit.name}`, () => {
    it('lets no handler see a session of which it has learnt that it ended', async () => {
      const test = await listen()
      const upload = await begin(test)
      await test.app.sessionSecurity.endUser('ada')
      assert.deepEqual(await finish(upload), { user: null, state: 'ended' })
      await test.app.close()
    })

    it('goes on as the successor of a session of which it has learnt that it was renewed, and keeps what it edits', async () => {
      const test = await listen()
      const upload = await begin(test)
      await test.browser.post('/renew')
      assert.deepEqual(await finish(upload), { user: 'ada', state: 'active' })
      assert.deepEqual((await test.browser.get('/edited')).json(), { a: 1 })
      await test.app.close()
    })

    it('keeps nobody signed in by the body of a passive request', async () => {
      const steered = steeredKit(kit)
      const test = await listen(steered)
      const other = test.newBrowser()
      await other.post('/sign-in')
      test.clock.advance(0.1)
      const uploads = [await begin(test, '/passive-upload'), await begin(test, '/upload', other)]
      for (const bytes of ['"', 'b']) { // by the second look at the one there was a look at what came of the other
        const recorded = latch()
        steered.store.after = async verb => { if (verb === 'recordActivity') recorded.open() }
        for (const socket of uploads) socket.write(bytes)
        await recorded.opened
      }
      const [passive, active] = await Promise.all([test.browser, other].map(async browser => (await browser.get(PING)).json().idleFor))
      assert.deepEqual([passive, active], [0.1, 0])
      for (const socket of uploads) socket.destroy()
      await test.app.close()
    })

    async function listen (opened: StoreKit = kit): Promise<TestApp> {
      const test = await buildApp({
        kit: opened,
        security: { warnAfter: 0.3, expireAfter: 0.4, throttle: 0 },
        routes: app => {
          app.post('/renew', async request => { await request.session.regenerate(['user']) })
          app.post('/upload', async ({ session, sessionSecurity }) => {
            const user = session.user ?? null
            if (user !== null) session.a = 1
            return { user, state: sessionSecurity.status().state }
          })
          app.post('/passive-upload', { config: { sessionSecurity: { passive: true } } }, async () => 'done')
          app.get('/edited', async ({ session }) => ({ a: session.a ?? null }))
        }
      })
      await test.browser.post('/sign-in')
      await test.app.listen({ port: 0, host: '127.0.0.1' })
      return test
    }

    async function begin ({ app, browser: own }: TestApp, url = '/upload', browser: BrowserJar = own): Promise<Socket> {
      const cookie = Object.entries(browser.cookies).map(([name, value]) => `${name}=${value}`).join('; ')
      const arrived = once(app.server, 'request')
      const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
      const lines = [`POST ${url} HTTP/1.1`, 'Host: x', `Cookie: ${cookie}`, 'Content-Type: application/json', 'Content-Length: 4']
      socket.write(`${lines.join('\r\n')}\r\n\r\n`)
      await arrived
      await setTimeout(50) // the session is loaded
      return socket
    }

    async function finish (socket: Socket): Promise<unknown> {
      socket.write('"b')
      await setTimeout(LOOKED_MS)
      const answered = once(socket, 'data')
      socket.write('b"')
      const [answer] = await answered
      socket.destroy()
      return JSON.parse(String(answer).split('\r\n\r\n')[1] ?? '')
    }
  })
}
