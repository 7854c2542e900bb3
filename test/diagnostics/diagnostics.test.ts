import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { describe, it } from 'node:test'
import session from '@fastify/session'
import { fromSessionStore } from '../../src/index.ts'
import type { Gate, TestApp, TestAppOptions } from '../helpers/app.ts'
import { buildApp as buildTestApp, gate, pass } from '../helpers/app.ts'
import { AUDIT, listen } from '../helpers/channels.ts'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'

const PING = '/session_security/ping'

for (const kit of [memoryKit, redisKit()]) {
  describe(`what is published, on ${kit.name}`, () => {
    const buildApp = (options: TestAppOptions = {}): Promise<TestApp> => buildTestApp({ kit, ...options })

    it('is an activity if one is written, with its distance, and none within the throttle or for a poll', async t => {
      const { app, clock, browser, handle } = await signedIn()
      const heard = listen(t)
      clock.advance(3)
      await browser.get('/')
      clock.advance(0.5)
      await browser.get('/')
      clock.advance(2)
      await browser.get('/passive')
      assert.deepEqual(heard, [['activity', { handle, user: 'ada', via: 'request', idleFor: 3 }]])
      await app.close()
    })

    it('is an activity for a request that is refused too, as its arrival counts, and none for a 404', async t => {
      const schema = { querystring: { type: 'object', required: ['id'] } }
      const guard = { preHandler: async () => { throw Object.assign(new Error('not you'), { statusCode: 403 }) } }
      const { app, clock, browser } = await buildApp({
        routes: app => {
          app.get('/valid', { schema }, async () => 'valid')
          app.get('/guarded', guard, async () => 'guarded')
        }
      })
      await browser.post('/sign-in')
      const heard = listen(t)
      for (const [url, status] of [['/valid', 400], ['/guarded', 403], ['/nowhere', 404]] as const) {
        clock.advance(2)
        assert.equal((await browser.get(url)).statusCode, status)
      }
      await app.close()
      const seen = heard.map(([event, message]) => [event, ...['via', 'idleFor'].map(key => Reflect.get(message, key))])
      assert.deepEqual(seen, [['activity', 'request', 2], ['activity', 'request', 2]])
    })

    it('is an activity for a ping that brings news, and none for one that reads or comes late', async t => {
      const { app, clock, browser, handle } = await signedIn()
      const heard = listen(t)
      clock.advance(4)
      for (const query of ['', '?idleFor=4', '?idleFor=60']) await browser.get(PING + query)
      assert.deepEqual(heard, [])
      await browser.get(`${PING}?idleFor=1`)
      assert.deepEqual(heard, [['activity', { handle, user: 'ada', via: 'ping', idleFor: 3 }]])
      await app.close()
    })

    it('is a warning extended when any activity took the session out of it', async t => {
      const { app, clock, browser, handle } = await signedIn()
      const heard = listen(t)
      for (const [url, via] of [['/', 'request'], [`${PING}?idleFor=0`, 'ping'], ['/call', 'call']] as const) {
        clock.advance(7)
        await browser.get(url)
        assert.deepEqual(heard.splice(0), [
          ['activity', { handle, user: 'ada', via, idleFor: 7 }],
          ['warning-extended', { handle, user: 'ada', via, left: 3 }]
        ])
      }
      await app.close()
    })

    it('is a warning extended also where nobody listens to activities', async t => {
      const { app, clock, browser, handle } = await signedIn()
      const heard = listen(t, ['fastify-session-security:warning-extended'])
      clock.advance(7)
      await browser.get('/')
      assert.deepEqual(heard, [['warning-extended', { handle, user: 'ada', via: 'request', left: 3 }]])
      await app.close()
    })

    it('is one extended warning, and one activity, for several requests of a page at the same moment', async t => {
      const { app, clock, browser, handle } = await signedIn()
      const heard = listen(t)
      clock.advance(7)
      await Promise.all(['/', '/', '/', `${PING}?idleFor=0`].map(async url => await browser.get(url)))
      assert.deepEqual(heard.map(([event, message]) => [
        event, Reflect.get(message, 'handle'), Reflect.get(message, 'idleFor') ?? Reflect.get(message, 'left')
      ]), [
        ['activity', handle, 7], ['warning-extended', handle, 3]
      ])
      await app.close()
    })

    it('is no activity for a session that ended before, or for a ping without news, also unthrottled', async t => {
      const slow = gate()
      const { app, clock, browser } = await signedIn({ throttle: 0 }, slow)
      clock.advance(3)
      const heard = listen(t)
      await browser.get(`${PING}?idleFor=3`)
      const waiting = browser.get('/slow')
      await slow.entered.opened
      await browser.post('/sign-out')
      slow.leave.open()
      assert.equal((await waiting).statusCode, 200)
      await app.close()
      assert.deepEqual(
        heard.map(([event, message]) => [event, Reflect.get(message, 'via')]),
        [['activity', 'request'], ['sign-out', undefined], ['end', undefined]]
      )
    })

    it('is an activity of no seconds where the clock was set back meanwhile', async t => {
      const { app, clock, browser, handle } = await signedIn()
      const heard = listen(t)
      clock.advance(-2)
      await browser.get('/')
      assert.deepEqual(heard, [['activity', { handle, user: 'ada', via: 'request', idleFor: 0 }]])
      await app.close()
    })

    it('is no warning extended when the activity was before the warning, or can no longer help', async t => {
      const { app, clock, browser } = await signedIn({ absoluteTimeout: 12 })
      const heard = listen(t)
      clock.advance(4)
      await browser.get('/')
      clock.advance(7)
      await browser.get('/')
      assert.deepEqual(heard.map(([event]) => event), ['activity', 'activity'])
      await app.close()
    })

    it('is an end only when onSessionEnd has returned, so that there are as many of both', async t => {
      let fails = true
      const { app, clock } = await signedIn({ onSessionEnd: () => { if (fails) throw new Error('try again') } })
      const heard = listen(t)
      clock.advance(10)
      await app.sessionSecurity.sweep()
      fails = false
      clock.advance(61)
      await app.sessionSecurity.sweep()
      await app.close()
      assert.deepEqual(heard.map(([event, message]) => [
        event, ...['ended', 'failed', 'more'].map(key => Reflect.get(message, key))
      ]), [
        ['sweep', 0, 1, false], ['end', undefined, undefined, undefined], ['sweep', 1, 0, false]
      ])
    })

    it('is a sweep with what it found and the seconds that it took', async t => {
      const { app, clock } = await signedIn()
      const heard = listen(t)
      clock.advance(10)
      await app.sessionSecurity.sweep()
      const [event, message] = heard.at(-1) ?? []
      assert.equal(event, 'sweep')
      const { seconds, ...found } = message as { seconds: number }
      assert.deepEqual(found, { ended: 1, failed: 0, more: false, lag: 0 })
      assert.ok(seconds >= 0 && seconds < 60)
      await app.close()
    })

    it('is a sweep with the time that the first expired session had waited, whatever it leaves behind', async t => {
      let fails = true
      const { app, clock, newBrowser } = await signedIn({
        onSessionEnd: () => { if (fails) throw new Error('try again') }
      })
      const heard = listen(t, ['fastify-session-security:sweep'])
      await newBrowser().post('/sign-in')
      clock.advance(17)
      await app.sessionSecurity.sweep({ limit: 1 })
      clock.advance(3)
      await app.sessionSecurity.sweep()
      fails = false
      clock.advance(61)
      await app.sessionSecurity.sweep() // both were claimed before: onSessionEnd fails, and no sweep is late
      await app.close()
      const words = heard.map(([, message]) => ['lag', 'ended', 'failed', 'more'].map(key => Reflect.get(message, key)))
      assert.deepEqual(words, [[7, 0, 1, true], [10, 0, 1, false], [0, 2, 0, false]])
    })

    it('holds no session id, no cookie and no contents (G9)', async t => {
      const heard = listen(t)
      const isAuthenticated = ({ user }: { user?: string }): boolean => user !== undefined
      const { app, clock, browser } = await buildApp({ security: { userOf: () => undefined, isAuthenticated } })
      await browser.post('/sign-in')
      const [id, signature] = String(browser.cookies['sessionId']).split('.')
      clock.advance(6)
      await browser.get('/')
      await browser.post('/sign-out')
      await app.sessionSecurity.sweep()
      await app.close()
      assert.deepEqual(
        [...new Set(heard.map(([event]) => event))].sort(),
        ['activity', 'end', 'sign-out', 'start', 'sweep', 'warning-extended']
      )
      const text = JSON.stringify(heard)
      for (const secret of [id, signature, 'ada']) assert.ok(secret !== undefined && !text.includes(secret))
    })

    /** Opens an application, and signs in a browser. */
    async function signedIn (
      security: TestAppOptions['security'] = {}, slow: Gate = gate()
    ): Promise<TestApp & { handle: string }> {
      const built = await buildApp({
        security,
        routes: app => {
          app.get(
            '/handle', { config: { sessionSecurity: { passive: true } } },
            async request => request.sessionSecurity.handle
          )
          app.get('/slow', { config: { sessionSecurity: { passive: true } } }, async request => {
            await pass(slow)
            await request.sessionSecurity.recordActivity()
          })
          app.get('/call', { config: { sessionSecurity: { passive: true } } }, async request => {
            await request.sessionSecurity.recordActivity()
          })
        }
      })
      await built.browser.post('/sign-in')
      return { ...built, handle: (await built.browser.get('/handle')).body }
    }
  })
}

describe('what is published', () => {
  it('comes from any other store, too', async t => {
    const heard = listen(t)
    const { app, browser } = await buildTestApp({ security: { store: fromSessionStore(new session.MemoryStore()) } })
    await browser.post('/sign-in')
    await browser.post('/sign-out')
    await app.close()
    assert.deepEqual(heard.map(([event]) => event), ['start', 'sign-out', 'end'])
  })

  it('breaks no request when a listener throws: the process gets the error', async t => {
    const uncaught: unknown[] = []
    process.setUncaughtExceptionCaptureCallback(error => { uncaught.push(error) })
    t.after(() => { process.setUncaughtExceptionCaptureCallback(null) })
    const name = AUDIT
    const problem = new Error('a listener of somebody')
    const listener = (): void => { throw problem }
    subscribe(name, listener)
    t.after(() => { unsubscribe(name, listener) })
    const { app, browser } = await buildTestApp()
    assert.equal((await browser.post('/sign-in')).statusCode, 200)
    assert.equal((await browser.get('/')).json().user, 'ada')
    await app.close()
    assert.deepEqual(uncaught, [problem])
  })
})
