/**
 * Measures idle connections: Redis commands and CPU time a minute, heap of each. The bench also measures the time from
 * the end of a session to the close of its connection.
 *
 *     npm run bench:connections -- [how many, such as 1000,10000] [--seconds 60] [--json file]
 */
import { writeFile } from 'node:fs/promises'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import type { Redis } from 'ioredis'
import { Connections } from '../src/connections/connections.ts'
import { RedisStore } from '../src/redis.ts'
import type { SessionKey } from '../src/store/store.ts'
import type { UnixRedisServer } from '../test/helpers/redis-server.ts'
import { startRedis } from '../test/helpers/redis-server.ts'
import { heapBytes } from '../test/store/heap.ts'
import { machineOf } from './machine.ts'
import { progress } from './progress.ts'
import { readCounters, workBetween } from './requests/redis-counters.ts'
import { markdown } from './table.ts'

const TERMS = { isAuthenticated: true, warnAfter: 1800, expireAfter: 3600, absoluteTimeout: false } as const

/** The number of ends that the bench times, one after the other. */
const ENDS = 50

const program = new Command('npm run bench:connections --')
  .argument('[counts]', 'how many connections, each of a session of its own, with commas between them', '1000,10000')
  .option('--seconds <n>', 'how long they are idle', '60')
  .option('--json <file>', 'write the figures there too')
  .parse()

const { seconds, json } = program.opts<{ seconds: string, json?: string }>()
const server = await startRedis()
try {
  const machine = await machineOf(server)
  console.log(machine)
  const figures = []
  const counts = String(program.args[0] ?? '1000,10000').split(',').map(Number)
  for (const count of counts) figures.push(await measure(server, count, Number(seconds)))
  progress()
  const head = [
    'idle connections', 'Redis commands a minute', 'Redis CPU ms a minute', 'node CPU ms a minute', 'heap bytes each',
    'notified of an end after ms: p50', 'p99'
  ]
  const rows = figures.map(figure => Object.values(figure).map(value => Number(value.toPrecision(3))))
  console.log(`\n${markdown(head, rows)}`)
  if (json !== undefined) await writeFile(json, JSON.stringify({ machine, figures }, null, 2))
} finally {
  await server.stop()
}

async function measure (redis: UnixRedisServer, count: number, seconds: number) {
  progress(`${count} connections`)
  const [client, watcher] = [redis.connect(), redis.connect()]
  await client.flushall()
  const store = new RedisStore({ client })
  const keys: SessionKey[] = []
  for (let i = 0; i < count; i++) keys.push(store.keyOf(store.idFor(`session ${i}`)))
  for (const some of slices(keys)) {
    const contents = { user: '"ada"' }
    await Promise.all(some.map(async key => await store.begin(key, { contents, terms: TERMS, user: key })))
  }
  const onFailure = (error: Error): void => { throw error }
  const connections = new Connections({ store, clock: store.clock, judge: () => null, onFailure })
  const closed = new Map<SessionKey, (atMs: number) => void>()
  const before = heapBytes()
  for (const some of slices(keys)) {
    await Promise.all(some.map(async key => {
      await connections.attach({ close: () => closed.get(key)?.(performance.now()) }, key)
    }))
  }
  await sleep(1000) // until all are subscribed
  const heap = (heapBytes() - before) / count
  const scripts = await scriptsOf(watcher)
  const idle = await readCounters(watcher)
  const first = await readCounters(watcher)
  const cpu = process.cpuUsage()
  await sleep(seconds * 1000)
  const { user, system } = process.cpuUsage(cpu)
  const work = workBetween(idle, first, await readCounters(watcher))
  const commands = await scriptsOf(watcher) - scripts
  const latencies = await timeEnds(store, keys, closed)
  connections.close()
  client.disconnect()
  watcher.disconnect()
  const minutes = seconds / 60
  return {
    count,
    commands: commands / minutes,
    redisCpuMs: work.cpuSeconds * 1000 / minutes,
    nodeCpuMs: (user + system) / 1000 / minutes,
    heap,
    p50Ms: latencies[Math.floor(latencies.length / 2)] ?? NaN,
    p99Ms: latencies.at(-1) ?? NaN
  }
}

/** Counts the scripts that Redis has run. A node sends only scripts for connections that are open. */
async function scriptsOf (redis: Redis): Promise<number> {
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0)
}

/**
 * Ends sessions one after the other.
 * @returns the milliseconds until each connection was closed, the shortest first
 */
async function timeEnds (
  store: RedisStore, keys: readonly SessionKey[], closed: Map<SessionKey, (atMs: number) => void>
): Promise<number[]> {
  const latencies: number[] = []
  for (const key of keys.slice(0, ENDS)) {
    const atMs = new Promise<number>(resolve => closed.set(key, resolve))
    const begunMs = performance.now()
    await store.end(key, 'revoked')
    latencies.push(await atMs - begunMs)
    await setImmediate()
  }
  return latencies.sort((a, b) => a - b)
}

function * slices<Item> (items: readonly Item[]): Generator<readonly Item[]> {
  for (let first = 0; first < items.length; first += 500) yield items.slice(first, first + 500)
}
