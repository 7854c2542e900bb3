import { LayoutError, StoreUnavailableError } from '../errors.ts'
import { pick } from '../option-checks.ts'
import { loadIoredis } from '../store/redis/load-ioredis.ts'
import type { Ioredis } from '../store/redis/load-ioredis.ts'
import { CLIENT_OPTIONS } from '../store/redis/client-options.ts'
import { DEFAULT_PREFIX } from '../store/redis/keys.ts'
import { RedisStore } from '../store/redis/redis-store.ts'
import { Problem, UsageProblem } from './problem.ts'
import { explainTrouble, isOfCluster, wordsOf } from './redis-trouble.ts'

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
  /** What time it is there (G5). */
  now (): Promise<number>
}

/** Seconds for which a person waits for one answer. A request does not: there it is one. */
const PATIENCE = 5

/**
 * Opens the sessions, and closes them afterwards.
 * @throws {UsageProblem} when it is not clear where they are
 * @throws {Problem} when they are out of reach, in words that tell what to do and no password
 */
export async function withConnection<Result> (place: Place, env: NodeJS.ProcessEnv, use: (connection: Connection) => Promise<Result>): Promise<Result> {
  const url = urlOf(place.redis, env)
  const isCluster = place.cluster === true
  const client = connect(await loadIoredis(), url, isCluster)
  const troubles: string[] = [] // say more than the command that could not be sent
  client.on('error', (error: unknown) => { troubles.unshift(...wordsOf(error)) })
  let hasAnswered = false // the server that was named: it has told which others there are
  client.once('ready', () => { hasAnswered = true })
  try {
    const store = new RedisStore({ client, commandTimeout: PATIENCE, ...pick(place, ['prefix', 'retention']) })
    if (!isCluster) await refuseNodeOfCluster(client, url, place.prefix)
    await store.check()
    return await use({ store, now: async () => timeOf(await client.time()) })
  } catch (error) {
    if (error instanceof LayoutError) throw new Problem(error.message)
    if (!(error instanceof StoreUnavailableError)) throw error
    throw new Problem(explainTrouble(nameOf(url, isCluster && hasAnswered), [...troubles, error.why]))
  } finally {
    client.disconnect()
  }
}

function connect ({ Redis, Cluster }: Ioredis, url: URL, isCluster: boolean): InstanceType<Ioredis['Redis' | 'Cluster']> {
  // Who waits at a terminal wants to know at once; who comes by cron comes again. Without the ready check, no right to INFO is needed.
  const longer = 2000 * PATIENCE // than the store waits, which can say more of it
  const times = { commandTimeout: longer, connectTimeout: PATIENCE * 1000, socketTimeout: longer, disconnectTimeout: 100 }
  const options = { ...CLIENT_OPTIONS, ...times, enableReadyCheck: false, maxRetriesPerRequest: 0, reconnectOnError: null }
  if (!isCluster) return new Redis(url.href, { ...options, retryStrategy: () => null })
  const { username, password } = url
  return new Cluster([url.href], {
    enableReadyCheck: false,
    clusterRetryStrategy: () => null,
    redisOptions: {
      ...options,
      ...(username === '' ? {} : { username: decodeURIComponent(username) }),
      ...(password === '' ? {} : { password: decodeURIComponent(password) }),
      ...(url.protocol === 'rediss:' ? { tls: {} } : {})
    }
  })
}

/**
 * The sessions of a Cluster are in other keys, under other handles: a node that was asked as a single server would answer that there is none.
 * A Cluster refuses a command about two of its slots.
 */
async function refuseNodeOfCluster (
  client: InstanceType<Ioredis['Redis' | 'Cluster']>, url: URL, prefix = DEFAULT_PREFIX
): Promise<void> {
  try {
    await client.exists(`${prefix}{0}`, `${prefix}{1}`)
  } catch (error) {
    const words = wordsOf(error)
    if (words.some(isOfCluster)) throw new Problem(explainTrouble(nameOf(url), words)) // the store says what else is wrong
  }
}

/** Names the server that cannot be used: one server of a Cluster may be away though the one that was named answers. */
function nameOf ({ host }: URL, isOneOfCluster = false): string {
  return isOneOfCluster ? `One of the servers of the Cluster that was asked at ${host}` : `The Redis at ${host}`
}

/** Redis gives seconds, and microseconds of the second. */
function timeOf ([seconds, micros]: ReadonlyArray<number | string>): number {
  return Number(seconds) * 1000 + Number(micros) / 1000
}

/** Without its value in the error: there may be a password in it. */
function urlOf (option: string | undefined, { REDIS_URL = '' }: NodeJS.ProcessEnv): URL {
  const text = option ?? REDIS_URL
  if (text === '') throw new UsageProblem('Say where the sessions are: --redis redis://127.0.0.1:6379, or the same in REDIS_URL.')
  if (isRedisUrl(text)) return new URL(text)
  throw new UsageProblem(`${option === undefined ? 'REDIS_URL' : '--redis'} must be a URL such as redis://127.0.0.1:6379 or rediss://user:password@host:6380; in a password, what is no letter or digit must be percent-encoded.`)
}

/** Of a path that is no number, or a fragment, the beginning may be a password's, and what passes for the host its middle. */
function isRedisUrl (text: string): boolean {
  if (!/^rediss?:\/\/[^/]/.test(text) || !URL.canParse(text)) return false
  const { pathname, hash, username, password } = new URL(text)
  return /^(?:\/\d*)?$/.test(pathname) && hash === '' && isDecodable(username + password)
}

function isDecodable (text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
