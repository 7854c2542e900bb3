import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { connect } from 'node:net'
import type { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { StoreUnavailableError } from '../../src/errors.ts'
import { answered, unheard } from '../helpers/answers.ts'
import type { TestApp } from '../helpers/app.ts'
import { buildApp, gate, pass } from '../helpers/app.ts'
import type { BrowserJar } from '../helpers/browser-jar.ts'
import type { Latch } from '../helpers/latch.ts'
import { latch } from '../helpers/latch.ts'
import type { SteeredKit } from '../helpers/steered-store.ts'
import { steeredKit } from '../helpers/steered-store.ts'
import type { StoreKit } from '../helpers/store-kits.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

const PING = '/session_security/ping'

/** Long enough for a check of the arrived bytes, ten of which come per second. */
const LOOKED_MS = 250

// The check itself learns the session's state, because it records an activity. So nothing else asks the store then.
for (const kit of [memoryKit, redisKit()]) {
  describe(`a request that records activity while its body arrives, on ${kit.name}`, () => {
    it('lets no handler see a session of which it has learnt that it ended', async () => {
      const test = await listen()
      const upload = await begin(test)
      await test.app.sessionSecurity.endUser('ada')
      assert.deepEqual(await finish(upload), { user: null, state: 'ended' })
      await test.app.close()
    })

    it('goes on as the successor of a session that was renewed meanwhile, and keeps its own edits', async () => {
      const test = await listen()
      const upload = await begin(test)
      await test.browser.post('/renew')
      assert.deepEqual(await finish(upload), { user: 'ada', state: 'active' })
      assert.deepEqual((await test.browser.get('/edited')).json(), { a: 1 })
      await test.app.close()
    })

    for (const framing of ['Content-Length: 4', 'Transfer-Encoding: chunked']) {
      it(`goes on recording where the handler reads the body as a stream (${framing})`, async () => {
        const { test, stream, recorded } = await streaming(framing)
        const isChunked = framing.includes('chunked')
        test.clock.advance(0.3)
        stream.write(isChunked ? '1\r\nb\r\n' : 'b')
        await answered(recorded.opened)
        test.clock.advance(0.3)
        const rest = isChunked ? '2\r\nb"\r\n0\r\n\r\n' : 'b"'
        assert.deepEqual(await answerTo(stream, rest), { user: 'ada', state: 'active' })
        assert.equal((await test.browser.get('/passive')).json().user, 'ada')
        await test.app.close()
      })
    }

    it('tries again at the next look where the store is away, and the process lives', async () => {
      const { test, steered, stream } = await streaming()
      const [failed, recorded] = [latch(), latch()]
      const heard = await unheard(async () => {
        steered.store.before = async verb => {
          if (verb !== 'recordActivity') return
          failed.open()
          throw new StoreUnavailableError('away')
        }
        stream.write('b')
        await answered(failed.opened)
        steered.store.before = () => undefined
        steered.store.after = async verb => { if (verb === 'recordActivity') recorded.open() }
        test.clock.advance(0.3)
        stream.write('b')
        await answered(recorded.opened)
      })
      assert.deepEqual(heard, [])
      assert.deepEqual(await answerTo(stream, '"'), { user: 'ada', state: 'active' })
      await test.app.close()
    })

    it('counts what comes after the body for nothing, while the handler takes its time', async () => {
      const slow = gate()
      const steered = steeredKit(kit)
      const test = await listen(steered, slow)
      const other = test.newBrowser()
      await other.post('/sign-in')
      const [socket, upload] = [await begin(test, '/slow'), await begin(test, '/upload', other)]
      socket.write('"bb"')
      await slow.entered.opened
      test.clock.advance(0.1)
      for (const bytes of ['"', 'b']) { // the second check of one byte sees the effect of the other
        const recorded = latch()
        steered.store.after = async verb => { if (verb === 'recordActivity') recorded.open() }
        socket.write('GET /')
        upload.write(bytes)
        await answered(recorded.opened)
      }
      assert.equal((await test.browser.get(PING)).json().idleFor, 0.1)
      slow.leave.open()
      for (const one of [socket, upload]) one.destroy()
      await test.app.close()
    })

    it('keeps what such a handler edits, though another request renewed the session meanwhile', async () => {
      const { test, stream, recorded } = await streaming()
      await test.browser.post('/renew')
      stream.write('b')
      await answered(recorded.opened)
      assert.deepEqual(await answerTo(stream, 'b"'), { user: 'ada', state: 'active' })
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
      for (const bytes of ['"', 'b']) { // the second check of one byte sees the effect of the other
        const recorded = latch()
        steered.store.after = async verb => { if (verb === 'recordActivity') recorded.open() }
        for (const socket of uploads) socket.write(bytes)
        await recorded.opened
      }
      const [passive, active] =
        await Promise.all([test.browser, other].map(async browser => (await browser.get(PING)).json().idleFor))
      assert.deepEqual([passive, active], [0.1, 0])
      for (const socket of uploads) socket.destroy()
      await test.app.close()
    })

    async function listen (opened: StoreKit = kit, slow = gate()): Promise<TestApp> {
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
          app.addContentTypeParser('application/octet-stream', (_request, payload, done) => { done(null, payload) })
          app.post('/stream', async ({ session, sessionSecurity, body }) => {
            app.server.emit('the handler of the stream')
            for await (const chunk of body as Readable) assert.ok(chunk)
            session.a = 1
            return { user: session.user ?? null, state: sessionSecurity.status().state }
          })
          app.post('/slow', async () => { await pass(slow) })
          app.post('/passive-upload', { config: { sessionSecurity: { passive: true } } }, async () => 'done')
          app.get('/edited', async ({ session }) => ({ a: session.a ?? null }))
        }
      })
      await test.browser.post('/sign-in')
      await test.app.listen({ port: 0, host: '127.0.0.1' })
      return test
    }

    async function begin (
      { app, browser: own }: TestApp, url = '/upload', browser: BrowserJar = own, framing = 'Content-Length: 4'
    ): Promise<Socket> {
      const cookie = Object.entries(browser.cookies).map(([name, value]) => `${name}=${value}`).join('; ')
      const arrived = once(app.server, 'request')
      const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
      const type = url === '/stream' ? 'application/octet-stream' : 'application/json'
      const lines = [`POST ${url} HTTP/1.1`, 'Host: x', `Cookie: ${cookie}`, `Content-Type: ${type}`, framing]
      socket.write(`${lines.join('\r\n')}\r\n\r\n`)
      await arrived
      await setTimeout(50) // the session is loaded
      return socket
    }

    /** Opens an upload whose handler runs and has the first byte. `recorded` opens when a later byte counted. */
    async function streaming (framing = 'Content-Length: 4'): Promise<{
      test: TestApp,
      steered: SteeredKit,
      stream: Socket,
      recorded: Latch
    }> {
      const recorded = latch()
      const steered = steeredKit(kit)
      const test = await listen(steered)
      const entered = once(test.app.server, 'the handler of the stream')
      const stream = await begin(test, '/stream', test.browser, framing)
      await entered
      stream.write(framing.includes('chunked') ? '1\r\n"\r\n' : '"')
      steered.store.after = async verb => { if (verb === 'recordActivity') recorded.open() }
      return { test, steered, stream, recorded }
    }

    async function finish (socket: Socket): Promise<unknown> {
      socket.write('"b')
      await setTimeout(LOOKED_MS)
      return await answerTo(socket, 'b"')
    }

    async function answerTo (socket: Socket, bytes: string): Promise<unknown> {
      const arrived = once(socket, 'data')
      socket.write(bytes)
      const [answer] = await arrived
      socket.destroy()
      return JSON.parse(String(answer).split('\r\n\r\n')[1] ?? '')
    }
  })
}
