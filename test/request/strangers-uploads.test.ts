import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2'
import { connect } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import Fastify from 'fastify'
import { sessionSecurity } from '../../src/session-security.ts'
import { MemoryStore } from '../../src/store/memory-store.ts'
import { SECRET, addSignIn } from '../helpers/app.ts'

const EXPIRE_AFTER = 0.8

/** On the real clock: what counts is the arrival of bytes. */
describe('an HTTP/2 upload whose connection carries other requests too', () => {
  it('that stalls keeps nobody signed in, whatever the others send: the idle end comes in time', async test => {
    const { client, cookie } = await connected(test)
    const startedMs = Date.now()
    const upload = begin(client, cookie)
    upload.write('some')
    let user = 'ada'
    while (user === 'ada' && Date.now() - startedMs < 4 * EXPIRE_AFTER * 1000) {
      await setTimeout(40)
      user = (await ask(client, cookie)).user
    }
    const seconds = (Date.now() - startedMs) / 1000
    assert.equal(user, null)
    assert.ok(seconds > EXPIRE_AFTER * 0.9 && seconds < EXPIRE_AFTER * 2, `${seconds} s`)
    upload.close()
  })

  it('that goes on arriving longer than the idle time is stored, and keeps its person signed in', async test => {
    const { client, cookie, stored } = await connected(test)
    const upload = begin(client, cookie)
    for (let i = 0; i < 20; i++) {
      upload.write('some')
      await setTimeout(EXPIRE_AFTER * 125)
    }
    upload.end('more')
    assert.deepEqual(await answerOf(upload), { user: 'ada' })
    assert.deepEqual(stored, ['some'.repeat(20) + 'more'])
    assert.deepEqual(await ask(client, cookie), { user: 'ada' })
  })
})

async function connected (test: TestContext): Promise<{ client: ClientHttp2Session, cookie: string, stored: string[] }> {
  const stored: string[] = []
  const app = Fastify({ http2: true }) as unknown as FastifyInstance
  await app.register(sessionSecurity, {
    session: { secret: SECRET, cookie: { secure: false } },
    store: new MemoryStore(),
    userOf: session => session.user,
    warnAfter: EXPIRE_AFTER / 2,
    expireAfter: EXPIRE_AFTER,
    allowShortWarning: true,
    throttle: 0
  })
  addSignIn(app)
  app.addContentTypeParser('application/octet-stream', { parseAs: 'string' }, (_request, body, done) => { done(null, body) })
  app.post('/upload', async request => {
    if (request.session.user !== undefined) stored.push(String(request.body))
    return { user: request.session.user ?? null }
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const client = connect(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`)
  test.after(async () => { client.destroy(); await app.close() })
  const signIn = client.request({ ':method': 'POST', ':path': '/sign-in' })
  const [headers] = await once(signIn, 'response')
  signIn.resume()
  return { client, stored, cookie: String(headers['set-cookie']).split(';', 1)[0] ?? '' }
}

function begin (client: ClientHttp2Session, cookie: string): ClientHttp2Stream {
  const upload = client.request({ ':method': 'POST', ':path': '/upload', cookie, 'content-type': 'application/octet-stream' })
  upload.on('error', () => {})
  return upload
}

async function ask (client: ClientHttp2Session, cookie: string): Promise<{ user: string }> {
  return await answerOf(client.request({ ':path': '/passive', cookie })) as { user: string }
}

async function answerOf (stream: ClientHttp2Stream): Promise<unknown> {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return JSON.parse(text)
}
