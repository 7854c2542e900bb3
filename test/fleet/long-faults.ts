import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TcpRedisServer } from '../helpers/redis-server.ts'
import type { Where } from './at-work.ts'
import { BRIEF, LONG, runThrough } from './at-work.ts'
import type { Connection } from './connection.ts'
import { swapRoles } from './demotion.ts'
import { discardPrepared } from './fleet.ts'
import { assertRefused, assertServed } from './outcome.ts'
import { withProxy, withServer } from './servers.ts'

// Not part of `npm test`: it takes minutes. `npm run test:long` runs it.

/** The ms for which a server stands still, and for which it is a replica. */
const STANDSTILL_MS = 10_000
const DEMOTED_MS = 3000

/** The way of a node to its server. */
const CLIENTS = { ioredis: 'port', 'node-redis 6': 'node-redis' } as const

describe('one server: people at work are not ended, no end is lost, and all nodes serve again in time', () => {
  after(() => discardPrepared())

  it('when the server is demoted, keeps its connections, and is promoted again', async t => {
    await withServer([], async primary => {
      await withServer(['--replicaof', '127.0.0.1', String(primary.port)], async other => {
        const [master, replica] = [memberOf(primary), memberOf(other)]
        const run = await runThrough(t, on(primary), BRIEF, async () => {
          await swapRoles(master, replica)
          await sleep(DEMOTED_MS)
          await swapRoles(replica, master)
        })
        assertRefused(run)
      })
    })
  })

  for (const [name, kind] of Object.entries(CLIENTS)) {
    it(`when the server stands still, with ${name}`, async t => {
      await withServer([], async server => {
        const run = await runThrough(t, on(server, { kind, port: server.port }), LONG, async () => {
          server.pause()
          await sleep(STANDSTILL_MS)
          server.resume()
        })
        assertRefused(run)
      })
    })

    it(`when all connections stop delivering without a word, with ${name}`, async t => {
      await withProxy(async (server, proxy) => {
        const run = await runThrough(
          t, on(server, { kind, port: proxy.port }), BRIEF, async () => await proxy.fallSilent()
        )
        assertRefused(run)
      })
    })

    it(`when the connections of one node stop delivering, with ${name}, and the others go on`, async t => {
      await withProxy(async (server, proxy) => {
        const connection = (index: number): Connection => ({ kind, port: index === 0 ? proxy.port : server.port })
        const run = await runThrough(t, on(server, connection), BRIEF, async () => await proxy.fallSilent())
        assertRefused(run)
        assertServed(run, node => node !== 0)
      })
    })
  }
})

function on (server: TcpRedisServer, connection: Where['connection'] = { kind: 'port', port: server.port }): Where {
  const redis = server.connect()
  return { connection, redis, masters: [redis] }
}

function memberOf (server: TcpRedisServer) {
  return { server, client: server.connect() }
}
