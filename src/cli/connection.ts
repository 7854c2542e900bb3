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

/** Where the sessions are, as it was asked for. */
export interface Place {
  readonly redis?: string
  readonly prefix?: string
  readonly cluster?: boolean
  /** Seconds for which what ends here stays known; see RedisStore. */
  readonly retention?: number
}

export interface Connection {
  readonly store: RedisStore
  /** Where that is, for people: `The Redis at 127.0.0.1:6379`. */
  readonly where: string
  /** What time it is there (G5: one clock). */
  now (): Promise<number>
}

/**
 * Opens the sessions, and closes them afterwards.
 * @throws {UsageProblem} when it is not clear where they are
 * @throws {Problem} when they are out of reach, in words that tell what to do and no password
 */
export async function withConnection<Result> (
  place: Place, env: NodeJS.ProcessEnv, use: (connection: Connection) => Promise<Result>
): Promise<Result> {
  const address = addressOf(place.redis, env)
  const isCluster = isClusterAt(address, place.cluster === true)
  const client = connect(await loadIoredis(), address, isCluster)
  const troubles: string[] = [] // say more than the command that could not be sent
  client.on('error', (error: unknown) => { troubles.unshift(...wordsOf(error)) })
  let hasAnswered = false // the server that was named: it has told which others there are
  client.once('ready', () => { hasAnswered = true })
  const where = nameOfAddress(address)
  try {
    const store = new RedisStore({ client, commandTimeout: PATIENCE, ...pick(place, ['prefix', 'retention']) })
    if (!isCluster) await askServer(client, address.database, place.prefix)
    await store.check()
    return await use({ store, where, now: async () => timeOf(await client.time()) })
  } catch (error) {
    if (error instanceof LayoutError) throw new Problem(error.message)
    if (!(error instanceof StoreUnavailableError)) throw error
    const oneOf = where.replace('The Redis', 'One of the servers of the Cluster that was asked')
    throw new Problem(explainTrouble(isCluster && hasAnswered ? oneOf : where, [...troubles, error.why]))
  } finally {
    client.disconnect()
  }
}

/** Several servers that no Sentinel watches are nodes of a Cluster. @throws {UsageProblem} where none can be there */
function isClusterAt (address: RedisAddress, isAsked: boolean): boolean {
  if (address.kind !== 'servers') {
    if (!isAsked) return false
    throw new UsageProblem(
      '--cluster goes with the address of one of its nodes, or of several: redis://node1:7000,node2:7000.'
    )
  }
  const isCluster = isAsked || address.servers.length > 1
  if (isCluster && address.database !== 0) throw new UsageProblem('A Cluster has no other database than 0.')
  return isCluster
}

/**
 * Asks a server that is none of a Cluster, before the store does. A client whose database Redis refuses goes on in database
 * 0: `end-all` would end the sessions of another application. And the sessions of a Cluster are in other keys, under other
 * handles: a node that was asked as a single server would answer that there is none. It refuses a command about two slots.
 */
async function askServer (client: IoredisClient, database: number, prefix = DEFAULT_PREFIX): Promise<void> {
  try {
    if (database !== 0) await inTime(PATIENCE * 1000, client.select(database))
    await inTime(PATIENCE * 1000, client.exists(`${prefix}{0}`, `${prefix}{1}`))
  } catch (error) {
    throw new StoreUnavailableError(wordsOf(error).join('; '))
  }
}

/** Redis gives seconds, and microseconds of the second. */
function timeOf ([seconds, micros]: ReadonlyArray<number | string>): number {
  return Number(seconds) * 1000 + Number(micros) / 1000
}

/** Without its value in the error: there may be a password in it. */
function addressOf (option: string | undefined, { REDIS_URL = '' }: NodeJS.ProcessEnv): RedisAddress {
  const text = option ?? REDIS_URL
  if (text === '') {
    throw new UsageProblem('Say where the sessions are: --redis redis://127.0.0.1:6379, or the same in REDIS_URL.')
  }
  const address = readAddress(text)
  if (address !== null) return address
  const name = option === undefined ? 'REDIS_URL' : '--redis'
  throw new UsageProblem(`${name} must be an address such as ${ADDRESS_FORMS}; ` +
    'in a password, what is no letter or digit must be percent-encoded.')
}
