/**
 * Measures memory, sweep and lists of the stores as the number of sessions grows. The peers are connect-redis and a
 * clean-up by SCAN.
 *
 *     npm run bench:stores -- [sizes, such as 1000,10000] [--json file]
 */
import { writeFile } from 'node:fs/promises'
import { Command } from 'commander'
import type { UnixRedisServer } from '../test/helpers/redis-server.ts'
import { startRedis } from '../test/helpers/redis-server.ts'
import { machineOf } from './machine.ts'
import { progress } from './progress.ts'
import { measureMemoryStore } from './stores/memory-store.ts'
import { cleanUpByScan, weighPeer } from './stores/peer.ts'
import { listAndEnd, sweep, weighOurs } from './stores/redis-store.ts'
import { markdown } from './table.ts'

/** Most sessions for which lists are measured. Those sessions have users, and with more of them only time grows. */
const MOST_WITH_USERS = 100_000

const program = new Command('npm run bench:stores --')
  .argument('[sizes]', 'numbers of sessions, with commas between them', '1000,10000,100000,1000000')
  .option('--json <file>', 'write the figures there too')
  .parse()

const sizes = String(program.args[0] ?? '1000,10000,100000,1000000').split(',').map(Number)
const { json } = program.opts<{ json?: string }>()
const server = await startRedis()
try {
  const machine = await machineOf(server)
  console.log(machine)
  const figures = []
  for (const size of sizes) {
    progress(`${size} sessions`)
    figures.push(await measure(server, size))
  }
  progress()
  console.log(`\n${weights(figures)}\n\n${sweeps(figures)}\n\n${lists(figures)}\n\n${memory(figures)}`)
  if (json !== undefined) await writeFile(json, JSON.stringify({ machine, figures }, null, 2))
} finally {
  await server.stop()
}

type Figures = Awaited<ReturnType<typeof measure>>

async function measure (redis: UnixRedisServer, size: number) {
  return {
    size,
    peer: await weighPeer(redis, size),
    ours: await weighOurs(redis, size),
    scan: await cleanUpByScan(redis, size),
    sweep: await sweep(redis, size),
    lists: size <= MOST_WITH_USERS ? await listAndEnd(redis, size) : undefined,
    memory: await measureMemoryStore(size)
  }
}

function weights (figures: readonly Figures[]): string {
  return markdown([
    'sessions in Redis', 'bytes each', 'connect-redis', 'ratio', 'written a second', 'connect-redis'
  ], figures.map(({ size, ours, peer }) =>
    [
      size, ours.bytesPerSession.toFixed(0), peer.bytesPerSession.toFixed(0),
      (ours.bytesPerSession / peer.bytesPerSession).toFixed(2), ours.writtenPerSecond.toFixed(0),
      peer.writtenPerSecond.toFixed(0)
    ]))
}

function sweeps (figures: readonly Figures[]): string {
  const rows = figures.flatMap(({ size, sweep, scan }) => ([['sweep', sweep], ['SCAN', scan]] as const).map(([
    name, { sweptPerSecond, redisCpuUs, felt }
  ]) =>
    [
      `${name} of ${size} due`, sweptPerSecond.toFixed(0), redisCpuUs.toFixed(1), show(felt.p50Ms, 2),
      show(felt.p99Ms, 2), show(felt.longestMs, 1)
    ]))
  return markdown(
    ['', 'sessions a second', 'Redis CPU µs each', 'another\'s GET: p50 ms', 'p99 ms', 'longest ms'], rows
  )
}

function show (figure: number | null, digits: number): string {
  return figure?.toFixed(digits) ?? '–'
}

function lists (figures: readonly Figures[]): string {
  return markdown([
    'sessions', 'first page: commands', 'ms', 'end a user of 10: commands', 'ms'
  ], figures.flatMap(({ size, lists }) =>
    lists === undefined
      ? []
      : [[size, lists.pageCommands, lists.pageMs.toFixed(1), lists.endUserCommands, lists.endUserMs.toFixed(1)]]))
}

function memory (figures: readonly Figures[]): string {
  return markdown([
    'sessions in MemoryStore', 'heap bytes each', 'load µs', 'activity µs', 'sweep µs each'
  ], figures.map(({ size, memory }) =>
    [
      size, memory.bytesPerSession.toFixed(0), memory.loadUs.toFixed(1), memory.activityUs.toFixed(1),
      memory.sweepUs.toFixed(1)
    ]))
}
