import type { Redis } from 'ioredis'
import type { UnixRedisServer } from '../../test/helpers/redis-server.ts'
import { RedisStore } from '../../src/redis.ts'
import { listSessions } from '../../src/store/administration.ts'
import type { Felt } from './neighbour.ts'
import { whileAnotherAsks } from './neighbour.ts'
import { begin, beginOfUser, forEach, LASTING, PASSING, SESSIONS_PER_USER, sweepAll, userOf } from './sessions.ts'

export interface RedisFigures {
  readonly bytesPerSession: number
  readonly writtenPerSecond: number
}

export interface SweepFigures {
  readonly sweptPerSecond: number
  readonly redisCpuUs: number
  readonly felt: Felt
}

export interface ListFigures {
  readonly pageCommands: number
  readonly pageMs: number
  readonly endUserCommands: number
  readonly endUserMs: number
}

export async function weighOurs (server: UnixRedisServer, count: number): Promise<RedisFigures> {
  return await weigh(server, async client => {
    const store = storeOn(client)
    return await forEach(count, i => begin(store, i, LASTING))
  }, count)
}

/**
 * Measures the memory of the sessions that `fill` writes.
 * @param fill returns the number of sessions that it wrote in a second
 */
export async function weigh (
  server: UnixRedisServer, fill: (client: Redis) => Promise<number>, count: number
): Promise<RedisFigures> {
  const client = server.connect()
  await client.flushall()
  const before = await figure(client, 'memory', /used_memory:(\d+)/)
  const writtenPerSecond = await fill(client)
  return { bytesPerSession: (await figure(client, 'memory', /used_memory:(\d+)/) - before) / count, writtenPerSecond }
}

/** Measures the sweep of one node that notifies nobody. All sessions are expired. */
export async function sweep (server: UnixRedisServer, count: number): Promise<SweepFigures> {
  const client = server.connect()
  await client.flushall()
  const store = storeOn(client)
  await forEach(count, i => begin(store, i, PASSING))
  const [figures, felt] = await whileAnotherAsks(server.path, () => timed(client, () => sweepAll(store)))
  if (figures.done !== count) throw new Error(`swept ${figures.done} of ${count}`)
  return { sweptPerSecond: figures.perSecond, redisCpuUs: figures.redisCpuUs, felt }
}

/** Measures the first page of the list, and `endUser()` of a user with ten sessions. */
export async function listAndEnd (server: UnixRedisServer, count: number): Promise<ListFigures> {
  const client = server.connect()
  await client.flushall()
  const store = storeOn(client)
  await forEach(count, i => beginOfUser(store, i, LASTING))
  const page = await counted(client, () => listSessions(store))
  const end = await counted(client, () => store.endUser(userOf(Math.floor(count / 2)), 'revoked'))
  if (end.result.length !== SESSIONS_PER_USER) throw new Error(`ended ${end.result.length}`)
  return { pageCommands: page.commands, pageMs: page.ms, endUserCommands: end.commands, endUserMs: end.ms }
}

/**
 * Measures the speed of the work, and Redis' CPU time for each item.
 * @param work returns the number of items
 */
export async function timed (client: Redis, work: () => Promise<number>): Promise<{
  done: number,
  perSecond: number,
  redisCpuUs: number
}> {
  const [startedMs, cpuBefore] = [performance.now(), await cpu(client)]
  const done = await work()
  const seconds = (performance.now() - startedMs) / 1000
  return { done, perSecond: done / seconds, redisCpuUs: (await cpu(client) - cpuBefore) / done * 1e6 }
}

async function counted<Result> (client: Redis, work: () => Promise<Result>): Promise<{
  result: Result,
  commands: number,
  ms: number
}> {
  await teach(client)
  const [before, startedMs] = [await commands(client), performance.now()]
  const result = await work()
  const ms = performance.now() - startedMs
  return { result, commands: await commands(client) - before, ms }
}

/** Loads the scripts into Redis. The client sends a script twice if Redis does not know it yet. */
async function teach (client: Redis): Promise<void> {
  await listSessions(storeOn(client))
  await storeOn(client).endUser('nobody', 'revoked')
}

async function commands (client: Redis): Promise<number> {
  return await figure(client, 'commandstats', /cmdstat_evalsha:calls=(\d+)/)
}

async function cpu (client: Redis): Promise<number> {
  return await figure(client, 'cpu', /used_cpu_user:([\d.]+)/) + await figure(client, 'cpu', /used_cpu_sys:([\d.]+)/)
}

async function figure (client: Redis, section: string, pattern: RegExp): Promise<number> {
  return Number(pattern.exec(await client.info(section))?.[1])
}

function storeOn (client: Redis): RedisStore {
  return new RedisStore({ client, commandTimeout: 60 })
}
