/**
 * Measures the cost of a request beside the peers. Each application runs in its own process, on a Redis of the bench.
 *
 *     npm run bench -- [part of a name] [--quick] [--rounds n] [--seconds n] [--browsers 1,2,4,100]
 *       [--servers n] [--json file] [--prof]
 *
 * One server with a hundred browsers asks Redis for many sessions at once. `--browsers 1,2,4` measures servers with few
 * requests each: such a server asks for one session at a time. `--servers 8 --browsers 1` sends one request at a time
 * in sum, to eight servers in turn.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { startRedis } from '../test/helpers/redis-server.ts'
import { machineOf } from './machine.ts'
import { progress } from './progress.ts'
import { renderShares } from './requests/profile.ts'
import { render, rowsOf } from './requests/report.ts'
import { runRounds } from './requests/run-rounds.ts'
import { choose } from './requests/scenarios.ts'

interface Flags {
  readonly quick?: boolean
  readonly rounds?: string
  readonly seconds?: string
  readonly browsers: string
  readonly servers: string
  readonly json?: string
  readonly prof?: boolean
}

const program = new Command('npm run bench --')
  .argument('[name]', 'only what has this in its name, and the floors')
  .option('--quick', 'fewer, shorter rounds: less than two minutes, and not to be quoted')
  .option('--rounds <number>', 'rounds of every scenario (default: 5)')
  .option('--seconds <number>', 'seconds of a round (default: 3)')
  .option('--browsers <numbers>', 'browsers at a time, each with a session and a connection, such as 1,2,4,100', '100')
  .option('--servers <number>', 'processes that answer; with fewer browsers, one request at a time in sum', '1')
  .option('--json <file>', 'write the figures there too')
  .option('--prof', 'print where the servers spend their time as well; the other figures are then not to be quoted')
  .parse()

const { quick = false, json, prof = false, ...flags } = program.opts<Flags>()
const { rounds = quick ? 1 : 5, seconds = quick ? 1 : 3 } = flags
const [wanted = ''] = program.args
const browsers = flags.browsers.split(',').map(Number)
const scenarios = choose(wanted, quick)
const server = await startRedis()
const profiles = prof ? await mkdtemp(join(tmpdir(), 'profiles-')) : undefined
try {
  const extent = `${rounds} rounds of ${seconds} s, ${browsers.join(', ')} browsers, ${flags.servers} servers`
  const machine = `${await machineOf(server)}; ${extent}`
  const samples = await runRounds(server, scenarios, {
    rounds: Number(rounds),
    seconds: Number(seconds),
    browsers,
    servers: Number(flags.servers),
    ...(profiles === undefined ? {} : { profiles }),
    onRound: (round, { name }) => progress(`${round}/${rounds} ${name}`)
  })
  progress()
  const rows = rowsOf(samples)
  console.log(`${machine}\n\n${render(rows)}`)
  if (json !== undefined) await writeFile(json, JSON.stringify({ machine, rows }, null, 2))
  if (profiles !== undefined) console.log(`\n${await renderShares(profiles, scenarios)}`)
} finally {
  if (profiles !== undefined) await rm(profiles, { recursive: true })
  await server.stop()
}
