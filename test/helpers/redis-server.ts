import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RedisOptions } from 'ioredis'
import { Redis } from 'ioredis'
import { createRedisClock } from './redis-clock.ts'
import { runRedis } from './redis-process.ts'

export interface RedisServerOptions {
  /** To listen on a free port of the loopback interface instead of a Unix socket. */
  readonly port?: boolean
  /** Whether the server has a clock that the test sets, standing still or running. */
  readonly clock?: boolean | 'running'
  /** More settings, such as `['--appendonly', 'yes']`. */
  readonly args?: readonly string[]
  /** The first content of a configuration file, for a server that needs one. */
  readonly config?: string
}

/** Replies come in one shape: that of a client without `replyMapping`. */
export type ClientOptions = Omit<RedisOptions, 'replyMapping'>

/** A redis-server with a folder of its own. */
export interface RedisServer {
  readonly dir: string
  /** Of the process that runs, or ran last. */
  readonly pid: number
  /** A new client, which `stop` closes. */
  connect (options?: ClientOptions): Redis
  /** Lets time pass for the server, at once: only one with `clock: true` can do that. */
  advance (seconds: number): void
  pause (): void
  resume (): void
  /** Ends it as a crash would. Its folder stays, and its clients try to come back. */
  kill (): Promise<void>
  /** Starts the server again, at the same address. A server that still runs is killed first. */
  restart (): Promise<void>
  /** Closes its clients, ends it and removes its folder. */
  stop (): Promise<void>
}

export interface UnixRedisServer extends RedisServer { readonly path: string }

export interface TcpRedisServer extends RedisServer {
  readonly port: number
  readonly url: string
}

/** Closes a client at once. Otherwise a lost connection keeps the process alive for two seconds. */
export const BRIEF = { disconnectTimeout: 100 }

/** Errors that another process causes at the same time, and that a second attempt avoids. */
const ACCIDENTS = /Failed listening on port|shm_open failed/

/** Starts a redis-server and waits until it answers. It ends with this process at the latest. */
export async function startRedis (options: RedisServerOptions & { port: true }): Promise<TcpRedisServer>
export async function startRedis (options?: RedisServerOptions & { port?: false }): Promise<UnixRedisServer>
export async function startRedis (options: RedisServerOptions = {}): Promise<RedisServer> {
  const dir = mkdtempSync(join(tmpdir(), 'redis-'))
  for (let attempt = 1; ; attempt++) {
    try {
      return await startIn(dir, options)
    } catch (error) {
      if (attempt < 5 && ACCIDENTS.test(String(error))) continue
      rmSync(dir, { recursive: true, force: true })
      throw error
    }
  }
}

async function startIn (
  dir: string, { port: isTcp = false, clock: hasClock = false, args = [], config }: RedisServerOptions
) {
  const port = isTcp ? await freePort() : 0
  const path = join(dir, 'redis.sock')
  const address = isTcp ? { host: '127.0.0.1', port } : { path }
  const clock = hasClock === false ? undefined : await createRedisClock(dir, hasClock === 'running')
  const listen = isTcp ? ['--port', String(port), '--bind', '127.0.0.1'] : ['--port', '0', '--unixsocket', path]
  const file = join(dir, 'redis.conf')
  if (config !== undefined) writeFileSync(file, config)
  const allArgs = [...(config === undefined ? [] : [file]), ...listen, '--daemonize', 'no', '--save', '', ...args]
  const run = () => runRedis(dir, address, allArgs, clock?.env)
  let running = await run()
  const clients = new Set<Redis>()

  const server: RedisServer = {
    dir,
    get pid () { return running.pid },
    connect (options = {}) {
      const client = new Redis({ ...address, ...BRIEF, ...options })
      // A client tells of every lost connection. Without a listener it would print that.
      client.on('error', () => {})
      clients.add(client)
      return client
    },
    advance (seconds) {
      if (clock === undefined) {
        throw new Error('This server runs on the clock of the system: start it with clock: true.')
      }
      clock.advance(seconds)
    },
    pause: () => running.signal('SIGSTOP'),
    resume: () => running.signal('SIGCONT'),
    kill: () => running.kill(),
    async restart () {
      await running.kill()
      running = await run()
    },
    async stop () {
      for (const client of clients) client.disconnect()
      await running.kill()
      rmSync(dir, { recursive: true, force: true })
    }
  }
  return Object.assign(server, isTcp ? { port, url: `redis://127.0.0.1:${port}` } : { path })
}

/**
 * Finds a free port. The port 10000 above is free too: a node of a cluster uses it. Both lie below those
 * that systems give to outgoing connections: so a server that was killed finds its port free again.
 */
async function freePort (): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 10_000)
    if (await isFree(port) && await isFree(port + 10_000)) return port
  }
}

async function isFree (port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}
