/**
 * Measures the cost of requests on a Cluster, also while slots move. The bench also shows how the load spreads over the
 * masters. From these figures it calculates the needs of loads that one machine cannot run.
 *
 *     npm run bench:cluster -- [part of a name] [--masters 3,6] [--rounds n] [--seconds n]
 *       [--browsers n] [--people n] [--servers n] [--calls n] [--sessions n] [--json file]
 */
import { writeFile } from 'node:fs/promises'
import { Command } from 'commander'
import { startCluster } from '../test/helpers/redis-cluster.ts'
import { startRedis } from '../test/helpers/redis-server.ts'
import { measuredIn } from './cluster/measured.ts'
import { ASSUMPTIONS, needsOf, renderNeeds } from './cluster/paper.ts'
import type { ClusterRow } from './cluster/report.ts'
import { clusterRow, renderCluster, spreadOf } from './cluster/report.ts'
import type { ClusterSample, LoadPlan } from './cluster/rounds.ts'
import { measureRound } from './cluster/rounds.ts'
import { machineOf } from './machine.ts'
import { progress } from './progress.ts'
import { clusterAddress } from './requests/connect.ts'
import { BenchProcess } from './requests/process.ts'
import { SCENARIOS } from './requests/scenarios.ts'
import { MODES, measureUnits } from './units/measure.ts'
import { renderUnits, unitRows } from './units/report.ts'
import { makeSite } from './units/site.ts'
import { chooseUnits } from './units/units.ts'
import { renderWeights, weigh } from './units/weights.ts'

interface Flags {
  readonly masters: string
  readonly rounds: number
  readonly seconds: number
  readonly browsers: number
  readonly people: number
  readonly servers: number
  readonly calls: number
  readonly sessions: number
  readonly json?: string
}

const NAMES = [
  'connect-redis, rolling', 'ours, Redis: active', 'ours, Redis: within the throttle', 'ours, Redis: passive'
]

const program = new Command('npm run bench:cluster --')
  .argument('[name]', 'only the scenarios that have this in their names')
  .option('--masters <numbers>', 'how many masters, one Cluster after the other', '3,6')
  .option('--rounds <number>', 'rounds of every scenario and every unit', Number, 5)
  .option('--seconds <number>', 'seconds of a round', Number, 3)
  .option('--browsers <number>', 'requests at a time, in sum', Number, 100)
  .option('--people <number>', 'who is signed in, over whom the requests are spread', Number, 1000)
  .option('--servers <number>', 'processes that answer', Number, 3)
  .option('--calls <number>', 'calls of a unit in a round', Number, 1000)
  .option('--sessions <number>', 'sessions whose memory is measured; fewer than 50000 weigh less each', Number, 100000)
  .option('--json <file>', 'write the figures there too')
  .parse()

const { json, masters, rounds, seconds, browsers, people, servers, calls, sessions } = program.opts<Flags>()
const plan: LoadPlan = { servers, people, browsers, seconds }
const [wanted = ''] = program.args
const scenarios = SCENARIOS.filter(({ name }) => NAMES.includes(name) && name.includes(wanted))

const server = await startRedis()
const machine = await machineOf(server).finally(async () => await server.stop())
console.log(`${machine}; ${rounds} rounds of ${seconds} s, ${browsers} requests at a time, ${servers} servers`)

const load = new BenchProcess('./load.ts')
const figures: Array<Awaited<ReturnType<typeof measure>>> = []
try {
  for (const count of masters.split(',').map(Number)) figures.push(await measure(count))
} finally {
  progress()
  await load.stop()
}
console.log(`\n${renderCluster(figures.flatMap(({ rows }) => rows))}`)
for (const { count, units, weights, sessionSpread } of figures) {
  console.log(`\n${count} masters, without HTTP; sessions of ${sessions} users: max / mean ${sessionSpread.toFixed(3)}`)
  console.log(`\n${renderUnits(units)}\n\n${renderWeights(weights, sessions)}`)
}
const needs = reckon()
if (json !== undefined) await writeFile(json, JSON.stringify({ machine, figures, needs }, null, 2))

async function measure (count: number) {
  const cluster = await startCluster(count)
  const ports = cluster.nodes.map(({ server }) => server.port)
  const site = await makeSite(clusterAddress(ports), cluster.nodes.map(({ client }) => client))
  try {
    const units = unitRows(await measureUnits(site, chooseUnits(''), {
      rounds, calls, onRound: (round, { name }) => progress(`${count} masters, ${round}/${rounds} ${name}`)
    }))
    const samples = new Map<string, ClusterSample[]>()
    for (let round = 1; round <= rounds; round++) {
      for (const scenario of scenarios) {
        progress(`${count} masters, ${round}/${rounds} ${scenario.name}`)
        const { still, moving } = await measureRound(cluster, site, scenario, plan, load)
        for (const [name, sample] of [[scenario.name, still], [`${scenario.name}, slots move`, moving]] as const) {
          samples.set(name, [...samples.get(name) ?? [], sample])
        }
      }
    }
    progress(`${count} masters, memory`)
    const weights = await weigh(site, sessions, { all: false })
    const sizes = await Promise.all(cluster.nodes.map(async ({ client }) => await client.dbsize()))
    const rows: ClusterRow[] = [...samples].map(([name, all]) => clusterRow(name, seconds, all))
    return { count, units, rows, weights, sessionSpread: spreadOf(sizes) }
  } finally {
    site.stop()
    await cluster.stop()
  }
}

/** Calculates the needs of a large load from the figures of the largest Cluster. */
function reckon () {
  const largest = figures.at(-1)
  if (largest === undefined) return []
  const goal = { requestsPerSecond: 1e6, live: 1e8 }
  console.log(`\n${goal.requestsPerSecond} requests a second and ${goal.live} live sessions\n\n${ASSUMPTIONS}`)
  return MODES.flatMap(mode => [86_400, 3600].map(retention => {
    const all = needsOf({ ...goal, retention }, measuredIn(largest.units, largest.rows, largest.weights, mode))
    console.log(`\n${mode}, retention ${retention} s\n\n${renderNeeds(all)}`)
    return { mode, retention, all }
  }))
}
