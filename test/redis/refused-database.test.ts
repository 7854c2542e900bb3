import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Redis } from 'ioredis'
import { until } from '../helpers/redis-process.ts'
import { startRedis } from '../helpers/redis-server.ts'
import type { Site } from './site.ts'
import { openSite } from './site.ts'

const AWAY = 'the session store is away: requests with a session are answered 503'
const BACK = 'the session store is back'

/** A client goes on in database 0 if Redis refuses its own. */
describe('G7: a connection for which Redis refused the database of the client', () => {
  it('is replaced, so that nobody is signed out whose session lies there', async t => {
    let client: Redis | undefined
    const site = await openSite(t, {
      server: { args: ['--busy-reply-threshold', '10'] },
      connect: server => (client = server.connect({ db: 3, enableReadyCheck: false }))
    })
    const { app, browser, server, log } = site
    await browser.post('/sign-in')
    assert.ok(await keysIn(site, 3) > 0)
    log.raw.length = 0
    const { redis } = site.client
    server.connect().eval('while true do end', 0).catch(() => { /* it is killed */ })
    const isBusy = async (): Promise<boolean> => await redis.ping().then(() => false, isOfBusy)
    await until('it is busy', isBusy)
    const refused = new Promise(resolve => client?.on('error', error => { if (isOfBusy(error)) resolve(error) }))
    client?.disconnect(true)
    await refused
    await redis.script('KILL')
    await until('it is back', async () => (await app.sessionSecurity.health()).healthy)
    for (const url of ['/', '/passive']) assert.equal((await browser.get(url)).json().user, 'ada')
    assert.equal(await keysIn(site, 0), 0)
    assert.deepEqual(log.ours().map(({ msg }) => msg), [AWAY, BACK])
  })

  for (const when of ['before', 'after']) {
    it(`is an outage until Redis allows it, if the client connects ${when} the store is made`, async t => {
      const server = await startRedis()
      t.after(async () => await server.stop())
      const admin = server.connect()
      await admin.call('ACL', 'SETUSER', 'default', '-select')
      const client = server.connect({ db: 3 })
      if (when === 'before') await new Promise(resolve => client.once('ready', resolve))
      const { app, browser } = await openSite(t, { connect: () => client })
      await until('the outage is known', async () => !(await app.sessionSecurity.health()).healthy)
      const { why } = await app.sessionSecurity.health()
      assert.match(String(why), /^Redis refused the database of the client \(NOPERM /)
      assert.equal((await browser.post('/sign-in')).statusCode, 503)
      await admin.call('ACL', 'SETUSER', 'default', '+select')
      await until('it is back', async () => (await app.sessionSecurity.health()).healthy)
      assert.equal((await browser.post('/sign-in')).statusCode, 200)
      assert.deepEqual(await admin.keys('*}s:*'), [])
      assert.match(await admin.info('keyspace'), /^db3:keys=/m)
    })
  }
})

async function keysIn ({ server }: Site, db: number): Promise<number> {
  return await server.connect({ db }).dbsize()
}

function isOfBusy ({ message }: Error): boolean {
  return message.startsWith('BUSY ')
}
