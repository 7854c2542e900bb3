import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import http from 'node:http'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { StoreUnavailableError } from '../../src/errors.ts'
import type { Latch } from '../helpers/latch.ts'
import { latch } from '../helpers/latch.ts'
import { connectionOf } from '../../src/connections/target.ts'

/** A WebSocket as browsers have it, and Node.js from version 22 on. */
class StandardSocket extends EventTarget {
  readyState = 1
  closed: unknown[] = []
  send (): void {}
  close (...words: unknown[]): void {
    this.readyState = 3
    this.closed = words
    this.dispatchEvent(new Event('close'))
  }
}

describe('a target', () => {
  for (const [what, target] of [
    ['nothing', undefined], ['null', null], ['a text', 'socket'], ['an empty object', {}], ['a function', () => {}],
    ['an object whose close is no function', { close: true }], ['an AbortSignal', new AbortController().signal]
  ] as const) {
    it(`cannot be ${what}`, () => {
      const message = /^Option "target" must be a WebSocket, /
      assert.throws(() => connectionOf(target), { code: 'FST_SESSION_SECURITY_BAD_OPTION', message })
    })
  }

  it('may be a WebSocket as the standard has it, with 4401 and the reason, or 1013', () => {
    for (const [reason, code] of [['idle', 4401], ['none', 4401], ['unavailable', 1013]] as const) {
      const socket = new StandardSocket()
      const connection = connectionOf(socket)
      let closed = 0
      connection.listen(() => closed++)
      assert.equal(connection.isOpen, true)
      connection.close(reason)
      assert.deepEqual([socket.closed, closed], [[code, reason], 1])
      assert.equal(connectionOf(socket).isOpen, false)
    }
  })

  it('may be an AbortController, which is told why by an error of this package', () => {
    const controllers = [new AbortController(), new AbortController()]
    const reasons = ['displaced', 'unavailable'] as const
    for (const [i, reason] of reasons.entries()) connectionOf(controllers[i]).close(reason)
    const [ended, away] = controllers.map(({ signal }) => signal.reason)
    assert.deepEqual([ended.code, ended.reason], ['FST_SESSION_SECURITY_NO_SESSION', 'displaced'])
    assert.ok(away instanceof StoreUnavailableError)
  })

  it('may be anything that can be closed, also what tells by events and is no socket', () => {
    const reasons: unknown[] = []
    const target = Object.assign(new EventEmitter(), { close: (...words: unknown[]) => { reasons.push(words) } })
    const connection = connectionOf(target)
    assert.equal(connection.isOpen, true)
    connection.close('idle')
    assert.deepEqual(reasons, [['idle']])
  })

  it('may be a response of HTTP/1.1, which is cut off', async () => {
    const over = latch()
    const server = http.createServer((_request, response) => cutOff(response, over)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const request = http.get({ host: '127.0.0.1', port: portOf(server) })
    request.on('error', () => {})
    await over.opened
    server.close()
  })

  it('may be a response of HTTP/2, which is cut off, and does not look as if it were complete', async t => {
    const over = latch()
    const server = http2.createServer((_request, response) => cutOff(response, over)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = http2.connect(`http://127.0.0.1:${portOf(server)}`)
    t.after(() => {
      client.destroy()
      server.close()
    })
    await assert.rejects(once(client.request().resume(), 'end'), /NGHTTP2_INTERNAL_ERROR/)
    await over.opened
  })
})

/** Begins an answer and cuts it off. Opens the latch once the answer is over. */
function cutOff (response: http.ServerResponse | http2.Http2ServerResponse, over: Latch): void {
  response.writeHead(200)
  Reflect.apply(response.write, response, ['begun'])
  const connection = connectionOf(response)
  const wasOpen = connection.isOpen
  const onClosed = (): void => { if (wasOpen && !connectionOf(response).isOpen) over.open() }
  connection.listen(() => setImmediate(onClosed))
  connection.close('idle')
}

function portOf (server: http.Server | http2.Http2Server): number {
  return (server.address() as AddressInfo).port
}
