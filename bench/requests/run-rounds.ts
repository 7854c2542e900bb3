import type { Redis } from 'ioredis'
import type { UnixRedisServer } from '../../test/helpers/redis-server.ts'
import { BenchProcess } from './process.ts'
import type { Outcome, Round } from './load.ts'
import type { Work } from './redis-counters.ts'
import { readCounters, workBetween } from './redis-counters.ts'
import { profileDir } from './profile.ts'
import type { Scenario } from './scenarios.ts'

export interface Extent {
  readonly rounds: number
  readonly seconds: number
  /** How many browsers at a time, each with a session and a connection of its own. */
  readonly browsers: number
  /** The folder for a CPU profile of each server, in a folder named after its scenario. */
  readonly profiles?: string
  /** Called before each round. */
  readonly onRound: (round: number, scenario: Scenario) => void
}

/** One round of one scenario. */
export interface Sample extends Outcome {
  /** Seconds of the server's CPU time. */
  readonly cpuSeconds: number
  readonly redis: Work
}

interface Prepared {
  readonly scenario: Scenario
  readonly server: BenchProcess
  readonly round: Round
}

/** Every scenario once, then every one again: what disturbs the machine disturbs them all alike. */
export async function runRounds (redis: UnixRedisServer, scenarios: readonly Scenario[], extent: Extent): Promise<Map<Scenario, Sample[]>> {
  const samples = new Map<Scenario, Sample[]>(scenarios.map(scenario => [scenario, []]))
  const client = redis.connect()
  const load = new BenchProcess('./load.ts')
  try {
    for (let round = 1; round <= extent.rounds; round++) {
      for (const scenario of scenarios) {
        extent.onRound(round, scenario)
        const prepared = await prepare(scenario, redis.path, extent)
        try {
          samples.get(scenario)?.push(await measure(prepared, load, client))
        } finally {
          await prepared.server.stop()
        }
      }
    }
  } finally {
    await load.stop()
  }
  return samples
}

/** A server of its own for every round, with its browsers signed in, and warm. */
async function prepare (scenario: Scenario, path: string, { seconds, browsers, profiles }: Extent): Promise<Prepared> {
  const nodeArgs = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir(profiles, scenario)}`]
  const server = new BenchProcess('./server.ts', [scenario.setUp, path, String(scenario.bytes)], nodeArgs)
  const address = String(await server.next())
  const cookies = scenario.isAnonymous === true ? [] : await Promise.all(Array.from({ length: browsers }, async () => await signIn(address)))
  return { scenario, server, round: { url: address + scenario.path, cookies, connections: browsers, seconds } }
}

async function signIn (address: string): Promise<string> {
  const response = await fetch(`${address}/sign-in`, { method: 'POST' })
  const [cookie = ''] = (response.headers.get('set-cookie') ?? '').split(';')
  if (!response.ok || cookie === '') throw new Error(`nobody could sign in: ${response.status}`)
  return cookie
}

async function measure ({ scenario, server, round }: Prepared, load: BenchProcess, client: Redis): Promise<Sample> {
  await load.ask({ ...round, seconds: Math.min(1, round.seconds / 2) }) // to warm up
  const idle = await readCounters(client)
  const [redisBefore, cpuBefore] = [await readCounters(client), Number(await server.ask('cpu'))]
  const outcome = await load.ask(round) as Outcome
  const [cpuAfter, redisAfter] = [Number(await server.ask('cpu')), await readCounters(client)]
  if (outcome.failures > 0) throw new Error(`${scenario.name}: ${outcome.failures} of ${outcome.requests} requests failed`)
  return { ...outcome, cpuSeconds: cpuAfter - cpuBefore, redis: workBetween(idle, redisBefore, redisAfter) }
}
