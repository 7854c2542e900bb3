import type { Redis } from 'ioredis'
import type { RedisClient } from '../../src/redis.ts'
import { RedisStore } from '../../src/redis.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import type { HistoryWorld } from '../store/history-run.ts'
import type { Indexes } from '../store/history-view.ts'
import { withoutLayout } from '../helpers/session-keys.ts'

export interface HistoryRedis {
  readonly client: RedisClient
  /** Clients of the servers that have the data, one each. */
  readonly servers: readonly Redis[]
  /** Moves the servers' clocks. */
  advance (seconds: number): void
}

let opened = 0

/** Two nodes on the same data, which no other history sees. */
export function openWorld ({ client, servers, advance }: HistoryRedis): HistoryWorld {
  const prefix = `${opened++}:`
  const clock = new FakeClock()
  let sent = 0
  const counting = counted(client, () => { sent++ })
  const open = (): RedisStore => new RedisStore({ client: counting, prefix, clock: clock.now, commandTimeout: 10 })
  return {
    stores: [open(), open()],
    advance (seconds) {
      clock.advance(seconds)
      advance(seconds)
    },
    indexes: async () => await indexesOf(servers, prefix),
    scripts: () => sent
  }
}

/** The same client, that counts the scripts which the store sends by their hashes. */
function counted<T extends RedisClient> (client: T, onScript: () => void): T {
  return new Proxy(client, {
    get (target, name) {
      if (name === 'on') return () => {} // the client that is behind it has its listener
      if (name === 'evalsha') onScript()
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    }
  })
}

/** Returns all keys but the marks of revocations and the devices, of all shards together. */
async function indexesOf (servers: readonly Redis[], prefix: string): Promise<Indexes> {
  const indexes: Record<string, string[]> = {}
  for (const server of servers) {
    for (const key of withoutLayout(await server.keys(`${prefix}{*`))) {
      const [, name = ''] = key.split('}')
      if (/^[od]:|^brief$/.test(name)) continue
      const isSession = name.startsWith('s:')
      const index = isSession ? 's' : name
      const handles = isSession
        ? [name.slice(2)]
        : (await server.zrange(key, '0', '-1')).map(entry => name === 'past' ? entry.slice(0, -1) : entry)
      indexes[index] = [...indexes[index] ?? [], ...handles].toSorted()
    }
  }
  return indexes
}
