import { LayoutError, StoreUnavailableError } from '../errors.ts'
import { pick } from '../option-checks.ts'
import { inTime } from '../store/redis/in-time.ts'
import { DEFAULT_PREFIX } from '../store/redis/keys.ts'
import { loadIoredis } from '../store/redis/load-ioredis.ts'
import { RedisStore } from '../store/redis/redis-store.ts'
import type { IoredisClient } from './connect.ts'
import { PATIENCE, connect } from './connect.ts'
import { Problem, UsageProblem } from './problem.ts'
import type { RedisAddress } from './redis-address.ts'
import { ADDRESS_FORMS, nameOfAddress, readAddress } from './redis-address.ts'
import { explainTrouble, wordsOf } from './redis-trouble.ts'

/** The flags that name a Redis and its keys. */
export interface Target {
  readonly redis?: string
  readonly prefix?: string
  readonly cluster?: boolean
  /** Seconds for which a session that this command ends stays known, as in `RedisStore`. */
  readonly retention?: number
}

export interface Connection {
  readonly store: RedisStore
  /** The name of the server, for people: `The Redis at 127.0.0.1:6379`. */
  readonly where: string
  /** Returns the time of Redis (G5: one clock). */
  now (): Promise<number>
}

/**
 * Connects to Redis, runs a command, and disconnects.
 *
 * @throws {UsageProblem} without a usable address
 * @throws {Problem} if Redis cannot be used: the message has advice and no password
 */
export async function withConnection<Result> (
  target: Target, env: NodeJS.ProcessEnv, use: (connection: Connection) => Promise<Result>
): Promise<Result> {
  const address = addressOf(target.redis, env)
  const isCluster = isClusterAt(address, target.cluster === true)
  const client = connect(await loadIoredis(), address, isCluster)
  const troubles: string[] = [] // more precise than the error of the command
  client.on('error', (error: unknown) => { troubles.unshift(...wordsOf(error)) })
  let hasAnswered = false // the named server answered: another node of the Cluster fails
  client.once('ready', () => { hasAnswered = true })
  const where = nameOfAddress(address)
  try {
    const store = new RedisStore({ client, commandTimeout: PATIENCE, ...pick(target, ['prefix', 'retention']) })
    if (!isCluster) await checkServer(client, address.database, target.prefix)
    await store.check()
    return await use({ store, where, now: async () => timeOf(await client.time()) })
  } catch (error) {
    if (error instanceof LayoutError) throw new Problem(error.message)
    if (!(error instanceof StoreUnavailableError)) throw error
    const name = isCluster && hasAnswered ? where.replace('The Redis', 'A node of the Cluster') : where
    throw new Problem(explainTrouble(name, [...troubles, error.why]))
  } finally {
    client.disconnect()
  }
}

/**
 * Decides whether the address is that of a Cluster. Several servers without Sentinels are its nodes.
 *
 * @throws {UsageProblem} if no Cluster can be at the address
 */
function isClusterAt (address: RedisAddress, isAsked: boolean): boolean {
  if (address.kind !== 'servers') {
    if (!isAsked) return false
    throw new UsageProblem(
      '--cluster needs the address of one or several nodes: redis://node1:7000,node2:7000.'
    )
  }
  const isCluster = isAsked || address.servers.length > 1
  if (isCluster && address.database !== 0) throw new UsageProblem('A Cluster has only database 0.')
  return isCluster
}

/**
 * Checks that a single server has the database and is no node of a Cluster. A client whose database Redis refuses goes
 * on in database 0, and `end-all` would end the sessions of another application. A node of a Cluster would report no
 * sessions, since those of a Cluster have other keys and handles. Such a node refuses a command on keys of two slots.
 */
async function checkServer (client: IoredisClient, database: number, prefix = DEFAULT_PREFIX): Promise<void> {
  try {
    if (database !== 0) await inTime(PATIENCE * 1000, client.select(database))
    await inTime(PATIENCE * 1000, client.exists(`${prefix}{0}`, `${prefix}{1}`))
  } catch (error) {
    throw new StoreUnavailableError(wordsOf(error).join('; '))
  }
}

/** Converts an answer of `TIME`, seconds and microseconds, to milliseconds. */
function timeOf ([seconds, micros]: ReadonlyArray<number | string>): number {
  return Number(seconds) * 1000 + Number(micros) / 1000
}

/** Reads the address. An error never shows its value, which may hold a password. */
function addressOf (option: string | undefined, { REDIS_URL = '' }: NodeJS.ProcessEnv): RedisAddress {
  const text = option ?? REDIS_URL
  if (text === '') {
    throw new UsageProblem('The address of Redis is missing: use --redis redis://127.0.0.1:6379, or set REDIS_URL.')
  }
  const address = readAddress(text)
  if (address !== null) return address
  const name = option === undefined ? 'REDIS_URL' : '--redis'
  throw new UsageProblem(`${name} must be an address such as ${ADDRESS_FORMS}; ` +
    'percent-encode all but letters and digits in a password.')
}
