import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { handleOf } from '../../src/store/handle.ts'
import { listen } from '../helpers/channels.ts'
import { until } from '../helpers/redis-process.ts'
import type { ClientOptions, UnixRedisServer } from '../helpers/redis-server.ts'
import type { Site } from './site.ts'
import { openSite } from './site.ts'

const AWAY = 'the session store is away: requests with a session are answered 503'
const BACK = 'the session store is back'

interface Cause {
  readonly name: string
  readonly server?: { readonly args?: readonly string[] }
  readonly client?: ClientOptions
  readonly begin: (site: Site) => unknown
  readonly end: (site: Site) => unknown
  /** Returns the answer of `health()`. */
  readonly why: RegExp
}

const elsewhere: string[] = []
after(() => { for (const dir of elsewhere) rmSync(dir, { recursive: true, force: true }) })

async function set ({ client: { redis } }: Site, name: string, value: string): Promise<void> {
  await redis.config('SET', name, value)
}

/** Connections that were made before are no longer there. */
async function dropOthers ({ client: { redis } }: Site): Promise<void> {
  await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
}

const CAUSES: readonly Cause[] = [
  {
    name: 'became a replica',
    begin: async ({ client: { redis } }) => await redis.replicaof('127.0.0.1', '1'),
    end: async ({ client: { redis } }) => await redis.replicaof('NO', 'ONE'),
    why: /READONLY /
  },
  {
    name: 'is a replica that says nothing without its master',
    server: { args: ['--replica-serve-stale-data', 'no'] },
    begin: async ({ client: { redis } }) => await redis.replicaof('127.0.0.1', '1'),
    end: async ({ client: { redis } }) => await redis.replicaof('NO', 'ONE'),
    why: /^MASTERDOWN /
  },
  {
    name: 'has too few replicas',
    begin: async site => await set(site, 'min-replicas-to-write', '1'),
    end: async site => await set(site, 'min-replicas-to-write', '0'),
    why: /NOREPLICAS /
  },
  {
    name: 'cannot save to its disk',
    server: { args: ['--enable-protected-configs', 'yes'] },
    async begin (site) {
      const dir = mkdtempSync(join(tmpdir(), 'gone-'))
      elsewhere.push(dir)
      await set(site, 'dir', dir)
      await set(site, 'save', '3600 1')
      rmSync(dir, { recursive: true })
      const { redis } = site.client
      await redis.bgsave()
      await until('saving has failed', async () => (await redis.info('persistence')).includes('bgsave_status:err'))
    },
    async end (site) {
      await set(site, 'dir', site.server.dir)
      await site.client.redis.bgsave()
    },
    why: /MISCONF /
  },
  {
    name: 'runs a script that does not end',
    server: { args: ['--busy-reply-threshold', '10'] },
    async begin ({ server, client: { redis } }) {
      server.connect().eval('while true do end', 0).catch(() => { /* it is killed */ })
      await until(
        'it is busy', async () => await redis.ping().then(() => false, error => /^BUSY/.test(String(error.message)))
      )
    },
    end: async ({ client: { redis } }) => await redis.script('KILL'),
    why: /^BUSY /
  },
  {
    name: 'wants a password',
    async begin (site) {
      await set(site, 'requirepass', 'secret')
      await dropOthers(site)
    },
    end: async site => await set(site, 'requirepass', ''),
    why: /^NOAUTH /
  },
  {
    name: 'has no room for another connection',
    async begin (site) {
      await set(site, 'maxclients', '1')
      await dropOthers(site)
    },
    end: async site => await set(site, 'maxclients', '1000'),
    why: /ERR max number of clients|Connection is closed|no answer/
  },
  {
    name: 'loads its data',
    server: {
      args: [
        '--appendonly', 'yes', '--appendfsync', 'always', '--key-load-delay', '1000',
        '--loading-process-events-interval-bytes', '1024'
      ]
    },
    client: { enableReadyCheck: false },
    async begin ({ app, server, client: { redis } }) {
      await redis.eval('for i = 1, 6000 do redis.call("SET", i, i) end', 0)
      await redis.bgrewriteaof()
      const isSaved = async (): Promise<boolean> =>
        (await readdir(join(server.dir, 'appendonlydir'))).includes('appendonly.aof.2.base.rdb')
      await until('it would load them slowly', isSaved)
      await server.kill()
      server.restart().catch(() => { /* it is seen that it is not back */ })
      await until('it loads', async () => /^LOADING/.test(String((await app.sessionSecurity.health()).why)))
    },
    end: async () => { /* by itself */ },
    why: /^LOADING /
  }
]

describe('G7: with a Redis that answers and', { concurrency: 4 }, () => {
  for (const { name, server, client = {}, begin, end, why } of CAUSES) {
    it(`${name}, all requests get 503 until it can, health() says so, and no node needs a restart`, async t => {
      const connect = (server: UnixRedisServer): ReturnType<typeof server.connect> => server.connect(client)
      const site = await openSite(t, { connect, ...(server === undefined ? {} : { server }) })
      const { app, browser, log } = site
      await browser.post('/sign-in')
      const handle = handleOf(String(browser.cookies['sessionId']).split('.')[0] ?? '')
      const heard = listen(t, ['outage-begin', 'outage-end', 'audit'].map(event => `fastify-session-security:${event}`))
      log.raw.length = 0
      await begin(site)
      for (const url of ['/', '/passive', '/', '/session_security/ping', '/session_security/ping?idleFor=1']) {
        const { statusCode, headers, payload } = await browser.get(url)
        assert.deepEqual([statusCode, headers['retry-after']], [503, '5'], payload)
      }
      const health = await app.sessionSecurity.health()
      assert.equal(health.healthy, false)
      assert.match(String(health.why), why)
      assert.deepEqual(log.ours().map(({ msg }) => msg), [AWAY])
      await end(site)
      await until('it is back, and nobody had to ask', () => log.ours().length > 1)
      const [, back] = log.ours()
      assert.deepEqual([back?.msg, back?.['unrecorded']], [BACK, 3])
      assert.ok(Number(back?.['seconds']) > 0)
      assert.equal((await browser.get('/')).json().user, 'ada')
      assert.deepEqual(await app.sessionSecurity.health(), { healthy: true })
      assert.equal(
        heard.filter(([event, message]) => event === 'unrecorded' && Reflect.get(message, 'handle') === handle).length,
        3
      )
      assert.ok(heard.some(([event, message]) => {
        return event === 'outage-end' && isDeepStrictEqual(message, { seconds: back?.['seconds'], unrecorded: 3 })
      }))
      assert.equal(log.ours().length, 2)
    })
  }
})
