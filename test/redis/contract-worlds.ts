import { after, before, describe } from 'node:test'
import type { ClientKind, OpenClient } from '../helpers/clients-by-kind.ts'
import type { RedisCluster } from '../helpers/redis-cluster.ts'
import { startCluster } from '../helpers/redis-cluster.ts'
import { startSentinels } from '../helpers/redis-sentinel.ts'
import { startRedis } from '../helpers/redis-server.ts'
import type { ContractRedis } from './contract-of-client.ts'

/** Servers whose clocks a test sets, and a function that connects a client. */
export interface ContractWorld extends Omit<ContractRedis, 'client'> {
  open (kind: ClientKind): Promise<OpenClient>
  stop (): Promise<void>
}

type WorldName = 'on one server' | 'behind Sentinels' | 'on a Cluster'

/** Each way in which a client finds the server that has its data. */
const WORLDS: Readonly<Record<WorldName, () => Promise<ContractWorld>>> = {
  'on one server': async () => {
    const server = await startRedis({ port: true, clock: true })
    return {
      servers: [server.connect()],
      open: async kind => await kind.single(server),
      advance: seconds => server.advance(seconds),
      stop: async () => await server.stop()
    }
  },
  'behind Sentinels': async () => {
    const sentinels = await startSentinels({ clock: true })
    return {
      servers: [sentinels.master.client],
      open: async kind => await kind.sentinel(sentinels),
      advance: seconds => sentinels.advance(seconds),
      stop: async () => await sentinels.stop()
    }
  },
  'on a Cluster': async () => {
    const cluster = await startCluster(3, { clock: true })
    await align(cluster)
    return {
      servers: cluster.nodes.map(({ client }) => client),
      open: async kind => await kind.cluster(cluster),
      advance: seconds => cluster.advance(seconds),
      stop: async () => await cluster.stop()
    }
  }
}

/**
 * Sets the clocks of all masters to the same time. The contract compares moments of several sessions, which may lie on
 * several masters.
 */
async function align ({ nodes }: RedisCluster): Promise<void> {
  const times = await Promise.all(nodes.map(async ({ client }) => await client.time()))
  const seconds = times.map(([seconds, microseconds]) => Number(seconds) + Number(microseconds) / 1e6)
  for (const [i, { server }] of nodes.entries()) server.advance(Math.max(...seconds) - (seconds[i] ?? 0))
}

/** Starts servers for a suite, and declares the tests for a client of each kind. */
export function describeWorld (
  world: WorldName, kinds: readonly ClientKind[], declare: (name: string, redis: () => ContractRedis) => void
): void {
  describe(`RedisStore ${world}`, () => {
    let started: ContractWorld | undefined
    before(async () => { started = await WORLDS[world]() })
    after(async () => await started?.stop())

    for (const kind of kinds) {
      describe(`with ${kind.name}`, () => {
        let opened: OpenClient | undefined
        before(async () => { opened = await started?.open(kind) })
        after(() => opened?.close())

        declare(`RedisStore ${world} with ${kind.name}`, () => {
          if (started === undefined || opened === undefined) throw new Error('they are there when the tests run')
          const { servers, advance } = started
          return { client: opened.client, servers, advance }
        })
      })
    }
  })
}
