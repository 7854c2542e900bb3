/**
 * What a request costs, beside the peers, each in a process of its own, on a Redis of its own.
 *
 *     npm run bench -- [part of a name] [--quick] [--rounds n] [--seconds n] [--browsers n] [--json file] [--prof]
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
import { FLOORS, SCENARIOS } from './requests/scenarios.ts'

interface Flags {
  readonly quick?: boolean
  readonly rounds?: string
  readonly seconds?: string
  readonly browsers?: string
  readonly json?: string
  readonly prof?: boolean
}

const program = new Command('npm run bench --')
  .argument('[name]', 'only what has this in its name, and the floors')
  .option('--quick', 'fewer, shorter rounds: less than two minutes, and not to be quoted')
  .option('--rounds <number>', 'rounds of every scenario (default: 5)')
  .option('--seconds <number>', 'seconds of a round (default: 3)')
  .option('--browsers <number>', 'browsers at a time, each with a session and a connection of its own', '100')
  .option('--json <file>', 'write the figures there too')
  .option('--prof', 'print where the servers spend their time as well; the other figures are then not to be quoted')
  .parse()

const { quick = false, json, browsers, prof = false, rounds = quick ? 1 : 5, seconds = quick ? 1 : 3 } = program.opts<Flags>()
const [wanted = ''] = program.args
const scenarios = SCENARIOS.filter(({ name, isQuick }) => (FLOORS as readonly string[]).includes(name) || (name.includes(wanted) && (!quick || isQuick === true)))
const server = await startRedis()
const profiles = prof ? await mkdtemp(join(tmpdir(), 'profiles-')) : undefined
try {
  const machine = `${await machineOf(server)}; ${rounds} rounds of ${seconds} s, ${browsers} browsers`
  const samples = await runRounds(server, scenarios, {
    rounds: Number(rounds),
    seconds: Number(seconds),
    browsers: Number(browsers),
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
