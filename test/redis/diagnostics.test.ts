import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import { describe, it } from 'node:test'
import { handleOf } from '../../src/store/handle.ts'
import { listen } from '../helpers/channels.ts'
import { until } from '../helpers/redis-process.ts'
import { openSite } from './site.ts'

const CODE = 'FST_SESSION_SECURITY_STORE_UNAVAILABLE'

/** An event whose time is that of this machine. */
function known ([event, message]: readonly [string, object]): unknown[] {
  return [event, ...['what', 'code', 'handle', 'via', 'user'].map(key => Reflect.get(message, key))]
}

describe('the diagnostics of an outage', () => {
  it('is its beginning and its end, once, a refusal for each request that got 503, and each lost activity', async t => {
    const { server, browser, newBrowser } = await openSite(t)
    await browser.post('/sign-in')
    const heard = listen(t)
    const beforeMs = performance.now()
    await server.kill()
    for (const url of ['/', '/passive', '/session_security/ping?idleFor=1']) {
      assert.equal((await browser.get(url)).statusCode, 503)
    }
    assert.equal((await newBrowser().get('/')).statusCode, 200)
    const [begin, ...rest] = heard.splice(0)
    assert.equal(begin?.[0], 'outage-begin')
    assert.notEqual(Reflect.get(begin[1], 'why'), '')
    const handle = handleOf(String(browser.cookies['sessionId']).split('.')[0] ?? '')
    const refused = ['refusal', 'request', CODE, handle, undefined, undefined]
    const [byRequest, byPing] = ['request', 'ping'].map(via => [
      'unrecorded', undefined, undefined, handle, via, undefined
    ])
    assert.deepEqual(rest.map(known), [byRequest, refused, refused, byPing, refused])
    assert.ok(rest.every(([, message]) => Math.abs(Reflect.get(message, 'atMs') - Date.now()) < 60_000))
    await server.restart()
    await until('requests are served again', async () => (await browser.get('/')).statusCode === 200)
    const ends = heard.filter(([event]) => event.startsWith('outage'))
    assert.deepEqual(ends.map(([event]) => event), ['outage-end'])
    const { seconds, unrecorded: count } = ends[0]?.[1] as { seconds: number, unrecorded: number }
    assert.ok(count >= 2)
    assert.ok(seconds > 0 && seconds * 1000 < performance.now() - beforeMs)
  })

  it('is one refusal if the session of a handler could not be saved', async t => {
    const site = await openSite(
      t,
      {
        routes: app => {
          app.post('/sign-in-late', async request => { await site.server.kill(); request.session.user = 'eva' })
        }
      }
    )
    const heard = listen(t)
    assert.equal((await site.browser.post('/sign-in-late')).statusCode, 503)
    assert.deepEqual(
      heard.filter(([event]) => event === 'refusal').map(known),
      [['refusal', 'request', CODE, undefined, undefined, undefined]]
    )
  })

  it('is a refusal even if the application answers for the error', async t => {
    const { server, browser } = await openSite(t, {
      routes: app => {
        app.setErrorHandler(async (_error, _request, reply) =>
          await reply.code(503).type('text/html').send('<h1>Back soon</h1>')
        )
      }
    })
    await browser.post('/sign-in')
    await server.kill()
    const heard = listen(t)
    assert.equal((await browser.get('/')).body, '<h1>Back soon</h1>')
    assert.deepEqual(
      heard.filter(([event]) => event === 'refusal').map(event => known(event).slice(0, 3)),
      [['refusal', 'request', CODE]]
    )
  })

  it('is an activity of a call that could not be recorded, with the user of the session', async t => {
    const { server, browser } = await openSite(t, {
      routes: app => {
        app.get('/call', { config: { sessionSecurity: { passive: true } } }, async ({ sessionSecurity }) => {
          await server.kill()
          return await sessionSecurity.recordActivity()
        })
      }
    })
    await browser.post('/sign-in')
    const heard = listen(t)
    assert.equal((await browser.get('/call')).statusCode, 503)
    const [[event, , , , via, user] = []] = heard.filter(([event]) => event === 'unrecorded').map(known)
    assert.deepEqual([event, via, user], ['unrecorded', 'call', 'ada'])
  })

  it('is none for a server that refuses a command', async t => {
    const { browser, newBrowser, client: { redis } } = await openSite(t)
    await browser.post('/sign-in')
    const heard = listen(t)
    await redis.config('SET', 'maxmemory', '1')
    assert.equal((await newBrowser().post('/sign-in')).statusCode, 503)
    assert.deepEqual(heard.map(known), [['refusal', 'request', CODE, undefined, undefined, undefined]])
  })
})
