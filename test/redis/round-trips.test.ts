import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import type { TestApp, TestAppOptions } from '../helpers/app.ts'
import { buildApp } from '../helpers/app.ts'
import { listenToAudit } from '../helpers/channels.ts'
import { redisKit } from '../helpers/store-kits.ts'

/** Commands by name, also those that scripts call, and the bytes in both directions. */
interface Traffic {
  readonly commands: Readonly<Record<string, number>>
  readonly bytesIn: number
  readonly bytesOut: number
}

/** A load that writes nothing: one script, and so one round trip. */
const READ = { evalsha: 1, time: 1, get: 1 }

/** The same of a request that is passive. */
const READ_ONLY = { time: 1, get: 1 }
/** A load that records the activity. */
const READ_AND_RECORD = { ...READ, setrange: 1 }

const kit = redisKit()

for (const rolling of [true, false]) {
  describe(`what a request costs Redis, with rolling: ${rolling}`, () => {
    it('one round trip when it is active, which reads the session and records the activity', async () => {
      const { app, clock, browser } = await openSignedIn()
      clock.advance(2)
      assert.deepEqual(await commandsOf(() => browser.get('/')), READ_AND_RECORD)
      await app.close()
    })

    it('one round trip that only reads within the throttle', async () => {
      const { app, clock, browser } = await openSignedIn()
      clock.advance(0.9)
      assert.deepEqual(await commandsOf(() => browser.get('/')), READ)
      await app.close()
    })

    it('one round trip that only reads when it is passive', async () => {
      const { app, clock, browser } = await openSignedIn()
      clock.advance(4)
      assert.deepEqual(await commandsOf(() => browser.get('/passive')), READ_ONLY)
      await app.close()
    })

    it('nothing when it brings no session cookie, or a forged one, also when it pings', async () => {
      const { app, newBrowser, browser } = await openSignedIn()
      const forged = { ...browser.cookies, sessionId: `${'x'.repeat(32)}.${'y'.repeat(43)}` }
      for (const url of ['/', '/passive', '/session_security/ping?idleFor=3']) {
        assert.deepEqual(await commandsOf(() => newBrowser().get(url)), {})
        assert.deepEqual(await commandsOf(() => app.inject({ url, cookies: forged })), {})
      }
      await app.close()
    })

    it('one round trip for a ping that brings no news, and two for one that does', async () => {
      const { app, clock, browser } = await openSignedIn()
      clock.advance(4)
      for (const query of ['', '?idleFor=4', '?idleFor=9']) {
        assert.deepEqual(await commandsOf(() => browser.get(`/session_security/ping${query}`)), READ_ONLY)
      }
      const news = await commandsOf(() => browser.get('/session_security/ping?idleFor=1'))
      assert.deepEqual(news, { evalsha: 1, time: 2, get: 1, getrange: 1, zrem: 1, setrange: 1 })
      await app.close()
    })

    it('one round trip for a sign-in without a session before', async () => {
      const { app, newBrowser } = await openSignedIn()
      assert.equal(await scriptsOf(() => newBrowser().post('/sign-in')), 1)
      await app.close()
    })

    it('two round trips for a sign-in over an anonymous session: the load, and all the rest in one', async () => {
      const { app, newBrowser } = await openSignedIn()
      const person = newBrowser()
      await person.get('/edit')
      assert.equal(await scriptsOf(() => person.post('/sign-in')), 2)
      await app.close()
    })

    it('two round trips for a sign-in that evicts another session, and one for a sign-in that is refused', async () => {
      for (const whenFull of ['displace', 'refuse'] as const) {
        const { app, newBrowser } = await openSignedIn({ security: { maxSessionsPerUser: 1, atMaxSessions: whenFull } })
        const scripts = await scriptsOf(async () => {
          const { statusCode } = await newBrowser().post('/sign-in')
          assert.equal(statusCode, whenFull === 'displace' ? 200 : 403)
          await app.close() // waits for what is notified beside the request
        })
        assert.equal(scripts, whenFull === 'displace' ? 2 : 1)
      }
    })

    it('three round trips for a sign-in as another user: the load, sign-in and log-out in one, the note', async () => {
      const { app, browser } = await openSignedIn()
      assert.equal(await scriptsOf(async () => {
        await browser.post('/sign-in-as-eve')
        await app.close() // waits for what is notified beside the request
      }), 3)
    })

    it('two round trips for a renewal', async () => {
      const { app, browser } = await openSignedIn()
      assert.equal(await scriptsOf(() => browser.post('/renew')), 2)
      await app.close()
    })

    it('three round trips for a log-out: the load, the end, and the note that it was notified of', async () => {
      const { app, browser } = await openSignedIn()
      assert.equal(await scriptsOf(async () => {
        await browser.post('/sign-out')
        await app.close() // waits for what is notified beside the request
      }), 3)
    })

    it('one round trip for a session that is over', async () => {
      const { app, clock, browser } = await openSignedIn()
      const cookies = { ...browser.cookies }
      clock.advance(10)
      assert.deepEqual(await commandsOf(() => app.inject({ url: '/', cookies })), READ)
      await app.sessionSecurity.sweep()
      assert.deepEqual(await commandsOf(() => app.inject({ url: '/', cookies })), READ)
      await app.close()
    })

    it('two round trips for an edit, which sends only the keys that changed', async () => {
      const { app, clock, browser } = await openSignedIn()
      clock.advance(0.5)
      const sent = await contentsSent(async () => {
        assert.equal(await scriptsOf(() => browser.get('/edit')), 2)
      })
      assert.deepEqual(sent, ['\n=a\n1'])
      assert.deepEqual(await contentsSent(async () => {
        assert.deepEqual(await commandsOf(() => browser.get('/edit')), READ, 'the same value again')
      }), [])
      await app.close()
    })

    it('a move in the index for one activity in ten seconds, and none for the others', async () => {
      const { app, clock, browser } = await openSignedIn({ security: { expireAfter: 600 } })
      let moves = 0
      for (let i = 0; i < 20; i++) {
        clock.advance(2)
        const { evalsha, zadd = 0 } = await commandsOf(() => browser.get('/'))
        assert.equal(evalsha, 1)
        moves += zadd
      }
      assert.equal(moves, 4) // the index of all; that of the user knows beginnings only
      await app.close()
    })

    it('no more bytes for an active request with a session of 200 than these', async t => {
      const { app, clock, browser } = await openSignedIn({}, { text: 'x'.repeat(170) })
      clock.advance(2)
      const { bytesIn, bytesOut, commands } = await traffic(() => browser.get('/'))
      assert.deepEqual(commands, READ_AND_RECORD)
      t.diagnostic(`${bytesIn} bytes in, ${bytesOut} bytes out`)
      assert.ok(bytesIn <= 160, `${bytesIn} bytes in`)
      assert.ok(bytesOut <= 300, `${bytesOut} bytes out`)
      await app.close()
    })
  })

  describe(`what the audit trail costs Redis, with rolling: ${rolling}`, () => {
    it('nothing, with and without a listener', async t => {
      const { app, browser } = await openSignedIn()
      const life = async (): Promise<void> => {
        for (const url of [
          '/sign-in', '/renew', '/sign-in-as-eve', '/session_security/ping?idleFor=x', '/sign-out'
        ]) await browser.post(url)
        await app.sessionSecurity.endUser('ada')
        await app.sessionSecurity.sweep()
      }
      await life()
      const unheard = await commandsOf(life)
      const heard = listenToAudit(t)
      assert.deepEqual(await commandsOf(life), unheard)
      assert.equal(heard.length, 8)
      await app.close()
    })
  })

  /** Signs a person in, and lets Redis know all scripts. The last activity was just now. */
  async function openSignedIn (options: TestAppOptions = {}, data: object = {}): Promise<TestApp> {
    const built = await buildApp({
      kit,
      session: { rolling },
      routes: app => {
        app.get('/edit', async request => { request.session.a = 1 })
        app.get('/edit-another', async request => { request.session.b = 1 })
        app.get('/fill', async request => { Object.assign(request.session, data) })
        app.post('/renew', async request => { await request.session.regenerate(['user']) })
        app.post('/sign-in-as-eve', async request => { request.session.user = 'eve' })
      },
      ...options
    })
    await meetScripts(built)
    await built.browser.post('/sign-in')
    if (Object.keys(data).length > 0) await built.browser.get('/fill')
    built.clock.advance(2)
    await built.browser.get('/')
    return built
  }
}

/** Redis learns every script that a test may meet. */
async function meetScripts ({ app, clock, newBrowser }: TestApp): Promise<void> {
  const person = newBrowser()
  for (const url of ['/edit', '/session_security/ping']) await person.get(url)
  await person.post('/sign-in')
  await person.get('/edit-another')
  clock.advance(2)
  await person.get('/session_security/ping?idleFor=0')
  await person.post('/sign-out')
  await app.sessionSecurity.sweep()
}

async function commandsOf (request: () => Promise<unknown>): Promise<Traffic['commands']> {
  return (await traffic(request)).commands
}

/** Counts the scripts that ran. Each is one round trip, and nothing else is sent. */
async function scriptsOf (request: () => Promise<unknown>): Promise<number> {
  const { evalsha = 0, eval: sentWhole = 0 } = await commandsOf(request)
  return evalsha + sentWhole
}

async function traffic (action: () => Promise<unknown>): Promise<Traffic> {
  const client = kit.client()
  await client.config('RESETSTAT')
  await action()
  const info = await client.info('everything')
  const calls = [...info.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)]
  const commands = Object.fromEntries(calls.map(([, name = '', count]) => [name, Number(count)]))
  for (const own of ['config|resetstat', 'info']) delete commands[own]
  const [bytesIn = NaN, bytesOut = NaN] = ['input', 'output']
    .map(way => Number(new RegExp(`^total_net_${way}_bytes:(\\d+)`, 'm').exec(info)?.[1]))
  // The measurement itself sends INFO, which is counted, and RESETSTAT, whose answer is.
  const [ownIn, ownOut] = ['*2\r\n$4\r\ninfo\r\n$10\r\neverything\r\n'.length, '+OK\r\n'.length]
  return { commands, bytesIn: bytesIn - ownIn, bytesOut: bytesOut - ownOut }
}

/** The contents that were sent to scripts meanwhile. */
async function contentsSent (action: () => Promise<unknown>): Promise<string[]> {
  const client = kit.client()
  const monitor = await client.monitor()
  const sent: string[] = []
  monitor.on('monitor', (_time: string, [command, ...args]: string[]) => {
    if (command?.toLowerCase() === 'evalsha') {
      sent.push(...args.map(arg => arg.replaceAll('\\n', '\n')).filter(arg => arg.startsWith('\n=')))
    }
  })
  await action()
  const seen = once(monitor, 'the end')
  monitor.on('monitor', (_time: string, [command]: string[]) => {
    if (command?.toLowerCase() === 'echo') monitor.emit('the end')
  })
  await client.echo('the end')
  await seen
  monitor.disconnect()
  return sent
}
