import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Redis } from 'ioredis'
import { createClient as createClient5 } from 'redis5'
import { createClient as createClient6 } from 'redis6'
import { fromNodeRedis } from '../../src/redis.ts'
import { until } from '../helpers/redis-process.ts'
import type { Site } from './site.ts'
import { openSite } from './site.ts'

const AWAY = 'the session store is away: requests with a session are answered 503'
const BACK = 'the session store is back'

describe('G7: a connection that answers with QUEUED, as in a MULTI that was never executed', () => {
  it('is replaced: requests get 503, the log says why, and no node needs a restart', async t => {
    let client: Redis | undefined
    const site = await openSite(t, {
      connect: server => (client = server.connect({ maxRetriesPerRequest: 1 }))
    })
    await site.browser.post('/sign-in')
    await client?.call('MULTI')
    await isReplaced(site)
  })

  it('is replaced before the number of shards was read', async t => {
    let client: Redis | undefined
    const site = await openSite(t, { connect: server => (client = server.connect()) })
    await site.browser.post('/sign-in')
    const isNew = new Promise(resolve => client?.once('ready', resolve))
    client?.disconnect(true)
    await isNew
    await client?.call('MULTI')
    await isReplaced(site)
  })

  const create = {
    'node-redis 5': (path: string) => createClient5({ socket: { path, tls: false } }),
    'node-redis 6': (path: string) => createClient6({ socket: { path, tls: false } })
  }
  for (const [version, open] of Object.entries(create)) {
    it(`is replaced through ${version}`, async t => {
      let client: ReturnType<typeof open> | undefined
      const site = await openSite(t, { connect: server => fromNodeRedis(client = open(server.path)) })
      t.after(() => client?.destroy())
      await client?.connect()
      await until('the breaker has found out', async () => (await site.app.sessionSecurity.health()).healthy)
      await site.browser.post('/sign-in')
      await client?.sendCommand(['MULTI'])
      await isReplaced(site)
    })
  }
})

async function isReplaced ({ app, browser, log }: Site): Promise<void> {
  log.raw.length = 0
  for (const url of ['/', '/passive', '/session_security/ping']) assert.equal((await browser.get(url)).statusCode, 503)
  await until('it is back', async () => (await app.sessionSecurity.health()).healthy)
  assert.equal((await browser.get('/')).json().user, 'ada')
  assert.deepEqual(log.ours().map(({ msg }) => msg), [AWAY, BACK])
  assert.match(String(log.ours()[0]?.['why']), /^Redis answered another command: QUEUED/)
}
