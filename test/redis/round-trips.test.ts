import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import type { TestApp } from '../helpers/app.ts'
import { buildApp } from '../helpers/app.ts'
import { redisKit } from '../helpers/store-kits.ts'

/** Commands by name, those that scripts call among them, and the bytes that went in and out. */
interface Traffic {
  readonly commands: Record<string, number>
  readonly bytesIn: number
  readonly bytesOut: number
}

const READ = { evalsha: 1, time: 1, hgetall: 1 }
const READ_AND_TOUCH = { evalsha: 2, time: 2, hgetall: 1, hget: 1, zrem: 1, hset: 1, zscore: 1 }

const kit = redisKit()

for (const rolling of [true, false]) {
  describe(`what a request costs Redis, with rolling: ${rolling}`, () => {
    it('one read and one small write when it is active, and both in one round trip each', async () => {
      const { app, clock, browser } = await open()
      clock.advance(2)
      const { commands } = await traffic(async () => await browser.get('/'))
      assert.deepEqual(commands, READ_AND_TOUCH)
      await app.close()
    })

    it('one read within the throttle', async () => {
      const { app, clock, browser } = await open()
      clock.advance(0.9)
      assert.deepEqual((await traffic(async () => await browser.get('/'))).commands, READ)
      await app.close()
    })

    it('one read when it is passive', async () => {
      const { app, clock, browser } = await open()
      clock.advance(4)
      assert.deepEqual((await traffic(async () => await browser.get('/passive'))).commands, READ)
      await app.close()
    })

    it('nothing when it is a visitor\'s, also when it pings', async () => {
      const { app, newBrowser } = await open()
      const visitor = newBrowser()
      assert.deepEqual((await traffic(async () => { await visitor.get('/'); await visitor.get('/session_security/ping?idleFor=3') })).commands, {})
      await app.close()
    })

    it('one read for a ping that brings no news, and one small write for one that does', async () => {
      const { app, clock, browser } = await open()
      clock.advance(4)
      assert.deepEqual((await traffic(async () => await browser.get('/session_security/ping'))).commands, READ)
      assert.deepEqual((await traffic(async () => await browser.get('/session_security/ping?idleFor=4'))).commands, READ)
      assert.deepEqual((await traffic(async () => await browser.get('/session_security/ping?idleFor=1'))).commands, READ_AND_TOUCH)
      await app.close()
    })

    it('a move in the index for one touch in ten seconds, and none for the others', async () => {
      const { app, clock, browser } = await open({ expireAfter: 600 })
      let moves = 0
      for (let i = 0; i < 20; i++) {
        clock.advance(2)
        const { commands } = await traffic(async () => await browser.get('/'))
        moves += commands['zadd'] ?? 0
      }
      assert.equal(moves, 4)
      await app.close()
    })

    it('only the fields that changed', async () => {
      const { app, clock, browser } = await open()
      clock.advance(0.5)
      const written = await hsets(async () => { await browser.get('/edit') })
      assert.deepEqual(written, [['a', '1']])
      assert.deepEqual(await hsets(async () => { await browser.get('/edit') }), [], 'the same value again')
      await app.close()
    })

    it('no more bytes for a session of 200 than a fraction of what whole writes would', async () => {
      const { app, clock, browser } = await open({}, { text: 'x'.repeat(170) })
      clock.advance(2)
      const { bytesIn, bytesOut } = await traffic(async () => await browser.get('/'))
      assert.ok(bytesIn <= 300, `${bytesIn} bytes in`)
      assert.ok(bytesOut <= 310, `${bytesOut} bytes out`)
      await app.close()
    })
  })

  async function open (security: object = {}, data: object = {}): Promise<TestApp> {
    const built = await buildApp({
      kit,
      session: { rolling },
      security,
      routes: app => {
        app.get('/edit', async request => { request.session.a = 1 })
        app.get('/fill', async request => { Object.assign(request.session, data) })
      }
    })
    await built.browser.post('/sign-in')
    if (Object.keys(data).length > 0) await built.browser.get('/fill')
    for (const url of ['/', '/passive', '/edit-none']) await built.browser.get(url) // Redis has seen the scripts
    built.clock.advance(2)
    await built.browser.get('/')
    return built
  }
}

async function traffic (action: () => Promise<unknown>): Promise<Traffic> {
  const client = kit.client()
  await client.config('RESETSTAT')
  await action()
  const info = await client.info('everything')
  const commands = Object.fromEntries([...info.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)].map(([, name = '', calls]) => [name, Number(calls)]))
  for (const own of ['config|resetstat', 'info']) delete commands[own]
  const [bytesIn, bytesOut] = ['input', 'output'].map(way => Number(new RegExp(`^total_net_${way}_bytes:(\\d+)`, 'm').exec(info)?.[1]))
  // What the measurement itself sends: INFO goes in, and the answer to RESETSTAT goes out.
  const [ownIn, ownOut] = ['*2\r\n$4\r\ninfo\r\n$10\r\neverything\r\n'.length, '+OK\r\n'.length]
  return { commands, bytesIn: (bytesIn ?? NaN) - ownIn, bytesOut: (bytesOut ?? NaN) - ownOut }
}

/** The fields and values that scripts wrote meanwhile, without the record. */
async function hsets (action: () => Promise<unknown>): Promise<string[][]> {
  const client = kit.client()
  const monitor = await client.monitor()
  const written: string[][] = []
  monitor.on('monitor', (_time: string, [command, , ...args]: string[]) => { if (command?.toLowerCase() === 'hset' && args[0] !== '@') written.push(args) })
  await action()
  const seen = once(monitor, 'the end')
  monitor.on('monitor', (_time: string, [command]: string[]) => { if (command?.toLowerCase() === 'echo') monitor.emit('the end') })
  await client.echo('the end')
  await seen
  monitor.disconnect()
  return written
}
