import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2'
import { connect } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { describe, it } from 'node:test'
import { text } from 'node:stream/consumers'
import type { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import multipart from '@fastify/multipart'
import type { FastifyInstance } from 'fastify'
import Fastify from 'fastify'
import { sessionSecurity } from '../../src/session-security.ts'
import { MemoryStore } from '../../src/store/memory/memory-store.ts'
import { SECRET, addSignIn } from '../helpers/app.ts'

const EXPIRE_AFTER = 0.8

/** The real clock runs, because the arrival of bytes counts. */
describe('an HTTP/2 upload whose connection carries other requests too', () => {
  it('that stalls keeps nobody signed in, whatever the others send: the idle end comes in time', async test => {
    const { client, cookie } = await connected(test)
    const startedMs = Date.now()
    const upload = begin(client, cookie)
    upload.write('some')
    let user = 'ada'
    while (user === 'ada' && Date.now() - startedMs < 60_000) {
      await setTimeout(40)
      user = (await ask(client, cookie)).user
    }
    const seconds = (Date.now() - startedMs) / 1000
    assert.equal(user, null)
    assert.ok(seconds > EXPIRE_AFTER * 0.9, `${seconds} s`)
    upload.close()
  })

  for (const [how, url, type] of [
    ['a parser reads', '/upload', 'application/octet-stream'],
    ['the handler reads from the stream', '/streamed', 'text/x-stream'],
    ['@fastify/multipart reads', '/multipart', 'multipart/form-data; boundary=end']
  ] as const) {
    it(`that ${how}, and outlasts the idle time, is stored and keeps its person signed in`, async test => {
      const { client, cookie, stored } = await connected(test)
      const isForm = url === '/multipart'
      const upload = begin(client, cookie, url, type)
      if (isForm) upload.write('--end\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n')
      for (let i = 0; i < 20; i++) {
        upload.write('some')
        await setTimeout(EXPIRE_AFTER * 125)
      }
      upload.end(isForm ? 'more\r\n--end--\r\n' : 'more')
      assert.deepEqual(await answerOf(upload), { user: 'ada' })
      assert.deepEqual(stored, ['some'.repeat(20) + 'more'])
      assert.deepEqual(await ask(client, cookie), { user: 'ada' })
    })
  }

  it('is whole, also when it is read late: a slow store, hook or handler loses nothing of it', async test => {
    const { client, cookie, stored } = await connected(test, 50)
    for (const url of ['/upload', '/streamed', '/late'] as const) {
      stored.length = 0
      const upload = begin(client, cookie, url, url === '/upload' ? 'application/octet-stream' : 'text/x-stream')
      upload.end('x'.repeat(50_000))
      assert.deepEqual(await answerOf(upload), { user: 'ada' }, url)
      assert.deepEqual(stored.map(text => text.length), [50_000], url)
    }
  })
})

async function connected (test: TestContext, slowMs = 0): Promise<{
  client: ClientHttp2Session,
  cookie: string,
  stored: string[]
}> {
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
  app.addContentTypeParser(
    'application/octet-stream', { parseAs: 'string' }, (_request, body, done) => { done(null, body) }
  )
  app.addHook('onRequest', async () => { if (slowMs > 0) await setTimeout(slowMs) })
  app.post('/late', async ({ body, session }) => {
    await setTimeout(slowMs)
    stored.push(await text(body as Readable))
    return { user: session.user ?? null }
  })
  app.post('/upload', async request => {
    if (request.session.user !== undefined) stored.push(String(request.body))
    return { user: request.session.user ?? null }
  })
  app.addContentTypeParser('text/x-stream', (_request, body, done) => { done(null, body) })
  app.post('/streamed', async ({ body, session }) => {
    stored.push(await text(body as Readable))
    return { user: session.user ?? null }
  })
  await app.register(multipart)
  app.post('/multipart', async request => {
    for await (const part of request.parts()) if (part.type === 'file') stored.push(await text(part.file))
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

function begin (
  client: ClientHttp2Session, cookie: string, url = '/upload', type = 'application/octet-stream'
): ClientHttp2Stream {
  const upload = client.request({ ':method': 'POST', ':path': url, cookie, 'content-type': type })
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
