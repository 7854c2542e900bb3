import type { TestContext } from 'node:test'
import { Redis } from 'ioredis'
import type { RedisClient, RedisStoreOptions } from '../../src/redis.ts'
import { RedisStore } from '../../src/redis.ts'
import type { TestApp, TestAppOptions } from '../helpers/app.ts'
import { buildApp } from '../helpers/app.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import type { RedisServerOptions, UnixRedisServer } from '../helpers/redis-server.ts'
import { BRIEF, startRedis } from '../helpers/redis-server.ts'

type SiteOptions = Pick<TestAppOptions, 'routes' | 'security' | 'session'> & {
  readonly server?: RedisServerOptions & { readonly port?: false }
  readonly store?: Partial<RedisStoreOptions>
  /** The store's client, in place of one that is watched. */
  readonly connect?: (server: UnixRedisServer) => RedisClient
}

/** An application, and a Redis of its own that a test may stop or fill. */
export interface Site extends TestApp {
  readonly server: UnixRedisServer
  readonly client: WatchedClient
  readonly clock: RunningClock
  readonly store: RedisStore
}

/** The node's clock, running; `advance` sets it forward. */
class RunningClock extends FakeClock {
  readonly #begunAtMs = Date.now()
  override nowMs = this.#begunAtMs
  override readonly now = (): number => this.nowMs + Date.now() - this.#begunAtMs
}

/**
 * A client with ioredis' defaults, without a listener for errors. It waits without end when Redis is frozen, and counts
 * scripts.
 */
export class WatchedClient {
  readonly redis: Redis
  /** Scripts that were sent. */
  sent = 0
  /** Scripts without an answer: ioredis keeps them. */
  waiting = 0

  constructor (path: string) {
    this.redis = new Redis({ path, ...BRIEF })
  }

  evalsha (sha1: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown> {
    return this.#watch(this.redis.evalsha(sha1, numberOfKeys, ...keysAndArguments))
  }

  eval (script: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown> {
    return this.#watch(this.redis.eval(script, numberOfKeys, ...keysAndArguments))
  }

  info (section: string): Promise<string> {
    return this.redis.info(section)
  }

  on (event: 'close' | 'error', listener: (error: Error) => void): unknown {
    return this.redis.on(event, listener)
  }

  #watch (answer: Promise<unknown>): Promise<unknown> {
    this.sent++
    this.waiting++
    return answer.finally(() => { this.waiting-- })
  }
}

/**
 * Opens a site that records the activity of every active request: it has no throttle. It goes when the test is over,
 * whatever that has done to it.
 */
export async function openSite (test: Pick<TestContext, 'after'>, given: SiteOptions = {}): Promise<Site> {
  const { server: serverOptions = {}, store: storeOptions = {}, security, connect, ...options } = given
  const server = await startRedis(serverOptions)
  const client = new WatchedClient(server.path)
  const clock = new RunningClock()
  const ownClient = connect?.(server) ?? client
  const store = new RedisStore({ client: ownClient, clock: clock.now, commandTimeout: 0.5, ...storeOptions })
  const held = async (): Promise<number> => (await client.redis.keys('*}s:*')).length
  const kit = { name: 'RedisStore', open: () => ({ store, clock, held }) }
  const built = await buildApp({
    kit, security: { throttle: 0, warnAfter: 540, expireAfter: 600, ...security }, ...options
  })
  test.after(async () => {
    await built.app.close()
    client.redis.disconnect()
    await server.stop()
  })
  await client.redis.ping() // connecting is not what the time is for
  return { ...built, server, client, clock, store }
}
