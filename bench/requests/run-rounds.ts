import type { Redis } from 'ioredis'
import type { UnixRedisServer } from '../../test/helpers/redis-server.ts'
import type { Outcome, Round } from './load.ts'
import { BenchProcess } from './process.ts'
import { profileDir } from './profile.ts'
import type { Work } from './redis-counters.ts'
import { readCounters, workBetween } from './redis-counters.ts'
import type { Scenario } from './scenarios.ts'
import { Servers } from './servers.ts'

export interface Extent {
  readonly rounds: number
  readonly seconds: number
  /** How many browsers at a time, each with a session and a connection of its own. Each number is a case of its own. */
  readonly browsers: readonly number[]
  /** How many processes answer. */
  readonly servers: number
  /** The folder for a CPU profile of each server, in a folder named after its scenario. */
  readonly profiles?: string
  /** Called before each round. */
  readonly onRound: (round: number, scenario: Scenario) => void
}

/** A scenario, with so many browsers at a time. */
export interface Case {
  readonly scenario: Scenario
  readonly browsers: number
}

/** One round of one case. */
export interface Sample extends Outcome {
  /** Seconds of the servers' CPU time. */
  readonly cpuSeconds: number
  /** Commands that the servers sent to Redis. */
  readonly commands: number
  readonly redis: Work
}

/** So many browsers at a time, however few are measured: a server that has answered little is not compiled yet. */
const WARM_BROWSERS = 20

/** Every scenario once, then every one again: what disturbs the machine disturbs them all alike. */
export async function runRounds (
  redis: UnixRedisServer, scenarios: readonly Scenario[], extent: Extent
): Promise<Map<Case, Sample[]>> {
  const cases = scenarios.flatMap(scenario => extent.browsers.map(browsers => ({ scenario, browsers })))
  const samples = new Map<Case, Sample[]>(cases.map(one => [one, []]))
  const client = redis.connect()
  const load = new BenchProcess('./load.ts')
  try {
    for (let round = 1; round <= extent.rounds; round++) {
      for (const scenario of scenarios) {
        extent.onRound(round, scenario)
        const servers = await start(scenario, redis, extent)
        try {
          for (const one of cases.filter(of => of.scenario === scenario)) {
            samples.get(one)?.push(await measure(servers, { ...one, seconds: extent.seconds }, load, client))
          }
        } finally {
          await servers.stop()
        }
      }
    }
  } finally {
    await load.stop()
  }
  return samples
}

/** Servers of their own for every round, with their browsers signed in, and warm. */
async function start (
  scenario: Scenario, { path }: UnixRedisServer, { servers, browsers, profiles }: Extent
): Promise<Servers> {
  return await Servers.start({
    setUp: scenario.setUp,
    redis: path,
    bytes: scenario.bytes,
    servers,
    signedIn: scenario.isAnonymous === true ? 0 : Math.max(WARM_BROWSERS, ...browsers),
    nodeArgs: profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir(profiles, scenario)}`]
  })
}

async function measure (
  servers: Servers, { scenario, browsers, seconds }: Case & { readonly seconds: number }, load: BenchProcess,
  client: Redis
): Promise<Sample> {
  const round: Round = { targets: servers.targets(scenario.path, browsers), connections: browsers, seconds }
  const warm = Math.max(WARM_BROWSERS, browsers)
  const targets = servers.targets(scenario.path, warm)
  await load.ask({ targets, connections: warm, seconds: Math.min(1, seconds / 2) })
  const idle = await readCounters(client)
  const [redisBefore, before] = [await readCounters(client), await servers.spent()]
  const outcome = await load.ask(round) as Outcome
  const [after, redisAfter] = [await servers.spent(), await readCounters(client)]
  if (outcome.failures > 0) {
    throw new Error(`${scenario.name}: ${outcome.failures} of ${outcome.requests} requests failed`)
  }
  return {
    ...outcome,
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    commands: after.commands - before.commands,
    redis: workBetween(idle, redisBefore, redisAfter)
  }
}
