import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import net from 'node:net'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { SessionSecurityOptions } from '../../src/options/options.ts'
import { sessionAdmin } from '../../src/admin/session-admin.ts'
import { requireSession } from '../../src/request/require-session.ts'
import type { TestApp } from '../helpers/app.ts'
import { buildApp, gate, pass } from '../helpers/app.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

type Hook = (request: FastifyRequest) => Promise<void>

/** A request whose body the test sends part by part. */
class SlowUpload {
  readonly #socket: Socket
  readonly #answer: Promise<string>

  constructor (port: number, url: string, cookie: string, length: number) {
    this.#socket = net.connect(port, '127.0.0.1')
    this.#answer = new Promise((resolve, reject) => {
      let text = ''
      this.#socket.on('error', reject).on('data', data => {
        text += String(data)
        if (text.includes('\r\n\r\n')) resolve(text)
      })
    })
    const head = [
      `POST ${url} HTTP/1.1`, 'Host: x', 'Connection: close', `Cookie: ${cookie}`, 'Content-Type: text/plain',
      `Content-Length: ${length}`
    ]
    this.#socket.write(`${head.join('\r\n')}\r\n\r\n`)
  }

  send (text: string): void {
    this.#socket.write(text)
  }

  async status (): Promise<number> {
    const answer = await this.#answer
    this.#socket.destroy()
    return Number(/^HTTP\/1.1 (\d+)/.exec(answer)?.[1])
  }
}

for (const kit of [memoryKit, redisKit()]) {
  describe(`G4, enforced at every door, on ${kit.name}`, () => {
    const ran: unknown[] = []
    const HOOKS = ['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const

    async function listen (security: Partial<SessionSecurityOptions> = {}): Promise<TestApp & { port: number }> {
      ran.length = 0
      const test = await buildApp({
        kit,
        security: { throttle: 0, ...security },
        routes: app => {
          app.post(
            '/guarded', { preHandler: requireSession() },
            async request => { ran.push(request.session.user); return 'done' }
          )
          app.post('/open', async request => { ran.push(request.session.user); return 'done' })
          app.post('/hooked', {
            preValidation: async request => { ran.push(request.session.user) },
            preHandler: async request => { ran.push(request.session.user) }
          }, async request => { ran.push(request.session.user); return 'done' })
        }
      })
      await test.app.listen({ port: 0, host: '127.0.0.1' })
      return { ...test, port: (test.app.server.address() as AddressInfo).port }
    }

    const cookieOf = ({ browser }: TestApp): string =>
      Object.entries(browser.cookies).map(([name, value]) => `${name}=${value}`).join('; ')

    for (const end of ['revoked', 'signed out', 'idle', 'past its absolute deadline']) {
      it(`a session that is ${end} while the body arrives is refused: no handler or hook sees it alive`, async () => {
        const test = await listen(end === 'past its absolute deadline' ? { absoluteTimeout: 12 } : {})
        const { app, clock, browser, port } = test
        for (const [url, seen] of [
          ['/guarded', []], ['/open', [undefined]], ['/hooked', [undefined, undefined, undefined]]
        ] as const) {
          await browser.post('/sign-in')
          ran.length = 0
          const arrived = once(app.server, 'request')
          const upload = new SlowUpload(port, url, cookieOf(test), 10)
          await arrived
          await waitFor(async () => (await app.sessionSecurity.list()).sessions.length === 1)
          upload.send('12345')
          await setTimeout(20)
          if (end === 'revoked') await app.sessionSecurity.endUser('ada')
          if (end === 'signed out') {
            await app.inject({ method: 'POST', url: '/sign-out', cookies: { ...browser.cookies } })
          }
          clock.advance(end === 'idle' ? 10.5 : end === 'past its absolute deadline' ? 12.5 : 1.3)
          upload.send('67890')
          assert.equal(await upload.status(), url === '/guarded' ? 401 : 200)
          assert.deepEqual(ran, seen)
        }
        await app.close()
      })
    }

    it('an upload that crosses the idle deadline is stored, and its person stays signed in', async () => {
      const test = await listen()
      const { app, clock, browser, port } = test
      await browser.post('/sign-in')
      clock.advance(8)
      const arrived = once(app.server, 'request')
      const upload = new SlowUpload(port, '/guarded', cookieOf(test), 10)
      await arrived
      upload.send('12345')
      await waitFor(async () => (await browser.get('/session_security/ping')).json().idleFor === 0)
      clock.advance(8)
      upload.send('67890')
      assert.equal(await upload.status(), 200)
      assert.deepEqual(ran, ['ada'])
      assert.equal((await browser.get('/passive')).json().user, 'ada')
      await app.close()
    })

    /** Returns the view of a hook behind a waiting one. The session is revoked meanwhile. */
    async function seenBehind (add: (app: FastifyInstance, wait: Hook, look: Hook) => void): Promise<unknown[]> {
      const slow = gate()
      const seen: unknown[] = []
      const wait: Hook = async request => { if (request.url === '/slow') await pass(slow) }
      const look: Hook = async request => {
        if (request.url === '/slow') seen.push(request.session.user, request.sessionSecurity.status().state)
      }
      const { app, clock, browser } = await buildApp({ kit, routes: app => add(app, wait, look) })
      await browser.post('/sign-in')
      const answer = browser.post('/slow')
      await slow.entered.opened
      await app.sessionSecurity.endUser('ada')
      clock.advance(1.5)
      slow.leave.open()
      await answer
      await app.close()
      return seen
    }

    for (const [kind, next] of [
      ['onRequest', 'preParsing'], ['preParsing', 'preValidation'], ['preValidation', 'preHandler']
    ] as const) {
      it(`a session that is revoked while a hook in ${kind} waits is not seen alive by one in ${next}`, async () => {
        const seen = await seenBehind((app, wait, look) => {
          app.addHook(kind as 'preHandler', wait)
          app.addHook(next as 'preHandler', look)
          app.post('/slow', async () => 'ok')
        })
        assert.deepEqual(seen, [undefined, 'ended'])
      })
    }

    for (const kind of ['onRequest', 'preValidation', 'preHandler'] as const) {
      it(`no later hook in ${kind} sees a session alive that is revoked while a hook of the route waits`, async () => {
        const seen = await seenBehind((app, ...hooks) => { app.post('/slow', { [kind]: hooks }, async () => 'ok') })
        assert.deepEqual(seen, [undefined, 'ended'])
      })
    }

    it('recordActivity() says of an ended session that it is over, also within the throttle', async () => {
      const slow = gate()
      const { app, clock, browser } = await buildApp({
        kit,
        security: { throttle: 4 },
        routes: app => {
          app.post('/socket', async request => {
            const before = await request.sessionSecurity.recordActivity()
            await pass(slow)
            return [before, await request.sessionSecurity.recordActivity()]
          })
        }
      })
      await browser.post('/sign-in')
      const answer = browser.post('/socket')
      await slow.entered.opened
      await app.sessionSecurity.endUser('ada')
      clock.advance(1.5)
      slow.leave.open()
      assert.deepEqual((await answer).json(), [true, false])
      await app.close()
    })

    it('confirm() and status() know of nobody where a sign-in came too late to be kept', async () => {
      const seen: unknown[] = []
      const { app, browser } = await buildApp({
        kit,
        routes: app => {
          app.get('/hijacked', (request, reply) => {
            reply.hijack()
            reply.raw.writeHead(200)
            request.session.user = 'ada'
            request.sessionSecurity.confirm().then(confirmed => {
              seen.push(confirmed.state, request.sessionSecurity.status().state)
              reply.raw.end('done')
            }, () => {})
          })
        }
      })
      await browser.get('/hijacked')
      assert.deepEqual(seen, ['ended', 'ended'])
      await app.close()
    })

    for (const kind of HOOKS) {
      it(`no guard, handler or call sees a session alive that is revoked while a hook in ${kind} waits`, async () => {
        const slow = gate()
        const seen: unknown[] = []
        const look = async (request: FastifyRequest): Promise<void> => {
          seen.push(
            request.session.user ?? null, await request.sessionSecurity.sessions(),
            await request.sessionSecurity.endOtherSessions()
          )
        }
        const { app, clock, browser } = await buildApp({
          kit,
          routes: app => {
            app.addHook(
              kind as 'preHandler', async request => { if (request.url.startsWith('/slow')) await pass(slow) }
            )
            app.post('/slow', { preHandler: requireSession() }, async () => { seen.push('the handler ran') })
            app.post('/slow-open', async request => { await look(request); return 'ok' })
          }
        })
        for (const [url, status, expected] of [['/slow', 401, []], ['/slow-open', 200, [null, [], []]]] as const) {
          Object.assign(slow, gate())
          seen.length = 0
          await browser.post('/sign-in')
          const answer = browser.post(url)
          await slow.entered.opened
          await app.sessionSecurity.endUser('ada')
          clock.advance(1.5)
          slow.leave.open()
          assert.equal((await answer).statusCode, status)
          assert.deepEqual(seen, expected)
        }
        await app.close()
      })
    }

    it('the admin page\'s authorize does not see a session that was revoked while an earlier hook waited', async () => {
      const slow = gate()
      const { app, clock, browser } = await buildApp({
        kit,
        routes: app => {
          app.addHook(
            'onRequest', async request => { if (request.url.startsWith('/session_security/admin')) await pass(slow) }
          )
          app.register(sessionAdmin, { authorize: request => request.session.user === 'ada' })
        }
      })
      await browser.post('/sign-in')
      const answer = browser.get('/session_security/admin')
      await slow.entered.opened
      await app.sessionSecurity.endUser('ada')
      clock.advance(1.5)
      slow.leave.open()
      assert.equal((await answer).statusCode, 403)
      await app.close()
    })

    it('a long request learns by confirm() what became of its session, also after a renewal', async () => {
      const slow = gate()
      let request: FastifyRequest | undefined
      const { app, clock, browser } = await buildApp({
        kit,
        routes: app => {
          app.get('/stream', async incoming => { request = incoming; await pass(slow); return 'end' })
          app.post('/renew', async request => { await request.session.regenerate(['user']); return 'ok' })
        }
      })
      await browser.post('/sign-in')
      const answer = browser.get('/stream')
      await slow.entered.opened
      assert.ok(request !== undefined)
      const { sessionSecurity } = request
      for (let i = 0; i < 3; i++) {
        clock.advance(4)
        await browser.get('/')
      }
      assert.equal((await sessionSecurity.confirm()).state, 'active')
      assert.equal(await sessionSecurity.endReason(), 'none')
      await browser.post('/renew')
      assert.equal((await sessionSecurity.confirm()).state, 'active')
      clock.advance(4)
      assert.equal(await sessionSecurity.recordActivity(), true)
      assert.equal(
        (await browser.get('/session_security/ping')).json().idleFor, 0, 'the activity counts for the successor'
      )
      await app.sessionSecurity.endUser('ada')
      const { asOfMs, ...status } = await sessionSecurity.confirm()
      assert.deepEqual(status, { state: 'ended', reason: 'revoked' })
      assert.equal(typeof asOfMs, 'number')
      assert.equal(await sessionSecurity.endReason(), 'revoked')
      assert.equal(await sessionSecurity.recordActivity(), false)
      assert.equal(await sessionSecurity.reportIdle(0), false)
      slow.leave.open()
      await answer
      await app.close()
    })

    for (const [what, url, headers] of [
      ['an EventSource', '/', { accept: 'text/event-stream' }],
      ['a WebSocket handshake', '/', { connection: 'Upgrade', upgrade: 'websocket' }],
      ['a service worker that updates', '/', { 'service-worker': 'script' }],
      ['a manifest', '/', { 'sec-fetch-dest': 'manifest' }],
      ['a report', '/', { 'sec-fetch-dest': 'report' }],
      ['a prefetch', '/', { 'sec-purpose': 'prefetch' }],
      ['an address that no route takes', '/nowhere', {}],
      ['another site\'s page on plain http', '/', { origin: 'http://evil.example' }]
    ] as ReadonlyArray<readonly [string, string, Record<string, string>]>) {
      it(`G3: ${what} that comes again and again keeps nobody signed in`, async () => {
        const { app, clock, browser } = await buildApp({ kit })
        await browser.post('/sign-in')
        for (let i = 0; i < 3; i++) {
          clock.advance(4)
          await browser.get(url, headers)
        }
        assert.equal((await browser.get('/session_security/ping')).json().reason, 'idle')
        await app.close()
      })
    }

    it('requests that validation, a guard, or a rate limit refuses count as activity: a person sent them', async () => {
      const { app, clock, browser } = await buildApp({
        kit,
        routes: app => {
          app.post('/valid', { schema: { body: { type: 'object', required: ['n'] } } }, async () => 'n')
          app.get(
            '/limited', { onRequest: async (_request, reply) => reply.code(429).send('later') }, async () => 'never'
          )
          app.get(
            '/guarded', { preHandler: async (_request, reply) => reply.code(403).send('no') }, async () => 'never'
          )
        }
      })
      await browser.post('/sign-in')
      for (const [method, url, status] of [
        ['POST', '/valid', 400], ['GET', '/limited', 429], ['GET', '/guarded', 403]
      ] as const) {
        clock.advance(4)
        assert.equal((await browser.send({ method, url })).statusCode, status)
        assert.equal((await browser.get('/session_security/ping')).json().idleFor, 0)
      }
      await app.close()
    })
  })
}

async function waitFor (holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (await holds()) return
    await setTimeout(10)
  }
  throw new Error('it did not come to hold')
}

describe('a body that takes longer than the idle timeout', () => {
  for (const kit of [memoryKit]) {
    it(`neither loses the upload nor signs its person out meanwhile (${kit.name}, on the real clock)`, async () => {
      const { MemoryStore } = await import('../../src/store/memory/memory-store.ts')
      const { app, browser } = await buildApp({
        kit,
        security: { store: new MemoryStore(), warnAfter: 0.4, expireAfter: 0.8, throttle: 0 },
        routes: app => {
          app.post('/upload', { preHandler: requireSession() }, async request => String(request.body).length)
        }
      })
      await app.listen({ port: 0, host: '127.0.0.1' })
      const { port } = app.server.address() as AddressInfo
      await browser.post('/sign-in')
      const upload = new SlowUpload(port, '/upload', `sessionId=${browser.cookies['sessionId'] ?? ''}`, 20)
      for (let i = 0; i < 20; i++) {
        await setTimeout(100)
        upload.send('x')
      }
      assert.equal(await upload.status(), 200)
      assert.equal((await browser.get('/passive')).json().user, 'ada')

      const stalled = new SlowUpload(port, '/upload', `sessionId=${browser.cookies['sessionId'] ?? ''}`, 2)
      stalled.send('x')
      await setTimeout(1300)
      stalled.send('x')
      assert.equal(await stalled.status(), 401, 'one that stalls is idle')
      await app.close()
    })
  }
})
