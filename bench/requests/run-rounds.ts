import type { Redis } from 'ioredis'
import type { UnixRedisServer } from '../../test/helpers/redis-server.ts'
import type { Outcome, Round } from './round.ts'
import { BenchProcess } from './process.ts'
import { profileDir } from './profile.ts'
import type { Work } from './redis-counters.ts'
import { readCounters, workBetween } from './redis-counters.ts'
import type { Scenario } from './scenarios.ts'
import { Servers } from './servers.ts'

export interface Extent {
  readonly rounds: number
  readonly seconds: number
  /** Numbers of browsers at a time. Each browser has its own session and connection. Each number is one case. */
  readonly browsers: readonly number[]
  /** Number of server processes. */
  readonly servers: number
  /** The folder for CPU profiles. It gets one folder for each scenario. */
  readonly profiles?: string
  /** Called before each round. */
  readonly onRound: (round: number, scenario: Scenario) => void
}

/** A scenario with a number of browsers at a time. */
export interface Case {
  readonly scenario: Scenario
  readonly browsers: number
}

/** One round of one case. */
export interface Sample extends Outcome {
  /** CPU time of the servers, in seconds. */
  readonly cpuSeconds: number
  /** Commands that the servers sent to Redis. */
  readonly commands: number
  readonly redis: Work
}

/** Fewest browsers of the warm-up. With fewer, the engine would not have compiled the server's code yet. */
const WARM_BROWSERS = 20

/** Runs every scenario once, then all again. A disturbance of the machine then meets all scenarios alike. */
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

/** Starts the servers of one round, and signs their browsers in. */
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
