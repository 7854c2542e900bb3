import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import sse from '@fastify/sse'
import websocket from '@fastify/websocket'
import proxy from '@fastify/http-proxy'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Fastify from 'fastify'
import { requireSession } from '../../src/request/require-session.ts'
import { latch } from '../helpers/latch.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'
import type { ConnectionsApp } from './connections-app.ts'
import { buildConnectionsApp } from './connections-app.ts'
import { closedBy, connect, cookieHeader, said } from './sockets.ts'

/** The milliseconds for which `ws` itself waits for the answer to a close. */
const PATIENCE_OF_WS_MS = 30_000

for (const kit of [memoryKit, redisKit()]) {
  describe(`real packages whose connections hang on a session, on ${kit.name}`, () => {
    /** A server that listens, and somebody who is signed in. */
    async function listening (
      routes: (app: FastifyInstance) => void
    ): Promise<ConnectionsApp & { readonly url: string }> {
      const built = await buildConnectionsApp({ kit, routes })
      await built.browser.post('/sign-in')
      return { ...built, url: await built.app.listen({ host: '127.0.0.1', port: 0 }) }
    }

    function addSocket (app: FastifyInstance, onClosed: () => void = () => {}): void {
      app.register(websocket)
      app.register(async child => {
        child.get('/socket', { websocket: true, preValidation: requireSession() }, async (socket, request) => {
          socket.on('close', onClosed)
          socket.on('message', (data: Buffer) => { socket.send(`you said ${String(data)}`) })
          if (await request.sessionSecurity.attach(socket)) socket.send('attached')
        })
      })
    }

    it('@fastify/websocket: is closed with 4401 and the reason, and speaks until then', async () => {
      const { app, url, browser } = await listening(addSocket)
      const socket = connect(`${url}/socket`, browser.cookies)
      assert.equal(await said(socket), 'attached')
      socket.send('hello')
      assert.equal(await said(socket), 'you said hello')
      const closed = closedBy(socket)
      await app.sessionSecurity.endUser('ada')
      assert.deepEqual(await closed, [4401, 'revoked'])
      await app.close()
    })

    it('@fastify/websocket: one that does not answer the close is cut off', async () => {
      const over = latch()
      const { app, url, browser } = await listening(app => addSocket(app, over.open))
      const socket = connect(`${url}/socket`, browser.cookies)
      assert.equal(await said(socket), 'attached')
      socket.pause()
      await app.sessionSecurity.endUser('ada')
      const beganAtMs = performance.now()
      await over.opened
      assert.ok(performance.now() - beganAtMs < PATIENCE_OF_WS_MS)
      socket.terminate()
      await app.close()
    })

    it('@fastify/websocket: leaves nothing behind when it closes by itself', async () => {
      const { app, url, browser } = await listening(addSocket)
      const socket = connect(`${url}/socket`, browser.cookies)
      assert.equal(await said(socket), 'attached')
      assert.equal(app.sessionSecurity.shared.connections().size, 1)
      socket.close()
      await closedBy(socket)
      while (app.sessionSecurity.shared.connections().size > 0) await sleep(5)
      await app.close()
    })

    it('@fastify/http-proxy: a socket that it passes on is cut off where the reply was attached', async test => {
      const upstream = Fastify()
      await upstream.register(websocket)
      upstream.get('/socket', { websocket: true }, socket => { socket.send('hello') })
      test.after(async () => await upstream.close())
      const options = { upstream: await upstream.listen({ host: '127.0.0.1', port: 0 }), websocket: true }
      const guard = requireSession()
      async function preHandler (request: FastifyRequest, reply: FastifyReply): Promise<void> {
        await guard(request, reply)
        if (!reply.sent) await request.sessionSecurity.attach(reply)
      }
      const { app, url, browser } = await listening(app => {
        app.register(proxy, { ...options, prefix: '/inner', preHandler })
      })
      const socket = connect(`${url}/inner/socket`, browser.cookies)
      assert.equal(await said(socket), 'hello')
      const [closed, refused] = [closedBy(socket), closedBy(connect(`${url}/inner/socket`))]
      await app.sessionSecurity.endUser('ada')
      assert.deepEqual([await closed, await refused], [[1006, ''], [1006, '']])
      await app.close()
    })

    for (const [what, routes] of [
      ['@fastify/sse', app => {
        app.register(sse.default)
        app.register(async child => {
          child.get('/stream', { sse: true, preHandler: requireSession() }, async (request, reply) => {
            if (!await request.sessionSecurity.attach(reply)) return
            reply.sse.keepAlive()
            await reply.sse.send({ data: 'hello' })
          })
        })
      }],
      ['a hijacked reply', app => {
        app.get('/stream', { preHandler: requireSession() }, async (request, reply) => {
          if (!await request.sessionSecurity.attach(reply)) return
          reply.hijack()
          reply.raw.writeHead(200, { 'content-type': 'text/event-stream' })
          reply.raw.write('data: hello\n\n')
        })
      }],
      ['a raw response', app => {
        app.get('/stream', { preHandler: requireSession() }, async (request, reply) => {
          if (!await request.sessionSecurity.attach(reply.raw)) return
          reply.hijack()
          reply.raw.write('hello')
        })
      }]
    ] as ReadonlyArray<[string, (app: FastifyInstance) => void]>) {
      it(`${what}: is cut off when the session ends, and did not look as if it were complete`, async () => {
        const { app, url, browser } = await listening(routes)
        const response = await get(`${url}/stream`, browser.cookies)
        const [first] = await once(response, 'data')
        assert.match(String(first), /hello/)
        const closed = once(response, 'close').catch(() => {})
        response.on('error', () => {})
        await browser.post('/sign-out')
        await closed
        assert.equal(response.complete, false)
        await app.close()
      })
    }

    it('the signal aborts what a handler waits for, and the answer says that the session is over', async () => {
      const begun = latch()
      const { app, browser } = await listening(app => {
        app.get('/slow', { preHandler: requireSession() }, async ({ sessionSecurity: { signal } }) => {
          begun.open()
          await sleep(60_000, undefined, { signal }).catch(() => signal.throwIfAborted())
        })
      })
      const slow = browser.copy().get('/slow')
      await begun.opened
      await browser.post('/sign-out')
      const response = await slow
      assert.deepEqual([response.statusCode, response.json().code], [401, 'FST_SESSION_SECURITY_NO_SESSION'])
      assert.match(response.json().message, /logout/)
      await app.close()
    })

    it('the signal is let go with the response, and aborted at once where nobody is signed in', async () => {
      const signals: AbortSignal[] = []
      const { app, browser, newBrowser } = await listening(app => {
        app.get('/quick', async ({ sessionSecurity: { signal } }) => { signals.push(signal); return signal.aborted })
      })
      assert.equal((await browser.copy().get('/quick')).body, 'false')
      assert.equal((await newBrowser().get('/quick')).body, 'true')
      while (app.sessionSecurity.shared.connections().size > 0) await sleep(5)
      await browser.post('/sign-out')
      await sleep(20)
      assert.deepEqual(signals.map(({ aborted }) => aborted), [false, true])
      await app.close()
    })
  })
}

async function get (url: string, cookies: Readonly<Record<string, string>>): Promise<http.IncomingMessage> {
  const cookie = cookieHeader(cookies)
  const request = http.get(url, { headers: { cookie, accept: 'text/event-stream' }, agent: false })
  const [response] = await once(request, 'response')
  return response
}
