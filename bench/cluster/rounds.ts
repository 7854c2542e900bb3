import type { RedisCluster } from '../../test/helpers/redis-cluster.ts'
import { clusterAddress } from '../requests/connect.ts'
import type { Outcome, Round } from '../requests/round.ts'
import type { BenchProcess } from '../requests/process.ts'
import type { Work } from '../requests/redis-counters.ts'
import { workBetween } from '../requests/redis-counters.ts'
import type { Scenario } from '../requests/scenarios.ts'
import { Servers } from '../requests/servers.ts'
import type { Site } from '../units/site.ts'
import { SlotMoves } from './moves.ts'

export interface LoadPlan {
  readonly servers: number
  /** Number of authenticated sessions. Each has its own user. */
  readonly people: number
  /** Number of requests that are under way at the same time. */
  readonly browsers: number
  readonly seconds: number
}

/** One round of one scenario on a Cluster. */
export interface ClusterSample extends Outcome {
  /** CPU time of all servers, in seconds. */
  readonly cpuSeconds: number
  /** Commands that the servers sent to Redis. */
  readonly commands: number
  readonly masters: readonly Work[]
  /** Slots that moved during the round. */
  readonly moves: number
}

/** Measures a scenario first with all slots in place, then while slots move. */
export async function measureRound (
  cluster: RedisCluster, site: Site, { setUp, path, bytes }: Scenario, plan: LoadPlan, load: BenchProcess
): Promise<{ still: ClusterSample, moving: ClusterSample }> {
  await site.clear()
  const { servers: count, people, browsers, seconds } = plan
  const redis = clusterAddress(cluster.nodes.map(({ server }) => server.port))
  const servers = await Servers.start({ setUp, redis, bytes, servers: count, signedIn: people })
  try {
    const round: Round = { targets: servers.targets(path, people), connections: browsers, seconds }
    await load.ask({ ...round, seconds: Math.min(1, seconds / 2) }) // to warm up
    const still = await sample(site, servers, async () => await load.ask(round) as Outcome)
    if (still.failures > 0) throw new Error(`${setUp}: ${still.failures} of ${still.requests} requests failed`)
    const moves = await SlotMoves.of(cluster)
    const over = new AbortController()
    const moved = moves.run(over.signal)
    const moving = await sample(site, servers, async () => {
      const outcome = await load.ask(round) as Outcome
      over.abort()
      await moved
      return outcome
    })
    await moves.undo()
    return { still, moving: { ...moving, moves: await moved } }
  } finally {
    await servers.stop()
  }
}

async function sample (site: Site, servers: Servers, work: () => Promise<Outcome>): Promise<ClusterSample> {
  const idle = await site.counters()
  const [before, spent] = [await site.counters(), await servers.spent()]
  const outcome = await work()
  const [{ cpuSeconds, commands }, after] = [await servers.spent(), await site.counters()]
  const masters = after.map((counters, i) => workBetween(idle[i] ?? counters, before[i] ?? counters, counters))
  return {
    ...outcome,
    cpuSeconds: cpuSeconds - spent.cpuSeconds,
    commands: commands - spent.commands,
    masters,
    moves: 0
  }
}
