import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import websocket from '@fastify/websocket'
import type { FastifyInstance } from 'fastify'
import Fastify from 'fastify'
import * as exported from '../../src/index.ts'
import { closedBy, connect, said } from '../connections/sockets.ts'
import { BrowserJar } from '../helpers/browser-jar.ts'

const CHAT = fileURLToPath(new URL('../../examples/websocket-chat/', import.meta.url))

const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor as
  new (...words: string[]) => (...values: unknown[]) => Promise<unknown>

describe('the examples', () => {
  it('chat: two people talk, and the chat of one ends with the session', async () => {
    const [server, page] = await Promise.all(['server.js', 'index.html'].map(async file => await readFile(CHAT + file, 'utf8')))
    assert.ok(`${server}${page}`.split('\n').length <= 60)
    const app = await startChat(String(server))
    assert.match((await app.inject('/')).body, /<title>Chat/)
    const { port } = app.server.address() as AddressInfo
    const url = `http://127.0.0.1:${port}/chat`
    const [ada, bob] = await Promise.all(['ada', 'bob'].map(async name => {
      const browser = new BrowserJar(app)
      await browser.post('/sign-in', { name })
      const socket = connect(url, browser.cookies)
      await once(socket, 'open')
      return { browser, socket }
    }))
    assert.ok(ada !== undefined && bob !== undefined)
    while (app.sessionSecurity.shared.connections().size < 2) await new Promise(resolve => setTimeout(resolve, 5))
    bob.socket.send('hello')
    assert.deepEqual(await Promise.all([said(ada.socket), said(bob.socket)]), ['bob: hello', 'bob: hello'])
    const closed = closedBy(ada.socket)
    await ada.browser.post('/sign-out')
    assert.deepEqual(await closed, [4401, 'logout'])
    bob.socket.send('anybody?')
    assert.equal(await said(bob.socket), 'bob: anybody?')
    bob.socket.terminate()
    assert.deepEqual(await closedBy(connect(url)), [1006, ''], 'nobody is signed in')
    await app.close()
  })
})

/** Runs the example as it stands, but for its imports, its port and its log. */
async function startChat (server: string): Promise<FastifyInstance> {
  const { default: sessionSecurity, requireSession } = exported
  const names = {
    readFile, websocket, Fastify: () => Fastify(), sessionSecurity, requireSession, process: { env: { PORT: '0', PAGE: `${CHAT}index.html` } }
  }
  const code = `${server.replaceAll(/^import .*\n/gm, '')}\nreturn [app]`
  const [app] = await new AsyncFunction(...Object.keys(names), code)(...Object.values(names)) as [FastifyInstance]
  return app
}
