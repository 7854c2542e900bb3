import { Redis } from 'ioredis'
import { until } from './redis-process.ts'
import type { ClientOptions, TcpRedisServer } from './redis-server.ts'
import { BRIEF, startRedis } from './redis-server.ts'

const NAME = 'mymaster'

/** The time of an election. If two sentinels stand at once, the next election is up to ten seconds away. */
const FAILOVER_PATIENCE_MS = 40_000

export interface RedisMember {
  readonly server: TcpRedisServer
  /** A client of this server only. */
  readonly client: Redis
}

/** A master and its replica, watched by three sentinels. */
export interface RedisSentinels {
  /** The master at the start, which `failOver` ends. */
  readonly master: RedisMember
  readonly replica: RedisMember
  readonly sentinels: readonly RedisMember[]
  /** A new client of whichever server the sentinels name as master, which `stop` closes. */
  connect (options?: ClientOptions): Redis
  /**
   * Kills or pauses the master, and waits until the sentinels promote the replica. `asked`: the sentinels that can say
   * so, if not all.
   */
  failOver (how?: 'kill' | 'pause', asked?: readonly RedisMember[]): Promise<void>
  /** Waits until all sentinels name the replica as master, which it is already. */
  recogniseReplica (): Promise<void>
  /** Makes the sentinels promote the replica. The master becomes a replica and goes on answering. */
  demote (): Promise<void>
  /** Lets time pass for the master and the replica, at once: only with `clock: true`. */
  advance (seconds: number): void
  stop (): Promise<void>
}

/**
 * `clock`: master and replica run on clocks that the test sets, and the sentinels on the system's, so that they find
 * nobody late, and go on to ask every second.
 */
export async function startSentinels ({ clock = false }: { readonly clock?: boolean } = {}): Promise<RedisSentinels> {
  const servers: TcpRedisServer[] = []
  const clients = new Set<Redis>()
  async function start (
    args: readonly string[], others: { clock?: boolean, config?: string } = {}
  ): Promise<RedisMember> {
    const server = await startRedis({ port: true, args, ...others })
    servers.push(server)
    return { server, client: server.connect() }
  }
  async function stop (): Promise<void> {
    for (const client of clients) client.disconnect()
    await Promise.all(servers.map(server => server.stop()))
  }
  try {
    // Of a link on which it has heard nothing for longer than this, in seconds, a server takes the other side for dead.
    const patience = clock ? ['--repl-timeout', '1000000000'] : []
    const master = await start(['--repl-diskless-sync-delay', '0', ...patience], { clock })
    const replica = await start(['--replicaof', '127.0.0.1', String(master.server.port), ...patience], { clock })
    await until(
      'the replica follows', async () => /master_link_status:up/.test(await replica.client.info('replication'))
    )
    const sentinels: RedisMember[] = []
    for (let count = 0; count < 3; count++) sentinels.push(await start(['--sentinel'], { config: configFor(master) }))
    for (const sentinel of sentinels) await until('a sentinel knows all others', () => knowsOthers(sentinel), 20_000)
    return {
      master,
      replica,
      sentinels,
      connect (options = {}) {
        const addresses = sentinels.map(({ server }) => ({ host: '127.0.0.1', port: server.port }))
        const client = new Redis({ sentinels: addresses, name: NAME, ...BRIEF, ...options })
        client.on('error', () => {})
        clients.add(client)
        return client
      },
      async recogniseReplica () {
        await sentinels[0]?.client.call('SENTINEL', 'FAILOVER', NAME)
        for (const sentinel of sentinels) {
          await until(
            'a sentinel names the replica as master', () => namesMaster(sentinel, replica), FAILOVER_PATIENCE_MS
          )
        }
      },
      async demote () {
        await sentinels[0]?.client.call('SENTINEL', 'FAILOVER', NAME)
        await until('the replica is a master', async () => /role:master/.test(await replica.client.info('replication')))
        const isReplica = async (): Promise<boolean> => /role:slave/.test(await master.client.info('replication'))
        await until('the master is a replica', isReplica, FAILOVER_PATIENCE_MS)
      },
      async failOver (how = 'kill', asked = sentinels) {
        if (how === 'kill') await master.server.kill()
        else master.server.pause()
        for (const sentinel of asked) {
          await until(
            'a sentinel names the replica as master', () => namesMaster(sentinel, replica), FAILOVER_PATIENCE_MS
          )
        }
        await until('the replica is a master', async () => /role:master/.test(await replica.client.info('replication')))
      },
      advance (seconds) { for (const { server } of [master, replica]) server.advance(seconds) },
      stop
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function configFor ({ server }: RedisMember): string {
  return [
    `sentinel monitor ${NAME} 127.0.0.1 ${server.port} 2`,
    `sentinel down-after-milliseconds ${NAME} 1000`,
    `sentinel failover-timeout ${NAME} 3000`,
    ''
  ].join('\n')
}

async function knowsOthers ({ client }: RedisMember): Promise<boolean> {
  const sentinels = await client.call('SENTINEL', 'SENTINELS', NAME)
  const replicas = await client.call('SENTINEL', 'REPLICAS', NAME)
  // Of a replica that is of use the flags say no more than that it is one.
  return Array.isArray(sentinels) && sentinels.length === 2 &&
    Array.isArray(replicas) && replicas.length === 1 && JSON.stringify(replicas).includes('"flags","slave"')
}

async function namesMaster ({ client }: RedisMember, { server }: RedisMember): Promise<boolean> {
  const address = await client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME)
  return Array.isArray(address) && address[1] === String(server.port)
}
