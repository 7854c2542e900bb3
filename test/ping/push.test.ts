import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get } from 'node:http'
import type { TestContext } from 'node:test'
import { describe, it } from 'node:test'
import { setImmediate, setTimeout } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { TestApp } from '../helpers/app.ts'
import { buildApp, gate, pass } from '../helpers/app.ts'
import type { Latch } from '../helpers/latch.ts'
import { latch } from '../helpers/latch.ts'
import { until } from '../helpers/redis-process.ts'

const PUSH = '/session_security/push'

interface Push extends TestApp {
  readonly address: string
  /** The cookie of the browser that signed in. */
  readonly cookie: string
  /** Asks for a stream with that cookie. */
  listen (headers?: Record<string, string>): Promise<Response>
}

async function openPush (test: TestContext, hooks: (app: FastifyInstance) => void = () => {}): Promise<Push> {
  const site = await buildApp({
    security: { pushUrl: PUSH },
    routes: app => {
      hooks(app)
      app.post('/renew', async request => { await request.session.regenerate(['user']) })
      app.addHook(
        'onRequest', async (_request, reply) => { reply.header('access-control-allow-origin', 'https://app.example') }
      )
    }
  })
  const address = await site.app.listen({ host: '127.0.0.1', port: 0 })
  test.after(async () => await site.app.close())
  await site.browser.post('/sign-in')
  const cookie = Object.entries(site.browser.cookies).map(([name, value]) => `${name}=${value}`).join('; ')
  return {
    ...site, address, cookie, listen: async headers => await fetch(address + PUSH, { headers: { cookie, ...headers } })
  }
}

/** Reads a stream until it ends. */
async function heard (response: Response): Promise<string> {
  return (await response.text()).replace(/^retry: \d{4}\n\n/, '')
}

describe('the push route', () => {
  it('tells a page why its session ended, and ends', async test => {
    const { app, listen } = await openPush(test)
    const response = await listen()
    assert.deepEqual(
      [
        'content-type', 'cache-control', 'access-control-allow-origin', 'set-cookie'
      ].map(name => response.headers.get(name)),
      ['text/event-stream; charset=utf-8', 'no-store, no-transform', 'https://app.example', null]
    )
    await app.sessionSecurity.endUser('ada')
    assert.equal(await heard(response), 'event: end\ndata: {"reason":"revoked"}\n\n')
    await until('nothing hangs on the session', () => app.sessionSecurity.shared.connections().size === 0)
  })

  it('is no activity, and survives a renewal', async test => {
    const { app, clock, browser, listen } = await openPush(test)
    const response = await listen()
    clock.advance(3)
    const { idleFor }: { readonly idleFor: number } = (await browser.get('/session_security/ping')).json()
    assert.equal(idleFor, 3)
    await browser.post('/renew')
    await app.sessionSecurity.endUser('ada')
    assert.match(await heard(response), /revoked/)
  })

  it('answers 204 where nobody is signed in, so that a browser does not ask again', async test => {
    const { address, app, listen } = await openPush(test)
    assert.deepEqual([(await fetch(address + PUSH)).status], [204])
    await app.sessionSecurity.endUser('ada')
    const response = await listen()
    assert.deepEqual([response.status, response.headers.get('set-cookie')], [204, null])
  })

  it('is closed to pages of other sites', async test => {
    const { listen } = await openPush(test)
    const response = await listen({ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' })
    assert.match(await response.text(), /FST_SESSION_SECURITY_CROSS_SITE/)
    assert.equal(response.status, 403)
  })

  it('lets the server close, and tells no page that its session is over', async test => {
    const { app, listen } = await openPush(test)
    const response = await listen()
    await app.close()
    assert.equal(await heard(response), '')
  })

  it('lets the server close also while a page is on its way to its stream', async test => {
    const door = gate()
    const preClosed = latch()
    const { app, listen } = await openPush(test, app => {
      app.addHook('preHandler', async ({ url }) => { if (url === PUSH) await pass(door) })
      app.addHook('preClose', async () => preClosed.open())
    })
    const asked = listen()
    await door.entered.opened
    const closed = app.close()
    await preClosed.opened
    door.leave.open()
    const response = await asked
    const outcome = await Promise.race([closed.then(() => 'closed'), setTimeout(2000, 'still open', { ref: false })])
    if (outcome !== 'closed') await response.body?.cancel()
    assert.equal(outcome, 'closed')
    assert.equal(await heard(response), '')
  })

  it('lets go of a page that has gone', async test => {
    const { address, app, cookie } = await openPush(test)
    const request = get(address + PUSH, { headers: { cookie }, agent: false })
    await once(request, 'response')
    const connections = app.sessionSecurity.shared.connections()
    await until('the stream hangs on the session', () => connections.size === 1)
    request.destroy()
    await until('nothing hangs on it', () => connections.size === 0)
  })

  it('keeps nothing of a page that has gone before its stream began', async test => {
    const door = gate()
    const left: Latch = latch()
    const { address, app, cookie } = await openPush(test, app => {
      app.addHook('preHandler', async ({ url }, { raw }) => {
        if (url !== PUSH) return
        raw.once('close', left.open)
        await pass(door)
      })
    })
    const request = get(address + PUSH, { headers: { cookie }, agent: false })
    request.once('error', () => { /* it was cut off */ })
    await door.entered.opened
    request.destroy()
    await left.opened
    door.leave.open()
    await setImmediate()
    assert.equal(app.sessionSecurity.shared.connections().size, 0)
  })

  it('is not there without the option, and takes no address that is none', async test => {
    const { app } = await buildApp()
    test.after(async () => await app.close())
    assert.deepEqual([app.sessionSecurity.pushUrl, (await app.inject(PUSH)).statusCode], [undefined, 404])
    await assert.rejects(buildApp({ security: { pushUrl: 'push' } }), {
      code: 'FST_SESSION_SECURITY_BAD_OPTION', message: /"pushUrl".*received "push"/
    })
  })
})
