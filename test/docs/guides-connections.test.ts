import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import websocket from '@fastify/websocket'
import { closedBy, connect, cookieHeader, said } from '../connections/sockets.ts'
import { BrowserJar } from '../helpers/browser-jar.ts'
import { latch } from '../helpers/latch.ts'
import { run } from '../package/run-snippet.ts'
import { Guide, newApp } from './guide.ts'

describe('the guide to sockets and streams', async () => {
  const guide = Guide.open('websockets-and-streams')
  after(() => guide.assertAllTaken())

  it('closes a socket, a stream and a report when the session ends', async test => {
    const app = newApp(test)
    const begun = latch()
    const makeReport = async ({ signal }: { readonly signal: AbortSignal }): Promise<void> => {
      begun.open()
      await sleep(60_000, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
    await run(`${guide.code("'/events'")}\n${guide.code("'/stream'")}`, { app, websocket, makeReport })
    app.post('/sign-in', async ({ session }) => { session.user = 'ada' })
    const browser = new BrowserJar(app)
    await browser.post('/sign-in')
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    const socket = connect(`${url}/events`, browser.cookies)
    assert.equal(await said(socket), 'Hello ada')
    socket.send('hello')
    assert.equal(await said(socket), 'you said hello')
    const headers = { cookie: cookieHeader(browser.cookies) }
    const asked = http.get(`${url}/stream`, { headers, agent: false })
    const [stream] = await once(asked, 'response') as [http.IncomingMessage]
    stream.on('error', () => {})
    assert.equal(String((await once(stream, 'data'))[0]), 'data: hello\n\n')
    const [socketClosed, streamClosed] = [closedBy(socket), once(stream, 'close').catch(() => {})]
    const report = browser.copy().get('/report')
    await begun.opened
    await app.sessionSecurity.endUser('ada')
    assert.deepEqual(await socketClosed, [4401, 'revoked'])
    await streamClosed
    assert.equal(stream.complete, false)
    assert.deepEqual([(await report).statusCode, (await report).json().code], [401, 'FST_SESSION_SECURITY_NO_SESSION'])
  })

  it('tells a page at once', async test => {
    const app = newApp(test)
    await run(guide.code('pushUrl:'), { app })
    app.get('/tags', async request => app.sessionClient.tags(request))
    assert.match((await app.inject('/tags')).body, /data-push-url="\/session_security\/push"/)
    assert.equal((await app.inject('/session_security/push')).statusCode, 204)
  })
})
