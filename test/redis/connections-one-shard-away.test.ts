import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Connections } from '../../src/connections/connections.ts'
import { RedisStore } from '../../src/redis.ts'
import { Keys } from '../../src/store/redis/keys.ts'
import type { RedisClient } from '../../src/store/redis/redis-client.ts'
import type { NotedTarget } from '../connections/connections-app.ts'
import { notedTarget } from '../connections/connections-app.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import { redisOfSuite } from '../helpers/redis-of-suite.ts'
import { signIn } from '../store/contract-kit.ts'

const redis = redisOfSuite()
const keys = new Keys('fss:', true)

/** A store that takes its server for a Cluster. One of its shards can be away. */
function storeOfShards (clock: FakeClock): { readonly store: RedisStore, lose (user: string): void } {
  let away = '(none)'
  const sent = async (key: string | undefined, command: () => Promise<unknown>): Promise<unknown> => {
    if (key?.startsWith(away) === true) throw new Error('the connection is lost')
    return await command()
  }
  const { client } = redis
  const split: RedisClient = {
    evalsha: async (sha1, count, ...words) => await sent(words[0], () => client.evalsha(sha1, count, ...words)),
    eval: async (script, count, ...words) => await sent(words[0], () => client.eval(script, count, ...words)),
    info: async section => await client.info(section),
    on: () => undefined,
    nodes: () => [client]
  }
  return {
    store: new RedisStore({ client: split, clock: clock.now }),
    lose (user) { away = keys.shard(keys.shardOfUser(user)) }
  }
}

async function attached (connections: Connections, key: string): Promise<NotedTarget> {
  const target = notedTarget()
  assert.equal(await connections.attach(target, key), true)
  return target
}

describe('connections while one shard of a Cluster is away', () => {
  it('are held to their sessions in the other shards, and are closed there for what became of these', async () => {
    const clock = new FakeClock()
    const { store, lose } = storeOfShards(clock)
    const onFailure = (error: Error): never => assert.fail(error)
    const connections = new Connections({ store, clock: clock.now, judge: () => null, onFailure })
    const [ada, bob, eve] = await Promise.all(['ada', 'bob', 'eve'].map(async user => {
      return await signIn(store, store.idFor(user, user), { user })
    }))
    const [stays, lost, ends] = [
      await attached(connections, ada ?? ''), await attached(connections, bob ?? ''),
      await attached(connections, eve ?? '')
    ]
    lose('bob')
    await store.endUser('eve', 'revoked')
    for (let i = 0; i < 20; i++) {
      clock.advance(5)
      await connections.tick()
      if (i === 0) assert.deepEqual(ends.reasons, ['revoked'])
    }
    assert.deepEqual([stays.reasons, lost.reasons], [[], ['unavailable']])
    connections.close()
  })
})
